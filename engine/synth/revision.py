"""A change of an outline before it is accepted: what is moved, painted or cut, and what may come of it.

Families of changes only propose. Whether a proposal shows at the size at which glyphs are compared, and
whether it joins or parts what it was not meant to, is measured here, on the drawing, once for all families.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import Enum
from functools import cached_property

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.glyph.model import Ink
from engine.synth.edit import loose_strokes
from engine.synth.outline import Polygon, fill, oriented, shrink, signed_area
from engine.synth.outline_ends import StrokeEnd, Vector, find_ends
from engine.synth.outline_joints import Joint, find_joints, opposite
from engine.synth.parts import Part, find_parts

VISIBLE_PX = 6
"""Pixels that must differ at :data:`VISIBLE_SIDE_PX`, beyond what a shift of one pixel explains."""
VISIBLE_SIDE_PX = 64
_TOLERANCE_PX = 1
_NEARLY_EM = 0.009
"""Ink nearer than twice this counts as nearly touching: small drawings close such gaps."""
_OUTSIDE_EM = 0.03
_FINEST_PX = 256
_INSIDE_EM = 0.006
_THICKEST_EM = 0.12
"""Of a bar that a stem stops at."""
_SMALLEST_STROKE_SHARE = 0.006
"""Of the glyph's ink: small dots of crowded glyphs count; whether they show is measured anyway."""


class Topology(Enum):
    """What a change may do to the pieces of ink and the holes in them: (more pieces, more holes) allowed."""

    KEPT = ((0, 0),)
    OPENED = ((1, 0), (0, -1))
    """One gap more."""
    CLOSED = ((-1, 0), (0, 1))
    """One gap fewer."""
    MERGED = ((-1, 0), (-1, 1), (-1, 2))
    """Two pieces touch, at one place or several."""
    PIECE_ADDED = ((1, 0),)
    PIECE_REMOVED = ((-1, 0),)
    FREE = None


@dataclass(frozen=True, slots=True, eq=False)
class Revision:
    """A proposed change.

    Attributes
    ----------
    polygons : sequence of (N, 2) float64
        All contours, with outer ones of positive area.
    cuts : sequence of (N, 2) float64
        Paper laid over them.
    patches : sequence of (N, 2) float64
        Ink laid over both.
    topology : Topology
        What the change is meant to do; anything else is refused.
    """

    polygons: Sequence[Polygon]
    cuts: Sequence[Polygon] = field(default=())
    patches: Sequence[Polygon] = field(default=())
    topology: Topology = Topology.KEPT


class Outline:
    """One glyph's outline and what is found in it, each measured when first asked for.

    Parameters
    ----------
    polygons : sequence of (N, 2) float64, in em
        From :func:`engine.synth.outline.contours`.
    em_px : int
        Side of the pictures to be drawn.
    """

    def __init__(self, polygons: Sequence[Polygon], em_px: int) -> None:
        self.polygons = oriented(polygons)
        self.em_px = em_px
        # Small pictures are drawn finer first, so that gaps and hair lines are there to be counted.
        self.fine_px = em_px * max(2, -(-_FINEST_PX // em_px))

    @cached_property
    def mask(self) -> Ink:
        """Fine drawing, (fine_px, fine_px) uint8, 0 or 1."""
        return fill(self.polygons, self.fine_px)

    @cached_property
    def area(self) -> float:
        """Ink in em²."""
        return float(self.mask.sum()) / self.fine_px**2

    @cached_property
    def ends(self) -> list[StrokeEnd]:
        """Free ends of strokes, without those that have no stroke behind them."""
        return [end for end in find_ends(self.polygons) if self._has_stroke_behind(end)]

    def _has_stroke_behind(self, end: StrokeEnd) -> bool:
        middle = self.end_centre(end)
        return all(self.is_ink(middle - end.direction * back) for back in (0.005, 0.02, 0.04))

    @cached_property
    def joints(self) -> list[Joint]:
        """Where strokes meet."""
        return find_joints(self.polygons)

    @cached_property
    def loose(self) -> list[tuple[int, float]]:
        """Contours that are one stroke touching no other: index and length in em."""
        return loose_strokes(self.polygons, least_share=_SMALLEST_STROKE_SHARE)

    @cached_property
    def parts(self) -> list[Part]:
        """Components that paper divides from the rest."""
        return find_parts(self.polygons)

    @cached_property
    def counts(self) -> Counts:
        """Pieces and holes of :attr:`mask`."""
        return count_pieces(self.mask)

    def end_centre(self, end: StrokeEnd) -> Vector:
        """Middle between the two sides at an end, (2,) float64."""
        polygon = self.polygons[end.polygon]
        return np.asarray((polygon[end.first] + polygon[end.last]) / 2)

    def is_ink(self, point: Vector) -> bool:
        """Whether there is ink at a point in em; outside the body there is none."""
        col, row = np.floor(point * self.fine_px).astype(int)
        inside = 0 <= row < self.fine_px and 0 <= col < self.fine_px
        return bool(inside and self.mask[row, col])

    def way(self, start: Vector, direction: Vector, *, ink: bool, limit_em: float) -> float | None:
        """How far from a point to the first ink (or the first paper) in one direction.

        Parameters
        ----------
        start, direction : (2,) float64
        ink : bool
            True: look for ink; False: for paper.
        limit_em : float

        Returns
        -------
        float or None
            In em; None where there is none within the limit.
        """
        step = 0.5 / self.fine_px
        distances = np.arange(0.0, limit_em, step)
        points = np.floor((start + direction * distances[:, None]) * self.fine_px).astype(int)
        inside = ((points >= 0) & (points < self.fine_px)).all(axis=1)
        points = np.clip(points, 0, self.fine_px - 1)
        seen = (self.mask[points[:, 1], points[:, 0]] > 0) & inside
        hits = np.flatnonzero(seen == ink)
        return float(distances[hits[0]]) if hits.size else None

    def stops_at(self, joint: Joint) -> bool:
        """Whether a joint's stem ends at the bar: beyond the bar it does not go on, in any shape."""
        inside = joint.centre + joint.direction * _INSIDE_EM
        bar = self.way(inside, joint.direction, ink=False, limit_em=_THICKEST_EM)
        return bar is not None and opposite(joint, self.joints) is None

    def draw(self, revision: Revision) -> Ink:
        """Fine drawing of a revision, (fine_px, fine_px) uint8, 0 or 1."""
        mask = fill(revision.polygons, self.fine_px)
        for paint, value in ((revision.cuts, 0), (revision.patches, 1)):
            for polygon in paint:
                cv2.fillPoly(mask, [np.rint(polygon * self.fine_px).astype(np.int32)], value)
        return mask


@dataclass(frozen=True, slots=True)
class Counts:
    """Pieces of ink and holes in them; ``near_*`` with gaps of a hair's breadth closed."""

    pieces: int
    holes: int
    near_pieces: int
    near_holes: int

    def allows(self, after: Counts, topology: Topology) -> bool:
        """Whether a change from these counts to those after does what it is meant to and no more."""
        allowed = topology.value
        if allowed is None:
            return True
        if topology is Topology.KEPT:
            # A narrow gap may have become wider, but no wide one narrow.
            return (
                self.pieces == after.pieces
                and self.holes == after.holes
                and after.near_pieces >= self.near_pieces
                and after.near_holes <= self.near_holes
            )
        near = (after.near_pieces - self.near_pieces, after.near_holes - self.near_holes)
        if (after.pieces - self.pieces, after.holes - self.holes) not in allowed:
            return False
        # A gap so narrow that it counted as closed already changes nothing there when it is closed.
        return near in allowed or (near == (0, 0) and topology in (Topology.CLOSED, Topology.MERGED))


def count_pieces(mask: Ink) -> Counts:
    """Count pieces of ink (8-connected) and holes (4-connected) in a drawing of 0 and 1."""
    reach = round(_NEARLY_EM * len(mask))
    near = cv2.dilate(mask, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * reach + 1, 2 * reach + 1)))
    # Nothing in the widened drawing is finer than its reach: every second row and column tells as much.
    return Counts(*_pieces_and_holes(mask), *_pieces_and_holes(np.asarray(near[::2, ::2], np.uint8)))


def _pieces_and_holes(mask: Ink) -> tuple[int, int]:
    framed = np.pad(mask, 1)
    pieces = cv2.connectedComponents(framed, connectivity=8)[0] - 1
    holes = cv2.connectedComponents(np.uint8(1) - framed, connectivity=4)[0] - 2
    return pieces, holes


@dataclass(frozen=True, slots=True, eq=False)
class Drawn:
    """An accepted revision: its fine drawing, and the circle that holds what differs."""

    mask: Ink
    x_em: float
    y_em: float
    radius_em: float


def accept(outline: Outline, revision: Revision) -> Drawn | None:
    """Draw a revision and refuse it where it does not show or does more than it is meant to.

    Returns
    -------
    Drawn or None
        None: refused.
    """
    if _sticks_out(revision) or not revision.polygons:
        return None
    mask = outline.draw(revision)
    gaps = revision.topology in (Topology.OPENED, Topology.CLOSED, Topology.MERGED)
    place = (visible_gap if gaps else visible_difference)(outline.mask, mask)
    if place is None:
        return None
    if revision.topology is not Topology.FREE and not outline.counts.allows(
        count_pieces(mask), revision.topology
    ):
        return None
    return Drawn(mask, *place)


def _sticks_out(revision: Revision) -> bool:
    points = np.concatenate([*revision.polygons, *revision.patches])
    return bool(points.min() < -_OUTSIDE_EM or points.max() > 1 + _OUTSIDE_EM)


def visible_difference(before: Ink, after: Ink) -> tuple[float, float, float] | None:
    """Where two drawings of 0 and 1 differ beyond a shift of one pixel at 64 px.

    Returns
    -------
    (float, float, float) or None
        x, y and radius in em of the circle around what differs; None where too little does.
    """
    first, second = _small(before), _small(after)
    beyond = lost_ink(first, second) | lost_ink(second, first)
    return _circle(beyond) if np.count_nonzero(beyond) >= VISIBLE_PX else None


def visible_gap(before: Ink, after: Ink) -> tuple[float, float, float] | None:
    """Where a gap was opened or closed, if one of two drawings at 64 px shows it open and the other closed.

    Two pixels of paper between two strokes are seen, although they are a pixel away from ink on either side:
    what shows is counted in pieces and holes, not in pixels.
    """
    first, second = _small(before), _small(after)
    if _pieces_and_holes(first.astype(np.uint8)) == _pieces_and_holes(second.astype(np.uint8)):
        return None
    return _circle(first != second)


def _small(mask: Ink) -> NDArray[np.bool_]:
    return np.asarray(shrink(mask, VISIBLE_SIDE_PX) >= 128)


def _circle(marked: NDArray[np.bool_]) -> tuple[float, float, float]:
    """Circle around marked pixels: x, y and radius in em."""
    rows, cols = np.nonzero(marked)
    centre = (np.array([cols.min() + cols.max(), rows.min() + rows.max()]) + 1) / 2
    radius = max(1.0, float(np.hypot(cols + 0.5 - centre[0], rows + 0.5 - centre[1]).max()) + 0.5)
    return centre[0] / VISIBLE_SIDE_PX, centre[1] / VISIBLE_SIDE_PX, radius / VISIBLE_SIDE_PX


def lost_ink(ink: NDArray[np.bool_], other: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Ink of one picture that lies further than the tolerance from any ink of the other, (H, W) bool."""
    reach = 2 * _TOLERANCE_PX + 1
    near = cv2.dilate(other.astype(np.uint8), np.ones((reach, reach), np.uint8)) > 0
    return np.asarray(ink & ~near)


def box_polygon(left: float, top: float, right: float, bottom: float) -> Polygon:
    """Rectangle with positive area, (4, 2) float64."""
    return np.array([[left, top], [right, top], [right, bottom], [left, bottom]], np.float64)


def turned_outward(polygon: Polygon) -> Polygon:
    """Give a contour positive area, so that it adds ink to an oriented outline."""
    return polygon if signed_area(polygon) >= 0 else polygon[::-1]
