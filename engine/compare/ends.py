"""Free ends of lines: one that reaches further in one drawing, or that only one drawing has.

An end of one drawing and an end of the other are a pair when each is nearest to the other and both point the
same way. A pair that lies apart along its line is a difference of length. An end that has no pair, at the tip
of a short piece with the other drawing's paper below it, is a line that goes through a crossing one.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from engine.compare.matching import partner
from engine.compare.ragged import every_pair, first_least
from engine.compare.strokes import Strokes
from engine.difference import Difference, DifferenceKind

LENGTH_PX = 3.2
"""Difference of length that is just visible: nine of ten Noto Serif glyphs stay below it against IPAmj."""

ASIDE_PX = 2.5
"""Ends further apart than this across their line are not two lengths of one line."""

STICKING_OUT_PX = 2.4
"""How far an end without pair must lie from the other drawing's centre lines to be visible."""

SHORT_PX = 9.0
"""A piece beyond a crossing line is no longer than this; a longer one is a stroke."""

_PAIR_PX = 10.0
_UNLIKE_WAY_PX = 4.0
_SAME_WAY = 0.3
_STRAIGHT = 0.85
_ACROSS = 0.6
_BEHIND_PX = 12.0
_LINE_POINTS = 2
_PAPER_LEVEL = 112
_RING_PX = 2.5


def moved_ends(strokes: Strokes) -> list[list[Difference]]:
    """Compare the free ends of drawings laid over each other.

    Parameters
    ----------
    strokes : Strokes
        Of K gaiji and the candidate laid over each.

    Returns
    -------
    list of lists of Difference
        Of each pair.
    """
    count = len(strokes) // 2
    found: list[list[Difference]] = [[] for _ in range(count)]
    drawn = np.diff(strokes.cuts) > 0
    paired = _pairs(strokes)
    differences = [*_longer(strokes, paired), *_sticking_out(strokes, np.flatnonzero(paired < 0))]
    for drawing, difference in differences:
        if drawn[[drawing, partner(strokes)[drawing]]].all():
            found[drawing % count].append(difference)
    return found


def _pairs(strokes: Strokes) -> NDArray[np.int64]:
    """For each end, the end of the other drawing that points the same way, if each is the other's nearest."""
    of = partner(strokes)[strokes.end_drawing]
    mine, yours = every_pair(of, strokes.end_cuts)
    apart = strokes.ends[mine] - strokes.ends[yours]
    far = np.hypot(apart[:, 0], apart[:, 1])
    alike = np.einsum("ij,ij->i", strokes.ways[mine], strokes.ways[yours])
    may_be = (alike >= _SAME_WAY) & (far <= _PAIR_PX)
    mine, yours = mine[may_be], yours[may_be]
    cost = far[may_be] + _UNLIKE_WAY_PX * (1 - alike[may_be])
    at = first_least(cost, mine, len(of))
    nearest = np.where(at >= 0, yours[at], -1) if len(yours) else at
    mutual = (nearest >= 0) & (nearest[nearest] == np.arange(len(nearest)))
    return np.where(mutual, nearest, -1)


def _longer(strokes: Strokes, paired: NDArray[np.int64]) -> list[tuple[int, Difference]]:
    """Name the pairs that lie apart along their line."""
    first = np.flatnonzero((paired >= 0) & (strokes.end_drawing < len(strokes) // 2))
    second = paired[first]
    way = strokes.ways[first] + strokes.ways[second]
    way = way / np.maximum(np.hypot(way[:, 0], way[:, 1]), 1e-6)[:, None]
    apart = strokes.ends[first] - strokes.ends[second]
    along = np.abs((apart * way).sum(axis=1))
    aside = np.abs(apart[:, 0] * way[:, 1] - apart[:, 1] * way[:, 0])
    visible = (along >= LENGTH_PX) & (aside <= ASIDE_PX)
    middle = (strokes.ends[first] + strokes.ends[second]) / 2
    columns = strokes.end_drawing[first], middle, along
    return [
        (drawing, Difference(DifferenceKind.LENGTH, x, y, far / 2 + _RING_PX, far / LENGTH_PX))
        for drawing, (x, y), far in zip(*(column[visible].tolist() for column in columns), strict=True)
    ]


def _sticking_out(strokes: Strokes, ends: NDArray[np.int64]) -> list[tuple[int, Difference]]:
    """Name short pieces beyond a crossing line, at whose end the other drawing has nothing."""
    other = partner(strokes)
    ends = ends[strokes.lengths_px[strokes.end_pieces[ends]] <= SHORT_PX]
    cols, rows = np.rint(strokes.ends[ends]).astype(np.int64).T
    ends = ends[strokes.pictures[other[strokes.end_drawing[ends]], rows, cols] < _PAPER_LEVEL]
    query, point = every_pair(other[strokes.end_drawing[ends]], strokes.cuts)
    apart = strokes.points[point] - strokes.ends[ends[query]]
    squares = np.einsum("ij,ij->i", apart, apart)
    out = np.full(len(ends), -1.0)
    at = first_least(squares, query, len(ends))
    out[at >= 0] = np.sqrt(squares[at[at >= 0]])
    ends, out = ends[out >= STICKING_OUT_PX], out[out >= STICKING_OUT_PX]
    through = _go_through(strokes, ends)
    columns = strokes.end_drawing[ends], strokes.ends[ends], out
    return [
        (drawing, Difference(DifferenceKind.CROSSING, x, y, far + _RING_PX, far / STICKING_OUT_PX))
        for drawing, (x, y), far in zip(*(column[through].tolist() for column in columns), strict=True)
    ]


def _go_through(strokes: Strokes, ends: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Whether a line goes on behind short pieces, with another line crossing from both sides between."""
    query, point = every_pair(strokes.end_drawing[ends], strokes.cuts)
    apart = strokes.points[point] - strokes.ends[ends[query]]
    far = np.hypot(apart[:, 0], apart[:, 1])
    near = (far <= _BEHIND_PX) & (strokes.piece[point] != strokes.end_pieces[ends[query]])
    near &= strokes.piece[point] > 0
    query, point, far = query[near], point[near], far[near]
    (x, y), (ahead_x, ahead_y) = strokes.ways[ends[query]].T, apart[near].T
    behind = -(ahead_x * x + ahead_y * y) / np.maximum(far, 1e-6)
    turn = strokes.turn[point]
    parallel = turn[:, 0] * (x * x - y * y) + turn[:, 1] * (2 * x * y)
    aside = ahead_y * x - ahead_x * y
    onward = (behind > _STRAIGHT) & (parallel > _ACROSS)
    left, right = ((parallel < 0) & (sign * aside > 1) for sign in (-1, 1))
    enough = [np.bincount(query[each], minlength=len(ends)) >= _LINE_POINTS for each in (onward, left, right)]
    return np.asarray(np.logical_and.reduce(enough), np.bool_)
