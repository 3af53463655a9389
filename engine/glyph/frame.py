"""Lines drawn around a glyph (a table cell, a specimen box), told from strokes that enclose.

囗, 国, 匡, 冂 and 旦 consist of straight strokes at the border of the picture as well. What tells a drawn
line is that it is thin: in Mincho the vertical strokes, in Gothic all strokes, are about as wide as the
strokes inside, while cell lines are hairlines. A line is therefore removed only when it is straight, runs
along a whole side, and is clearly thinner than the strokes of what it encloses; and fewer than four of
them only when they stand clear of the glyph and one is upright (Mincho has thin horizontal strokes, but
no thin vertical ones). What stays ambiguous is kept: a picture with one line too many is looked at by a
person, a character with one stroke too few would silently become another.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.glyph.box import bounding_box
from engine.glyph.model import Ink

MIN_SIDE_PX = 28
"""In smaller pictures lines and strokes are both one pixel wide."""

_INK = 90
_COVERAGE = 0.96
"""Share of a side that a line must cover."""

_STRETCHES = 16
_FAINT = 40
"""Mean ink (of 255) that each stretch of a line must have."""

_MIN_DOTTED = 0.4
"""Share of a side that the dots of a dotted line cover."""

_DEPTH = 0.05
"""How far inside the outermost ink, as a share of the side, a line may begin."""

_MAX_THICKNESS = 0.035
"""Of the side; at least 2 px are allowed."""

_MAX_UNEVENNESS = 1.7
"""Thickest over thinnest line of a frame. A 囗 in Mincho has vertical strokes twice as wide as the others."""

_CLOSED_RATIO = 0.62
_OPEN_RATIO = 0.5
"""Thickness of the line over the widest strokes inside, at most: four lines, fewer lines."""

_MIN_INSIDE = 0.25
"""The glyph inside fills at least this share of the frame, in its longer dimension."""

_MAX_TILT_DEG = 5.0
_MIN_TILT_DEG = 0.4


@dataclass(frozen=True, slots=True)
class _Line:
    """``end`` : rows from the edge to the first row behind the line; ``thickness`` : px of full ink."""

    end: int
    thickness: float


def remove_frame(ink: Ink) -> Ink:
    """Remove the frame, or the part of one, around a glyph.

    Parameters
    ----------
    ink : (H, W) uint8
        0 = paper, 255 = full ink.

    Returns
    -------
    (H, W) uint8
        The same array where there is no frame; else what is inside it (smaller, set upright).
    """
    for _ in range(2):  # a double line
        inside = _without_frame(ink)
        if inside is None:
            break
        ink = inside
    return ink


def _without_frame(ink: Ink) -> Ink | None:
    if min(ink.shape) < MIN_SIDE_PX:
        return None
    upright = _set_upright(ink)  # first: of a tilted line, a part would pass for a straight one
    inside = None if upright is None else _without_upright_frame(upright)
    return _without_upright_frame(ink) if inside is None else inside


def _set_upright(ink: Ink) -> Ink | None:
    """Turn a picture whose ink has a tilted rectangle as its outline; None where it has not."""
    mask = (ink > _INK).astype(np.uint8)
    if not _is_enclosed(mask):
        return None
    points = cv2.findNonZero(mask)
    hull = cv2.convexHull(points)
    centre, size, angle = cv2.minAreaRect(hull)
    if size[0] * size[1] == 0 or cv2.contourArea(hull) < 0.93 * size[0] * size[1]:
        return None
    tilt = angle - 90.0 if angle > 45.0 else angle
    if not _MIN_TILT_DEG <= abs(tilt) <= _MAX_TILT_DEG:
        return None
    turn = cv2.getRotationMatrix2D(centre, tilt, 1.0)
    height, width = ink.shape
    return np.asarray(cv2.warpAffine(ink, turn, (width, height), flags=cv2.INTER_LINEAR), np.uint8)


def _is_enclosed(mask: NDArray[np.uint8]) -> bool:
    """Whether ink runs along all four sides, tilted or not. Saves the hull of most pictures."""
    box = bounding_box(mask)
    return box is not None and all(
        np.count_nonzero(view[: 2 + len(view) // 8].any(axis=0)) > 0.9 * view.shape[1]
        for view in _views(box.cut(mask))
    )


def _without_upright_frame(ink: Ink) -> Ink | None:
    found_box = bounding_box(ink > _INK)
    if found_box is None:
        return None
    box = found_box.cut(ink)
    if min(box.shape) < MIN_SIDE_PX - 4:
        return None
    lines = [_line(view) for view in _views(box)]
    found = [line is not None for line in lines]
    if not any(found) or (sum(found) < 4 and not _may_be_open(found)):
        return None
    inside = box.copy()
    for view, line in zip(_views(inside), lines, strict=True):
        if line is not None:
            _erase(view, line)
    return inside if _is_frame(box, inside, [line for line in lines if line is not None]) else None


def _views(box: Ink) -> tuple[Ink, Ink, Ink, Ink]:
    """Return the picture seen from the top, the bottom, the left and the right; views, not copies."""
    return box, box[::-1], box.T, box[:, ::-1].T


def _line(view: Ink) -> _Line | None:
    """Find a straight line along the top of ``view``: each stretch of one row, or of two neighbours, has ink.

    Stretches, not pixels: a faint line in a noisy scan and a dotted line are lines as well.
    """
    depth, length = view.shape
    reach = max(2, int(_DEPTH * depth))
    allowed = max(2.0, _MAX_THICKNESS * max(view.shape))
    band = np.ascontiguousarray(view[: reach + 2 * int(allowed) + 4])
    if np.count_nonzero(band[: reach + 2].max(axis=0) > _FAINT) < _MIN_DOTTED * length:
        return None
    stretches = cv2.blur(band, (max(3, length // _STRETCHES), 1), borderType=cv2.BORDER_REPLICATE)
    pairs = (np.maximum(stretches[:-1], stretches[1:]) > _FAINT).mean(axis=1)
    starts = np.flatnonzero(pairs[: reach + 1] >= _COVERAGE)
    if len(starts) == 0:
        return None
    start = int(starts[0])
    # Along the line, the lighter columns show the line alone; in the others a stroke may touch it.
    profile = np.percentile(stretches[start:], 40, axis=1)
    peak = float(profile[: int(allowed) + 2].max())
    over = np.flatnonzero(profile < 0.1 * peak)
    over = over[over > int(np.argmax(profile[: int(allowed) + 2]))]
    if len(over) == 0:
        return None
    end = int(over[0])
    thickness = float(profile[:end].sum()) / 255.0
    return _Line(start + end, thickness) if thickness <= allowed else None


def _erase(view: Ink, line: _Line) -> None:
    """Clear the line and everything outside it."""
    view[: line.end] = 0


def _may_be_open(found: list[bool]) -> bool:
    top, bottom, left, right = found
    return left or right or (top and bottom and (left or right))


def _is_frame(box: Ink, inside: Ink, lines: list[_Line]) -> bool:
    mask = (inside > _INK).astype(np.uint8)
    left = bounding_box(mask)
    if left is None:
        return False
    filled = max(left.height / box.shape[0], left.width / box.shape[1])
    if filled < _MIN_INSIDE:
        return False
    thickest = max(line.thickness for line in lines)
    if thickest > _MAX_UNEVENNESS * min(line.thickness for line in lines):
        return False
    ratio = _CLOSED_RATIO if len(lines) == 4 else _OPEN_RATIO
    if thickest > ratio * _stroke_width(mask):
        return False
    return len(lines) == 4 or _stands_clear(box, inside)


def _stroke_width(mask: NDArray[np.uint8]) -> float:
    """Width of the widest strokes, in px."""
    distance = cv2.distanceTransform(cv2.copyMakeBorder(mask, 1, 1, 1, 1, cv2.BORDER_CONSTANT), cv2.DIST_C, 3)
    return 2.0 * float(np.percentile(distance[distance > 0], 97)) - 0.5


def _stands_clear(box: Ink, inside: Ink) -> bool:
    """Whether no ink inside touches the lines that were erased."""
    erased = ((box > _INK) & (inside <= _INK)).astype(np.uint8)
    near = cv2.dilate(erased, np.ones((3, 3), np.uint8)) > 0
    return not bool((near & (inside > _INK)).any())
