"""Where one stroke of an outline meets another: two inner corners, the width of a stroke apart.

Fonts such as IPAmj Mincho draw strokes that touch as one contour. A stroke that runs into another then leaves
two concave corners: its sides come up to them, and the edge of the other stroke goes off to both sides.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.synth.outline import Polygon
from engine.synth.outline_ends import Edges, Vector, measure_edges

_CORNER_TURN = np.deg2rad(-35)
_WIDTH_EM = (0.015, 0.12)
_STEM_EM = 0.03
_BAR_EM = 0.015
_THICKEST_EM = 0.13
"""Of a stroke that another one crosses."""


@dataclass(frozen=True, slots=True)
class Corner:
    """One vertex: the contour's index and the vertex's."""

    polygon: int
    vertex: int


@dataclass(frozen=True, slots=True, eq=False)
class Joint:
    """A stroke (the stem) that meets the edge of another one (the bar) from one side.

    Attributes
    ----------
    leaving, arriving : Corner
        Where the contour leaves the bar along the stem, and where it arrives at the bar again.
    left, right : (2,) float64
        The two corners: ``left`` that of ``leaving``, ``right`` that of ``arriving``.
    direction : (2,) float64
        Unit vector from the stem into the bar.
    along : (2,) float64
        Unit vector along the bar's edge, from ``left`` to ``right``.
    stem_em : float
        How far the shorter side of the stem is nearly straight.
    before_em, after_em : float
        How far the bar's edge goes on straight beyond ``left`` and beyond ``right``.
    """

    leaving: Corner
    arriving: Corner
    left: Vector
    right: Vector
    direction: Vector
    along: Vector
    stem_em: float
    before_em: float
    after_em: float

    @property
    def width_em(self) -> float:
        """Width of the stem at the joint."""
        return float(np.hypot(*(self.right - self.left)))

    @property
    def centre(self) -> Vector:
        """Middle of the joint, (2,) float64."""
        return np.asarray((self.left + self.right) / 2)


def find_joints(polygons: Sequence[Polygon]) -> list[Joint]:
    """Find the joints of an outline; a crossing of two strokes gives up to four.

    Parameters
    ----------
    polygons : sequence of (N, 2) float64
        From :func:`engine.synth.outline.oriented`.

    Returns
    -------
    list of Joint
        In the order of the contours.
    """
    corners: list[Corner] = []
    rows: list[NDArray[np.float64]] = []
    for index, polygon in enumerate(polygons):
        edges = measure_edges(polygon)
        for vertex in np.flatnonzero(edges.turns <= _CORNER_TURN):
            corners.append(Corner(index, int(vertex)))
            rows.append(_corner_row(polygon, edges, int(vertex)))
    if len(corners) < 2:
        return []
    table = np.array(rows)
    place, into, out = table[:, 0:2], table[:, 2:4], table[:, 4:6]
    behind, ahead = table[:, 6], table[:, 7]
    # Rows are corners where a stem's side leaves the bar, columns those where its other side arrives.
    between = place[None, :, :] - place[:, None, :]
    width = np.hypot(between[..., 0], between[..., 1])
    stem = np.minimum(ahead[:, None], behind[None, :])
    bar_turn = into @ out.T
    fits = (
        (width >= _WIDTH_EM[0])
        & (width <= _WIDTH_EM[1])
        & (out @ into.T <= -0.94)  # the stem's sides run against each other
        & (bar_turn >= 0.94)  # the bar's edge goes on in the direction in which it came
        & ((between * into[:, None, :]).sum(axis=2) >= 0.9 * width)
        & (stem >= _STEM_EM)
        & (behind[:, None] >= _BAR_EM)
        & (ahead[None, :] >= _BAR_EM)
    )
    found = []
    for first, second in np.argwhere(fits):
        direction = into[second] - out[first]
        along = place[second] - place[first]
        found.append(
            Joint(
                corners[first],
                corners[second],
                place[first],
                place[second],
                direction / np.hypot(*direction),
                along / np.hypot(*along),
                float(stem[first, second]),
                float(behind[first]),
                float(ahead[second]),
            )
        )
    return found


def _corner_row(polygon: Polygon, edges: Edges, vertex: int) -> NDArray[np.float64]:
    return np.concatenate(
        [
            polygon[vertex],
            edges.directions[vertex - 1],
            edges.directions[vertex],
            [edges.behind[vertex - 1], edges.ahead[vertex]],
        ]
    )


def opposite(joint: Joint, joints: Sequence[Joint]) -> Joint | None:
    """Find the joint on the other side of the bar: the one where the stem goes on, if it crosses the bar."""
    for other in joints:
        step = other.centre - joint.centre
        depth = float(step @ joint.direction)
        aside = abs(float(step @ joint.along))
        if (
            0.005 <= depth <= _THICKEST_EM
            and aside <= 0.03
            and float(other.direction @ joint.direction) < -0.9
        ):
            return other
    return None


def stem_contour(joint: Joint, polygons: Sequence[Polygon]) -> Polygon | None:
    """Give the stem as a contour of its own: what hangs on the bar at this joint.

    Returns
    -------
    (N, 2) float64 or None
        From ``left`` around the stem to ``right``; None where the stem's two sides belong to different
        contours, because it ends at something else.
    """
    if joint.leaving.polygon != joint.arriving.polygon:
        return None
    polygon = polygons[joint.leaving.polygon]
    size = (joint.arriving.vertex - joint.leaving.vertex) % len(polygon) + 1
    return np.asarray(polygon[(joint.leaving.vertex + np.arange(size)) % len(polygon)])


def without_stem(joint: Joint, polygons: Sequence[Polygon]) -> Polygon:
    """Give the contour of the joint with the stem cut off along the bar's edge."""
    polygon = polygons[joint.leaving.polygon]
    size = (joint.leaving.vertex - joint.arriving.vertex) % len(polygon) + 1
    return np.asarray(polygon[(joint.arriving.vertex + np.arange(size)) % len(polygon)])
