"""Lists printed and scanned for the tests of this folder: small, of real kanji, always the same."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
from PIL import Image

from engine.glyph.model import Ink
from engine.synth.fonts import OutlineFont
from engine.synth.printed_list import ListStyle, PageRange, print_list, scan_page

KANJI = "辺邉邊斎齋齊斉高髙崎﨑吉渡濱浜澤沢島嶋嶌廣広國国櫻桜龍竜瀧滝藪籔藤鷗神祭"
DOTTED = "黒熊無然煮照黙烈焦為熱熟燕煎"

STYLE = ListStyle(cell_mm=(20.0, 20.0), rows=6, cols=6, dpi=150)
FLAT = PageRange(degrees=0.0)


def bodies(font: Path, text: str = KANJI) -> list[tuple[Ink | None, str]]:
    """Em squares with running codes from E000."""
    drawn = OutlineFont(font, em_px=150)
    return [(drawn.body(ord(char)), f"{0xE000 + number:04X}") for number, char in enumerate(text)]


def scans(font: Path, glyphs, style: ListStyle = STYLE, scanner: PageRange = PageRange()):  # noqa: B008
    rng = np.random.default_rng(20121)
    return [scan_page(page, rng, scanner) for page in print_list(glyphs, style, font)]


def file_bytes(pages, kind: str) -> bytes:
    """One file of all pages: TIFF or PDF; or PNG of the first."""
    first, *rest = (Image.fromarray(page) for page in pages)
    stream = io.BytesIO()
    if kind == "PNG":
        first.save(stream, kind)
    else:
        more = {"resolution": 150.0} if kind == "PDF" else {"compression": "tiff_lzw"}
        first.save(stream, kind, save_all=True, append_images=rest, **more)
    return stream.getvalue()
