"""How far a page is turned, found by the sharpness of its projections, and the page set upright."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.glyph.page.ground import Mask

MAX_DEGREES = 6.0
_COARSE_DEGREES = 0.1
_FINE_DEGREES = 0.01
_MAX_SHEAR_DEGREES = 0.6
"""By how much rows and columns may differ: a scanner whose carriage slips."""

_POINTS = 60_000
"""So many ink pixels tell the angle as well as all of them."""


@dataclass(frozen=True, slots=True, eq=False)
class Upright:
    """A page set upright.

    Attributes
    ----------
    mask : (h, w) uint8
        1 = ink.
    to_given : (2, 3) float64
        (x, y, 1) in ``mask`` → (x, y) in the picture that was given.
    degrees : float
        By how much the rows rise from left to right (clockwise is negative).
    """

    mask: Mask
    to_given: NDArray[np.float64]
    degrees: float


def set_upright(mask: Mask) -> Upright:
    """Find the directions of rows and columns and turn them level and plumb.

    Parameters
    ----------
    mask : (H, W) uint8
        1 = ink.

    Returns
    -------
    Upright
        On a canvas that holds all of the page.
    """
    rows, cols = np.nonzero(mask)
    step = 1 + len(rows) // _POINTS
    ys, xs = rows[::step].astype(np.float32), cols[::step].astype(np.float32)
    level, sharp_rows = _sharpest(ys, xs)
    plumb, sharp_cols = _sharpest(-xs, ys)
    if abs(level - plumb) > _MAX_SHEAR_DEGREES:  # one of the two saw no lines
        level = plumb = level if sharp_rows >= sharp_cols else plumb
    return _turned(mask, np.deg2rad(level), np.deg2rad(plumb))


def _sharpest(across: NDArray[np.float32], along: NDArray[np.float32]) -> tuple[float, float]:
    """Angle at which lines of constant ``across − along·tan`` gather most ink, and how sharply."""
    if len(across) == 0:
        return 0.0, 0.0
    best, sharpness = 0.0, -1.0
    spans = ((0.0, MAX_DEGREES, _COARSE_DEGREES), (None, _COARSE_DEGREES, _FINE_DEGREES))
    for centre, reach, step in spans:
        middle = best if centre is None else centre
        count = round(reach / step)
        for degrees in sorted((middle + step * k for k in range(-count, count + 1)), key=abs):
            angle = np.deg2rad(degrees)
            value = _sharpness(across * np.float32(np.cos(angle)) - along * np.float32(np.sin(angle)))
            if value > sharpness:
                best, sharpness = degrees, value
    return best, sharpness


def _sharpness(places: NDArray[np.float32]) -> float:
    counts = np.bincount((places - places.min()).astype(np.int64))
    return float((counts.astype(np.float64) ** 2).sum())


def _turned(mask: Mask, level: float, plumb: float) -> Upright:
    height, width = mask.shape
    # Columns: a step to the right along the rows, a step down along the columns.
    axes = np.array([[np.cos(level), -np.sin(plumb)], [np.sin(level), np.cos(plumb)]])
    corners = np.array([[0, 0], [width, 0], [0, height], [width, height]], np.float64)
    placed = corners @ np.linalg.inv(axes).T
    low = np.floor(placed.min(axis=0))
    size = np.ceil(placed.max(axis=0) - low).astype(int)
    to_given = np.column_stack([axes, axes @ low])
    turned = cv2.warpAffine(
        mask * np.uint8(255),
        to_given,
        (int(size[0]), int(size[1])),
        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
    )
    return Upright((turned > 80).astype(np.uint8), to_given, -float(np.rad2deg(level)))
