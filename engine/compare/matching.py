"""Which point of one drawing's centre lines corresponds to which of another's, and which have no partner.

Being near is not enough: among four bars, each of three others is near to some bar. A pair counts only where
each side would choose the other.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.compare.strokes import Strokes

TURN_PX = 2.5
"""What a turn by a right angle counts in distance (twice this, in pixels)."""

REACH_PX = 2.6
"""Farthest partner, turn included: about one stroke after registration."""

RETURN_PX = 2.0
"""How far aside of a point its partner's own partner may lie."""

PAPER_LEVEL = 80
"""A centre line lies on the other drawing's paper below this, of 255: the grey between two strokes that a
scan has run together is not paper."""


@dataclass(frozen=True, eq=False)
class Partners:
    """Partners of one drawing's points.

    Attributes
    ----------
    nearest : (P,) int64
        Index of the other drawing's point that fits best; −1 where it has none.
    distance_px : (P,) float32
        Distance to it, turn included.
    alone : (P,) bool
        No partner, and the other drawing has paper here.
    """

    nearest: NDArray[np.int64]
    distance_px: NDArray[np.float32]
    alone: NDArray[np.bool_]


def match(one: Strokes, other: Strokes) -> tuple[Partners, Partners]:
    """Match the points of two drawings laid over each other, both ways."""
    if not len(one.points) or not len(other.points):
        return _all_alone(one), _all_alone(other)
    a, b = _places(one), _places(other)
    there, there_px = _nearest(a, b)
    back, back_px = _nearest(b, a)
    return (
        Partners(there, there_px, _alone(one, other, there_px, back[there])),
        Partners(back, back_px, _alone(other, one, back_px, there[back])),
    )


def _places(strokes: Strokes) -> NDArray[np.float32]:
    """Position and direction as one: (P, 4) float32, all in pixels."""
    return np.concatenate([strokes.points, TURN_PX * strokes.turn], axis=1)


def _nearest(
    places: NDArray[np.float32], others: NDArray[np.float32]
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """For each place, the index of the nearest other one and the distance."""
    # |a - b|² less |a|², as one matrix product: the cheapest way to all distances at this size.
    columns = np.concatenate([-2 * others, (others * others).sum(axis=1, keepdims=True)], axis=1)
    rows = np.concatenate([places, np.ones((len(places), 1), np.float32)], axis=1)
    squares = rows @ columns.T
    nearest = squares.argmin(axis=1)
    least = squares[np.arange(len(places)), nearest] + (places * places).sum(axis=1)
    return nearest, np.sqrt(np.maximum(least, 0))


def _alone(
    one: Strokes, other: Strokes, distance_px: NDArray[np.float32], returned: NDArray[np.int64]
) -> NDArray[np.bool_]:
    shift = one.points[returned] - one.points
    # Only the shift across the line counts: along it, neighbouring points share a partner.
    doubled = np.arctan2(one.turn[:, 1], one.turn[:, 0]) / 2
    aside = np.abs(shift[:, 1] * np.cos(doubled) - shift[:, 0] * np.sin(doubled))
    paper = other.picture.ravel()[one.cells] < PAPER_LEVEL
    return np.asarray(((distance_px > REACH_PX) | (aside > RETURN_PX)) & paper, np.bool_)


def _all_alone(strokes: Strokes) -> Partners:
    count = len(strokes.points)
    nowhere = np.full(count, np.inf, np.float32)
    return Partners(np.full(count, -1, np.int64), nowhere, np.ones(count, np.bool_))
