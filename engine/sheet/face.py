"""The reference font as pictures: glyphs by MJ name, as pixels and as SVG, and as the face of labels."""

from __future__ import annotations

import functools
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import freetype
import numpy as np
from PIL import Image, ImageFont

from engine.errors import UsageError
from engine.glyph.model import Ink
from engine.glyph.raster import OutlineRasteriser

if TYPE_CHECKING:
    from engine.reference.refset import ReferenceSet
    from engine.settings import Settings

PREVIEW_EM_PX = 192
"""Size at which glyphs are drawn before they are fitted into a tile."""

MIN_PNG_PX, MAX_PNG_PX = 8, 4096


class ReferenceFace:
    """The font of a reference set.

    Parameters
    ----------
    path : Path
        The font file.
    find : callable, optional
        MJ name → glyph id, 0 where there is none; by default the glyph is called like the MJ name in lower
        case (``mj008095``), as in IPAmj明朝.
    """

    def __init__(self, path: Path, find: Callable[[str], int] | None = None) -> None:
        self._path = path
        self._rasteriser = OutlineRasteriser(path, em_px=PREVIEW_EM_PX)
        self._find = find or (lambda mj: self._rasteriser.glyph_id(mj.lower()))

    @classmethod
    def of(cls, refset: ReferenceSet, settings: Settings) -> ReferenceFace:
        """Open the font of a reference set, whichever way it addresses its glyphs.

        Raises
        ------
        FontMissingError
            The font is nowhere on this machine.
        """
        from engine.reference.font import glyph_ids, locate_font
        from engine.reference.refset import GlyphsBy

        path = locate_font(refset, settings)
        if refset.font.by is GlyphsBy.NAME and refset.font.prefix == (("MJ", "mj"),):
            return cls(path)  # asking FreeType for a few names is faster than reading all of them

        @functools.cache
        def find(mj: str) -> int:
            return int(glyph_ids(refset, path, [mj])[0])

        return cls(path, find)

    @property
    def path(self) -> Path:
        """The font file."""
        return self._path

    def glyph_id(self, mj: str) -> int:
        """Return the id of a glyph; 0 where the font lacks it."""
        return self._find(mj)

    def ink(self, mj: str) -> Ink | None:
        """Return the tight picture of one glyph, (H, W) uint8, 192 px/em; None where the font lacks it.

        A non-kanji candidate is named by the character itself, and drawn by it.
        """
        glyph_id = self._rasteriser.face.get_char_index(mj) if len(mj) == 1 else self._find(mj)
        ink = self._rasteriser.render(glyph_id) if glyph_id else None
        return ink if ink is not None and ink.size else None

    @functools.lru_cache(maxsize=8)  # noqa: B019 - a face lives as long as its command
    def label_font(self, size_px: int) -> ImageFont.FreeTypeFont:
        """Return the font for labels of ``size_px``."""
        return ImageFont.truetype(str(self._path), size_px, layout_engine=ImageFont.Layout.BASIC)

    def picture(self, mj: str, size_px: int) -> Image.Image:
        """Draw one glyph black on white in its em square.

        Parameters
        ----------
        mj : str
            MJ name.
        size_px : int
            Side of the square, :data:`MIN_PNG_PX`–:data:`MAX_PNG_PX`.

        Returns
        -------
        Image, mode L, size_px × size_px.

        Raises
        ------
        UsageError
            The size is out of bounds, or the font lacks the glyph.
        """
        if not MIN_PNG_PX <= size_px <= MAX_PNG_PX:
            raise UsageError(
                f"大きさは {MIN_PNG_PX} から {MAX_PNG_PX} までで指定してください（指定値: {size_px}）。"
            )
        face = OutlineRasteriser(self._path, em_px=size_px)
        ink = face.render(self._existing(mj))
        slot = face.face.glyph
        paper = np.full((size_px, size_px), 255, np.uint8)
        top = round(face.face.ascender * size_px / face.face.units_per_EM) - slot.bitmap_top
        _darken(paper, ink, top, slot.bitmap_left)
        return Image.fromarray(paper)

    def svg(self, mj: str) -> str:
        """Return one glyph as an SVG document, its em square as the view box.

        Raises
        ------
        UsageError
            The font lacks the glyph.
        """
        face = self._rasteriser.face
        face.load_glyph(self._existing(mj), freetype.FT_LOAD_NO_SCALE | freetype.FT_LOAD_NO_BITMAP)
        path = _svg_path(face.glyph.outline, face.ascender)
        em = face.units_per_EM
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {em} {em}" role="img">'
            f'<title>{mj}</title><path d="{path}"/></svg>\n'
        )

    def _existing(self, mj: str) -> int:
        glyph_id = self._find(mj)
        if not glyph_id:
            raise UsageError(f"フォントに {mj} の字形がありません（文字図形のない MJ が 19 字あります）。")
        return glyph_id


def _darken(paper: Ink, ink: Ink, top: int, left: int) -> None:
    """Draw ``ink`` on ``paper`` in place, cut at the edges."""
    rows = slice(max(top, 0), max(min(top + ink.shape[0], paper.shape[0]), 0))
    cols = slice(max(left, 0), max(min(left + ink.shape[1], paper.shape[1]), 0))
    paper[rows, cols] -= ink[rows.start - top : rows.stop - top, cols.start - left : cols.stop - left]


def _svg_path(outline: freetype.Outline, ascender: int) -> str:
    """Spell an outline in font units as SVG path data, y pointing down from the ascender."""
    parts: list[str] = []

    def point(vector: freetype.FT_Vector) -> str:
        return f"{vector.x} {ascender - vector.y}"

    def move(to: freetype.FT_Vector, _: object) -> None:
        parts.append(("Z" if parts else "") + f"M{point(to)}")

    def line(to: freetype.FT_Vector, _: object) -> None:
        parts.append(f"L{point(to)}")

    def conic(control: freetype.FT_Vector, to: freetype.FT_Vector, _: object) -> None:
        parts.append(f"Q{point(control)} {point(to)}")

    def cubic(
        first: freetype.FT_Vector, second: freetype.FT_Vector, to: freetype.FT_Vector, _: object
    ) -> None:
        parts.append(f"C{point(first)} {point(second)} {point(to)}")

    outline.decompose(None, move_to=move, line_to=line, conic_to=conic, cubic_to=cubic)
    return "".join(parts) + ("Z" if parts else "")
