"""Dust and salt-and-pepper noise, told from the dots of a character by comparing with the stroke width.

A dot of a character (丶, 氵, ヽ, a handakuten) is at least about as wide as its strokes; dust that can be
recognised is much smaller. Where strokes are only a pixel or two wide nothing can be told apart, and in
small dot pictures nothing is removed at all.
"""

from __future__ import annotations

import cv2
import numpy as np

from engine.glyph.model import Ink

MIN_SIDE_PX = 40
"""Smaller pictures are left alone: a lone dot is a stroke there."""

_IMPULSE = 100
"""By how much (of 255) a pixel must differ from all its eight neighbours to be salt or pepper."""

_MIN_IMPULSES = 5
_IMPULSE_SHARE = 0.0015
"""Fewer such pixels than this number, or this share of the picture, belong to a clean drawing."""

_MIN_WIDTH_PX = 2.5
"""Thinner strokes say nothing about specks."""

_PEPPER_GRAIN_PX = 3.0
"""Neighbouring grains of pepper: up to so many pixels."""

_INK = 64
"""Ink above this belongs to a component."""

_WIDTH_SHARE = 0.7
_AREA_SHARE = 0.3
"""A speck is narrower than this share of the stroke width, and smaller than this share of its square."""

_REMOTE_GAP = 0.12
_REMOTE_AREA = 0.01
"""Dust in the margin: further off than this share of the glyph's size, less than this share of its ink."""

_RING = np.array([[1, 1, 1], [1, 0, 1], [1, 1, 1]], np.uint8)


def remove_impulses(ink: Ink) -> tuple[Ink, bool]:
    """Replace single pixels that contradict all eight neighbours, where there are many of them.

    Parameters
    ----------
    ink : (H, W) uint8
        0 = paper, 255 = full ink.

    Returns
    -------
    ink : (H, W) uint8
        The same array where nothing was replaced.
    peppered : bool
        Whether there was salt-and-pepper noise.
    """
    if min(ink.shape) < MIN_SIDE_PX:
        return ink, False
    below = cv2.erode(ink, _RING)
    above = cv2.dilate(ink, _RING)
    pepper = cv2.subtract(ink, above) > _IMPULSE
    salt = cv2.subtract(below, ink) > _IMPULSE
    found = cv2.countNonZero(pepper.astype(np.uint8)) + cv2.countNonZero(salt.astype(np.uint8))
    if found < max(_MIN_IMPULSES, _IMPULSE_SHARE * ink.size):
        return ink, False
    return np.where(pepper, above, np.where(salt, below, ink)), True


def remove_specks(ink: Ink, *, noisy: bool, peppered: bool = False) -> Ink:
    """Remove what is too small, or too small and too far away, to be part of the character.

    Parameters
    ----------
    ink : (H, W) uint8
        0 = paper, 255 = full ink.
    noisy : bool
        Also remove faint haze that no remaining component touches.
    peppered : bool
        There was salt-and-pepper noise, so two or three pixels alone are more of it.

    Returns
    -------
    (H, W) uint8
        The same array where nothing was removed.
    """
    if min(ink.shape) < MIN_SIDE_PX:
        return ink
    mask = (ink > _INK).astype(np.uint8)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=8)
    if count <= 1:
        return ink
    areas = stats[1:, cv2.CC_STAT_AREA]
    widest = np.maximum(stats[1:, cv2.CC_STAT_WIDTH], stats[1:, cv2.CC_STAT_HEIGHT])
    width = _stroke_width(mask)
    if width < _MIN_WIDTH_PX and not peppered:
        width = 0.0
    grain = _PEPPER_GRAIN_PX if peppered else 0.0
    specks = (widest <= max(grain, _WIDTH_SHARE * width)) & (areas <= max(grain, _AREA_SHARE * width * width))
    specks[np.argmax(areas)] = False
    specks |= _remote(stats[1:], specks)
    if not specks.any() and not noisy:
        return ink
    keep = np.concatenate([[False], ~specks])[labels].astype(np.uint8)
    reach = np.ones((5, 5), np.uint8)
    if noisy:
        return np.where(cv2.dilate(keep, reach) > 0, ink, 0).astype(np.uint8)
    gone = cv2.dilate(((mask > 0) & (keep == 0)).astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
    return np.where(gone & (keep == 0), 0, ink).astype(np.uint8)


def _stroke_width(mask: Ink) -> float:
    """Mean stroke width in px: twice the area over the number of boundary pixels; 2 for hairlines."""
    area = cv2.countNonZero(mask)
    inner = cv2.countNonZero(cv2.erode(mask, np.ones((3, 3), np.uint8), borderValue=0))
    return 2.0 * area / max(1, area - inner)


def _remote(stats: np.ndarray, specks: np.ndarray) -> np.ndarray:
    """Mark small components far outside the box that the large ones fill."""
    areas = stats[:, cv2.CC_STAT_AREA]
    small = areas < _REMOTE_AREA * areas[~specks].sum()
    if not small.any() or small.all():
        return np.zeros(len(stats), bool)
    left, top = stats[:, cv2.CC_STAT_LEFT], stats[:, cv2.CC_STAT_TOP]
    right, bottom = left + stats[:, cv2.CC_STAT_WIDTH], top + stats[:, cv2.CC_STAT_HEIGHT]
    large = ~small
    box = left[large].min(), top[large].min(), right[large].max(), bottom[large].max()
    gap = _REMOTE_GAP * max(box[2] - box[0], box[3] - box[1])
    outside = np.maximum.reduce([box[0] - right, left - box[2], box[1] - bottom, top - box[3]])
    return np.asarray(small & (outside > gap), bool)
