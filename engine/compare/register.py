"""Registration: lay each candidate over the gaiji, first as a whole, then part by part within limits.

Two drawings of one character form differ by weight, proportions and small shifts of their parts. What is left
after those are taken out is what the judgement is about. The limits are the point of this module: a candidate
that may bend freely can be bent into anything.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

AFFINE_STEPS = 2
FLOW_STEPS = 2

SMOOTH_PX = 1.2
"""Blur before comparing: gradients of a 64 px drawing reach across about one stroke."""

WINDOW_PX = 5.0
"""Standard deviation of the window in which a part of the glyph moves together (about half a radical)."""

FLOW_LIMIT_PX = 3.0
"""Farthest that a part may move after the whole is in place, out of 64."""

_AFFINE_LIMIT = np.array([0.06, 0.06, 0.06, 0.06, 3.0, 3.0], np.float32)
"""Largest change of the four linear terms, and of the shift in pixels: ±3.4° of turn, ±6 % of size."""


@dataclass(frozen=True, slots=True)
class Registration:
    """Candidates laid over one gaiji.

    Attributes
    ----------
    warped : (K, S, S) uint8
        The candidates after registration.
    affine : (K, 6) float32
        Linear terms minus identity (row major), then the shift (x, y) in pixels.
    flow_rms_px, flow_max_px : (K,) float32
        How far the parts moved after the whole was in place.
    flow_bend : (K,) float32
        Largest change of the movement from one pixel to the next: 0 for a rigid shift.
    """

    warped: NDArray[np.uint8]
    affine: NDArray[np.float32]
    flow_rms_px: NDArray[np.float32]
    flow_max_px: NDArray[np.float32]
    flow_bend: NDArray[np.float32]


@lru_cache(maxsize=4)
def _grid(side: int) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    axis = np.arange(side, dtype=np.float32)
    x, y = np.meshgrid(axis, axis)
    return x, y


def _smooth(picture: NDArray[np.uint8]) -> NDArray[np.float32]:
    return np.asarray(cv2.GaussianBlur(picture.astype(np.float32), (0, 0), SMOOTH_PX), np.float32)


def register(gaiji: NDArray[np.uint8], candidates: NDArray[np.uint8]) -> Registration:
    """Lay every candidate over the gaiji.

    Parameters
    ----------
    gaiji : (S, S) uint8
        Normalised picture, 0 = paper.
    candidates : (K, S, S) uint8
        Normalised pictures of reference glyphs.

    Returns
    -------
    Registration

    Notes
    -----
    Inverse-compositional alignment (S. Baker and I. Matthews, IJCV 56, 2004): gradients and Hessian come from
    the gaiji, once for all candidates. The parts then move by windowed least squares (B. Lucas and T. Kanade,
    1981) with the same gradients. Every step is clipped to its limit.
    """
    side = gaiji.shape[0]
    x, y = _grid(side)
    centre = (side - 1) / 2
    fixed = _smooth(gaiji)
    gx = cv2.Sobel(fixed, cv2.CV_32F, 1, 0, ksize=3, scale=1 / 8)
    gy = cv2.Sobel(fixed, cv2.CV_32F, 0, 1, ksize=3, scale=1 / 8)
    u, v = x - centre, y - centre
    basis = np.stack([gx * u, gx * v, gy * u, gy * v, gx, gy]).reshape(6, -1)
    hessian = basis @ basis.T
    hessian += np.diag(1e-3 * np.diag(hessian) + 1.0)
    solve = np.linalg.inv(hessian) @ basis
    # Structure tensor for the movement of parts; the ridge keeps parts without ink where they are.
    xx = cv2.GaussianBlur(gx * gx, (0, 0), WINDOW_PX)
    xy = cv2.GaussianBlur(gx * gy, (0, 0), WINDOW_PX)
    yy = cv2.GaussianBlur(gy * gy, (0, 0), WINDOW_PX)
    ridge = 0.02 * float((xx + yy).mean()) + 1.0
    xx, yy = xx + ridge, yy + ridge
    determinant = xx * yy - xy * xy

    count = len(candidates)
    warped = np.empty_like(candidates)
    affines = np.zeros((count, 6), np.float32)
    rms, farthest, bend = (np.zeros(count, np.float32) for _ in range(3))
    for k in range(count):
        soft = _smooth(candidates[k])
        step = np.zeros(6, np.float32)
        map_x, map_y = x, y
        moved = soft
        for _ in range(AFFINE_STEPS):
            delta = solve @ (fixed - moved).ravel()
            step = np.clip(step + delta.astype(np.float32), -_AFFINE_LIMIT, _AFFINE_LIMIT)
            map_x = x + step[0] * u + step[1] * v + step[4]
            map_y = y + step[2] * u + step[3] * v + step[5]
            moved = cv2.remap(soft, map_x, map_y, cv2.INTER_LINEAR)
        flow_x, flow_y = np.zeros_like(x), np.zeros_like(y)
        for _ in range(FLOW_STEPS):
            difference = fixed - moved
            bx = cv2.GaussianBlur(gx * difference, (0, 0), WINDOW_PX)
            by = cv2.GaussianBlur(gy * difference, (0, 0), WINDOW_PX)
            flow_x = np.clip(flow_x + (yy * bx - xy * by) / determinant, -FLOW_LIMIT_PX, FLOW_LIMIT_PX)
            flow_y = np.clip(flow_y + (xx * by - xy * bx) / determinant, -FLOW_LIMIT_PX, FLOW_LIMIT_PX)
            moved = cv2.remap(soft, map_x + flow_x, map_y + flow_y, cv2.INTER_LINEAR)
        warped[k] = cv2.remap(candidates[k], map_x + flow_x, map_y + flow_y, cv2.INTER_LINEAR)
        affines[k] = step
        length = np.hypot(flow_x, flow_y)
        inked = fixed > 32
        if inked.any():
            rms[k] = np.sqrt(np.mean(length[inked] ** 2))
            farthest[k] = length[inked].max()
        bend[k] = max(
            float(np.abs(np.diff(flow_x, axis=0)).max()),
            float(np.abs(np.diff(flow_x, axis=1)).max()),
            float(np.abs(np.diff(flow_y, axis=0)).max()),
            float(np.abs(np.diff(flow_y, axis=1)).max()),
        )
    return Registration(warped, affines, rms, farthest, bend)
