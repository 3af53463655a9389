"""Gaps that only one of two drawings has: does a line stop short of the next one, or does it touch?

Half a pixel of blur closes or opens a gap of one pixel, so a gap counts only where one drawing shows paper
even to a generous eye and the other shows ink without a break even to a strict one.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.compare.strokes import Strokes
from engine.difference import Difference, DifferenceKind

PAPER_LEVEL, INK_LEVEL = 80, 128
"""Paper to a generous eye, ink to a strict one (of 255)."""

GAP_PX = 1.5
"""Width of a gap that is just visible: 1 in 10 Noto Serif glyphs has a wider one that IPAmj closes, or the
reverse, and 7 in 10 gaps opened or closed on purpose are wider."""

LOOK_PX = 8.0
"""How far beyond the end of a line the next one is looked for."""

COMPONENT_SHARE = 0.18
"""A connected part of several strokes with more than this share of the centre line is a component."""

_STEP_PX = 0.5
_FAN = np.deg2rad(np.array([0.0, -25.0, 25.0, -50.0, 50.0]))
_SIDEWAYS_PX = np.array([0.0, -0.7, 0.7, -1.4, 1.4], np.float32)
_BEHIND_PX = 2.0


def closed_gaps(one: Strokes, other: Strokes) -> list[Difference]:
    """Find the gaps of each drawing that are closed in the other, at most one at an end of a line."""
    return [*_open_only_in(one, other), *_open_only_in(other, one)]


def _open_only_in(opened: Strokes, closed: Strokes) -> list[Difference]:
    if not len(opened.ends) or not len(closed.points):
        return []
    steps = np.arange(-_BEHIND_PX, LOOK_PX, _STEP_PX, dtype=np.float32)
    angles = (np.arctan2(opened.ways[:, 1], opened.ways[:, 0])[:, None] + _FAN).ravel()
    slant = np.tile(np.cos(_FAN), len(opened.ends))
    ends = np.repeat(np.arange(len(opened.ends)), len(_FAN))
    ways = np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)
    rays = opened.ends[ends, None] + ways[:, None] * steps[:, None]  # (rays, steps, 2)
    profile = _sampled(opened.picture, rays)
    start, stop = _gap(profile)
    heavier = max(0.0, float(closed.half_px.mean() - opened.half_px.mean()))
    # Slanting rays meet a wider gap; a heavier drawing closes some of it from both sides.
    width = (stop - start) * _STEP_PX * slant - 2 * heavier
    wide = np.flatnonzero((stop < len(steps)) & (width >= GAP_PX))
    if not len(wide):
        return []
    start, stop, rays, width = start[wide], stop[wide], rays[wide], width[wide]
    bridge = _bridge(closed, rays, ways[wide], stop)
    contrast = np.where(bridge >= INK_LEVEL, (bridge - _depth(profile[wide], start, stop)) / 255, 0)
    strength = width / GAP_PX * contrast
    visible = np.flatnonzero(strength >= 1)
    found = []
    for end in np.unique(ends[wide[visible]]).tolist():
        mine = visible[ends[wide[visible]] == end]
        ray = mine[strength[mine].argmax()]
        x, y = rays[ray, (start[ray] + stop[ray]) // 2].tolist()
        both = _both_components(opened, end, rays[ray, stop[ray]])
        kind = DifferenceKind.APART if both else DifferenceKind.JOINED
        found.append(Difference(kind, x, y, float(width[ray]) / 2 + 2, float(strength[ray])))
    return found


def _bridge(
    closed: Strokes, rays: NDArray[np.float32], ways: NDArray[np.float32], stop: NDArray[np.int64]
) -> NDArray[np.float32]:
    """Least ink along each ray up to the end of the gap, on the best of several parallel ways; (rays,)."""
    across = np.stack([-ways[:, 1], ways[:, 0]], axis=1)
    shifted = rays[:, None] + (across[:, None] * _SIDEWAYS_PX[:, None])[:, :, None]
    profile = _sampled(closed.picture, shifted)
    needed = np.arange(rays.shape[1]) <= stop[:, None] + 1
    return np.asarray(np.where(needed[:, None], profile, 255).min(axis=-1).max(axis=-1), np.float32)


def _sampled(picture: NDArray[np.uint8], places: NDArray[np.floating]) -> NDArray[np.float32]:
    """Ink at places (…, 2) between pixels; paper outside."""
    # One row for each ray: OpenCV takes no picture of more than 32,766 rows.
    maps = places.astype(np.float32).reshape(len(places), -1, 2)
    x, y = np.ascontiguousarray(maps[..., 0]), np.ascontiguousarray(maps[..., 1])
    ink = cv2.remap(picture.astype(np.float32), x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT)
    return np.asarray(ink, np.float32).reshape(places.shape[:-1])


def _gap(profile: NDArray[np.float32]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """First paper along each profile and the first ink after it; the length where there is none."""
    none = profile.shape[-1]
    paper = profile < PAPER_LEVEL
    start = np.where(paper.any(axis=-1), paper.argmax(axis=-1), none)
    again = (profile >= INK_LEVEL) & (np.arange(none) > start[:, None])
    return start, np.where(again.any(axis=-1), again.argmax(axis=-1), none)


def _depth(
    profile: NDArray[np.float32], start: NDArray[np.int64], stop: NDArray[np.int64]
) -> NDArray[np.float32]:
    """Least ink in each gap."""
    index = np.arange(profile.shape[-1])
    inside = (index >= start[:, None]) & (index < stop[:, None])
    return np.asarray(np.where(inside, profile, 255).min(axis=-1), np.float32)


def _both_components(opened: Strokes, end: int, beyond: NDArray[np.floating]) -> bool:
    """Whether the gap is between two whole components of the drawing."""
    apart = opened.points - opened.ends[end]
    here = opened.part[int((apart**2).sum(axis=1).argmin())]
    there = opened.part[int(((opened.points - beyond) ** 2).sum(axis=1).argmin())]
    return bool(here != there and _is_component(opened, here) and _is_component(opened, there))


def _is_component(strokes: Strokes, part: np.int32) -> bool:
    inside = strokes.part == part
    pieces = np.unique(strokes.piece[inside])
    return bool(inside.mean() >= COMPONENT_SHARE and np.count_nonzero(pieces) > 1)
