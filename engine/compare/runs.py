"""Connected centre line that only one of two drawings has, and how it hangs on the lines that both have.

A run that hangs on nothing, or stands across the shared lines, is a stroke. One that goes on in the direction
of a shared line makes that line longer, unless it is so long that it is another stroke in line with it; one
that does so between two lines closes a gap; a short one that turns off at the end of a line is a hook.
"""

from __future__ import annotations

import math
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
            touched = np.zeros(strokes.part.max() + 1, np.bool_)
            touched[strokes.part[inside]] = True
            shared = ~partners.alone & touched[strokes.part]
            found.append(Run(side, strokes.points[inside], _kind(strokes, inside, shared, side)))
    return found


@dataclass(frozen=True, slots=True, eq=False)
class _Tip:
    """One end of a run: whether it touches a shared line, and whether that one goes on straight."""

    touches: bool
    goes_on: bool


def _kind(
    strokes: Strokes, inside: NDArray[np.bool_], shared: NDArray[np.bool_], side: Side
) -> DifferenceKind:
    points, rest = strokes.points[inside], strokes.points[shared]
    kind = _hanging(points, rest, strokes.turn[shared], strokes.joints) if len(rest) else None
    if kind is not None and _length(points) <= _LIMITS_PX[kind]:
        return kind
    return DifferenceKind.STROKE_ADDED if side is Side.GAIJI else DifferenceKind.STROKE_MISSING


def _hanging(
    points: NDArray[np.float32],
    rest: NDArray[np.float32],
    turn: NDArray[np.float32],
    joints: NDArray[np.float32],
) -> DifferenceKind | None:
    """What a run is by the shared lines that it hangs on; None for a stroke of its own."""
    tips = _tips(points, rest, turn)
    goes_on = any(tip.goes_on for tip in tips)
    touching = sum(tip.touches for tip in tips)
    if touching == len(tips):
        return DifferenceKind.JOINED if goes_on else None
    if touching == 0:
        return None
    root, onward = _root(points, rest)
    if goes_on or onward >= _HOOKED:
        return DifferenceKind.CROSSING if _near(joints, root) else DifferenceKind.LENGTH
    is_hook = onward > -1 and (_rises(points, root) or _length(points) <= HOOK_ASIDE_PX)
    return DifferenceKind.HOOK if is_hook else None


def _rises(points: NDArray[np.float32], root: NDArray[np.float32]) -> bool:
    """Whether the tip of a run is higher than its root."""
    apart = points - root
    return bool(apart[np.hypot(apart[:, 0], apart[:, 1]).argmax(), 1] < -_RISE_PX)


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
    return _Tip(touches, touches and int((ahead & parallel).sum()) >= _ONWARD_POINTS)


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
    squares = ((points[:, None] - rest[None]) ** 2).sum(axis=2)
    root = rest[int(squares.min(axis=0).argmin())]
    apart = rest - root
    near = np.hypot(apart[:, 0], apart[:, 1]) <= _END_PX
    behind = -apart[near].mean(axis=0)
    reach = float(np.hypot(*behind))
    if reach < _ONE_SIDED_PX:
        return root, -2.0
    ahead = points.mean(axis=0) - root
    return root, float(behind @ ahead) / max(reach * float(np.hypot(*ahead)), 1e-6)


def _length(points: NDArray[np.float32]) -> float:
    return float(max(len(points), np.ptp(points, axis=0).max() + 1))


def _main_way(points: NDArray[np.float32]) -> NDArray[np.float32]:
    """Direction in which points spread most, (2,) unit vector."""
    x, y = (points - points.mean(axis=0)).T
    angle = math.atan2(2 * float(x @ y), float(x @ x - y @ y)) / 2
    return np.array([math.cos(angle), math.sin(angle)], np.float32)
