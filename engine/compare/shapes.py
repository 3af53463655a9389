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
_LEVEL_DEG, _OBLIQUE_DEG = 6.0, 14.0
_JOINT_PX = 3.5
_RING_PX = 2.0


@dataclass(frozen=True, slots=True, eq=False)
class _Piece:
    """A piece of a line and how its partners lie beside it.

    Attributes
    ----------
    x_px, y_px : float
        Its middle.
    angle : float
        Its direction in radians, −π/2 to π/2.
    half_px : float
        Half of its length.
    shift_px, turn_px, bend_px : float
        Mean distance aside, half of the change of it along the piece, and the sag.
    """

    x_px: float
    y_px: float
    angle: float
    half_px: float
    shift_px: float
    turn_px: float
    bend_px: float


def reshaped(one: Strokes, other: Strokes, partners: Partners) -> list[Difference]:
    """Find pieces of the first drawing's lines that are bent, turned or shifted in the other.

    Parameters
    ----------
    one, other : Strokes
    partners : Partners
        Of the first drawing's points.
    """
    if not len(one.points) or not len(other.points):
        return []
    usable = (one.piece > 0) & ~partners.alone & (partners.distance_px <= _ALONG_PX)
    long = np.bincount(one.piece[usable], minlength=len(one.lengths_px)) >= PIECE_PX
    usable &= long[one.piece]
    if not usable.any():
        return []
    numbers, piece = np.unique(one.piece[usable], return_inverse=True)
    points = one.points[usable].astype(np.float64)
    shift = other.points[partners.nearest[usable]] - points
    found = [_named(one, fitted) for fitted in _fitted(points, shift, piece, len(numbers))]
    return [difference for difference in found if difference is not None]


def _fitted(
    points: NDArray[np.float64], shift: NDArray[np.float64], piece: NDArray[np.int64], count: int
) -> list[_Piece]:
    """Fit a parabola to the sideways distances of each nearly straight piece, all pieces at once."""

    def summed(values: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.asarray(np.bincount(piece, values, count), np.float64)

    size = np.bincount(piece, minlength=count)
    middle = np.stack([summed(points[:, axis]) / size for axis in (0, 1)], axis=1)
    x, y = (points - middle[piece]).T
    xx, yy, xy = summed(x * x), summed(y * y), summed(x * y)
    angle = np.arctan2(2 * xy, xx - yy) / 2
    spread = np.hypot(xx - yy, 2 * xy)
    straight = xx + yy - spread <= _STRAIGHT**2 * (xx + yy + spread)
    cosine, sine = np.cos(angle)[piece], np.sin(angle)[piece]
    along = x * cosine + y * sine
    half = np.zeros(count)
    np.maximum.at(half, piece, np.abs(along))
    along = along / half[piece]
    aside = shift[:, 1] * cosine - shift[:, 0] * sine
    powers = [summed(along**power) for power in range(5)]
    normal = np.stack([np.stack(powers[row : row + 3], axis=1) for row in range(3)], axis=1)
    right = np.stack([summed(aside * along**power) for power in range(3)], axis=1)
    height, slope, curve = np.linalg.solve(normal + 1e-6 * np.eye(3), right[..., None])[..., 0].T
    columns = (*middle.T, angle, half, height + curve / 3, slope, curve)
    return [_Piece(*row) for row in np.stack(columns, axis=1)[straight].tolist()]


def _named(strokes: Strokes, piece: _Piece) -> Difference | None:
    bend, turn = abs(piece.bend_px) / BEND_PX, abs(piece.turn_px) / TURN_PX
    strength = max(bend, turn, abs(piece.shift_px) / SHIFT_PX)
    if strength < 1:
        return None
    if strength == bend:
        kind = DifferenceKind.BEND
    elif strength == turn:
        kind = DifferenceKind.DOT_OR_BAR if _is_dot_or_bar(strokes, piece) else DifferenceKind.SLANT
    else:
        kind = DifferenceKind.JOINT_PLACE if _at_joint(strokes, piece) else DifferenceKind.PROPORTION
    return Difference(kind, piece.x_px, piece.y_px, piece.half_px + _RING_PX, strength)


def _is_dot_or_bar(strokes: Strokes, piece: _Piece) -> bool:
    """Whether a short loose line is level or upright in one drawing and oblique in the other."""
    if 2 * piece.half_px > DOT_PX or _at_joint(strokes, piece):
        return False
    angles = np.rad2deg([piece.angle, piece.angle + np.arctan2(piece.turn_px, piece.half_px)])
    off = np.abs((angles + 45) % 90 - 45)
    return bool(off.min() <= _LEVEL_DEG and off.max() >= _OBLIQUE_DEG)


def _at_joint(strokes: Strokes, piece: _Piece) -> bool:
    """Whether one of the piece's tips is at a joint."""
    way = np.array([np.cos(piece.angle), np.sin(piece.angle)])
    tips = np.array([piece.x_px, piece.y_px]) + np.outer([-piece.half_px, piece.half_px], way)
    apart = strokes.joints[:, None] - tips
    return bool((np.hypot(apart[..., 0], apart[..., 1]) <= _JOINT_PX).any())
