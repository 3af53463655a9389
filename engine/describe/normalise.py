"""Bring the ink of a glyph to one size: crop to the ink, rescale, keep part of the aspect ratio."""

from __future__ import annotations

import math
from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.glyph.box import Box, bounding_box
from engine.glyph.model import Ink

SIDE_PX = 64
"""Side of a normalised picture."""

MARGIN_PX = 2
"""Paper left free at each side, so that the gradient at the border of the ink is seen whole."""

INK_LEVEL = 96
"""Ink at or above this value counts for the bounding box; the faint skirt of a blurred scan does not."""


class EmptyInkError(ValueError):
    """The picture holds no ink to normalise."""


def ink_box(ink: Ink) -> Box:
    """Return the bounding box of the ink.

    Parameters
    ----------
    ink : (H, W) uint8
        0 = paper, 255 = full ink.

    Returns
    -------
    Box

    Raises
    ------
    EmptyInkError
        No pixel reaches the level.
    """
    level = max(1, min(INK_LEVEL, int(ink.max(initial=0))))
    box = bounding_box(ink >= level)
    if box is None:
        raise EmptyInkError
    return box


def longer_side(box: Box) -> int:
    """Longer side of a box from :func:`ink_box`, in pixels."""
    return max(box.height, box.width)


def target_size(height: int, width: int, inner_px: int) -> tuple[int, int]:
    """Size of the ink inside the normalised square.

    Notes
    -----
    The longer side fills the square; the aspect ratio ``r`` becomes ``sqrt(sin(pi r / 2))`` (aspect ratio
    adaptive normalisation, C.-L. Liu et al., Pattern Recognition 37, 2004), so that 一 stays a line and
    日 is still brought near to 曰.
    """
    ratio = min(height, width) / max(height, width)
    short = max(1, round(inner_px * math.sqrt(math.sin(math.pi / 2 * ratio))))
    return (inner_px, short) if height >= width else (short, inner_px)


def normalise(ink: Ink, side_px: int = SIDE_PX, margin_px: int = MARGIN_PX, box: Box | None = None) -> Ink:
    """Crop to the ink and rescale it into a square.

    Parameters
    ----------
    ink : (H, W) uint8
        0 = paper, 255 = full ink.
    side_px, margin_px : int
        Side of the result, and the paper left at each side of it.
    box : Box, optional
        From :func:`ink_box`, where the caller has it already.

    Returns
    -------
    (side_px, side_px) uint8

    Raises
    ------
    EmptyInkError
        There is no ink.
    """
    box = box or ink_box(ink)
    height, width = target_size(box.height, box.width, side_px - 2 * margin_px)
    shrinks = height < box.height or width < box.width
    scaled = cv2.resize(
        box.cut(ink), (width, height), interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_CUBIC
    )
    square = np.zeros((side_px, side_px), np.uint8)
    row, col = (side_px - height) // 2, (side_px - width) // 2
    square[row : row + height, col : col + width] = scaled
    return square


def normalise_many(
    inks: Sequence[Ink], side_px: int = SIDE_PX, margin_px: int = MARGIN_PX
) -> NDArray[np.uint8]:
    """Normalise several glyphs: (N, side_px, side_px) uint8."""
    squares = np.empty((len(inks), side_px, side_px), np.uint8)
    for i, ink in enumerate(inks):
        squares[i] = normalise(ink, side_px, margin_px)
    return squares
