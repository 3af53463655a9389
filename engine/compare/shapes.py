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
    middle, way : (2,) float32
    half_px : float
        Half of its length.
    shift_px, turn_px, bend_px : float
        Mean distance aside, half of the change of it along the piece, and the sag.
    """

    middle: NDArray[np.float32]
    way: NDArray[np.float32]
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
    shift = other.points[partners.nearest] - one.points
    usable = (one.piece > 0) & ~partners.alone & (partners.distance_px <= _ALONG_PX)
    found = []
    for number in np.flatnonzero(np.bincount(one.piece[usable]) >= PIECE_PX).tolist():
        inside = usable & (one.piece == number)
        piece = _fitted(one.points[inside], shift[inside])
        if piece is not None:
            difference = _named(one, number, piece)
            if difference is not None:
                found.append(difference)
    return found


def _fitted(points: NDArray[np.float32], shift: NDArray[np.float32]) -> _Piece | None:
    middle = points.mean(axis=0)
    _, spread, axes = np.linalg.svd(points - middle, full_matrices=False)
    if spread[1] > _STRAIGHT * spread[0]:
        return None
    way = axes[0]
    along = (points - middle) @ way
    half = float(np.abs(along).max())
    along = along / half
    aside = shift @ np.array([-way[1], way[0]])
    basis = np.stack([np.ones_like(along), along, along * along], axis=1)
    height, slope, curve = np.linalg.lstsq(basis, aside, rcond=None)[0].tolist()
    return _Piece(middle, way, half, height + curve / 3, slope, curve)


def _named(strokes: Strokes, number: int, piece: _Piece) -> Difference | None:
    bend, turn, shift = (
        abs(piece.bend_px) / BEND_PX,
        abs(piece.turn_px) / TURN_PX,
        abs(piece.shift_px) / SHIFT_PX,
    )
    strength = max(bend, turn, shift)
    if strength < 1:
        return None
    if strength == bend:
        kind = DifferenceKind.BEND
    elif strength == turn:
        kind = DifferenceKind.DOT_OR_BAR if _is_dot_or_bar(strokes, number, piece) else DifferenceKind.SLANT
    elif _at_joint(strokes, piece):
        kind = DifferenceKind.JOINT_PLACE
    else:
        kind = DifferenceKind.PROPORTION
    x, y = piece.middle.tolist()
    return Difference(kind, x, y, piece.half_px + _RING_PX, strength)


def _is_dot_or_bar(strokes: Strokes, number: int, piece: _Piece) -> bool:
    """Whether a short loose line is level or upright in one drawing and oblique in the other."""
    if (
        2 * piece.half_px > DOT_PX
        or np.hypot(*(strokes.joints - piece.middle).T).min(initial=99) <= piece.half_px
    ):
        return False
    here = np.rad2deg(np.arctan2(piece.way[1], piece.way[0]))
    there = here + np.rad2deg(np.arctan2(piece.turn_px, piece.half_px))
    off = sorted(abs((angle + 45) % 90 - 45) for angle in (here, there))
    return bool(off[0] <= _LEVEL_DEG and off[1] >= _OBLIQUE_DEG)


def _at_joint(strokes: Strokes, piece: _Piece) -> bool:
    tips = piece.middle + np.outer([-piece.half_px, piece.half_px], piece.way)
    apart = strokes.joints[:, None] - tips
    return bool((np.hypot(apart[..., 0], apart[..., 1]) <= _JOINT_PX).any())
