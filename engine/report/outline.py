"""The outlines of MJ glyphs in the language of PDF, so that a page shows them sharp at every size."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import freetype

from engine.sheet.face import ReferenceFace

_KEPT = 4096


@dataclass(frozen=True, slots=True)
class Outline:
    """One glyph in font units, y upwards.

    Attributes
    ----------
    code : str
        PDF path operators (``m l c h``); to be filled by the non-zero rule.
    left, bottom, right, top : int
        Box of the points.
    """

    code: str
    left: int
    bottom: int
    right: int
    top: int

    def getCode(self) -> str:  # noqa: N802 - what reportlab asks a path for
        """Return :attr:`code`."""
        return self.code

    def placed(self, x: float, y: float, side: float) -> tuple[float, float, float]:
        """Return scale and shift that fit the box into a square, centred.

        Parameters
        ----------
        x, y : float
            Lower left corner of the square.
        side : float

        Returns
        -------
        scale, dx, dy : float
        """
        width, height = self.right - self.left, self.top - self.bottom
        scale = side / max(width, height, 1)
        return (
            scale,
            x + (side - width * scale) / 2 - self.left * scale,
            y + (side - height * scale) / 2 - self.bottom * scale,
        )


class OutlineFont:
    """The reference set's font, glyph by MJ name.

    Parameters
    ----------
    face : ReferenceFace
        Says which glyph an MJ name has.
    """

    def __init__(self, face: ReferenceFace) -> None:
        self._face = face
        with face.path.open("rb") as stream:  # a path with other than ASCII fails under Windows
            self._font = freetype.Face(stream)
        self._outline = lru_cache(maxsize=_KEPT)(self._load)

    def outline(self, mj: str) -> Outline | None:
        """Return a glyph; None where the font lacks it, or it is empty."""
        return self._outline(mj) if mj else None

    def _load(self, mj: str) -> Outline | None:
        glyph_id = self._face.glyph_id(mj) if mj.isascii() else 0
        if not glyph_id:
            return None
        self._font.load_glyph(glyph_id, freetype.FT_LOAD_NO_SCALE | freetype.FT_LOAD_NO_BITMAP)
        return _spelled(self._font.glyph.outline)


def _spelled(outline: freetype.Outline) -> Outline | None:
    parts: list[str] = []
    xs: list[int] = []
    ys: list[int] = []

    def add(operator: str, *points: tuple[int, int]) -> None:
        for x, y in points:
            xs.append(x)
            ys.append(y)
            parts.append(f"{x} {y}")
        parts.append(operator)

    def move(to: freetype.FT_Vector, _: object) -> None:
        if parts:
            parts.append("h")
        add("m", (to.x, to.y))

    def line(to: freetype.FT_Vector, _: object) -> None:
        add("l", (to.x, to.y))

    def conic(control: freetype.FT_Vector, to: freetype.FT_Vector, _: object) -> None:
        # PDF knows cubic curves only. Two thirds of the way; font units are fine enough to be rounded.
        first = (_towards(xs[-1], control.x), _towards(ys[-1], control.y))
        second = (_towards(to.x, control.x), _towards(to.y, control.y))
        add("c", first, second, (to.x, to.y))

    def cubic(
        first: freetype.FT_Vector, second: freetype.FT_Vector, to: freetype.FT_Vector, _: object
    ) -> None:
        add("c", (first.x, first.y), (second.x, second.y), (to.x, to.y))

    outline.decompose(None, move_to=move, line_to=line, conic_to=conic, cubic_to=cubic)
    if not parts:
        return None
    return Outline(" ".join([*parts, "h"]), min(xs), min(ys), max(xs), max(ys))


def _towards(start: int, control: int) -> int:
    return round(start + (control - start) * 2 / 3)
