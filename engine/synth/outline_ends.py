"""Where the strokes of an outline end: two sides that run against each other, joined by a short cap.

A font's outline does not say what a stroke is, but a free end shows in it: the contour goes along one side,
turns by half a circle within a short way, and comes back along the other side. The cap between may be a
straight cut, a rounded head or the triangle (うろこ) at the right end of a horizontal.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.synth.outline import Polygon, rolled

Vector = NDArray[np.float64]
"""(2,) float64: x, y in em, y downwards."""

# In em. The thickest verticals of Mincho fonts are 0.11; the way around a horizontal's triangle is 0.30.
_WIDTH_EM = (0.012, 0.12)
_CAP_EM = 0.36
_SIDE_EM = 0.05
_SIDE_TURN = np.deg2rad(14)
_LONGEST_RUN = 32
_LONGEST_CAP = 60
"""Vertices looked at; a curve is flattened to 8 of them."""
_HALF_TURN = (np.deg2rad(148), np.deg2rad(212))


@dataclass(frozen=True, slots=True, eq=False)
class StrokeEnd:
    """One free end of a stroke.

    Attributes
    ----------
    polygon : int
        Index of the contour.
    first, last : int
        Vertices where the sides stop and the cap starts and ends; the cap runs from ``first`` on to ``last``,
        around the contour's end where ``last < first``.
    direction : (2,) float64
        Unit vector out of the stroke.
    width_em : float
        Distance between the two sides.
    side_em : float
        Length of the shorter side as far as it is nearly straight.
    """

    polygon: int
    first: int
    last: int
    direction: Vector
    width_em: float
    side_em: float


@dataclass(frozen=True, slots=True, eq=False)
class Edges:
    """The edges of one contour; edge k runs from vertex k to vertex k + 1.

    Attributes
    ----------
    lengths : (N,) float64, em
    directions : (N, 2) float64
        Unit vectors.
    turns : (N,) float64, radians
        Change of direction at vertex k, from edge k − 1 to edge k; positive where the contour is convex.
    behind, ahead : (N,) float64, em
        How far the contour is nearly straight up to the end of edge k, and from the start of edge k on.
    """

    lengths: NDArray[np.float64]
    directions: NDArray[np.float64]
    turns: NDArray[np.float64]
    behind: NDArray[np.float64]
    ahead: NDArray[np.float64]


def measure_edges(polygon: Polygon) -> Edges:
    """Measure directions, turns and straight runs of a contour without repeated points."""
    steps = rolled(polygon, -1) - polygon
    lengths = np.hypot(steps[:, 0], steps[:, 1])
    directions = steps / lengths[:, None]
    before = rolled(directions, 1)
    turns = np.arctan2(_cross(before, directions), (before * directions).sum(axis=1))
    ahead = _straight_run(lengths, turns)
    # The same walk in the other direction: edges reversed; the turn into an edge is then the one out of it.
    behind = _straight_run(lengths[::-1], -rolled(turns, -1)[::-1])[::-1]
    return Edges(lengths, directions, turns, behind, ahead)


def _straight_run(lengths: NDArray[np.float64], turns: NDArray[np.float64]) -> NDArray[np.float64]:
    """Length from each edge's start on until the direction has changed by more than the limit."""
    count = len(lengths)
    # Row k holds what follows edge k: the turn since edge k, and whether it never left the limit.
    order = (np.arange(count)[:, None] + np.arange(min(count, _LONGEST_RUN))[None, :]) % count
    turned = np.cumsum(turns[order[:, 1:]], axis=1)
    kept = np.logical_and.accumulate(np.abs(turned) <= _SIDE_TURN, axis=1)
    return np.asarray(lengths + np.where(kept, lengths[order[:, 1:]], 0.0).sum(axis=1))


def find_ends(polygons: Sequence[Polygon]) -> list[StrokeEnd]:
    """Find the free ends of an outline's strokes.

    Parameters
    ----------
    polygons : sequence of (N, 2) float64
        From :func:`engine.synth.outline.oriented`.

    Returns
    -------
    list of StrokeEnd
        In the order of the contours; no two share a vertex of their caps.
    """
    return [end for index, polygon in enumerate(polygons) for end in _ends_of(index, polygon)]


def _ends_of(index: int, polygon: Polygon) -> list[StrokeEnd]:
    edges = measure_edges(polygon)
    count = len(polygon)
    # Row i, column k: the cap from vertex i, where edge i − 1 stops, to vertex i + k, where edge i + k
    # starts back.
    span = np.arange(min(count - 1, _LONGEST_CAP))
    vertex = (np.arange(count)[:, None] + span[None, :]) % count
    turned = np.cumsum(edges.turns[vertex], axis=1)
    travelled = np.concatenate(
        [np.zeros((count, 1)), np.cumsum(edges.lengths[vertex], axis=1)[:, :-1]], axis=1
    )
    incoming = rolled(edges.directions, 1)[:, None, :]
    outward = incoming - edges.directions[vertex]
    norm = np.maximum(np.hypot(outward[..., 0], outward[..., 1]), 1e-9)
    outward = outward / norm[..., None]
    across = polygon[vertex] - polygon[:, None, :]
    width = np.abs(_cross(outward, across))
    side = np.minimum(rolled(edges.behind, 1)[:, None], edges.ahead[vertex])
    fits = (
        (turned >= _HALF_TURN[0])
        & (turned <= _HALF_TURN[1])
        & (travelled <= _CAP_EM)
        & (width >= _WIDTH_EM[0])
        & (width <= _WIDTH_EM[1])
        & (side >= np.maximum(_SIDE_EM, 0.8 * width))
        # Both sides stop at about the same place along the stroke, but for the triangle of a horizontal.
        & (np.abs((outward * across).sum(axis=2)) <= np.maximum(0.16, width))
    )
    found: list[StrokeEnd] = []
    taken = np.zeros(count, bool)
    starts, lasts = np.nonzero(fits)
    for choice in np.argsort(travelled[starts, lasts], kind="stable"):
        start, steps = int(starts[choice]), int(lasts[choice])
        cap = vertex[start, : steps + 1]
        if taken[cap].any():
            continue
        taken[cap] = True
        found.append(
            StrokeEnd(
                index,
                start,
                int(cap[-1]),
                outward[start, steps],
                float(width[start, steps]),
                float(side[start, steps]),
            )
        )
    return found


def move_end(polygon: Polygon, end: StrokeEnd, by_em: float) -> Polygon | None:
    """Lengthen or shorten the stroke at an end, with its cap as it is.

    Parameters
    ----------
    polygon : (N, 2) float64
        The contour of the end.
    end : StrokeEnd
    by_em : float
        Positive lengthens along ``end.direction``; negative shortens along the sides, which may be bent.

    Returns
    -------
    (M, 2) float64 or None
        None where the sides are too short to give way.
    """
    cap = _cap(polygon, end)
    if by_em >= 0:
        return replace_cap(polygon, end, np.concatenate([cap[:1], cap + end.direction * by_em, cap[-1:]]))
    sides = trimmed_sides(polygon, end, -by_em)
    if sides is None:
        return None
    fitted = _map_segment(cap, (cap[0], cap[-1]), (sides.arriving, sides.leaving))
    return None if fitted is None else sides.closed_by(fitted)


@dataclass(frozen=True, slots=True, eq=False)
class Sides:
    """What is left of a contour when a stroke's end is cut off.

    Attributes
    ----------
    points : (N, 2) float64
        From where the contour leaves the cut, around everything else, to where it arrives at the cut.
    """

    points: Polygon

    @property
    def leaving(self) -> Vector:
        """Where the contour leaves the cut."""
        return np.asarray(self.points[0])

    @property
    def arriving(self) -> Vector:
        """Where the contour arrives at the cut."""
        return np.asarray(self.points[-1])

    def closed_by(self, cap: Polygon) -> Polygon:
        """Close the contour by a cap that runs from ``arriving`` to ``leaving``, both included in it."""
        return np.concatenate([self.points[1:-1], cap])


def trimmed_sides(polygon: Polygon, end: StrokeEnd, by_em: float) -> Sides | None:
    """Cut an end off, by a length measured along both sides; None where they are not that long."""
    if end.side_em < by_em:
        return None
    count = len(polygon)
    size = (end.first - end.last) % count + 1
    sides = polygon[(end.last + np.arange(size)) % count]
    leaving = _trim(sides, by_em)
    if leaving is None:
        return None
    both = _trim(leaving[::-1], by_em)
    return None if both is None or len(both) < 2 else Sides(both[::-1])


def replace_cap(polygon: Polygon, end: StrokeEnd, cap: Polygon) -> Polygon:
    """Give the contour with the vertices from ``end.first`` to ``end.last`` replaced by others."""
    count = len(polygon)
    size = (end.first - end.last) % count - 1
    rest = polygon[(end.last + 1 + np.arange(size)) % count]
    return np.concatenate([cap, rest])


def _cap(polygon: Polygon, end: StrokeEnd) -> Polygon:
    size = (end.last - end.first) % len(polygon) + 1
    return np.asarray(polygon[(end.first + np.arange(size)) % len(polygon)])


def _trim(line: Polygon, by_em: float) -> Polygon | None:
    """Take a length off the start of an open line."""
    lengths = np.hypot(*(line[1:] - line[:-1]).T)
    reached = np.cumsum(lengths)
    edge = int(np.searchsorted(reached, by_em))
    if edge >= len(lengths):
        return None
    share = (by_em - (reached[edge] - lengths[edge])) / lengths[edge]
    start = line[edge] * (1 - share) + line[edge + 1] * share
    return np.concatenate([start[None], line[edge + 1 :]])


def _map_segment(
    points: Polygon, source: tuple[Vector, Vector], target: tuple[Vector, Vector]
) -> Polygon | None:
    """Turn, scale and shift points so that one segment comes to lie on another; None where that distorts."""
    old, new = _complex(source[1] - source[0]), _complex(target[1] - target[0])
    if abs(old) < 1e-9 or not 0.6 <= abs(new / old) <= 1.5:
        return None
    mapped = (points @ np.array([1, 1j]) - _complex(source[0])) * (new / old) + _complex(target[0])
    return np.column_stack([mapped.real, mapped.imag])


def _complex(vector: Vector) -> complex:
    return complex(vector[0], vector[1])


def _cross(first: NDArray[np.float64], second: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(first[..., 0] * second[..., 1] - first[..., 1] * second[..., 0])
