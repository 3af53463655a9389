"""One stroke more or fewer: loose strokes and dots, strokes that hang on another, bars between two sides."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from engine.synth.change_ends import with_contour
from engine.synth.change_loose import main_axis
from engine.synth.edit import free_place, stroke_length_em
from engine.synth.outline import Polygon, signed_area
from engine.synth.outline_joints import Joint, stem_contour, without_stem
from engine.synth.revision import Outline, Revision, Topology, box_polygon, turned_outward

_BAR_EM = (0.02, 0.06)
"""Thickness of a bar that is added."""
_HOLE_EM = 0.13
"""Height of a hole that has room for one more bar."""
_SPACING_EM = (0.085, 0.20)
"""Between a stroke and its double."""
_STUB_EM = 0.09
_ASIDE_EM = 0.006


def remove_stroke(outline: Outline, rng: np.random.Generator) -> Iterator[Revision]:
    """Take a stroke away: a loose one, one that hangs on another, or a bar between two sides."""
    proposals: list[Revision] = []
    if len(outline.polygons) > 1:
        proposals.extend(
            Revision(_without(outline, index), topology=Topology.PIECE_REMOVED) for index, _ in outline.loose
        )
    for joint in outline.joints:
        revision = _without_hanging(outline, joint) or _without_bar(outline, joint)
        if revision is not None:
            proposals.append(revision)
    for choice in rng.permutation(len(proposals)):
        yield proposals[int(choice)]


def _without(outline: Outline, index: int) -> list[Polygon]:
    return [polygon for number, polygon in enumerate(outline.polygons) if number != index]


def _without_hanging(outline: Outline, joint: Joint) -> Revision | None:
    """Drop a stroke that hangs on another one by one end and does not go on beyond it."""
    stem = stem_contour(joint, outline.polygons)
    if stem is None or not outline.stops_at(joint):
        return None
    length = stroke_length_em(stem)
    if length is None or length < _STUB_EM:
        return None
    kept = with_contour(outline, joint.leaving.polygon, without_stem(joint, outline.polygons))
    return Revision(kept)


def _without_bar(outline: Outline, joint: Joint) -> Revision | None:
    """Cut out a bar that runs from this joint straight to another one, touched by nothing in between."""
    for other in outline.joints:
        if other.leaving.polygon != joint.arriving.polygon or other.arriving.polygon != joint.leaving.polygon:
            continue
        # The contour that leaves this bar's one side must come to the other joint by a single edge.
        follows = (joint.leaving.vertex + 1) % len(outline.polygons[joint.leaving.polygon])
        returns = (other.leaving.vertex + 1) % len(outline.polygons[other.leaving.polygon])
        if (
            other.arriving.vertex == follows
            and joint.arriving.vertex == returns
            and outline.stops_at(joint)
            and outline.stops_at(other)
        ):
            widened = joint.along * _ASIDE_EM
            paper = np.array(
                [joint.left - widened, joint.right + widened, other.left + widened, other.right - widened]
            )
            return Revision(outline.polygons, cuts=[paper], topology=Topology.FREE)
    return None


def add_stroke(outline: Outline, rng: np.random.Generator, borrowed: Sequence[Polygon]) -> Iterator[Revision]:
    """Add a stroke: a bar across a hole, a double of a loose one, or another glyph's where there is room."""
    ways = [_bars_in_holes(outline, rng), _doubles(outline, rng), _borrowed(outline, rng, borrowed)]
    for choice in rng.permutation(len(ways)):
        yield from ways[int(choice)]


def _bars_in_holes(outline: Outline, rng: np.random.Generator) -> Iterator[Revision]:
    """Divide a hole that is nearly a box by one more bar."""
    holes = [index for index, polygon in enumerate(outline.polygons) if signed_area(polygon) < 0]
    for choice in rng.permutation(len(holes)):
        hole = outline.polygons[holes[int(choice)]]
        (left, top), (right, bottom) = hole.min(axis=0), hole.max(axis=0)
        filled = -signed_area(hole) / max(1e-9, (right - left) * (bottom - top))
        if filled < 0.85 or bottom - top < _HOLE_EM or right - left < 0.08:
            continue
        middle = (top + bottom) / 2 + float(rng.uniform(-0.1, 0.1)) * (bottom - top)
        half = float(rng.uniform(*_BAR_EM)) / 2
        # Slanted sides: the bar goes a little into them.
        bar = box_polygon(left - 0.01, middle - half, right + 0.01, middle + half)
        yield Revision(outline.polygons, patches=[bar], topology=Topology.FREE)


def _doubles(outline: Outline, rng: np.random.Generator) -> Iterator[Revision]:
    """Set a double of a loose stroke beside it (一点 → 二点, 二 → 三)."""
    for choice in rng.permutation(len(outline.loose)):
        polygon = outline.polygons[outline.loose[int(choice)][0]]
        _, axis = main_axis(polygon)
        across = np.array([-axis[1], axis[0]]) * (1 if rng.random() < 0.5 else -1)
        for sign in (1, -1):
            step = across * (sign * float(rng.uniform(*_SPACING_EM)))
            double = polygon + step
            yield Revision([*outline.polygons, double], topology=Topology.PIECE_ADDED)


def _borrowed(outline: Outline, rng: np.random.Generator, strokes: Sequence[Polygon]) -> Iterator[Revision]:
    for choice in rng.permutation(len(strokes))[:4]:
        stroke = strokes[int(choice)]
        place = free_place(outline.polygons, stroke, rng)
        if place is not None:
            yield Revision([*outline.polygons, turned_outward(stroke) + place], topology=Topology.PIECE_ADDED)
