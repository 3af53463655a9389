"""Connected centre line that only one of two drawings has, and how it hangs on the lines that both have.

A run that hangs on nothing, or stands across the shared lines, is a stroke. One that goes on in the direction
of a shared line makes that line longer, unless it is so long that it is another stroke in line with it; one
that does so between two lines closes a gap; a short one that turns off at the end of a line is a hook.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import Enum, auto

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.compare.matching import Partners
from engine.compare.ragged import every_pair, first_least
from engine.compare.strokes import Strokes
from engine.difference import DifferenceKind

RUN_PX = 4
"""Length of a run that is just visible, in pixels of 64. Of true matches (Noto Serif, scans, 32 dots against
IPAmj) 3 to 7 in a hundred have a longer one; of glyphs with a stroke taken away or added, all."""

_LIMITS_PX = {
    DifferenceKind.LENGTH: 12.0,
    DifferenceKind.CROSSING: 9.0,
    DifferenceKind.JOINED: 14.0,
    DifferenceKind.HOOK: 17.0,
}
"""A line made longer by more than this is another stroke in line with it; a longer hook is a stroke too. The
hooks of IPAmj are 9 to 17 px long, counted from the middle of the stroke that they end."""

HOOK_ASIDE_PX = 8.0
"""A hook that does not rise (冖) is no longer than this; what else turns off there is a stroke."""

_WHOLE = frozenset(kind for kind in DifferenceKind if not kind.within_design)
_BRANCHED = 1.5
_CONTACT_PX = 3.2
_ONWARD_PX = 7.0
_STRAIGHT = 0.8
_SAME_TURN = 0.35
_ONWARD_POINTS = 3
_END_PX, _ONE_SIDED_PX = 5.0, 1.5
_HOOKED = 0.6
_RISE_PX = 1.0


class Side(Enum):
    """Which drawing has it."""

    GAIJI = auto()
    CANDIDATE = auto()


_STROKE = {Side.GAIJI: DifferenceKind.STROKE_ADDED, Side.CANDIDATE: DifferenceKind.STROKE_MISSING}


@dataclass(frozen=True, slots=True, eq=False)
class Run:
    """Connected centre line without partner.

    Attributes
    ----------
    side : Side
    points : (P, 2) float32
        (x, y) in pixels.
    kind : DifferenceKind
        What it is, taken by itself.
    length_px : float
        Length along the line, roughly.
    middle, way : tuple of float
        Centroid, and main direction as a unit vector.
    box : tuple of float
        Left, top, right and bottom of the points.
    """

    side: Side
    points: NDArray[np.float32]
    kind: DifferenceKind
    length_px: float
    middle: tuple[float, float]
    way: tuple[float, float]
    box: tuple[float, float, float, float]

    @property
    def is_branched(self) -> bool:
        """Whether the line is longer than any single stroke of its extent would be."""
        left, top, right, bottom = self.box
        return self.length_px > _BRANCHED * math.hypot(right - left, bottom - top)

    @property
    def is_whole(self) -> bool:
        """Whether it is a stroke of its own."""
        return self.kind in _WHOLE


def find_runs(strokes: Strokes, partners: Partners) -> list[list[Run]]:
    """Cut what one drawing has alone into connected runs, and say what each is.

    Parameters
    ----------
    strokes : Strokes
        Of K gaiji and the candidate laid over each.
    partners : Partners
        Of its points.

    Returns
    -------
    list of lists of Run
        Of each drawing.
    """
    found: list[list[Run]] = [[] for _ in range(len(strokes))]
    index, starts = _connected(strokes, partners.alone)
    if not len(starts):
        return found
    points = strokes.points[index]
    shapes = _shapes_of(points, starts)
    kinds = _kinds(strokes, partners, index, shapes)
    columns = (shapes.length_px, shapes.middle, shapes.way, shapes.box)
    facts = zip(*(column.tolist() for column in columns), strict=True)
    pieces = np.split(points, starts[1:])
    drawings = strokes.drawing[index[starts]].tolist()
    for drawing, piece, kind, (length, middle, way, box) in zip(drawings, pieces, kinds, facts, strict=True):
        side = Side.GAIJI if drawing < len(strokes) // 2 else Side.CANDIDATE
        named = _STROKE[side] if kind is None or length > _LIMITS_PX[kind] else kind
        found[drawing].append(Run(side, piece, named, length, tuple(middle), tuple(way), tuple(box)))
    return found


def _connected(strokes: Strokes, alone: NDArray[np.bool_]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Indices of the points of every run that is long enough, run by run, and where each run begins."""
    count, size = strokes.pictures.shape[:2]
    index = np.flatnonzero(alone)
    mask = np.zeros((count * (size + 1), size), np.uint8)  # a row between each two
    at = strokes.cells[index] + strokes.drawing[index] * size
    mask.ravel()[at] = 1
    _, labels = cv2.connectedComponents(mask, connectivity=8)
    label = labels.ravel()[at]
    is_long = np.bincount(label) >= RUN_PX if len(label) else np.zeros(1, np.bool_)
    index, label = index[is_long[label]], label[is_long[label]]
    order = np.argsort(label, kind="stable")
    return index[order], np.flatnonzero(np.diff(label[order], prepend=0))


@dataclass(frozen=True, slots=True, eq=False)
class _Shapes:
    """Numbers of R runs: see :class:`Run`.

    Attributes
    ----------
    size : (R,) int64
        Points.
    run : (A,) int64
        Of each point.
    tips : (2, R, 2) float32
        The two points that lie furthest out along the main direction, forward and backward.
    """

    size: NDArray[np.int64]
    run: NDArray[np.int64]
    length_px: NDArray[np.float64]
    middle: NDArray[np.float64]
    way: NDArray[np.float64]
    box: NDArray[np.float64]
    tips: NDArray[np.float32]


def _shapes_of(points: NDArray[np.float32], starts: NDArray[np.int64]) -> _Shapes:
    size = np.diff(starts, append=len(points))
    run = np.repeat(np.arange(len(starts)), size)
    exact = points.astype(np.float64)
    middle = np.add.reduceat(exact, starts) / size[:, None]
    x, y = (exact - middle[run]).T
    xx, yy, xy = np.add.reduceat(np.array([x * x, y * y, x * y]), starts, axis=1)
    angle = np.arctan2(2 * xy, xx - yy) / 2  # the direction in which points spread most
    way = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    low, high = np.minimum.reduceat(exact, starts), np.maximum.reduceat(exact, starts)
    along = (x * way[run, 0] + y * way[run, 1]).round(9)
    tips = np.stack([points[first_least(sign * along, run, len(starts))] for sign in (-1, 1)])
    length = np.maximum(size, (high - low).max(axis=1) + 1)
    return _Shapes(size, run, length, middle, way, np.concatenate([low, high], axis=1), tips)


def _kinds(
    strokes: Strokes, partners: Partners, index: NDArray[np.int64], shapes: _Shapes
) -> list[DifferenceKind | None]:
    """What each run is by the shared lines that it hangs on; None for a stroke of its own."""
    runs = len(shapes.size)
    starts = np.cumsum(shapes.size) - shapes.size
    touched = np.zeros((runs, strokes.part.max(initial=0) + 1), np.bool_)
    touched[shapes.run, strokes.part[index]] = True
    run, point = every_pair(strokes.drawing[index[starts]], strokes.cuts)
    is_shared = touched[run, strokes.part[point]] & ~partners.alone[point]
    run, point = run[is_shared], point[is_shared]
    touches = np.zeros((2, runs), np.bool_)
    onward = np.zeros((2, runs), np.bool_)
    for end, sign in enumerate((1, -1)):
        apart = strokes.points[point] - shapes.tips[end][run]
        far = np.hypot(apart[:, 0], apart[:, 1])
        touches[end, run[far <= _CONTACT_PX]] = True
        near = np.flatnonzero((far <= _ONWARD_PX) & (far > 0))
        near = near[touches[end, run[near]]]
        x, y = sign * shapes.way[run[near]].T
        ahead = apart[near, 0] * x + apart[near, 1] * y >= _STRAIGHT * far[near]
        turn = strokes.turn[point[near]]
        ahead &= turn[:, 0] * (x * x - y * y) + turn[:, 1] * (2 * x * y) > _SAME_TURN
        onward[end] = np.bincount(run[near[ahead]], minlength=runs) >= _ONWARD_POINTS
    goes_on: list[bool] = (onward[0] | onward[1]).tolist()
    touching = touches.sum(axis=0).tolist()
    cuts = np.searchsorted(run, np.arange(runs + 1))
    kinds: list[DifferenceKind | None] = []
    for number, (count, on) in enumerate(zip(touching, goes_on, strict=True)):
        if count == 1:
            rest = point[slice(*cuts[number : number + 2])]
            mine = index[starts[number] : starts[number] + shapes.size[number]]
            kinds.append(_hanging(strokes, mine, rest, float(shapes.length_px[number]), goes_on=on))
        else:
            kinds.append(DifferenceKind.JOINED if count and on else None)
    return kinds


def _hanging(
    strokes: Strokes, mine: NDArray[np.int64], rest: NDArray[np.int64], length_px: float, *, goes_on: bool
) -> DifferenceKind | None:
    """What a run is that hangs on the shared lines with one of its ends."""
    points = strokes.points[mine]
    root, onward = _root(points, strokes.points[rest])
    if goes_on or onward >= _HOOKED:
        joints = strokes.joints[int(strokes.drawing[mine[0]])]
        return DifferenceKind.CROSSING if _near(joints, root) else DifferenceKind.LENGTH
    is_hook = onward > -1 and (_rises(points, root) or length_px <= HOOK_ASIDE_PX)
    return DifferenceKind.HOOK if is_hook else None


def _rises(points: NDArray[np.float32], root: NDArray[np.float32]) -> bool:
    """Whether the tip of a run is higher than its root."""
    apart = points - root
    return bool(apart[np.hypot(apart[:, 0], apart[:, 1]).argmax(), 1] < -_RISE_PX)


def _near(places: NDArray[np.float32], place: NDArray[np.float32]) -> bool:
    apart = places - place
    return bool((np.hypot(apart[:, 0], apart[:, 1]) <= _CONTACT_PX).any())


def _root(points: NDArray[np.float32], rest: NDArray[np.float32]) -> tuple[NDArray[np.float32], float]:
    """Where a run starts from a shared line, and how straight it goes on from it.

    Returns
    -------
    root : (2,) float32
    onward : float
        Cosine of the turn; −2 at the side of a line that goes on both ways.
    """
    apart = (rest[:, 0] - points[:, :1]) ** 2 + (rest[:, 1] - points[:, 1:]) ** 2
    root = rest[int(apart.min(axis=0).argmin())]
    behind = root - rest
    near = np.hypot(behind[:, 0], behind[:, 1]) <= _END_PX
    x, y = (behind[near].sum(axis=0) / np.count_nonzero(near)).tolist()
    reach = math.hypot(x, y)
    if reach < _ONE_SIDED_PX:
        return root, -2.0
    ahead_x, ahead_y = (points.sum(axis=0) / len(points) - root).tolist()
    return root, (x * ahead_x + y * ahead_y) / max(reach * math.hypot(ahead_x, ahead_y), 1e-6)
