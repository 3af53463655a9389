"""Picture → ink map: paper and polarity, then noise, then frame lines, then size."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.errors import ReadError
from engine.glyph.box import bounding_box
from engine.glyph.frame import remove_frame
from engine.glyph.model import MAX_INK_PX, Ink
from engine.glyph.paper import to_ink
from engine.glyph.specks import remove_impulses, remove_specks

_MARGIN = 0.05
"""Of the glyph's longer side: what is left around it when a large picture is cut down."""

_INK = 64


def clean(brightness: NDArray[np.uint8]) -> Ink:
    """Reduce a picture of one glyph to its ink.

    Parameters
    ----------
    brightness : (H, W) uint8
        0 = black, 255 = white; either polarity.

    Returns
    -------
    (H', W') uint8
        0 = paper, 255 = full ink, anti-aliasing kept. At most :data:`engine.glyph.model.MAX_INK_PX` on the
        longer side. A clean picture without a frame keeps every pixel.

    Raises
    ------
    ReadError
        ``empty-glyph`` where nothing is drawn.
    """
    ink, noisy = to_ink(brightness)
    ink, peppered = remove_impulses(ink)
    ink = remove_frame(ink)  # before the specks: they would eat the crumbs that a faint line consists of
    spotless = remove_specks(ink, noisy=noisy, peppered=peppered)
    if spotless is not ink:
        spotless = remove_frame(spotless)  # dust outside the frame may have hidden it
    ink = spotless
    if not (ink > _INK).any():
        raise ReadError("empty-glyph", "字が描かれていません。")
    return shrink(_cut_down(ink), MAX_INK_PX)


def _cut_down(ink: Ink) -> Ink:
    """Cut wide margins off a picture that has to be reduced, so that the glyph keeps its resolution."""
    if max(ink.shape) <= MAX_INK_PX:
        return ink
    box = bounding_box(ink > _INK)
    if box is None:
        return ink
    margin = 1 + int(_MARGIN * (max(box.height, box.width) - 1))
    top, left = max(0, box.top - margin), max(0, box.left - margin)
    return ink[top : box.bottom + margin, left : box.right + margin]


def shrink(pixels: NDArray[np.uint8], side_px: int) -> NDArray[np.uint8]:
    """Reduce to at most ``side_px`` on the longer side by area averaging.

    Parameters
    ----------
    pixels : (H, W) or (H, W, C) uint8
        A picture of any tone.
    side_px : int
        Longest side of the result.

    Returns
    -------
    (H', W') or (H', W', C) uint8
        The same array where it is small enough.
    """
    height, width = pixels.shape[:2]
    if max(height, width) <= side_px:
        return pixels
    scale = side_px / max(height, width)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    return np.asarray(cv2.resize(np.ascontiguousarray(pixels), size, interpolation=cv2.INTER_AREA), np.uint8)
