"""A page for the browser and the printer that needs nothing beside itself: no server, no font, no script."""

from __future__ import annotations

import base64
import io
from collections.abc import Iterable
from html import escape

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from engine.sheet.canvas import printable
from engine.sheet.overlay import BOTH, CANDIDATE_ONLY, GAIJI_ONLY, Colour

_STYLE = """
@page { size: A4; margin: 14mm }
* { box-sizing: border-box }
body { margin: 2rem auto; padding: 0 1.2rem; max-width: 60rem; color: #212529; background: #fff;
  font: 16px/1.7 "Yu Gothic", "Meiryo", "Hiragino Sans", "Noto Sans CJK JP", sans-serif }
h1 { font-size: 1.6rem; margin: 0 0 .4rem } h2 { font-size: 1.2rem; margin: 2rem 0 .6rem }
h3 { font-size: 1.05rem; margin: 1.2rem 0 .3rem }
p, ul, ol, dl, figure { margin: .3rem 0 }
.bare { list-style: none; padding-left: 1rem }
.verdict { font-size: 1.15rem; font-weight: bold }
dt { font-weight: bold } dd { margin: 0 0 .4rem 1.2rem }
.faint { color: #5f6770 } .source { overflow-wrap: anywhere }
.pictures { display: grid; grid-template-columns: repeat(4, minmax(0, max-content)); gap: .8rem }
figure img { display: block; border: 1px solid #ced4da; max-width: 100%; height: auto }
figcaption { font-size: .85rem; color: #5f6770 }
section { border-top: 1px solid #ced4da; padding-top: .4rem; break-inside: avoid }
.swatch { display: inline-block; width: .8em; height: .8em; margin: 0 .3em 0 .8em;
  -webkit-print-color-adjust: exact; print-color-adjust: exact }
@media print { body { font-size: 10.5pt; margin: 0; padding: 0; max-width: none } }
"""


def page(title: str, body: Iterable[str]) -> str:
    """Return a whole HTML document.

    Parameters
    ----------
    title : str
        Plain text.
    body : iterable of str
        HTML.
    """
    return (
        '<!DOCTYPE html>\n<html lang="ja">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{plain(title)}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n"
        + "\n".join(body)
        + "\n</body>\n</html>\n"
    )


def plain(text: str) -> str:
    """Return text for HTML: nothing in it is markup, and nothing steers the reading direction."""
    return escape(printable(text))


def paragraph(text: str, *, of: str = "") -> str:
    """Return a paragraph of plain text; empty for no text."""
    opening = f'<p class="{of}">' if of else "<p>"
    return f"{opening}{plain(text)}</p>" if text else ""


def items(lines: Iterable[str], *, marked: bool = True) -> str:
    """Return a list of plain texts, with bullets unless each brings its own mark; empty for none."""
    inner = "".join(f"<li>{plain(line)}</li>" for line in lines)
    start = "<ul>" if marked else '<ul class="bare">'
    return f"{start}{inner}</ul>" if inner else ""


def figure(picture: NDArray[np.uint8], caption: str) -> str:
    """Return a picture, inline as PNG, with a caption.

    Parameters
    ----------
    picture : (H, W) uint8 ink = 255, or (H, W, 3) uint8 RGB
    caption : str
        Plain text; also what a screen reader says.
    """
    image = Image.fromarray(255 - picture if picture.ndim == 2 else picture)
    stream = io.BytesIO()
    image.save(stream, format="PNG", optimize=True)
    data = base64.b64encode(stream.getvalue()).decode("ascii")
    size = f'width="{image.width}" height="{image.height}"'
    return (
        f'<figure><img src="data:image/png;base64,{data}" {size} alt="{plain(caption)}">'
        f"<figcaption>{plain(caption)}</figcaption></figure>"
    )


def legend() -> str:
    """Return what the colours of an overlay mean."""
    kinds = ((GAIJI_ONLY, "外字だけ"), (CANDIDATE_ONLY, "相手だけ"), (BOTH, "両方"))
    parts = (f'<span class="swatch" style="background:{_hex(c)}"></span>{text}' for c, text in kinds)
    return f'<p class="faint">重ね合わせの色:{"".join(parts)}</p>'


def _hex(colour: Colour) -> str:
    return "#" + "".join(f"{part:02x}" for part in colour)
