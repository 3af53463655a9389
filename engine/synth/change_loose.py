"""Changes of strokes that touch nothing: tilted (3-2), bent (3-3), a dot drawn as a bar (3-1)."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from engine.synth.change_ends import with_contour
from engine.synth.outline import Polygon, rolled
from engine.synth.outline_ends import Vector
from engine.synth.revision import Outline, Revision, turned_outward

_TILT_EM = (0.04, 0.07)
"""How far the end of a stroke moves that is tilted."""
_TILT_DEG = (6.0, 30.0)
_SAG_EM = (0.035, 0.07)
_SAG_SHARE = 0.16
"""Of the stroke's length."""
_BENDABLE_EM = 0.22
_DOT_EM = (0.08, 0.26)
_BAR_COSINE = 0.97
_STEP_EM = 0.02
_BAR_THICKNESS_EM = (0.03, 0.055)


def tilt(outline: Outline, rng: np.random.Generator) -> Iterator[Revision]:
    """Turn a loose stroke about its middle or one of its ends."""
    for index, length in _loose(outline, rng):
        polygon = outline.polygons[index]
        centre, axis = main_axis(polygon)
        # About the middle, an end, or the other end.
        pivot = float(rng.integers(-1, 2)) / 2
        moved_em = float(rng.uniform(*_TILT_EM))
        radians = np.clip(moved_em / (length * (0.5 + abs(pivot))), *np.deg2rad(_TILT_DEG))
        angle = float(radians) * (1 if rng.random() < 0.5 else -1)
        turned = _turned(polygon, centre + axis * (pivot * length), angle)
        yield Revision(with_contour(outline, index, turned))


def bend(outline: Outline, rng: np.random.Generator) -> Iterator[Revision]:
    """Bend a loose stroke more, or the other way."""
    for index, length in _loose(outline, rng):
        polygon = densified(outline.polygons[index])
        centre, axis = main_axis(polygon)
        if length < _BENDABLE_EM or _is_level_or_upright(axis):
            continue
        along = (polygon - centre) @ axis
        half = float(np.abs(along).max())
        sag = float(rng.uniform(_SAG_EM[0], max(_SAG_EM[0], min(_SAG_EM[1], _SAG_SHARE * length)))) * (
            1 if rng.random() < 0.5 else -1
        )
        across = np.array([-axis[1], axis[0]])
        shifted = polygon + across * (sag * (1 - 2 * (along / half) ** 2))[:, None]
        yield Revision(with_contour(outline, index, shifted))


def dot_to_bar(outline: Outline, rng: np.random.Generator) -> Iterator[Revision]:
    """Draw a loose dot as a short bar, upright or level, in its place."""
    for index, length in _loose(outline, rng):
        if not _DOT_EM[0] <= length <= _DOT_EM[1]:
            continue
        polygon = outline.polygons[index]
        centre, axis = main_axis(polygon)
        if _is_level_or_upright(axis):
            continue
        level = rng.random() < 0.5
        half = np.array([length / 2, rng.uniform(*_BAR_THICKNESS_EM) / 2])
        half = half if level else half[::-1]
        bar = centre + np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]]) * half
        yield Revision(with_contour(outline, index, turned_outward(bar)))


def main_axis(polygon: Polygon) -> tuple[Vector, Vector]:
    """Middle of a contour's box, and the unit vector along its greatest extent."""
    centre = (polygon.min(axis=0) + polygon.max(axis=0)) / 2
    spread = (polygon - polygon.mean(axis=0)).T @ (polygon - polygon.mean(axis=0))
    return centre, np.asarray(np.linalg.eigh(spread)[1][:, 1])


def _loose(outline: Outline, rng: np.random.Generator) -> Iterator[tuple[int, float]]:
    for choice in rng.permutation(len(outline.loose)):
        yield outline.loose[int(choice)]


def _turned(polygon: Polygon, centre: Vector, angle: float) -> Polygon:
    cos, sin = np.cos(angle), np.sin(angle)
    return np.asarray((polygon - centre) @ np.array([[cos, sin], [-sin, cos]]) + centre)


def _is_level_or_upright(axis: Vector) -> bool:
    """Whether a stroke is a bar already: what is neither level nor upright is a dot or a sweep."""
    return bool(np.abs(axis).max() > _BAR_COSINE)


def densified(polygon: Polygon) -> Polygon:
    """Give long edges more vertices, so that a contour can be bent; no edge stays longer than 0.02 em."""
    steps = rolled(polygon, -1) - polygon
    pieces = np.maximum(1, np.ceil(np.hypot(steps[:, 0], steps[:, 1]) / _STEP_EM)).astype(int)
    start = np.repeat(np.arange(len(polygon)), pieces)
    share = np.concatenate([np.arange(count) / count for count in pieces])
    return np.asarray(polygon[start] + steps[start] * share[:, None])
