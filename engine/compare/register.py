"""Registration: lay each candidate over the gaiji, first as a whole, then part by part within limits.

Two drawings of one character form differ by weight, proportions and small shifts of their parts. What is left
after those are taken out is what the judgement is about. The limits are the point of this module: a candidate
that may bend freely can be bent into anything.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
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

_NO_BLUR_LEFT = 1e-6
"""Share of a wave beyond which nothing is left of it after a blur: less than float32 can hold."""

_TOGETHER = 8
"""Candidates moved together: their pictures and movements stay in the cache."""

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
    halved : bool
        Whether the movement is found on pictures of half the size: a quarter of the work, for shapes that are
        looked for roughly.
    """

    linear: float = 0.06
    shift_px: float = 3.0
    flow_px: float = FLOW_LIMIT_PX
    window_px: float = WINDOW_PX
    smooth_px: float = SMOOTH_PX
    affine_steps: int = AFFINE_STEPS
    flow_steps: int = FLOW_STEPS
    halved: bool = False

    @property
    def in_half(self) -> Limits:
        """The same for pictures of half the size."""
        return replace(
            self, shift_px=self.shift_px / 2, flow_px=self.flow_px / 2, window_px=self.window_px / 2
        )


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


@lru_cache(maxsize=8)
def _blur_matrix(side: int, sigma_px: float) -> NDArray[np.float32]:
    """Gaussian weights between the rows (or columns) of a picture; each row sums to 1."""
    axis = np.arange(side)
    weights = np.exp(-0.5 * ((axis[:, None] - axis[None, :]) / sigma_px) ** 2)
    return np.asarray(weights / weights.sum(axis=1, keepdims=True), np.float32)


@lru_cache(maxsize=8)
def _blur_factors(side: int, sigma_px: float) -> tuple[NDArray[np.float32], NDArray[np.float32]] | None:
    """Split :func:`_blur_matrix` into two thin factors, (S, r) and (r, S); None where they are not thin."""
    left, values, right = np.linalg.svd(_blur_matrix(side, sigma_px).astype(np.float64))
    rank = -int(np.count_nonzero(values > _NO_BLUR_LEFT)) // 8 * -8
    if 2 * rank > side:
        return None
    return np.asarray(left[:, :rank] * values[:rank], np.float32), np.asarray(right[:rank], np.float32)


def blurred(pictures: NDArray[np.float32], sigma_px: float) -> NDArray[np.float32]:
    """Blur pictures of one size, (…, S, S) float32, by matrix products: all of a stack at once.

    A wide blur leaves so little of a picture that it fits in a much smaller one, and takes half of the time.
    """
    factors = _blur_factors(pictures.shape[-1], sigma_px)
    if factors is None:
        weights = _blur_matrix(pictures.shape[-1], sigma_px)
        return np.asarray(weights @ (pictures @ weights.T), np.float32)
    out, inner = factors
    return np.asarray(out @ ((inner @ (pictures @ inner.T)) @ out.T), np.float32)


def register(
    gaiji: NDArray[np.uint8], candidates: NDArray[np.uint8], limits: Limits = PRINTED
) -> Registration:
    """Lay every candidate over one gaiji: :func:`register_pairs` with (S, S) and (K, S, S) uint8."""
    return register_pairs(gaiji[None], candidates, np.zeros(len(candidates), np.int64), limits)


def register_pairs(
    gaiji: NDArray[np.uint8],
    candidates: NDArray[np.uint8],
    gaiji_of: NDArray[np.int64],
    limits: Limits = PRINTED,
) -> Registration:
    """Lay every candidate over its gaiji.

    Parameters
    ----------
    gaiji : (G, S, S) uint8
        Normalised pictures, 0 = paper.
    candidates : (K, S, S) uint8
        Normalised pictures of reference glyphs.
    gaiji_of : (K,) int64
        The gaiji that each candidate is laid over.
    limits : Limits

    Returns
    -------
    Registration
        The same for a pair whatever other pairs are registered with it.

    Notes
    -----
    Inverse-compositional alignment (S. Baker and I. Matthews, IJCV 56, 2004): gradients and Hessian come from
    the gaiji, once for all of its candidates. The parts then move by windowed least squares (B. Lucas and
    T. Kanade, 1981) with the same gradients. Every step is clipped to its limit.
    """
    order = np.argsort(gaiji_of, kind="stable")
    ends = np.searchsorted(gaiji_of[order], np.arange(len(gaiji)), side="right").tolist()
    numbers = np.empty((len(candidates), 9), np.float32)
    warped = np.empty_like(candidates)
    first = begin = 0
    for last, end in enumerate(ends, 1):
        if last == len(gaiji) or end - begin >= _TOGETHER:
            pairs = order[begin:end]
            some = gaiji[first:last], candidates[pairs], gaiji_of[pairs] - first
            warped[pairs], numbers[pairs] = _registered(*some, limits)
            first, begin = last, end
    affine, (rms_px, most_px, bend) = numbers[:, :6], numbers[:, 6:].T
    return Registration(warped, affine, rms_px, most_px, bend)


def _registered(
    gaiji: NDArray[np.uint8], candidates: NDArray[np.uint8], gaiji_of: NDArray[np.int64], limits: Limits
) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
    """Lay a few candidates over their gaiji; returns them, and the nine numbers of each registration."""
    side = gaiji.shape[-1]
    shrink = _halved if limits.halved else blurred
    fixed, soft = (shrink(some.astype(np.float32), limits.smooth_px) for some in (gaiji, candidates))
    within = limits.in_half if limits.halved else limits
    gradient = np.empty((2, *fixed.shape), np.float32)
    for g, picture in enumerate(fixed):
        cv2.Sobel(picture, cv2.CV_32F, 1, 0, ksize=3, scale=1 / 8, dst=gradient[0, g])
        cv2.Sobel(picture, cv2.CV_32F, 0, 1, ksize=3, scale=1 / 8, dst=gradient[1, g])
    goal = fixed[gaiji_of]
    affine = _affine(goal, soft, gradient, gaiji_of, within)
    maps = _maps(affine, fixed.shape[-1])
    flow = _flow(goal, soft, gradient, gaiji_of, maps, within)
    inked = fixed > _INKED
    if limits.halved:
        affine[:, 4:] *= 2
        flow, maps = _doubled(flow), _maps(affine, side)
        inked = np.repeat(np.repeat(inked, 2, axis=1), 2, axis=2)
    lengths_px = _lengths(flow, inked[gaiji_of])
    maps += flow
    warped = _remapped(candidates, maps)
    warped[:, (0, -1)] = 0  # a free border, which the measuring of many pictures as one relies on
    warped[:, :, (0, -1)] = 0
    return warped, np.stack([*affine.T, *lengths_px, _bend(flow)], axis=1)


def _halved(pictures: NDArray[np.float32], sigma_px: float) -> NDArray[np.float32]:
    """Blur pictures and halve their sides: (K, S, S) → (K, S / 2, S / 2) float32."""
    whole = _blur_matrix(pictures.shape[-1], sigma_px)
    weights = (whole[::2] + whole[1::2]) * np.float32(0.5)
    return np.asarray(weights @ (pictures @ weights.T), np.float32)


def _doubled(flow: NDArray[np.float32]) -> NDArray[np.float32]:
    """Movement found on halved pictures → of the whole ones: (2, K, S, S) → (2, K, 2 S, 2 S) float32."""
    side = 2 * flow.shape[-1]
    larger = [
        cv2.resize(each, (side, side), interpolation=cv2.INTER_LINEAR) for plane in flow for each in plane
    ]
    return 2 * np.stack(larger).reshape(2, -1, side, side)


def _remapped(pictures: NDArray[np.generic], maps: NDArray[np.float32]) -> NDArray[Any]:
    """Take each pixel of each picture from where the maps, (2, K, S, S) x and y, say."""
    out = np.empty_like(pictures)
    for picture, map_x, map_y, result in zip(pictures, *maps, out, strict=True):
        cv2.remap(picture, map_x, map_y, cv2.INTER_LINEAR, dst=result)
    return out


def _maps(terms: NDArray[np.float32], side: int) -> NDArray[np.float32]:
    """Where each pixel is to be taken from by affine terms, (K, 6) → (2, K, S, S) float32, x and y."""
    place = np.arange(side, dtype=np.float32)
    off = place - np.float32((side - 1) / 2)
    xx, xy, yx, yy, x, y = terms.T[..., None]
    by_col = np.stack([place + xx * off + x, yx * off])
    by_row = np.stack([xy * off, place + yy * off + y])
    return np.asarray(by_col[:, :, None, :] + by_row[:, :, :, None], np.float32)


def _affine(
    goal: NDArray[np.float32],
    soft: NDArray[np.float32],
    gradient: NDArray[np.float32],
    gaiji_of: NDArray[np.int64],
    limits: Limits,
) -> NDArray[np.float32]:
    """Move each candidate as a whole; returns the six terms of each, (K, 6) float32."""
    side, count = goal.shape[-1], len(soft)
    off = np.arange(side, dtype=np.float32) - np.float32((side - 1) / 2)
    gx, gy = gradient
    basis = np.stack([gx * off, gx * off[:, None], gy * off, gy * off[:, None], gx, gy], axis=1)
    basis = basis.reshape(len(gx), 6, side * side)
    hessian = basis @ basis.transpose(0, 2, 1)
    diagonal = np.einsum("gii->gi", hessian)
    diagonal += 1e-3 * diagonal + 1.0  # a ridge: what the gaiji does not show stays as it is
    solve = np.linalg.inv(hessian) @ basis
    pairs_of = [np.flatnonzero(gaiji_of == g) for g in range(len(gx))]
    most = np.array([limits.linear] * 4 + [limits.shift_px] * 2, np.float32)
    terms = np.zeros((count, 6), np.float32)
    for step in range(limits.affine_steps):
        moved = _remapped(soft, _maps(terms, side)) if step else soft
        difference = (goal - moved).reshape(count, -1)
        # A product for each gaiji: one for several would be rounded by what is beside it.
        for pairs, of_gaiji in zip(pairs_of, solve, strict=True):
            terms[pairs] += difference[pairs] @ of_gaiji.T
        np.clip(terms, -most, most, out=terms)
    return terms


def _flow(
    goal: NDArray[np.float32],
    soft: NDArray[np.float32],
    gradient: NDArray[np.float32],
    gaiji_of: NDArray[np.int64],
    maps: NDArray[np.float32],
    limits: Limits,
) -> NDArray[np.float32]:
    """Move the parts of each candidate: (2, K, S, S) float32, x and y in pixels."""
    gx, gy = gradient
    xx, xy, yy = blurred(np.stack([gx * gx, gx * gy, gy * gy]), limits.window_px)
    # The ridge keeps parts without ink where they are.
    ridge = 0.02 * (xx + yy).mean(axis=(1, 2), keepdims=True) + 1.0
    xx, yy = xx + ridge, yy + ridge
    xx, xy, yy = (np.stack([xx, xy, yy]) / (xx * yy - xy * xy))[:, gaiji_of]
    flow = np.zeros((2, *goal.shape), np.float32)
    pull, at, one, other = np.empty_like(flow), np.empty_like(flow), *np.empty_like(flow)
    of_pair = gradient[:, gaiji_of]
    for step in range(limits.flow_steps):
        difference = _remapped(soft, np.add(maps, flow, out=at) if step else maps)
        np.subtract(goal, difference, out=difference)
        bx, by = blurred(np.multiply(of_pair, difference, out=pull), limits.window_px)
        for axis, (mine, my_pull, your_pull) in enumerate(((yy, bx, by), (xx, by, bx))):
            np.multiply(mine, my_pull, out=one)
            one -= np.multiply(xy, your_pull, out=other)
            flow[axis] += one
        np.clip(flow, -limits.flow_px, limits.flow_px, out=flow)
    return flow


def _lengths(
    flow: NDArray[np.float32], inked: NDArray[np.bool_]
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Root mean square and largest length of the movement on ink, (K,) float32 each; 0 without ink."""
    squares = (flow[0] * flow[0] + flow[1] * flow[1]) * inked
    pixels = np.maximum(inked.sum(axis=(1, 2)), 1)
    return np.sqrt(squares.sum(axis=(1, 2)) / pixels).astype(np.float32), np.sqrt(squares.max(axis=(1, 2)))


def _bend(flow: NDArray[np.float32]) -> NDArray[np.float32]:
    """Largest change of the movement from one pixel to the next, (K,) float32."""
    changes = (flow[:, :, 1:] - flow[:, :, :-1], flow[..., 1:] - flow[..., :-1])
    furthest = [bound for each in changes for bound in (each.max(axis=(0, 2, 3)), -each.min(axis=(0, 2, 3)))]
    return np.asarray(np.max(furthest, axis=0), np.float32)
