"""Outlines and dot patterns to pixels, by glyph id, through FreeType."""

from __future__ import annotations

import ctypes
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO

import freetype
import numpy as np

from engine.errors import ReadError
from engine.glyph.model import MAX_INK_PX, Ink

_LOAD_OUTLINE = freetype.FT_LOAD_NO_HINTING | freetype.FT_LOAD_NO_BITMAP | freetype.FT_LOAD_NO_AUTOHINT

_MAX_RENDER_PX = 4096
"""Longest side FreeType may draw. A damaged outline can ask for gigabytes."""


def fit_ink(ink: Ink) -> Ink:
    """Reduce the longer side to :data:`engine.glyph.model.MAX_INK_PX`; smaller ink is returned as it is."""
    if max(ink.shape) <= MAX_INK_PX:
        return ink
    from engine.glyph.clean import shrink  # OpenCV, which few fonts need

    return shrink(ink, MAX_INK_PX)


def bitmap_to_ink(bitmap: freetype.Bitmap) -> Ink:
    """Copy a FreeType bitmap into an array of its own.

    Parameters
    ----------
    bitmap : freetype.Bitmap
        Mono (1 bit) or grey (8 bit).

    Returns
    -------
    (H, W) uint8, 0–255; (0, 0) for an empty glyph.

    Notes
    -----
    ``bitmap.buffer`` builds a Python list and is 18 times slower than this one copy of the memory.
    """
    raw = bitmap._FT_Bitmap
    rows, width, pitch = raw.rows, raw.width, raw.pitch
    if rows == 0 or width == 0:
        return np.zeros((0, 0), np.uint8)
    address = ctypes.cast(raw.buffer, ctypes.c_void_p).value
    if address is None:
        return np.zeros((0, 0), np.uint8)
    if pitch < 0:  # bottom-up: the buffer points at the last row
        address += pitch * (rows - 1)
    memory = (ctypes.c_uint8 * (abs(pitch) * rows)).from_address(address)
    lines = np.frombuffer(memory, np.uint8).reshape(rows, abs(pitch))
    if pitch < 0:
        lines = lines[::-1]
    if raw.pixel_mode == freetype.FT_PIXEL_MODE_MONO:
        return np.unpackbits(lines, axis=1)[:, :width] * np.uint8(255)
    return lines[:, :width].copy()


class OutlineRasteriser:
    """Draws the glyphs of one scalable face, unhinted, by glyph id.

    Parameters
    ----------
    path : Path or binary stream
        TrueType/OpenType/TTC file; it is read into memory.
    face_index : int
        Face inside a collection.
    em_px : int
        Pixels per em.
    """

    def __init__(self, path: Path | BinaryIO, *, face_index: int = 0, em_px: int = 96) -> None:
        # A stream, not a path: FreeType's own path handling fails on non-ASCII names under Windows.
        if isinstance(path, Path):
            with path.open("rb") as stream:
                self.face = freetype.Face(stream, index=face_index)
        else:
            self.face = freetype.Face(path, index=face_index)
        if not self.face.is_scalable:
            raise ReadError("unreadable-font", "輪郭のないフォントです。")
        self.em_px = em_px
        self.face.set_pixel_sizes(0, em_px)

    def render(self, glyph_id: int) -> Ink:
        """Return the tight bitmap of one glyph, (H, W) uint8; (0, 0) where it has no ink.

        Raises
        ------
        ReadError
            ``too-large`` where the outline leaves any sensible em square.
        freetype.FT_Exception
            The glyph's data are damaged.
        """
        self.face.load_glyph(glyph_id, _LOAD_OUTLINE)
        slot = self.face.glyph
        box = slot.outline.get_cbox()
        if max(box.xMax - box.xMin, box.yMax - box.yMin) > _MAX_RENDER_PX * 64:
            raise ReadError("too-large", "輪郭が大きすぎて描けません。フォントが壊れている可能性があります。")
        slot.render(freetype.FT_RENDER_MODE_NORMAL)
        return bitmap_to_ink(slot.bitmap)

    def render_many(self, glyph_ids: Iterable[int]) -> Iterator[Ink]:
        """Render one after the other."""
        for glyph_id in glyph_ids:
            yield self.render(glyph_id)

    def glyph_id(self, name: str) -> int:
        """Return the id of the glyph called ``name``; 0 where there is none."""
        return int(self.face.get_name_index(name.encode("ascii")))

    def cmap(self) -> dict[int, int]:
        """Code point → glyph id of the active (Unicode) character map."""
        return {code: glyph for code, glyph in self.face.get_chars() if glyph}
