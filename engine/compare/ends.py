"""Free ends of lines: one that reaches further in one drawing, or that only one drawing has.

An end of one drawing and an end of the other are a pair when each is nearest to the other and both point the
same way. A pair that lies apart along its line is a difference of length. An end that has no pair, at the tip
of a short piece with the other drawing's paper below it, is a line that goes through a crossing one.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

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


def moved_ends(one: Strokes, other: Strokes) -> list[Difference]:
    """Compare the free ends of two drawings laid over each other."""
    if not len(one.points) or not len(other.points):
        return []
    pairs = _pairs(one, other)
    found = _longer(one, other, pairs)
    of_one, of_other = {first for first, _ in pairs}, {second for _, second in pairs}
    for mine, yours, paired in ((one, other, of_one), (other, one, of_other)):
        for end in set(range(len(mine.ends))) - paired:
            difference = _sticking_out(mine, yours, end)
            if difference is not None:
                found.append(difference)
    return found


def _pairs(one: Strokes, other: Strokes) -> list[tuple[int, int]]:
    """Ends of the two drawings that are each other's nearest and point the same way."""
    if not len(one.ends) or not len(other.ends):
        return []
    apart = one.ends[:, None] - other.ends[None]
    far = np.hypot(apart[..., 0], apart[..., 1])
    alike = one.ways @ other.ways.T
    cost = np.where((alike < _SAME_WAY) | (far > _PAIR_PX), np.inf, far + _UNLIKE_WAY_PX * (1 - alike))
    there, back = cost.argmin(axis=1), cost.argmin(axis=0)
    mutual = np.flatnonzero((back[there] == np.arange(len(there))) & np.isfinite(cost.min(axis=1)))
    return [(int(first), int(there[first])) for first in mutual]


def _longer(one: Strokes, other: Strokes, pairs: list[tuple[int, int]]) -> list[Difference]:
    """Name the pairs that lie apart along their line."""
    if not pairs:
        return []
    first, second = np.array(pairs).T
    way = one.ways[first] + other.ways[second]
    way = way / np.maximum(np.hypot(way[:, 0], way[:, 1]), 1e-6)[:, None]
    apart = one.ends[first] - other.ends[second]
    along = np.abs((apart * way).sum(axis=1))
    aside = np.abs(apart[:, 0] * way[:, 1] - apart[:, 1] * way[:, 0])
    visible = (along >= LENGTH_PX) & (aside <= ASIDE_PX)
    middle = (one.ends[first] + other.ends[second]) / 2
    return [
        Difference(DifferenceKind.LENGTH, x, y, far / 2 + _RING_PX, far / LENGTH_PX)
        for (x, y), far in zip(middle[visible].tolist(), along[visible].tolist(), strict=True)
    ]


def _sticking_out(mine: Strokes, yours: Strokes, end: int) -> Difference | None:
    """Name a short piece beyond a crossing line, at whose end the other drawing has nothing."""
    piece = mine.end_pieces[end]
    place, way = mine.ends[end], mine.ways[end]
    col, row = np.rint(place).astype(int)
    if mine.lengths_px[piece] > SHORT_PX or yours.picture[row, col] >= _PAPER_LEVEL:
        return None
    out = float(np.sqrt(((yours.points - place) ** 2).sum(axis=1).min()))
    if out < STICKING_OUT_PX:
        return None
    if not _goes_through(mine, piece, place, way):
        return None
    x, y = place.tolist()
    return Difference(DifferenceKind.CROSSING, x, y, out + _RING_PX, out / STICKING_OUT_PX)


def _goes_through(
    strokes: Strokes, piece: np.int32, place: NDArray[np.float32], way: NDArray[np.float32]
) -> bool:
    """Whether a line goes on behind a short piece, with another line crossing from both sides between."""
    apart = strokes.points - place
    far = np.hypot(apart[:, 0], apart[:, 1])
    near = (far <= _BEHIND_PX) & (strokes.piece != piece) & (strokes.piece > 0)
    behind = -(apart[near] @ way) / np.maximum(far[near], 1e-6)
    turn = strokes.turn[near]
    x, y = way.tolist()
    parallel = turn @ np.array([x * x - y * y, 2 * x * y], np.float32)
    onward = np.count_nonzero((behind > _STRAIGHT) & (parallel > _ACROSS))
    aside = apart[near] @ np.array([-y, x], np.float32)
    left, right = (np.count_nonzero((parallel < 0) & (sign * aside > 1)) for sign in (-1, 1))
    return bool(min(onward, left, right) >= _LINE_POINTS)
