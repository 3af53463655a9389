"""Changes where strokes meet: opened (2-2, 1-2), moved along (2-3), crossed or stopped (2-4)."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from engine.synth.change_ends import with_contour
from engine.synth.edit import stroke_length_em
from engine.synth.outline import Polygon, signed_area
from engine.synth.outline_joints import Joint, opposite, stem_contour, without_stem
from engine.synth.revision import Outline, Revision, Topology, turned_outward

_GAP_EM = (0.025, 0.045)
_STEM_EM = 0.07
"""Of a stem that is cut off its bar: a shorter one would look like a speck."""
_ASIDE_EM = 0.012
"""How much wider than the stem the paper is that is laid over the joint."""
_BEYOND_EM = (0.045, 0.08)
_LONGEST_STUB_EM = 0.14
"""Of what is cut off on the far side of a bar: more is a stroke half as long."""
_THICKEST_EM = 0.12
_MOVE_EM = (0.035, 0.09)
_COMPONENT_SHARE = 0.2
"""Of the glyph's ink on either side of an opened joint: components apart, not strokes (1-2, not 2-2)."""


def open_joint(outline: Outline, rng: np.random.Generator) -> Iterator[Revision]:
    """Cut a stroke off the one at which it ends, by a small gap of paper; no component comes off."""
    for joint in _touching(outline, rng):
        if not _parts_components(outline, joint):
            yield _cut(outline, joint, rng)


def open_components(outline: Outline, rng: np.random.Generator) -> Iterator[Revision]:
    """Part two components that touch at one joint, by a small gap of paper."""
    for joint in _touching(outline, rng):
        if _parts_components(outline, joint):
            yield _cut(outline, joint, rng)


def _touching(outline: Outline, rng: np.random.Generator) -> Iterator[Joint]:
    """Give the joints, in random order, whose stem stops at the bar."""
    for choice in rng.permutation(len(outline.joints)):
        joint = outline.joints[int(choice)]
        if joint.stem_em >= _STEM_EM and outline.stops_at(joint):
            yield joint


def _cut(outline: Outline, joint: Joint, rng: np.random.Generator) -> Revision:
    gap = float(rng.uniform(*_GAP_EM))
    aside = joint.along * _ASIDE_EM
    back = joint.direction * gap
    paper = np.array(
        [joint.left - aside, joint.right + aside, joint.right + aside - back, joint.left - aside - back]
    )
    return Revision(outline.polygons, cuts=[paper], topology=Topology.OPENED)


def _parts_components(outline: Outline, joint: Joint) -> bool:
    """Whether a large piece of the glyph hangs on this joint alone."""
    stem = stem_contour(joint, outline.polygons)
    if stem is None:
        return False
    share = signed_area(stem) / outline.area if outline.area else 0.0
    return _COMPONENT_SHARE <= share <= 1 - _COMPONENT_SHARE and stroke_length_em(stem) is None


def cross(outline: Outline, rng: np.random.Generator) -> Iterator[Revision]:
    """Let a stroke that stops at another one go through it, or stop one that goes through a little."""
    for choice in rng.permutation(len(outline.joints)):
        joint = outline.joints[int(choice)]
        far = opposite(joint, outline.joints)
        revision = _go_through(outline, joint, rng) if far is None else _stop_at(outline, far)
        if revision is not None:
            yield revision


def _go_through(outline: Outline, joint: Joint, rng: np.random.Generator) -> Revision | None:
    if joint.stem_em < _STEM_EM or min(joint.before_em, joint.after_em) < 0.03:
        return None
    inside = joint.centre + joint.direction * 0.006
    bar = outline.way(inside, joint.direction, ink=False, limit_em=_THICKEST_EM)
    if bar is None:
        return None
    beyond = joint.direction * (bar + 0.006 + float(rng.uniform(*_BEYOND_EM)))
    patch = np.array([joint.left, joint.right, joint.right + beyond, joint.left + beyond])
    return Revision(outline.polygons, patches=[turned_outward(patch)])


def _stop_at(outline: Outline, far: Joint) -> Revision | None:
    """Cut off what a crossing stroke has on the far side of the bar, where that is short and free."""
    stub = stem_contour(far, outline.polygons)
    if stub is None:
        return None
    reach = float(((far.centre - stub) @ far.direction).max())
    is_plain = signed_area(stub) > 0.4 * reach * far.width_em and signed_area(stub) < 0.015
    if not is_plain or not 0.03 <= reach <= _LONGEST_STUB_EM:
        return None
    return Revision(with_contour(outline, far.leaving.polygon, without_stem(far, outline.polygons)))


def move_joint(outline: Outline, rng: np.random.Generator) -> Iterator[Revision]:
    """Move a stroke that hangs on another one along it."""
    for joint in _touching(outline, rng):
        stem = stem_contour(joint, outline.polygons)
        if stem is None or stroke_length_em(stem) is None:
            continue
        for sign, room in _shuffled(rng, (-1.0, joint.before_em), (1.0, joint.after_em)):
            by_em = min(float(rng.uniform(*_MOVE_EM)), room - 0.01)
            if by_em >= _MOVE_EM[0]:
                moved = _with_stem(outline, joint, stem + joint.along * (sign * by_em))
                yield Revision(moved)


def _with_stem(outline: Outline, joint: Joint, stem: Polygon) -> list[Polygon]:
    rest = without_stem(joint, outline.polygons)[1:-1]
    return with_contour(outline, joint.leaving.polygon, np.concatenate([stem, rest]))


def _shuffled(
    rng: np.random.Generator, first: tuple[float, float], second: tuple[float, float]
) -> list[tuple[float, float]]:
    return [first, second] if rng.random() < 0.5 else [second, first]
