"""Changes of components: place and size (1-1), apart or touching (1-2), one missing, added or another."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from engine.synth.donors import Donors
from engine.synth.outline import Polygon, fill, signed_area
from engine.synth.outline_ends import Vector
from engine.synth.parts import Part, Side
from engine.synth.revision import Outline, Revision, Topology, lost_ink

_SHIFT_EM = (0.03, 0.06)
_SCALE = (0.84, 0.93, 1.07, 1.16)
"""Smaller between the first two, larger between the last two."""
_TOUCHING_EM = 0.07
_OVERLAP_EM = 0.008
_MISSING_SHARE = 0.5
"""Of the glyph's ink that a component taken away has at most: what is left is still that glyph to the eye."""
_DONORS_TRIED = 10
_DONOR_SHAPE = (0.74, 1.35)
_DONOR_SCALE = (0.5, 1.4)
"""Larger, and its strokes would be visibly bolder than the rest."""
"""How far a donor's component may be stretched against its own proportions."""
_DONOR_WEIGHT = (0.45, 2.2)
"""Ink of the donor's component against the one whose place it takes."""
_UNLIKE_SIDE_PX = 48
_UNLIKE_SHARE = 0.2
"""Of both components' ink that must lie off the other's, for them to be two components."""
_ADDED_SHARE = (0.32, 0.45)
"""Of the glyph's width (or height) that an added component takes."""
_GAP_EM = 0.04


def change_proportion(outline: Outline, rng: np.random.Generator) -> Iterator[Revision]:
    """Shift one component, or make it smaller or larger in its place."""
    for part in _shuffled(outline.parts, rng):
        centre = part.box.mean(axis=0)
        if rng.random() < 0.5:
            step = float(rng.uniform(*_SHIFT_EM)) * (1 if rng.random() < 0.5 else -1)
            # Up or down for components side by side, left or right for stacked ones: 高低, not the gap.
            shift = np.array([0.0, step]) if part.side.axis == 0 else np.array([step, 0.0])
            scale = np.ones(2)
        else:
            shift = np.zeros(2)
            low, high = _SCALE[:2] if rng.random() < 0.5 else _SCALE[2:]
            scale = np.full(2, float(rng.uniform(low, high)))
            if rng.random() < 0.5:
                scale[part.side.axis] = 1.0
        yield Revision(_with_part(outline, part, scale, centre, centre + shift))


def close_components(outline: Outline, rng: np.random.Generator) -> Iterator[Revision]:
    """Bring two components together until they touch."""
    for part in _shuffled(outline.parts, rng):
        inward = np.zeros(2)
        inward[part.side.axis] = 1.0 if part.side in (Side.LEFT, Side.TOP) else -1.0
        gap = _gap(outline, part, inward)
        if gap is None:
            continue
        centre = part.box.mean(axis=0)
        moved = _with_part(outline, part, np.ones(2), centre, centre + inward * (gap + _OVERLAP_EM))
        yield Revision(moved, topology=Topology.MERGED)


def _gap(outline: Outline, part: Part, inward: Vector) -> float | None:
    """How far a component can move inward until it touches the rest, in em; None where that is far."""
    side = outline.fine_px
    own = fill([outline.polygons[member] for member in part.members], side) > 0
    rest = fill(_others(outline, part), side) > 0
    axis = 1 - part.side.axis
    if inward.sum() < 0:
        own, rest = np.flip(own, axis), np.flip(rest, axis)
    if axis == 0:
        own, rest = own.T, rest.T
    # In each row: from the component's last pixel to the first of the rest beyond it.
    rows = np.flatnonzero(own.any(axis=1))
    last = own.shape[1] - 1 - np.argmax(own[rows, ::-1], axis=1)
    beyond = rest[rows] & (np.arange(own.shape[1])[None, :] > last[:, None])
    hit = beyond.any(axis=1)
    if not hit.any():
        return None
    gap = float((np.argmax(beyond[hit], axis=1) - last[hit]).min()) / side
    return gap if 0.005 <= gap <= _TOUCHING_EM else None


def remove_part(outline: Outline, rng: np.random.Generator) -> Iterator[Revision]:
    """Take a component away."""
    for part in _shuffled(outline.parts, rng):
        area = sum(signed_area(outline.polygons[member]) for member in part.members)
        if area <= _MISSING_SHARE * outline.area:
            yield Revision(_others(outline, part), topology=Topology.FREE)


def replace_part(outline: Outline, rng: np.random.Generator, donors: Donors) -> Iterator[Revision]:
    """Set another glyph's component of the same side in the place of one."""
    for part in _shuffled(outline.parts, rng):
        lent = donors.parts[part.side]
        old = [outline.polygons[member] for member in part.members]
        for choice in rng.permutation(len(lent))[:_DONORS_TRIED]:
            new = _fitted(lent[int(choice)], part.box)
            if new is not None and _weigh_alike(old, new) and _is_another(old, new):
                yield Revision([*_others(outline, part), *new], topology=Topology.FREE)


def add_part(outline: Outline, rng: np.random.Generator, donors: Donors) -> Iterator[Revision]:
    """Make room on one side of the glyph and set another glyph's component there."""
    box = np.array(
        [
            np.min([polygon.min(axis=0) for polygon in outline.polygons], axis=0),
            np.max([polygon.max(axis=0) for polygon in outline.polygons], axis=0),
        ]
    )
    if (box[1] - box[0]).min() < 0.5:
        return
    sides = list(Side)
    for choice in rng.permutation(len(sides)):
        side = sides[int(choice)]
        share = float(rng.uniform(*_ADDED_SHARE))
        whole = float(box[1, side.axis] - box[0, side.axis])
        cut = share * whole
        first, second = box.copy(), box.copy()
        is_first = side in (Side.LEFT, Side.TOP)
        divide = box[0, side.axis] + (cut if is_first else whole - cut)
        first[1, side.axis] = divide - _GAP_EM / 2
        second[0, side.axis] = divide + _GAP_EM / 2
        room, kept = (first, second) if is_first else (second, first)
        lent = donors.parts[side]
        for donor in rng.permutation(len(lent))[:_DONORS_TRIED]:
            new = _fitted(lent[int(donor)], room)
            if new is not None:
                squeezed = [_mapped(polygon, box, kept) for polygon in outline.polygons]
                yield Revision([*squeezed, *new], topology=Topology.FREE)
                break


def _fitted(donor: Sequence[Polygon], box: Polygon) -> list[Polygon] | None:
    """Stretch a donor's component into a box; None where that would distort it."""
    points = np.concatenate(list(donor))
    own = np.array([points.min(axis=0), points.max(axis=0)])
    stretch = (box[1] - box[0]) / np.maximum(own[1] - own[0], 1e-6)
    if not _DONOR_SHAPE[0] <= stretch[0] / stretch[1] <= _DONOR_SHAPE[1]:
        return None
    if stretch.min() < _DONOR_SCALE[0] or stretch.max() > _DONOR_SCALE[1]:
        return None
    return [_mapped(polygon, own, box) for polygon in donor]


def _mapped(polygon: Polygon, source: Polygon, target: Polygon) -> Polygon:
    scale = (target[1] - target[0]) / (source[1] - source[0])
    return np.asarray((polygon - source[0]) * scale + target[0])


def _weigh_alike(old: Sequence[Polygon], new: Sequence[Polygon]) -> bool:
    areas = [sum(signed_area(polygon) for polygon in polygons) for polygons in (old, new)]
    return _DONOR_WEIGHT[0] <= areas[1] / max(areas[0], 1e-9) <= _DONOR_WEIGHT[1]


def _is_another(old: Sequence[Polygon], new: Sequence[Polygon]) -> bool:
    """Whether two components are visibly not the same one."""
    first, second = (fill(polygons, _UNLIKE_SIDE_PX) > 0 for polygons in (old, new))
    lost = np.count_nonzero(lost_ink(first, second)) + np.count_nonzero(lost_ink(second, first))
    return bool(lost >= _UNLIKE_SHARE * (np.count_nonzero(first) + np.count_nonzero(second)))


def _with_part(outline: Outline, part: Part, scale: Vector, old: Vector, new: Vector) -> list[Polygon]:
    """All contours, those of one component scaled about ``old`` and shifted so that it comes to ``new``."""
    members = set(part.members)
    return [
        (polygon - old) * scale + new if index in members else polygon
        for index, polygon in enumerate(outline.polygons)
    ]


def _others(outline: Outline, part: Part) -> list[Polygon]:
    members = set(part.members)
    return [polygon for index, polygon in enumerate(outline.polygons) if index not in members]


def _shuffled(parts: Sequence[Part], rng: np.random.Generator) -> list[Part]:
    return [parts[int(choice)] for choice in rng.permutation(len(parts))]
