"""Pictures that are no character: what a scanner's tray, a careless crop or a logo gives.

Every function returns an ink map (0 = paper, 255 = ink), of ``size_px`` × ``size_px`` pixels unless it says
otherwise. Nothing here is a mark that a kanji looks like (one line is 一, two crossing lines are 十).
"""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.glyph.model import Ink
from engine.synth.degrade import crop, pad

_POINTS_PER_TURN = 24


def specks(rng: np.random.Generator, size_px: int) -> Ink:
    """A blank page with two to six specks of dust."""
    ink = _page(size_px)
    for _ in range(int(rng.integers(2, 7))):
        centre = rng.integers(0, size_px, 2)
        cv2.circle(
            ink, (int(centre[0]), int(centre[1])), int(rng.integers(0, max(1, size_px // 48) + 1)), 255, -1
        )
    return ink


def noise(rng: np.random.Generator, size_px: int) -> Ink:
    """A page of noise, from fine grain to blotches."""
    grain = cv2.GaussianBlur(rng.random((size_px, size_px)), (0, 0), float(rng.uniform(0.3, size_px / 16)))
    limit = np.quantile(grain, rng.uniform(0.5, 0.9))
    return np.asarray(grain > limit, np.uint8) * np.uint8(255)


def lines(rng: np.random.Generator, size_px: int) -> Ink:
    """Five to twelve long lines in slanted directions."""
    ink = _page(size_px)
    for _ in range(int(rng.integers(5, 13))):
        angle = rng.choice([0.0, np.pi / 2]) + rng.uniform(0.25, np.pi / 2 - 0.25)
        centre = rng.uniform(0.3, 0.7, 2) * size_px
        reach = rng.uniform(0.3, 0.7) * size_px * np.array([np.cos(angle), np.sin(angle)])
        start, end = np.rint(centre - reach).astype(int), np.rint(centre + reach).astype(int)
        cv2.line(ink, start.tolist(), end.tolist(), 255, _pen(rng, size_px), cv2.LINE_AA)
    return ink


def scribble(rng: np.random.Generator, size_px: int) -> Ink:
    """One long curved stroke that goes round and round."""
    turns = int(rng.integers(3, 7))
    steps = np.linspace(0, 2 * np.pi, turns * _POINTS_PER_TURN)
    wave = [
        sum(
            rng.uniform(0.2, 1.0) * np.sin(k * steps * rng.uniform(0.7, 1.3) + rng.uniform(0, 7))
            for k in range(1, turns)
        )
        for _ in range(2)
    ]
    curve = np.stack(wave, axis=1)
    curve = (curve / np.abs(curve).max() * 0.45 + 0.5) * size_px
    ink = _page(size_px)
    cv2.polylines(ink, [np.rint(curve).astype(np.int32)], False, 255, _pen(rng, size_px), cv2.LINE_AA)
    return ink


def logo(rng: np.random.Generator, size_px: int) -> Ink:
    """Rings and filled polygons on one centre, like a company mark."""
    ink = _page(size_px)
    centre = (size_px // 2, size_px // 2)
    if rng.random() < 0.6:
        cv2.circle(
            ink, centre, int(size_px * rng.uniform(0.4, 0.47)), 255, 2 * _pen(rng, size_px), cv2.LINE_AA
        )
    for _ in range(int(rng.integers(2, 5))):
        corners = int(rng.integers(3, 8))
        angles = np.sort(rng.uniform(0, 2 * np.pi, corners))
        radii = rng.uniform(0.12, 0.38, corners) * size_px
        points = np.stack([np.cos(angles) * radii, np.sin(angles) * radii], axis=1) + size_px / 2
        cv2.fillPoly(ink, [np.rint(points).astype(np.int32)], int(rng.choice([255, 255, 0])), cv2.LINE_AA)
    cv2.circle(ink, centre, max(2, int(size_px * rng.uniform(0.05, 0.12))), 255, -1, cv2.LINE_AA)
    return ink


MARKS: dict[str, Callable[[np.random.Generator, int], Ink]] = {
    "specks": specks,
    "noise": noise,
    "lines": lines,
    "scribble": scribble,
    "logo": logo,
}
"""The generators above, by the name that reports use."""


def side_by_side(first: Ink, second: Ink, *, vertical: bool = False) -> Ink:
    """Set two characters into one picture, at their full size.

    Parameters
    ----------
    first, second : (H, W) uint8, ink = 255
        Bodies.
    vertical : bool
        One above the other.
    """
    axis = 0 if vertical else 1
    other = max(first.shape[1 - axis], second.shape[1 - axis])
    grown = [_widen(ink, other, 1 - axis) for ink in (first, second)]
    return np.concatenate(grown, axis=axis)


def cut_half(ink: Ink, rng: np.random.Generator) -> Ink:
    """Keep what lies on one side of a slightly slanted cut through the middle.

    Parameters
    ----------
    ink : (H, W) uint8, ink = 255
    rng : numpy.random.Generator
        Chooses side, place (within the middle fifth) and slant.
    """
    tight = crop(ink)
    rows, cols = np.indices(tight.shape, np.float32)
    across, along = (rows, cols) if rng.random() < 0.5 else (cols, rows)
    span = float(across.max()) + 1
    edge = span * rng.uniform(0.4, 0.6) + (along - along.mean()) * rng.uniform(-0.2, 0.2)
    keep: NDArray[np.bool_] = across < edge if rng.random() < 0.5 else across >= edge
    return pad(crop(np.where(keep, tight, 0).astype(np.uint8)), 4)


def _page(size_px: int) -> Ink:
    return np.zeros((size_px, size_px), np.uint8)


def _pen(rng: np.random.Generator, size_px: int) -> int:
    return max(1, round(size_px * float(rng.uniform(0.02, 0.06))))


def _widen(ink: Ink, length: int, axis: int) -> Ink:
    missing = length - ink.shape[axis]
    before = missing // 2
    margins = [(0, 0), (0, 0)]
    margins[axis] = (before, missing - before)
    return np.pad(ink, margins)
