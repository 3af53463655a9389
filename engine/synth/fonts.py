"""Fonts as sources of labelled glyphs: which characters a font draws, and the drawing of one.

Two kinds share one shape, :class:`GlyphFont`: outline fonts, and the X11 dot fonts whose codes are JIS rows
and cells. Both draw the whole body (em square), so that a small kana or a full stop keeps its size and place.
"""

from __future__ import annotations

from enum import Enum
from pathlib import Path
from typing import Protocol

import freetype
import numpy as np

from engine.glyph.model import Ink
from engine.glyph.raster import OutlineRasteriser, bitmap_to_ink

_FREETYPE_26_6 = 64


class GlyphFont(Protocol):
    """What the generators of labelled pictures need from a font.

    Why this seam exists: a dot font and an outline font are read in entirely different ways, and no set of
    test glyphs should have to know which of the two it draws from.
    """

    name: str

    def codes(self) -> frozenset[int]:
        """Unicode code points that the font draws with some ink."""
        ...

    def body(self, code: int) -> Ink:
        """Draw one character in its body; KeyError where the font lacks it."""
        ...


class OutlineFont:
    """A scalable font, drawn unhinted.

    Parameters
    ----------
    path : Path
        TrueType, OpenType or collection.
    face_index : int
        Face inside a collection.
    em_px : int
        Pixels per em of what :meth:`body` and :meth:`tight` draw.
    """

    def __init__(self, path: Path, *, face_index: int = 0, em_px: int = 192) -> None:
        self.name = path.stem
        self.path = path
        self.face_index = face_index
        self._rasteriser = OutlineRasteriser(path, face_index=face_index, em_px=em_px)
        self.face = self._rasteriser.face
        self._cmap = self._rasteriser.cmap()
        self._codes: frozenset[int] | None = None

    def codes(self) -> frozenset[int]:
        """Code points whose glyph has at least one contour."""
        if self._codes is None:
            self._codes = frozenset(code for code, glyph in self._cmap.items() if self._has_contour(glyph))
        return self._codes

    def _has_contour(self, glyph_id: int) -> bool:
        self.face.load_glyph(glyph_id, freetype.FT_LOAD_NO_SCALE)
        return bool(self.face.glyph.outline.n_contours)

    def glyph_id(self, code: int) -> int:
        """Glyph id of a code point; KeyError where the font lacks it."""
        return self._cmap[code]

    def tight(self, code: int) -> Ink:
        """Tight bitmap of one character, (H, W) uint8."""
        return self._rasteriser.render(self._cmap[code])

    def body(self, code: int) -> Ink:
        """Draw one character at its place in the body.

        Parameters
        ----------
        code : int
            Unicode code point.

        Returns
        -------
        (H, W) uint8, ink = 255
            As high as the em and as wide as the advance; larger where the ink sticks out.
        """
        return self.body_of_glyph(self._cmap[code])

    def body_of_glyph(self, glyph_id: int) -> Ink:
        """As :meth:`body`, by glyph id."""
        tight = self._rasteriser.render(glyph_id)
        slot = self.face.glyph
        em = self._rasteriser.em_px
        ascent = round(baseline_em(self.face) * em)
        top, left = ascent - slot.bitmap_top, slot.bitmap_left
        height, width = tight.shape
        above, before = max(0, -top), max(0, -left)
        rows = max(em + above, top + above + height)
        cols = max(slot.advance.x // _FREETYPE_26_6 + before, left + before + width)
        canvas = np.zeros((rows, cols), np.uint8)
        canvas[top + above : top + above + height, left + before : left + before + width] = tight
        return canvas

    def variations(self) -> dict[tuple[int, int], int]:
        """(base, selector) → glyph id, for the sequences drawn unlike their base (cmap format 14)."""
        from fontTools.ttLib import TTFont

        with TTFont(self.path, lazy=True, fontNumber=self.face_index) as font:
            tables = [table for table in font["cmap"].tables if table.format == 14]
            found = {
                (base, selector): font.getGlyphID(glyph_name)
                for table in tables
                for selector, pairs in table.uvsDict.items()
                for base, glyph_name in pairs
                if glyph_name is not None
            }
        return {key: glyph for key, glyph in found.items() if glyph != self._cmap.get(key[0])}


def baseline_em(face: freetype.Face) -> float:
    """Distance from the top of the body (em square) to the base line, in em.

    Notes
    -----
    Some fonts' ascent and descent include line spacing; for those the customary 0.88 of Japanese fonts is
    taken.
    """
    if abs(face.ascender - face.descender - face.units_per_EM) <= 0.02 * face.units_per_EM:
        return float(face.ascender / face.units_per_EM)
    return 0.88


class JisPlane(Enum):
    """Which JIS code a dot font's rows and cells belong to; the value is (codec, leading byte)."""

    X0208 = ("euc_jp", b"")
    X0213_PLANE_1 = ("euc_jis_2004", b"")
    X0213_PLANE_2 = ("euc_jis_2004", b"\x8f")


def jis_to_unicode(row: int, cell: int, plane: JisPlane) -> str | None:
    """Character at a JIS row and cell.

    Parameters
    ----------
    row, cell : int
        区 and 点, 1–94.
    plane : JisPlane

    Returns
    -------
    str or None
        Two code points for the few kana that Unicode composes (か゚); None where nothing is assigned.
    """
    codec, lead = plane.value
    try:
        return (lead + bytes([row + 0xA0, cell + 0xA0])).decode(codec)
    except UnicodeDecodeError:
        return None


class DotFont:
    """An X11 dot font (PCF, BDF) coded by JIS rows and cells.

    Parameters
    ----------
    path : Path
        ``.pcf``, ``.pcf.gz`` or ``.bdf``.
    plane : JisPlane
    """

    def __init__(self, path: Path, plane: JisPlane) -> None:
        self.name = path.name.split(".")[0]
        with path.open("rb") as stream:  # as in OutlineRasteriser: no path handling by FreeType
            self._face = freetype.Face(stream)
        # The only charmap is FT_ENCODING_NONE, which FreeType does not select by itself.
        self._face.set_charmap(self._face.charmaps[0])
        self._face.select_size(0)
        self.size_px = int(self._face.available_sizes[0].height)
        self._glyph_ids = self._read_codes(plane)
        self._codes: frozenset[int] | None = None

    def _read_codes(self, plane: JisPlane) -> dict[int, int]:
        found: dict[int, int] = {}
        for code, glyph_id in self._face.get_chars():
            row, cell = (code >> 8) - 0x20, (code & 0xFF) - 0x20
            if not (1 <= row <= 94 and 1 <= cell <= 94):
                continue
            text = jis_to_unicode(row, cell, plane)
            if text is not None and len(text) == 1:
                found[ord(text)] = glyph_id
        return found

    def codes(self) -> frozenset[int]:
        """Code points whose dots are not all blank."""
        if self._codes is None:
            self._codes = frozenset(code for code in self._glyph_ids if self.body(code).any())
        return self._codes

    def body(self, code: int) -> Ink:
        """Dots of one character, (size, size) uint8, only 0 and 255; KeyError where the font lacks it."""
        self._face.load_glyph(self._glyph_ids[code], freetype.FT_LOAD_RENDER | freetype.FT_LOAD_TARGET_MONO)
        slot = self._face.glyph
        drawn = bitmap_to_ink(slot.bitmap)
        size = self.size_px
        canvas = np.zeros((max(size, drawn.shape[0]), max(size, drawn.shape[1])), np.uint8)
        ascent = self._face.size.ascender // _FREETYPE_26_6
        top = min(max(0, ascent - slot.bitmap_top), canvas.shape[0] - drawn.shape[0])
        left = min(max(0, slot.bitmap_left), canvas.shape[1] - drawn.shape[1])
        canvas[top : top + drawn.shape[0], left : left + drawn.shape[1]] = drawn
        return canvas
