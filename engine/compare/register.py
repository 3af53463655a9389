"""Registration: lay each candidate over the gaiji, first as a whole, then part by part within limits.

Two drawings of one character form differ by weight, proportions and small shifts of their parts. What is left
after those are taken out is what the judgement is about. The limits are the point of this module: a candidate
that may bend freely can be bent into anything.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

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

_INKED = 32
"""Blurred ink (of 255) from which on a pixel counts as part of the gaiji."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How far a candidate may be moved and bent, and in how many steps.

    Attributes
    ----------
    linear : float
        Largest change of each of the four linear terms; 0.06 is ±3.4° of turn, ±6 % of size.
    shift_px : float
        Largest shift of the whole.
    flow_px : float
        Farthest that a part may move after the whole is in place.
    window_px : float
        Standard deviation of the window in which a part moves together.
    smooth_px : float
        Blur before comparing.
    affine_steps, flow_steps : int
    """

    linear: float = 0.06
    shift_px: float = 3.0
    flow_px: float = FLOW_LIMIT_PX
    window_px: float = WINDOW_PX
    smooth_px: float = SMOOTH_PX
    affine_steps: int = AFFINE_STEPS
    flow_steps: int = FLOW_STEPS


PRINTED = Limits()
"""For characters in print, where a bend beyond a few pixels makes another character."""


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


@lru_cache(maxsize=8)
def _blur_matrix(side: int, sigma_px: float) -> NDArray[np.float32]:
    """Gaussian weights between the rows (or columns) of a picture; each row sums to 1."""
    axis = np.arange(side)
    weights = np.exp(-0.5 * ((axis[:, None] - axis[None, :]) / sigma_px) ** 2)
    return np.asarray(weights / weights.sum(axis=1, keepdims=True), np.float32)


def blurred(pictures: NDArray[np.float32], sigma_px: float) -> NDArray[np.float32]:
    """Blur pictures of one size, (…, S, S) float32, by two matrix products: all of a stack at once."""
    weights = _blur_matrix(pictures.shape[-1], sigma_px)
    return np.asarray(weights @ (pictures @ weights.T), np.float32)


def register(
    gaiji: NDArray[np.uint8], candidates: NDArray[np.uint8], limits: Limits = PRINTED
) -> Registration:
    """Lay every candidate over the gaiji.

    Parameters
    ----------
    gaiji : (S, S) uint8
        Normalised picture, 0 = paper.
    candidates : (K, S, S) uint8
        Normalised pictures of reference glyphs.
    limits : Limits

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
    u, v = x - (side - 1) / 2, y - (side - 1) / 2
    fixed = blurred(gaiji.astype(np.float32), limits.smooth_px)
    soft = blurred(candidates.astype(np.float32), limits.smooth_px)
    gx = np.asarray(cv2.Sobel(fixed, cv2.CV_32F, 1, 0, ksize=3, scale=1 / 8), np.float32)
    gy = np.asarray(cv2.Sobel(fixed, cv2.CV_32F, 0, 1, ksize=3, scale=1 / 8), np.float32)

    affine, map_x, map_y = _affine(fixed, soft, gx, gy, u, v, limits)
    flow = _flow(fixed, soft, gx, gy, map_x, map_y, limits)
    map_x, map_y = map_x + flow[:, 0], map_y + flow[:, 1]
    length = np.hypot(flow[:, 0], flow[:, 1])[:, fixed > _INKED]
    if length.shape[1] == 0:
        length = np.zeros((len(candidates), 1), np.float32)
    down = np.abs(np.diff(flow, axis=2)).max(axis=(1, 2, 3))
    across = np.abs(np.diff(flow, axis=3)).max(axis=(1, 2, 3))
    warped = _remapped(candidates, map_x, map_y)
    warped[:, (0, -1)] = 0  # a free border, which the measuring of many pictures as one relies on
    warped[:, :, (0, -1)] = 0
    return Registration(
        warped=warped,
        affine=affine,
        flow_rms_px=np.sqrt(np.mean(length**2, axis=1)),
        flow_max_px=length.max(axis=1),
        flow_bend=np.maximum(down, across),
    )


def _remapped(
    pictures: NDArray[np.generic], map_x: NDArray[np.float32], map_y: NDArray[np.float32]
) -> NDArray[Any]:
    out = np.empty_like(pictures)
    for k in range(len(pictures)):
        cv2.remap(pictures[k], map_x[k], map_y[k], cv2.INTER_LINEAR, dst=out[k])
    return out


def _affine(
    fixed: NDArray[np.float32],
    soft: NDArray[np.float32],
    gx: NDArray[np.float32],
    gy: NDArray[np.float32],
    u: NDArray[np.float32],
    v: NDArray[np.float32],
    limits: Limits,
) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]:
    """Move each candidate as a whole; returns the six terms and where each pixel is to be taken from."""
    basis = np.stack([gx * u, gx * v, gy * u, gy * v, gx, gy]).reshape(6, -1)
    hessian = basis @ basis.T
    ridge = np.diag(1e-3 * np.diag(hessian) + 1.0).astype(np.float32)
    solve = (np.linalg.inv(hessian + ridge) @ basis).astype(np.float32)
    terms = np.zeros((len(soft), 6), np.float32)
    most = np.array([limits.linear] * 4 + [limits.shift_px] * 2, np.float32)
    x, y = _grid(len(fixed))
    moved = soft
    for step in range(limits.affine_steps + 1):
        a = terms[:, :, None, None]
        map_x = x + a[:, 0] * u + a[:, 1] * v + a[:, 4]
        map_y = y + a[:, 2] * u + a[:, 3] * v + a[:, 5]
        if step == limits.affine_steps:
            break
        if step:
            moved = _remapped(soft, map_x, map_y)
        step_terms = (fixed - moved).reshape(len(soft), -1) @ solve.T
        np.clip(terms + step_terms, -most, most, out=terms)
    return terms, map_x, map_y


def _flow(
    fixed: NDArray[np.float32],
    soft: NDArray[np.float32],
    gx: NDArray[np.float32],
    gy: NDArray[np.float32],
    map_x: NDArray[np.float32],
    map_y: NDArray[np.float32],
    limits: Limits,
) -> NDArray[np.float32]:
    """Move the parts of each candidate: (K, 2, S, S) float32, x and y in pixels."""
    xx, xy, yy = blurred(np.stack([gx * gx, gx * gy, gy * gy]), limits.window_px)
    # The ridge keeps parts without ink where they are.
    ridge = 0.02 * float((xx + yy).mean()) + 1.0
    xx, yy = xx + ridge, yy + ridge
    determinant = xx * yy - xy * xy
    flow = np.zeros((len(soft), 2, *fixed.shape), np.float32)
    for _ in range(limits.flow_steps):
        difference = fixed - _remapped(soft, map_x + flow[:, 0], map_y + flow[:, 1])
        bx, by = blurred(np.stack([gx * difference, gy * difference]), limits.window_px)
        flow[:, 0] += (yy * bx - xy * by) / determinant
        flow[:, 1] += (xx * by - xy * bx) / determinant
        np.clip(flow, -limits.flow_px, limits.flow_px, out=flow)
    return flow
