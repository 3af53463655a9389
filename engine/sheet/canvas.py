"""A page to paste tiles and write labels on."""

from __future__ import annotations

import unicodedata

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from engine.sheet.face import ReferenceFace
from engine.sheet.overlay import Colour
from engine.sheet.wrap import wrapped

TEXT: Colour = (33, 37, 41)
FAINT: Colour = (95, 103, 112)
LINE: Colour = (206, 212, 218)
PAGE: Colour = (255, 255, 255)

_LINE_PITCH = 1.5
_BADGE_PX = 10
_CONTROL = ("Cc", "Cf", "Cs", "Zl", "Zp")


class Canvas:
    """One page.

    Parameters
    ----------
    width_px, height_px : int
        Size of the page.
    face : ReferenceFace
        The labels' font.
    """

    def __init__(self, width_px: int, height_px: int, face: ReferenceFace) -> None:
        self.image = Image.new("RGB", (width_px, height_px), PAGE)
        self._draw = ImageDraw.Draw(self.image)
        self._face = face

    def text(
        self,
        x: int,
        y: int,
        text: str,
        size_px: int,
        *,
        colour: Colour = TEXT,
        width_px: int | None = None,
        bold: bool = False,
    ) -> int:
        """Write one line with its top left corner at (x, y) and return its width.

        Text wider than ``width_px`` is cut in the middle, where a path or a name tells the least.
        """
        font = self._face.label_font(size_px)
        line = printable(text)
        if width_px is not None and font.getlength(line) > width_px:
            line = self._cut(line, size_px, width_px)
        # A Mincho's hairlines fade at label sizes: a thin outline in the same colour makes it bold.
        self._draw.text(
            (x, y), line, fill=colour, font=font, stroke_width=0.4 if bold else 0, stroke_fill=colour
        )
        return round(font.getlength(line))

    def paragraph(
        self, x: int, y: int, text: str, size_px: int, *, width_px: int, colour: Colour = TEXT
    ) -> int:
        """Write text over as many lines as it takes and return their height."""
        pitch = round(size_px * _LINE_PITCH)
        font = self._face.label_font(size_px)
        lines = wrapped(printable(text), width_px, font.getlength)
        for number, line in enumerate(lines):
            self._draw.text((x, y + number * pitch), line, fill=colour, font=font)
        return pitch * len(lines)

    def ring(self, x: float, y: float, radius_px: float) -> None:
        """Draw a circle that is seen on paper and on ink."""
        for wider, width, colour in ((2, 6, PAGE), (0, 2, TEXT)):
            reach = radius_px + wider
            self._draw.ellipse((x - reach, y - reach, x + reach, y + reach), outline=colour, width=width)

    def badge(self, x: float, y: float, text: str) -> None:
        """Draw a short text on a dark disc around (x, y)."""
        self._draw.ellipse(
            (x - _BADGE_PX, y - _BADGE_PX, x + _BADGE_PX, y + _BADGE_PX), fill=TEXT, outline=PAGE
        )
        font = self._face.label_font(_BADGE_PX + 4)
        self._draw.text((x, y), text, fill=PAGE, font=font, anchor="mm", stroke_width=0.4, stroke_fill=PAGE)

    def reach(self, height_px: int) -> None:
        """Make the page at least this high."""
        if height_px > self.image.height:
            page = Image.new("RGB", (self.image.width, height_px), PAGE)
            page.paste(self.image)
            self.image, self._draw = page, ImageDraw.Draw(page)

    def cropped(self, height_px: int) -> Image.Image:
        """Return the page, cut off at a height."""
        return self.image.crop((0, 0, self.image.width, min(height_px, self.image.height)))

    def tile(self, x: int, y: int, picture: NDArray[np.uint8]) -> None:
        """Paste a picture with a frame: (H, W) ink = 255, or (H, W, 3) RGB."""
        if picture.ndim == 2:
            image = Image.fromarray(255 - picture).convert("RGB")
        else:
            image = Image.fromarray(picture)
        self.image.paste(image, (x, y))
        self._draw.rectangle((x - 1, y - 1, x + image.width, y + image.height), outline=LINE)

    def missing(self, x: int, y: int, size_px: int, text: str) -> None:
        """Draw an empty tile with a note in it."""
        self._draw.rectangle((x - 1, y - 1, x + size_px, y + size_px), outline=LINE, fill=(246, 247, 248))
        self.text(x + 6, y + size_px // 2 - 8, text, 13, colour=FAINT, width_px=size_px - 12)

    def rule(self, y: int, x: int, width_px: int) -> None:
        """Draw a horizontal line."""
        self._draw.line((x, y, x + width_px, y), fill=LINE)

    def swatch(self, x: int, y: int, colour: Colour, size_px: int = 12) -> None:
        """Draw a small square of one colour."""
        self._draw.rectangle((x, y, x + size_px, y + size_px), fill=colour)

    def _cut(self, line: str, size_px: int, width_px: int) -> str:
        font = self._face.label_font(size_px)
        line = line[:400] + line[-400:] if len(line) > 800 else line
        keep = len(line)
        while keep > 2 and font.getlength(_middle_cut(line, keep)) > width_px:
            keep -= 1
        return _middle_cut(line, keep)


def printable(text: str) -> str:
    """Return ``text`` with control and direction characters replaced, so that a label shows what is there."""
    return "".join("�" if unicodedata.category(char) in _CONTROL else char for char in text)


def _middle_cut(line: str, keep: int) -> str:
    return line[: keep - keep // 2] + "…" + line[len(line) - keep // 2 :]
