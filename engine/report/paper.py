"""Pages of an A4 PDF: text in the reference set's font, pictures, rules, page numbers.

Notes
-----
The font is embedded and holds only the characters that are used. A character that it lacks, and every control
character, is shown as 〓, the printers' sign for a missing type: the reader sees that something stood there.
"""

from __future__ import annotations

import functools
import hashlib
import io
import unicodedata
from datetime import date
from pathlib import Path
from typing import Any, BinaryIO, Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from engine.errors import ReferenceSetError
from engine.glyph.model import Ink
from engine.report.outline import OutlineFont
from engine.sheet.face import ReferenceFace
from engine.sheet.overlay import Colour
from engine.sheet.wrap import wrapped

MM = 72 / 25.4
"""Points in a millimetre."""
WIDTH, HEIGHT = 210 * MM, 297 * MM
MARGIN = 12 * MM

TEXT: Colour = (33, 37, 41)
FAINT: Colour = (95, 103, 112)
LINE: Colour = (190, 197, 205)
HEAD: Colour = (232, 237, 243)

Align = Literal["left", "centre", "right"]

_MISSING = "〓"
_LONGEST = 400
"""Characters of one text that are laid out; what comes from outside may be of any length."""
_KEPT = 20_000
_BOLD_SHARE = 0.03


class Paper:
    """A PDF in the making; the origin of a page is its lower left corner, units are points.

    Parameters
    ----------
    stream : BinaryIO
        Written when the paper is finished; stays open.
    labels : Labels
        The font of the text.
    face : ReferenceFace
        Draws the MJ glyphs.
    title : str
        Of the document, in its properties and at the foot of each page.
    pages : int
        How many there will be.
    day : date
        Date at the foot of each page; the same input gives the same bytes.
    """

    def __init__(
        self, stream: BinaryIO, labels: Labels, face: ReferenceFace, *, title: str, pages: int, day: date
    ) -> None:
        from reportlab import rl_config
        from reportlab.pdfgen.canvas import Canvas

        rl_config.useA85 = 0  # PDF has been able to hold bytes since its first version
        self._labels = labels
        self._glyphs = OutlineFont(face)
        self._buffer = io.BytesIO()
        self._stream = stream
        self._title = title
        self._pages = pages
        self._day = day
        self._number = 1
        self._canvas: Any = Canvas(
            self._buffer,
            pagesize=(WIDTH, HEIGHT),
            pageCompression=1,
            invariant=1,
            initialFontName=labels.name,
            lang="ja",
        )
        self._canvas.setTitle(self._labels.shown(title))
        self._canvas.setCreator("gaiji")

    def next_page(self) -> None:
        """End a page: its foot, and the number of pages."""
        self.text(MARGIN, MARGIN - 12, self._title, 7, width=110 * MM, colour=FAINT)
        number = f"{self._number} / {self._pages}"
        self.text(WIDTH / 2, MARGIN - 12, number, 8, align="centre", colour=FAINT)
        self.text(WIDTH - MARGIN, MARGIN - 12, self._day.isoformat(), 7, align="right", colour=FAINT)
        self._canvas.showPage()
        self._number += 1

    def finish(self) -> None:
        """Write the document. The last page must have been ended."""
        self._canvas.save()
        self._stream.write(self._buffer.getvalue())

    def text(
        self,
        x: float,
        y: float,
        text: str,
        size: float,
        *,
        width: float | None = None,
        align: Align = "left",
        colour: Colour = TEXT,
        bold: bool = False,
    ) -> None:
        """Write one line with its base line at ``y``; cut in the middle where it is wider than ``width``."""
        line = self._labels.shown(text)
        if width is not None:
            line = self._labels.cut(line, size, width)
        if not line:
            return
        canvas = self._canvas
        x -= {"left": 0.0, "centre": 0.5, "right": 1.0}[align] * self._labels.width(line, size)
        canvas.setFillColorRGB(*_shares(colour))
        writing = canvas.beginText(x, y)
        writing.setFont(self._labels.name, size)
        if bold:  # a Mincho has one weight: an outline in the same colour makes it bold
            canvas.setStrokeColorRGB(*_shares(colour))
            canvas.setLineWidth(size * _BOLD_SHARE)
            writing.setTextRenderMode(2)
        writing.textOut(line)
        if bold:
            writing.setTextRenderMode(0)
        canvas.drawText(writing)

    def picture(self, ink: Ink, x: float, y: float, side: float) -> None:
        """Draw a square picture, ink = 255, black on white."""
        self.colours(255 - np.ascontiguousarray(ink), x, y, side)

    def colours(self, picture: NDArray[np.uint8], x: float, y: float, side: float) -> None:
        """Draw a square picture, (S, S) grey or (S, S, 3) RGB, 255 = paper."""
        from reportlab.lib.utils import ImageReader

        self._canvas.drawImage(ImageReader(Image.fromarray(picture)), x, y, side, side)

    def glyph(self, mj: str, x: float, y: float, side: float) -> bool:
        """Draw an MJ glyph as large as fits a square; False where the font lacks it."""
        outline = self._glyphs.outline(mj)
        if outline is None:
            return False
        scale, dx, dy = outline.placed(x, y, side)
        canvas = self._canvas
        canvas.saveState()
        canvas.setFillColorRGB(0, 0, 0)
        canvas.transform(scale, 0, 0, scale, dx, dy)
        canvas.drawPath(outline, stroke=0, fill=1, fillMode=1)
        canvas.restoreState()
        return True

    def rule(self, x1: float, y1: float, x2: float, y2: float, *, width: float = 0.4) -> None:
        """Draw a thin line."""
        self._canvas.setStrokeColorRGB(*_shares(LINE))
        self._canvas.setLineWidth(width)
        self._canvas.line(x1, y1, x2, y2)

    def box(
        self,
        x: float,
        y: float,
        width: float,
        height: float,
        *,
        fill: Colour | None = None,
        line: bool = True,
    ) -> None:
        """Draw a rectangle from its lower left corner."""
        self._canvas.setStrokeColorRGB(*_shares(LINE))
        self._canvas.setLineWidth(0.4)
        if fill is not None:
            self._canvas.setFillColorRGB(*_shares(fill))
        self._canvas.rect(x, y, width, height, stroke=int(line), fill=int(fill is not None))


class Labels:
    """The font of the text: which characters it has, and how wide they are.

    Parameters
    ----------
    face : ReferenceFace

    Raises
    ------
    ReferenceSetError
        The font is of a kind that cannot be embedded.
    """

    def __init__(self, face: ReferenceFace) -> None:
        font = _embedded(face.path)
        self.name = str(font.fontName)
        self._known = frozenset(font.face.charToGlyph)
        self._measure = font.stringWidth
        self._missing = _MISSING if ord(_MISSING) in self._known else "?"
        self.lines = functools.lru_cache(maxsize=_KEPT)(self._lines)
        self.shown = functools.lru_cache(maxsize=_KEPT)(self._shown)

    def _shown(self, text: str) -> str:
        """Return the first :data:`_LONGEST` characters of a text as the font can show them."""
        cut = text[:_LONGEST] + ("…" if len(text) > _LONGEST else "")
        return "".join(self._character(char) for char in cut)

    def width(self, line: str, size: float) -> float:
        """Return the width of a line in points."""
        return float(self._measure(line, size))

    def cut(self, line: str, size: float, width: float) -> str:
        """Return a line that fits, its middle replaced by ``…``: a path tells most at its ends."""
        if self.width(line, size) <= width:
            return line
        keep = len(line)
        while keep > 1 and self.width(_middle_cut(line, keep), size) > width:
            keep -= 1
        return _middle_cut(line, keep)

    def _lines(self, text: str, size: float, width: float) -> tuple[str, ...]:
        """Return the lines of a text that may have line ends of its own."""
        return tuple(
            line
            for paragraph in text.split("\n")
            for line in wrapped(self.shown(paragraph), width, lambda part: self.width(part, size))
        )

    def _character(self, char: str) -> str:
        if char.isspace():
            return " " if char != "　" else char
        if ord(char) in self._known and unicodedata.category(char) not in ("Cc", "Cf", "Cs"):
            return char
        return self._missing


@functools.lru_cache(maxsize=2)
def _embedded(path: Path) -> Any:
    """Read a font once for all documents of the process; reportlab keeps apart what each of them uses."""
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.ttfonts import TTFError, TTFont

    # reportlab knows fonts by names that the whole process shares.
    name = f"gaiji-{hashlib.sha256(str(path).encode('utf-8', 'replace')).hexdigest()[:12]}"
    try:
        font = TTFont(name, str(path))
    except TTFError as error:
        msg = f"フォント {path.name} は PDF に埋め込めません（{error}）。出力先を .xlsx にしてください。"
        raise ReferenceSetError(msg) from error
    pdfmetrics.registerFont(font)
    return font


def _shares(colour: Colour) -> tuple[float, float, float]:
    return colour[0] / 255, colour[1] / 255, colour[2] / 255


def _middle_cut(line: str, keep: int) -> str:
    return line[: keep - keep // 2] + "…" + line[len(line) - keep // 2 :]
