"""Connected centre line that only one of two drawings has, and how it hangs on the lines that both have.

A run that hangs on nothing, or stands across the shared lines, is a stroke. One that goes on in the direction
of a shared line makes that line longer, unless it is so long that it is another stroke in line with it; one
that does so between two lines closes a gap; a short one that turns off at the end of a line is a hook.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto
from functools import cached_property

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.compare.matching import Partners
from engine.compare.strokes import Strokes
from engine.difference import DifferenceKind

RUN_PX = 4
"""Length of a run that is just visible, in pixels of 64. Of true matches (Noto Serif, scans, 32 dots against
IPAmj) 3 to 7 in a hundred have a longer one; of glyphs with a stroke taken away or added, all."""

LONGER_PX, ACROSS_PX, BRIDGE_PX = 12.0, 9.0, 14.0
"""A line made longer by more than this (at a free end; beyond a crossing line; between two lines) is another
stroke in line with it."""

HOOK_PX = 8.0
"""A hook is at most this long."""

_BRANCHED = 1.5
_CONTACT_PX = 3.2
_ONWARD_PX = 7.0
_STRAIGHT = 0.8
_SAME_TURN = 0.35
_ONWARD_POINTS = 3
_END_PX, _ONE_SIDED_PX = 5.0, 1.5


class Side(Enum):
    """Which drawing has it."""

    GAIJI = auto()
    CANDIDATE = auto()


@dataclass(frozen=True, eq=False)
class Run:
    """Connected centre line without partner.

    Attributes
    ----------
    side : Side
    points : (P,) float32
        (x, y) in pixels.
    kind : DifferenceKind
        What it is, taken by itself.
    """

    side: Side
    points: NDArray[np.float32]
    kind: DifferenceKind

    @cached_property
    def length_px(self) -> float:
        """Length along the line, roughly."""
        return _length(self.points)

    @cached_property
    def middle(self) -> NDArray[np.float32]:
        """Centroid, (2,) float32."""
        return np.asarray(self.points.mean(axis=0), np.float32)

    @cached_property
    def way(self) -> NDArray[np.float32]:
        """Main direction, (2,) unit vector."""
        return _main_way(self.points)

    @property
    def is_branched(self) -> bool:
        """Whether the line is longer than any single stroke of its extent would be."""
        return self.length_px > _BRANCHED * float(np.hypot(*np.ptp(self.points, axis=0)))

    @property
    def is_whole(self) -> bool:
        """Whether it is a stroke of its own."""
        return not self.kind.within_design


def find_runs(strokes: Strokes, partners: Partners, side: Side) -> list[Run]:
    """Cut what one drawing has alone into connected runs, and say what each is.

    Parameters
    ----------
    strokes : Strokes
    partners : Partners
        Of its points.
    side : Side
        Which drawing this is.
    """
    size = strokes.picture.shape[0]
    mask = np.zeros(size * size, np.uint8)
    mask[strokes.cells[partners.alone]] = 1
    count, labels = cv2.connectedComponents(mask.reshape(size, size), connectivity=8)
    number = labels.ravel()[strokes.cells]
    found = []
    for run in range(1, count):
        inside = number == run
        if np.count_nonzero(inside) >= RUN_PX:
            shared = ~partners.alone & np.isin(strokes.part, strokes.part[inside])
            found.append(Run(side, strokes.points[inside], _kind(strokes, inside, shared, side)))
    return found


@dataclass(frozen=True, slots=True, eq=False)
class _Tip:
    """One end of a run: where it is, whether it touches a shared line, whether one goes on straight."""

    place: NDArray[np.float32]
    touches: bool
    goes_on: bool


def _kind(
    strokes: Strokes, inside: NDArray[np.bool_], shared: NDArray[np.bool_], side: Side
) -> DifferenceKind:
    points, rest = strokes.points[inside], strokes.points[shared]
    length = _length(points)
    kind, limit = None, 0.0
    if len(rest):
        tips = _tips(points, rest, strokes.turn[shared])
        straight = [tip for tip in tips if tip.goes_on]
        touching = sum(tip.touches for tip in tips)
        if straight and touching == len(tips):
            kind, limit = DifferenceKind.JOINED, BRIDGE_PX
        elif straight and _near(strokes.joints, straight[0].place):
            kind, limit = DifferenceKind.CROSSING, ACROSS_PX
        elif straight:
            kind, limit = DifferenceKind.LENGTH, LONGER_PX
        elif touching == 1 and _from_an_end(points, rest):
            kind, limit = DifferenceKind.HOOK, HOOK_PX
    if kind is not None and length <= limit:
        return kind
    return DifferenceKind.STROKE_ADDED if side is Side.GAIJI else DifferenceKind.STROKE_MISSING


def _tips(
    points: NDArray[np.float32], rest: NDArray[np.float32], turn: NDArray[np.float32]
) -> tuple[_Tip, _Tip]:
    way = _main_way(points)
    along = (points - points.mean(axis=0)) @ way
    first, last = points[along.argmax()], points[along.argmin()]
    return _tip(first, way, rest, turn), _tip(last, -way, rest, turn)


def _tip(
    place: NDArray[np.float32],
    outward: NDArray[np.float32],
    rest: NDArray[np.float32],
    turn: NDArray[np.float32],
) -> _Tip:
    apart = rest - place
    far = np.hypot(apart[:, 0], apart[:, 1])
    touches = bool((far <= _CONTACT_PX).any())
    ahead = (far <= _ONWARD_PX) & (apart @ outward >= _STRAIGHT * far) & (far > 0)
    x, y = outward.tolist()
    parallel = turn @ np.array([x * x - y * y, 2 * x * y], np.float32) > _SAME_TURN
    return _Tip(place, touches, touches and int((ahead & parallel).sum()) >= _ONWARD_POINTS)


def _near(places: NDArray[np.float32], place: NDArray[np.float32]) -> bool:
    apart = places - place
    return bool((np.hypot(apart[:, 0], apart[:, 1]) <= _CONTACT_PX).any())


def _from_an_end(points: NDArray[np.float32], rest: NDArray[np.float32]) -> bool:
    """Whether a run starts where one single shared line stops, not at the side of a line."""
    squares = ((points[:, None] - rest[None]) ** 2).sum(axis=2)
    apart = rest - rest[int(squares.min(axis=0).argmin())]
    near = np.hypot(apart[:, 0], apart[:, 1]) <= _END_PX
    return bool(np.hypot(*apart[near].mean(axis=0)) >= _ONE_SIDED_PX)


def _length(points: NDArray[np.float32]) -> float:
    return float(max(len(points), np.ptp(points, axis=0).max() + 1))


def _main_way(points: NDArray[np.float32]) -> NDArray[np.float32]:
    """Direction in which points spread most, (2,) unit vector."""
    _, _, axes = np.linalg.svd(points - points.mean(axis=0), full_matrices=False)
    return np.asarray(axes[0], np.float32)
