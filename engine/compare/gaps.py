"""Gaps that only one of two drawings has: does a line stop short of the next one, or does it touch?

Half a pixel of blur closes or opens a gap of one pixel, so a gap counts only where one drawing shows paper
even to a generous eye and the other shows ink without a break even to a strict one.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.compare.matching import partner
from engine.compare.strokes import Strokes
from engine.difference import Difference, DifferenceKind

PAPER_LEVEL, INK_LEVEL = 80, 128
"""Paper to a generous eye, ink to a strict one (of 255)."""

GAP_PX = 1.5
"""Width of a gap that is just visible: 1 in 10 Noto Serif glyphs has a wider one that IPAmj closes, or the
reverse, and 7 in 10 gaps opened or closed on purpose are wider."""

LOOK_PX = 8.0
"""How far beyond the end of a line the next one is looked for."""

COMPONENT_SHARE = 0.18
"""A connected part of several strokes with more than this share of the centre line is a component."""

_STEP_PX = 0.5
_FAN = np.deg2rad(np.array([0.0, -25.0, 25.0, -50.0, 50.0]))
_SIDEWAYS_PX = np.array([0.0, -0.7, 0.7, -1.4, 1.4], np.float32)
_BEHIND_PX = 2.0
_PAPER_ROWS = 14
_MOST_ROWS = 16_384
"""OpenCV takes no maps of more than 32,766 rows."""


def closed_gaps(strokes: Strokes) -> list[list[Difference]]:
    """Find the gaps of each drawing that are closed in the one that it lies over.

    Parameters
    ----------
    strokes : Strokes
        Of K gaiji and the candidate laid over each.

    Returns
    -------
    list of lists of Difference
        Of each drawing, at most one at an end of a line.
    """
    found: list[list[Difference]] = [[] for _ in range(len(strokes))]
    other = partner(strokes)
    drawn = np.diff(strokes.cuts) > 0
    usable = np.flatnonzero(drawn[other[strokes.end_drawing]])
    if not len(usable):
        return found
    steps = np.arange(-_BEHIND_PX, LOOK_PX, _STEP_PX, dtype=np.float32)
    ends = np.repeat(usable, len(_FAN))
    straight = strokes.ways[usable]
    angles = (np.arctan2(straight[:, 1], straight[:, 0])[:, None] + _FAN).ravel()
    ways = np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)
    canvas = _Canvas.of(strokes.pictures)
    opened = strokes.end_drawing[ends]
    rays = strokes.ends[ends, None] + ways[:, None] * steps[:, None]  # (rays, steps, 2)
    profile = canvas.sampled(opened, rays)
    start, stop = _gap(profile)
    half_px = np.bincount(strokes.drawing, strokes.half_px, len(strokes)) / np.diff(strokes.cuts).clip(min=1)
    heavier = np.maximum(0.0, half_px[other] - half_px)[opened]
    # Slanting rays meet a wider gap; a heavier drawing closes some of it from both sides.
    width = (stop - start) * _STEP_PX * np.tile(np.cos(_FAN), len(usable)) - 2 * heavier
    wide = np.flatnonzero((stop < len(steps)) & (width >= GAP_PX))
    if not len(wide):
        return found
    start, stop, rays, width, ends = start[wide], stop[wide], rays[wide], width[wide], ends[wide]
    bridge = _bridge(canvas, other[opened[wide]], rays, ways[wide], stop)
    contrast = np.where(bridge >= INK_LEVEL, (bridge - _depth(profile[wide], start, stop)) / 255, 0)
    strength = width / GAP_PX * contrast
    visible = np.flatnonzero(strength >= 1)
    # The strongest ray of each end, the first of equals.
    visible = visible[np.lexsort((visible, -strength[visible], ends[visible]))]
    visible = visible[np.diff(ends[visible], prepend=-1) > 0]
    for ray, end in zip(visible.tolist(), ends[visible].tolist(), strict=True):
        x, y = rays[ray, (start[ray] + stop[ray]) // 2].tolist()
        both = _both_components(strokes, end, rays[ray, stop[ray]])
        kind = DifferenceKind.APART if both else DifferenceKind.JOINED
        difference = Difference(kind, x, y, float(width[ray]) / 2 + 2, float(strength[ray]))
        found[int(strokes.end_drawing[end])].append(difference)
    return found


@dataclass(frozen=True, slots=True, eq=False)
class _Canvas:
    """Drawings one below the other, with so much paper between them that no ray comes from one to the next.

    Attributes
    ----------
    ink : (H, S) float32
    step : int
        Rows from one drawing to the next.
    """

    ink: NDArray[np.float32]
    step: int

    @classmethod
    def of(cls, pictures: NDArray[np.uint8]) -> _Canvas:
        """Lay them out: (N, S, S) uint8."""
        ink = np.pad(pictures.astype(np.float32), ((0, 0), (_PAPER_ROWS, _PAPER_ROWS), (0, 0)))
        return cls(ink.reshape(-1, pictures.shape[2]), ink.shape[1])

    def sampled(self, drawing: NDArray[np.int64], places: NDArray[np.floating]) -> NDArray[np.float32]:
        """Ink of the drawing (R,) at each of its places (R, …, 2), between pixels; paper outside."""
        maps = places.astype(np.float32).reshape(len(places), -1, 2)
        x = np.ascontiguousarray(maps[..., 0])
        top = (drawing * self.step + _PAPER_ROWS).astype(np.float32)
        y = maps[..., 1].clip(1 - _PAPER_ROWS, self.step - _PAPER_ROWS - 1) + top[:, None]
        found = np.empty(x.shape, np.float32)
        for first in range(0, len(x), _MOST_ROWS):
            rows = slice(first, first + _MOST_ROWS)
            cv2.remap(
                self.ink, x[rows], y[rows], cv2.INTER_LINEAR, found[rows], borderMode=cv2.BORDER_CONSTANT
            )
        return found.reshape(places.shape[:-1])


def _bridge(
    canvas: _Canvas,
    closed: NDArray[np.int64],
    rays: NDArray[np.float32],
    ways: NDArray[np.float32],
    stop: NDArray[np.int64],
) -> NDArray[np.float32]:
    """Least ink along each ray up to the end of the gap, on the best of several parallel ways; (rays,)."""
    across = np.stack([-ways[:, 1], ways[:, 0]], axis=1)
    shifted = rays[:, None] + (across[:, None] * _SIDEWAYS_PX[:, None])[:, :, None]
    profile = canvas.sampled(closed, shifted)
    needed = np.arange(rays.shape[1]) <= stop[:, None] + 1
    return np.asarray(np.where(needed[:, None], profile, 255).min(axis=-1).max(axis=-1), np.float32)


def _gap(profile: NDArray[np.float32]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """First paper along each profile and the first ink after it; the length where there is none."""
    none = profile.shape[-1]
    paper = profile < PAPER_LEVEL
    start = np.where(paper.any(axis=-1), paper.argmax(axis=-1), none)
    again = (profile >= INK_LEVEL) & (np.arange(none) > start[:, None])
    return start, np.where(again.any(axis=-1), again.argmax(axis=-1), none)


def _depth(
    profile: NDArray[np.float32], start: NDArray[np.int64], stop: NDArray[np.int64]
) -> NDArray[np.float32]:
    """Least ink in each gap."""
    index = np.arange(profile.shape[-1])
    inside = (index >= start[:, None]) & (index < stop[:, None])
    return np.asarray(np.where(inside, profile, 255).min(axis=-1), np.float32)


def _both_components(strokes: Strokes, end: int, beyond: NDArray[np.floating]) -> bool:
    """Whether the gap is between two whole components of the drawing."""
    of_drawing = slice(*strokes.cuts[strokes.end_drawing[end] :][:2])
    points, part = strokes.points[of_drawing], strokes.part[of_drawing]
    here, there = (
        part[int(((points - place) ** 2).sum(axis=1).argmin())] for place in (strokes.ends[end], beyond)
    )
    piece = strokes.piece[of_drawing]
    return bool(here != there) and all(_is_component(part == each, piece) for each in (here, there))


def _is_component(inside: NDArray[np.bool_], piece: NDArray[np.int32]) -> bool:
    return bool(inside.mean() >= COMPONENT_SHARE and np.count_nonzero(np.unique(piece[inside])) > 1)
