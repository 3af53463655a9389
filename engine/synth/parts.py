"""Components of a glyph that paper divides: left from right, top from bottom.

An outline does not name its components (偏旁). Where a straight gap of paper, or nearly one, runs through the
whole glyph, each side of it is a component, or several. Components that touch are not told apart.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.synth.outline import Polygon, signed_area

_OVERLAP_EM = 0.025
"""How far boxes may reach over the gap: the triangle of a horizontal often does."""
_SHARE = (0.12, 0.72)
"""Of the glyph's ink; what has less is a stroke, what leaves less is nearly the whole."""
_SIZE_EM = 0.16
"""Of the longer side of a component's box."""


class Side(StrEnum):
    """Where a component is."""

    LEFT = "left"
    RIGHT = "right"
    TOP = "top"
    BOTTOM = "bottom"

    @property
    def axis(self) -> int:
        """0: the gap divides left from right; 1: top from bottom."""
        return 0 if self in (Side.LEFT, Side.RIGHT) else 1

    @property
    def opposite(self) -> Side:
        """The other side of the gap."""
        return _OPPOSITE[self]


_OPPOSITE = {Side.LEFT: Side.RIGHT, Side.RIGHT: Side.LEFT, Side.TOP: Side.BOTTOM, Side.BOTTOM: Side.TOP}
_SIDES = ((Side.LEFT, Side.RIGHT), (Side.TOP, Side.BOTTOM))


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """A component: some of the contours.

    Attributes
    ----------
    members : tuple of int
        Indices of the contours, holes with the contour they are in.
    side : Side
    box : (2, 2) float64
        Top left and bottom right corner, in em.
    """

    members: tuple[int, ...]
    side: Side
    box: NDArray[np.float64]


def find_parts(polygons: Sequence[Polygon]) -> list[Part]:
    """Find the components on both sides of every gap through the glyph.

    Parameters
    ----------
    polygons : sequence of (N, 2) float64
        From :func:`engine.synth.outline.oriented`.

    Returns
    -------
    list of Part
        Two for every gap, left or top one first.
    """
    groups = contour_groups(polygons)
    total = sum(signed_area(polygon) for polygon in polygons)
    if len(groups) < 2 or total <= 0:
        return []
    boxes = [_box(polygons, group) for group in groups]
    found: list[Part] = []
    for axis, sides in enumerate(_SIDES):
        order = sorted(range(len(groups)), key=lambda index: boxes[index][:, axis].sum())
        for cut in range(1, len(groups)):
            near, far = order[:cut], order[cut:]
            gap = min(boxes[i][0, axis] for i in far) - max(boxes[i][1, axis] for i in near)
            if gap < -_OVERLAP_EM:
                continue
            halves = [tuple(sorted(member for i in half for member in groups[i])) for half in (near, far)]
            parts = [Part(half, side, _box(polygons, half)) for half, side in zip(halves, sides, strict=True)]
            if all(_is_component(polygons, part, total) for part in parts):
                found.extend(parts)
    return found


def _is_component(polygons: Sequence[Polygon], part: Part, total: float) -> bool:
    area = sum(signed_area(polygons[member]) for member in part.members)
    size = float((part.box[1] - part.box[0]).max())
    return _SHARE[0] <= area / total <= 1 - _SHARE[0] and size >= _SIZE_EM


def contour_groups(polygons: Sequence[Polygon]) -> list[list[int]]:
    """Group contours: each outer one with its holes and with what overlaps it.

    Returns
    -------
    list of list of int
        In the order of each group's first contour.
    """
    outlines = [(polygon * 4096).astype(np.int32) for polygon in polygons]
    boxes = np.array([[polygon.min(axis=0), polygon.max(axis=0)] for polygon in polygons])
    group = list(range(len(polygons)))
    for first in range(len(polygons)):
        for second in range(len(polygons)):
            if first == second or group[first] == group[second]:
                continue
            apart = (boxes[first, 1] < boxes[second, 0]).any() or (boxes[second, 1] < boxes[first, 0]).any()
            if not apart and _holds_a_point(polygons, outlines, first, second):
                old, new = sorted((group[first], group[second]))[::-1]
                group = [new if number == old else number for number in group]
    return [[i for i, number in enumerate(group) if number == root] for root in sorted(set(group))]


def _holds_a_point(
    polygons: Sequence[Polygon], outlines: Sequence[NDArray[np.int32]], outer: int, inner: int
) -> bool:
    """Whether contour ``inner`` is a hole of ``outer``, or both are ink and overlap."""
    if signed_area(polygons[outer]) <= 0:
        return False
    if signed_area(polygons[inner]) <= 0:
        # A piece of ink inside a hole is a group of its own; the hole belongs to what is around it.
        x, y = polygons[inner][0] * 4096
        return cv2.pointPolygonTest(outlines[outer], (float(x), float(y)), False) >= 0
    crossing = [
        cv2.pointPolygonTest(outlines[outer], (float(x), float(y)), False) > 0 for x, y in outlines[inner]
    ]
    return any(crossing) and not all(crossing)


def _box(polygons: Sequence[Polygon], members: Sequence[int]) -> NDArray[np.float64]:
    points = np.concatenate([polygons[member] for member in members])
    return np.array([points.min(axis=0), points.max(axis=0)])
