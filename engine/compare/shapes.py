"""Lines that both drawings have, yet bent, turned or standing otherwise in one of them.

For every piece of a line the sideways distance to its partners is a curve along the piece: its height is a
shift, its slope a turn, its curvature a bend. Registration has taken out what moves smoothly over half a
radical, so what is left belongs to the single stroke.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.compare.matching import Partners
from engine.compare.strokes import Strokes
from engine.difference import Difference, DifferenceKind

BEND_PX = 1.8
"""Change of a piece's sag that is just visible; 3 in a hundred Noto Serif glyphs reach it against IPAmj."""

SHIFT_PX = 1.1
"""The same of a shift of a single piece."""

TURN_PX = 1.5
"""The same of a turn, measured at the ends of the piece."""

PIECE_PX = 6
"""Shorter pieces have no reliable direction."""

DOT_PX = 16.0
"""A dot is no longer than this."""

_ALONG_PX = 4.5
_STRAIGHT = 0.35
_HANKEL = np.add.outer(np.arange(3), np.arange(3))
_LEVEL_DEG, _OBLIQUE_DEG = 6.0, 14.0
_JOINT_PX = 3.5
_RING_PX = 2.0


@dataclass(frozen=True, slots=True, eq=False)
class _Piece:
    """A piece of a line and how its partners lie beside it.

    Attributes
    ----------
    number : int
        Of the piece.
    x_px, y_px : float
        Its middle.
    angle : float
        Its direction in radians, −π/2 to π/2.
    half_px : float
        Half of its length.
    shift_px, turn_px, bend_px : float
        Mean distance aside, half of the change of it along the piece, and the sag.
    """

    number: int
    x_px: float
    y_px: float
    angle: float
    half_px: float
    shift_px: float
    turn_px: float
    bend_px: float


def reshaped(strokes: Strokes, partners: Partners) -> list[list[Difference]]:
    """Find pieces of the gaiji's lines that are bent, turned or shifted in the candidate.

    Parameters
    ----------
    strokes : Strokes
        Of K gaiji and the candidate laid over each.
    partners : Partners
        Of its points.

    Returns
    -------
    list of lists of Difference
        Of each pair.
    """
    count = len(strokes) // 2
    found: list[list[Difference]] = [[] for _ in range(count)]
    usable = (strokes.piece > 0) & ~partners.alone & (partners.distance_px <= _ALONG_PX)
    usable &= strokes.drawing < count
    long = np.bincount(strokes.piece[usable], minlength=len(strokes.lengths_px)) >= PIECE_PX
    usable &= long[strokes.piece]
    if not usable.any():
        return found
    order = np.flatnonzero(usable)
    order = order[np.argsort(strokes.piece[order], kind="stable")]
    points = strokes.points[order].astype(np.float64)
    shift = strokes.points[partners.nearest[order]] - points
    drawing = np.zeros(len(strokes.lengths_px), np.int64)
    drawing[strokes.piece[order]] = strokes.drawing[order]
    for fitted in _fitted(points.T, shift.T, strokes.piece[order]):
        pair = int(drawing[fitted.number])
        found[pair].append(_named(strokes.joints[pair], fitted))
    return found


def _fitted(
    points: NDArray[np.float64], shift: NDArray[np.float64], piece: NDArray[np.int32]
) -> list[_Piece]:
    """Fit a parabola to the sideways distances of each nearly straight piece, all pieces at once.

    Parameters
    ----------
    points, shift : (2, P) float64
        Points and the way to their partners, piece by piece.
    piece : (P,) int32
        Ascending.

    Returns
    -------
    list of _Piece
        Those that differ visibly.
    """
    starts = np.flatnonzero(np.diff(piece, prepend=-1))
    size = np.diff(starts, append=len(piece))

    def spread(values: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.repeat(values, size, axis=-1)

    middle = np.add.reduceat(points, starts, axis=1) / size
    x, y = points - spread(middle)
    xx, yy, xy = np.add.reduceat(np.array([x * x, y * y, x * y]), starts, axis=1)
    angle = np.arctan2(2 * xy, xx - yy) / 2
    eccentricity = np.hypot(xx - yy, 2 * xy)
    straight = xx + yy - eccentricity <= _STRAIGHT**2 * (xx + yy + eccentricity)
    cosine, sine = spread(np.array([np.cos(angle), np.sin(angle)]))
    along = x * cosine + y * sine
    half = np.maximum.reduceat(np.abs(along), starts)
    along = along / spread(half)
    aside = shift[1] * cosine - shift[0] * sine
    square = along * along
    powers = np.array([np.ones_like(along), along, square, square * along, square * square])
    sums = np.add.reduceat(np.concatenate([powers, aside * powers[:3]]), starts, axis=1)
    normal = np.moveaxis(sums[_HANKEL], -1, 0)
    height, slope, curve = np.linalg.solve(normal + 1e-6 * np.eye(3), sums[5:].T[..., None])[..., 0].T
    fits = np.array([*middle, angle, half, height + curve / 3, slope, curve])
    number = piece[starts]
    visible = (np.abs(fits[4:]) >= np.array([[SHIFT_PX], [TURN_PX], [BEND_PX]])).any(axis=0)
    kept = straight & visible
    rows = zip(number[kept].tolist(), fits[:, kept].T.tolist(), strict=True)
    return [_Piece(of, *row) for of, row in rows]


def _named(joints: NDArray[np.float32], piece: _Piece) -> Difference:
    bend, turn = abs(piece.bend_px) / BEND_PX, abs(piece.turn_px) / TURN_PX
    strength = max(bend, turn, abs(piece.shift_px) / SHIFT_PX)
    if strength == bend:
        kind = DifferenceKind.BEND
    elif strength == turn:
        kind = DifferenceKind.DOT_OR_BAR if _is_dot_or_bar(joints, piece) else DifferenceKind.SLANT
    else:
        kind = DifferenceKind.JOINT_PLACE if _at_joint(joints, piece) else DifferenceKind.PROPORTION
    return Difference(kind, piece.x_px, piece.y_px, piece.half_px + _RING_PX, strength)


def _is_dot_or_bar(joints: NDArray[np.float32], piece: _Piece) -> bool:
    """Whether a short loose line is level or upright in one drawing and oblique in the other."""
    if 2 * piece.half_px > DOT_PX or _at_joint(joints, piece):
        return False
    angles = np.rad2deg([piece.angle, piece.angle + np.arctan2(piece.turn_px, piece.half_px)])
    off = np.abs((angles + 45) % 90 - 45)
    return bool(off.min() <= _LEVEL_DEG and off.max() >= _OBLIQUE_DEG)


def _at_joint(joints: NDArray[np.float32], piece: _Piece) -> bool:
    """Whether one of the piece's tips is at a joint."""
    way = np.array([np.cos(piece.angle), np.sin(piece.angle)])
    tips = np.array([piece.x_px, piece.y_px]) + np.outer([-piece.half_px, piece.half_px], way)
    apart = joints[:, None] - tips
    return bool((np.hypot(apart[..., 0], apart[..., 1]) <= _JOINT_PX).any())
