"""Pictures of one size for gaiji and MJ glyphs, sharp at the size of a list and of a page."""

from __future__ import annotations

import io

import cv2
import numpy as np
from PIL import Image

from engine.glyph.model import Glyph, GlyphKind, Ink
from engine.sheet.overlay import cropped, fit

DOTS_PX = 64
"""Longer side of a glyph up to which its dots are shown as they are."""

LEVELS = 16
"""Shades of grey that are kept; one less divides 255."""
_DOT_SCALE = 16


def is_dotted(glyph: Glyph) -> bool:
    """Whether a glyph is shown dot by dot: a dot font's, or a picture so small that its pixels are seen."""
    small = max(glyph.ink.shape) <= DOTS_PX
    return glyph.kind is GlyphKind.DOTS or (glyph.kind is GlyphKind.IMAGE and small)


def tile(ink: Ink, size_px: int, *, margin_px: int, dots: bool = False) -> Ink:
    """Scale a glyph's box into a square, centred.

    Parameters
    ----------
    ink : (H, W) uint8, ink = 255
    size_px, margin_px : int
        Side of the square and blank border inside it.
    dots : bool
        Whether the glyph's pixels are dots, which stay square and of even width.

    Returns
    -------
    (size_px, size_px) uint8, ink = 255.
    """
    box = cropped(ink)
    if dots:
        # Blown up dot by dot and reduced again by area: enlarging by an uneven factor at once would make some
        # dots wider than others.
        box = np.repeat(np.repeat(box, _DOT_SCALE, axis=0), _DOT_SCALE, axis=1)
    return fit(box, size_px, margin_px=margin_px)


def in_levels(picture: Ink) -> Ink:
    """Return a picture in :data:`LEVELS` shades of grey: no eye sees the difference, and the file is half."""
    step = 255 // (LEVELS - 1)
    levels = (picture.astype(np.uint16) + step // 2) // step
    return np.asarray(levels * step, np.uint8)


def png(picture: Ink) -> bytes:
    """Return a picture, ink = 255, as a PNG in :data:`LEVELS` shades, black on white.

    Equal pictures give equal bytes.
    """
    step = 255 // (LEVELS - 1)
    levels = np.uint8(LEVELS - 1) - in_levels(picture) // np.uint8(step)
    image = Image.fromarray(np.ascontiguousarray(levels), mode="P")
    image.putpalette([value for level in range(LEVELS) for value in [level * step] * 3])
    stream = io.BytesIO()
    image.save(stream, format="PNG", bits=4, compress_level=6)
    return stream.getvalue()


def large_tile(ink: Ink, size_px: int, *, margin_px: int, dots: bool = False) -> Ink:
    """Return a large tile of a glyph drawn small, with a clear edge instead of a blur.

    Parameters
    ----------
    ink, size_px, margin_px, dots
        As in :func:`tile`.

    Returns
    -------
    (size_px, size_px) uint8, ink = 255.
    """
    if dots:
        return tile(ink, size_px, margin_px=margin_px, dots=True)
    box = cropped(ink)
    large = fit(box, size_px, margin_px=margin_px)
    scale = size_px / max(box.shape)
    if scale <= 1:
        return large
    steep = (cv2.GaussianBlur(large, (0, 0), scale * 0.4).astype(np.float32) - 127.5) * scale + 127.5
    return np.asarray(np.clip(steep, 0, 255), np.uint8)
