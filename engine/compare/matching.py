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


@dataclass(frozen=True, slots=True, eq=False)
class Partners:
    """Partners of the points of drawings laid over each other.

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


def partner(strokes: Strokes) -> NDArray[np.int64]:
    """Drawing that each lies over: the first half are gaiji, the second, in the same order, candidates."""
    return np.roll(np.arange(len(strokes)), len(strokes) // 2)


def match(strokes: Strokes) -> Partners:
    """Match the points of pairs of drawings laid over each other, both ways.

    Parameters
    ----------
    strokes : Strokes
        Of 2 K drawings: K gaiji, and the candidate laid over each (:func:`partner`).
    """
    nearest = _nearest(strokes)
    known = nearest >= 0
    apart = _places(strokes)
    apart = apart - apart[nearest]
    distance_px = np.sqrt(np.einsum("ij,ij->i", apart, apart))
    distance_px[~known] = np.inf
    shift = strokes.points[nearest[nearest]] - strokes.points
    # Only the shift across the line counts: along it, neighbouring points share a partner.
    doubled = np.arctan2(strokes.turn[:, 1], strokes.turn[:, 0]) / 2
    aside = np.abs(shift[:, 1] * np.cos(doubled) - shift[:, 0] * np.sin(doubled))
    area = strokes.pictures[0].size
    over = strokes.cells + (partner(strokes)[strokes.drawing] - strokes.drawing) * area
    paper = strokes.pictures.ravel()[over] < PAPER_LEVEL
    alone = ((distance_px > REACH_PX) | (aside > RETURN_PX)) & paper
    return Partners(nearest, distance_px, alone | ~known)


def _places(strokes: Strokes) -> NDArray[np.float32]:
    """Position and direction as one: (P, 4) float32, all in pixels."""
    return np.concatenate([strokes.points, TURN_PX * strokes.turn], axis=1)


def _nearest(strokes: Strokes) -> NDArray[np.int64]:
    """Index of the nearest point of the other drawing for each point; −1 where it has none."""
    places = _places(strokes)
    # |a - b|² less |a|², as one matrix product: the cheapest way to all distances at this size.
    columns = np.concatenate([-2 * places, np.einsum("ij,ij->i", places, places)[:, None]], axis=1)
    rows = np.concatenate([places, np.ones((len(places), 1), np.float32)], axis=1)
    nearest = np.full(len(places), -1, np.int64)
    for own, other in enumerate(partner(strokes).tolist()):
        mine = slice(*strokes.cuts[own : own + 2])
        first, last = strokes.cuts[other : other + 2]
        if last > first:
            nearest[mine] = (rows[mine] @ columns[first:last].T).argmin(axis=1) + first
    return nearest
