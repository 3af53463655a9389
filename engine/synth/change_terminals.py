"""Changes of how a stroke starts or ends: stopped, swept out, tapered, hooked, pressed (3-4 to 3-7)."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from engine.synth.change_ends import with_contour
from engine.synth.outline import Polygon
from engine.synth.outline_ends import (
    StrokeEnd,
    Vector,
    measure_edges,
    replace_cap,
    trimmed_sides,
)
from engine.synth.revision import Outline, Revision, turned_outward

_UPRIGHT = 0.97
"""Cosine of the angle with the vertical up to which a stroke is an upright."""
_UPRIGHT_WIDTH_EM = (0.03, 0.115)
_TAPER_EM = (0.20, 0.30)
_TAPERED_SHARE = 0.12
"""Of the stroke's width that is left at a tapered end."""
_SWEEP_EM = (0.18, 0.28)
_SWEEP_ASIDE_EM = (0.06, 0.10)
_LEG_HEIGHTS_EM = (0.06, 0.15, 0.25, 0.35)
_STOP_EM = (0.04, 0.08)
_POINT_EM = (0.07, 0.11)
_HOOK_EM = (0.08, 0.11)
_HOOK_WAY_EM = 0.42
"""From the tip of a hook along the contour to either side of its upright."""
_PRESS_EM = (0.09, 0.12)
_PRESS_THICKNESS_EM = 0.028
_CURVE = np.linspace(0.0, 1.0, 9)[:, None]


def taper(outline: Outline, rng: np.random.Generator) -> Iterator[Revision]:
    """Let an upright that stops with a flat foot run out thinly (抜き)."""
    for end in _feet(outline, rng):
        sides = trimmed_sides(outline.polygons[end.polygon], end, float(rng.uniform(*_TAPER_EM)))
        if sides is None:
            continue
        right, left = outline.polygons[end.polygon][[end.first, end.last]]
        tip = right + end.direction * 0.01
        thin = tip + (left - right) * _TAPERED_SHARE
        cap = np.array([sides.arriving, tip, thin, sides.leaving])
        yield Revision(with_contour(outline, end.polygon, sides.closed_by(cap)))


def sweep(outline: Outline, rng: np.random.Generator) -> Iterator[Revision]:
    """Let a left leg that stops sweep out (月, 角), or change a falling stroke between stop and sweep."""
    makers = [_sweep_leg(outline, rng), _stop_fall(outline, rng), _point_fall(outline, rng)]
    for choice in rng.permutation(len(makers)):
        yield from makers[int(choice)]


def _sweep_leg(outline: Outline, rng: np.random.Generator) -> Iterator[Revision]:
    for end in _feet(outline, rng):
        sides = trimmed_sides(outline.polygons[end.polygon], end, float(rng.uniform(*_SWEEP_EM)))
        if sides is None or not _is_left_leg(outline, end):
            continue
        west = np.array([-1.0, 0.0])
        right, left = outline.polygons[end.polygon][[end.first, end.last]]
        tip = left + west * float(rng.uniform(*_SWEEP_ASIDE_EM))
        upper_tip = tip + np.array([-0.012, -0.012])
        cap = np.concatenate(
            [
                _curve(sides.arriving, (sides.arriving + 2 * right) / 3, tip),
                _curve(upper_tip, (sides.leaving + left) / 2, sides.leaving),
            ]
        )
        yield Revision(with_contour(outline, end.polygon, sides.closed_by(cap)))


def _is_left_leg(outline: Outline, end: StrokeEnd) -> bool:
    """Whether an upright has another stroke to the right of its foot, and nothing to its left."""
    east, west = np.array([1.0, 0.0]), np.array([-1.0, 0.0])
    beside = end.width_em / 2 + 0.02
    heights = [outline.end_centre(end) - end.direction * up for up in _LEG_HEIGHTS_EM]
    return outline.way(heights[0] + east * beside, east, ink=True, limit_em=0.75) is not None and all(
        outline.way(height + west * beside, west, ink=True, limit_em=0.25) is None for height in heights
    )


def _stop_fall(outline: Outline, rng: np.random.Generator) -> Iterator[Revision]:
    """Round off a stroke that falls to the right, a little shorter."""
    for end in _falling(outline, rng):
        sides = trimmed_sides(outline.polygons[end.polygon], end, float(rng.uniform(*_STOP_EM)))
        if sides is None:
            continue
        across = (sides.leaving - sides.arriving) / 2
        middle = (sides.leaving + sides.arriving) / 2
        angles = np.linspace(np.pi, 0.0, 9)[:, None]
        round_cap = (
            middle + across * np.cos(angles) + end.direction * np.sin(angles) * float(np.hypot(*across))
        )
        yield Revision(with_contour(outline, end.polygon, sides.closed_by(round_cap)))


def _point_fall(outline: Outline, rng: np.random.Generator) -> Iterator[Revision]:
    """Draw a stroke that falls to the right out to a point."""
    for end in _falling(outline, rng):
        polygon = outline.polygons[end.polygon]
        lower = polygon[end.last] if polygon[end.last, 1] > polygon[end.first, 1] else polygon[end.first]
        tip = lower + end.direction * float(rng.uniform(*_POINT_EM))
        cap = np.array([polygon[end.first], tip, polygon[end.last]])
        yield Revision(with_contour(outline, end.polygon, replace_cap(polygon, end, cap)))


def change_hook(outline: Outline, rng: np.random.Generator) -> Iterator[Revision]:
    """Take the hook (はね) at the foot of an upright away, or add one."""
    makers = [_unhook(outline, rng), _add_hook(outline, rng)]
    for choice in rng.permutation(len(makers)):
        yield from makers[int(choice)]


def _unhook(outline: Outline, rng: np.random.Generator) -> Iterator[Revision]:
    for end in _shuffled(outline, rng):
        if end.direction[0] > -0.6:
            continue
        polygon = outline.polygons[end.polygon]
        edges = measure_edges(polygon)
        down = _upright_edge(edges.directions, edges.lengths, edges.behind, end.first, step=-1)
        up = _upright_edge(edges.directions, edges.lengths, edges.ahead, end.last, step=1)
        if down is None or up is None:
            continue
        right, left = polygon[(down + 1) % len(polygon)], polygon[up]
        if not _UPRIGHT_WIDTH_EM[0] <= right[0] - left[0] <= _UPRIGHT_WIDTH_EM[1]:
            continue
        size = (up - down - 1) % len(polygon) + 1
        hook = polygon[(down + 1 + np.arange(size)) % len(polygon)]
        foot = float(hook[:, 1].max())
        flat = np.array([right, [right[0], foot], [left[0], foot], left])
        span = StrokeEnd(end.polygon, (down + 1) % len(polygon), up, end.direction, end.width_em, end.side_em)
        yield Revision(with_contour(outline, end.polygon, replace_cap(polygon, span, flat)))


def _upright_edge(
    directions: Polygon, lengths: Vector, straight: Vector, start: int, *, step: int
) -> int | None:
    """First edge of a long upright side that is reached from a hook's tip, backwards or forwards."""
    travelled = 0.0
    count = len(directions)
    edge = (start - 1) % count if step < 0 else start
    while travelled <= _HOOK_WAY_EM:
        # Backwards the contour comes down the right side; forwards it goes up the left one.
        if -step * directions[edge, 1] > _UPRIGHT and straight[edge] >= 0.12 and lengths[edge] >= 0.05:
            return edge
        travelled += float(lengths[edge])
        edge = (edge + step) % count
    return None


def _add_hook(outline: Outline, rng: np.random.Generator) -> Iterator[Revision]:
    for end in _feet(outline, rng):
        if end.side_em < 0.2:
            continue
        polygon = outline.polygons[end.polygon]
        right, left = float(polygon[end.first, 0]), float(polygon[end.last, 0])
        foot = float(max(polygon[end.first, 1], polygon[end.last, 1]))
        reach = float(rng.uniform(*_HOOK_EM))
        hook = np.array(
            [
                [right, foot - 0.07],
                [right, foot - 0.01],
                [right - 0.3 * (right - left), foot + 0.02],
                [left - 0.02, foot + 0.02],
                [left - 0.03, foot - 0.015],
                [left - reach, foot - 0.045],
                [left - reach, foot - 0.072],
                [left, foot - 0.055],
            ]
        )
        yield Revision(outline.polygons, patches=[turned_outward(hook)])


def press(outline: Outline, rng: np.random.Generator) -> Iterator[Revision]:
    """Set a press (筆押さえ) before the thin start of a stroke that falls to the right, as in 八."""
    for end in _shuffled(outline, rng):
        starts_a_fall = end.direction[1] < -0.5 and -0.8 < end.direction[0] < -0.1
        if not starts_a_fall or end.width_em > 0.06:
            continue
        right = outline.end_centre(end) + np.array([end.width_em / 2, 0.0])
        left = right + np.array([-float(rng.uniform(*_PRESS_EM)) - end.width_em / 2, 0.012])
        thick = np.array([0.0, _PRESS_THICKNESS_EM])
        yield Revision(outline.polygons, patches=[np.array([left, right, right + thick * 1.4, left + thick])])


def _feet(outline: Outline, rng: np.random.Generator) -> Iterator[StrokeEnd]:
    """Give the flat lower ends of uprights, in random order."""
    for end in _shuffled(outline, rng):
        is_upright = end.direction[1] > _UPRIGHT
        polygon = outline.polygons[end.polygon]
        is_flat = (end.last - end.first) % len(polygon) == 1
        if is_upright and is_flat and _UPRIGHT_WIDTH_EM[0] <= end.width_em <= _UPRIGHT_WIDTH_EM[1]:
            yield end


def _falling(outline: Outline, rng: np.random.Generator) -> Iterator[StrokeEnd]:
    """Give the lower ends of strokes that fall to the right, in random order."""
    for end in _shuffled(outline, rng):
        if end.direction[0] > 0.3 and end.direction[1] > 0.3 and end.width_em >= 0.03:
            yield end


def _shuffled(outline: Outline, rng: np.random.Generator) -> Iterator[StrokeEnd]:
    for choice in rng.permutation(len(outline.ends)):
        yield outline.ends[int(choice)]


def _curve(start: Vector, control: Vector, end: Vector) -> Polygon:
    """Points of a quadratic Bézier curve, ends included."""
    t = _CURVE
    return np.asarray((1 - t) ** 2 * start + 2 * t * (1 - t) * control + t**2 * end)
