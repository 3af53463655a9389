"""Glyphs with one stroke taken away or added: almost a known character, yet not it.

A distance between pictures hardly notices one stroke; a resident whose name loses one does. Edited outlines
give such glyphs in any number, with the answer known: 類似, never 字形一致 or デザイン差.

A CJK outline font keeps strokes that touch nothing as contours of their own, so one of those can be taken
away cleanly. For adding, such a stroke is borrowed from another glyph of the same font and set where there is
room.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.glyph.model import Ink
from engine.synth.fonts import OutlineFont
from engine.synth.outline import Polygon, contours, contours_of_glyph, draw, rolled, signed_area

__all__ = [
    "Edit",
    "EditedGlyph",
    "Polygon",
    "add_stroke",
    "borrowed_strokes",
    "contours",
    "contours_of_glyph",
    "draw",
    "free_place",
    "loose_strokes",
    "remove_stroke",
    "signed_area",
    "stroke_length_em",
]

# What counts as one stroke, in em. Dots of Mincho fonts are 0.10–0.25 em long; the thickest verticals 0.11.
_STROKE_LENGTH_EM = (0.10, 0.95)
_STROKE_THICKNESS_EM = (0.015, 0.13)
_STROKE_SOLIDITY = 0.5
"""Area over the area of the convex hull; lower for crossings and bends, which are more than one stroke."""
_INK_SHARE = (0.025, 0.45)
"""A stroke's share of the glyph's ink: less is not visible, more is most of the character."""
_CLEARANCE_EM = 0.025
"""Paper that an added stroke keeps between itself and the rest."""
_PLACEMENT_PX = 128


class Edit(StrEnum):
    """What was done."""

    REMOVED = "stroke-removed"
    ADDED = "stroke-added"


@dataclass(frozen=True, slots=True, eq=False)
class EditedGlyph:
    """A glyph that differs from its character by one stroke.

    Attributes
    ----------
    ink, original : (H, W) uint8, ink = 255
        After and before, on bodies of the same size.
    edit : Edit
    stroke_em : float
        Length of the stroke concerned, in em.
    """

    ink: Ink
    original: Ink
    edit: Edit
    stroke_em: float


def stroke_length_em(polygon: Polygon) -> float | None:
    """Length of the stroke that a contour without holes draws; None where it is not one stroke.

    Notes
    -----
    A bar of length L and thickness T has the area L·T and the perimeter 2(L + T); solving for both measures
    bent strokes too. A contour that is too thick, too short or not nearly convex is no single stroke.
    """
    area = abs(signed_area(polygon))
    half_perimeter = float(np.hypot(*(rolled(polygon, -1) - polygon).T).sum()) / 2
    root = max(0.0, half_perimeter**2 - 4 * area)
    length = (half_perimeter + root**0.5) / 2
    thickness = area / length if length else 0.0
    hull = cv2.convexHull((polygon * 4096).astype(np.int32))
    solidity = area * 4096**2 / max(1.0, float(cv2.contourArea(hull)))
    is_stroke = (
        _STROKE_LENGTH_EM[0] <= length <= _STROKE_LENGTH_EM[1]
        and _STROKE_THICKNESS_EM[0] <= thickness <= _STROKE_THICKNESS_EM[1]
        and solidity >= _STROKE_SOLIDITY
    )
    return length if is_stroke else None


def loose_strokes(
    polygons: Sequence[Polygon], *, least_share: float = _INK_SHARE[0]
) -> list[tuple[int, float]]:
    """Contours that are one whole stroke touching no other.

    Parameters
    ----------
    polygons : sequence of (N, 2) float64, in em
        All contours of one glyph.
    least_share : float
        Of the glyph's ink; a stroke with less is left out.

    Returns
    -------
    list of (int, float)
        Index into ``polygons`` and length in em.
    """
    areas = [signed_area(polygon) for polygon in polygons]
    total = abs(sum(areas))
    if total == 0:
        return []
    # Holes take ink away, so the sum of all areas has the sign of the outer contours.
    outward = np.sign(sum(areas))
    boxes = np.array([[polygon.min(axis=0), polygon.max(axis=0)] for polygon in polygons])
    found = []
    for index, polygon in enumerate(polygons):
        if np.sign(areas[index]) != outward or not least_share <= abs(areas[index]) / total <= _INK_SHARE[1]:
            continue
        length = stroke_length_em(polygon)
        if length is None:
            continue
        near = ((boxes[:, 0] <= boxes[index, 1]) & (boxes[:, 1] >= boxes[index, 0])).all(axis=1)
        near[index] = False
        if not any(_overlaps(polygon, polygons[int(other)], outward) for other in np.flatnonzero(near)):
            found.append((index, length))
    return found


def _overlaps(polygon: Polygon, other: Polygon, outward: float) -> bool:
    """Whether ``other`` is a hole inside ``polygon``, or crosses it."""
    outline = (polygon * 4096).astype(np.int32)
    if np.sign(signed_area(other)) != outward:
        x, y = other.mean(axis=0) * 4096
        return cv2.pointPolygonTest(outline, (float(x), float(y)), False) >= 0
    return any(cv2.pointPolygonTest(outline, (float(x * 4096), float(y * 4096)), False) > 0 for x, y in other)


def remove_stroke(
    font: OutlineFont, code: int, rng: np.random.Generator, *, em_px: int = 128
) -> EditedGlyph | None:
    """Take one loose stroke away.

    Parameters
    ----------
    font : OutlineFont
    code : int
        Unicode code point.
    rng : numpy.random.Generator
        Chooses among the loose strokes.
    em_px : int

    Returns
    -------
    EditedGlyph or None
        None where the character has no loose stroke, or little would be left.
    """
    polygons = contours(font, code)
    candidates = loose_strokes(polygons)
    if len(polygons) < 3 or not candidates:
        return None
    index, length = candidates[int(rng.integers(len(candidates)))]
    kept = [polygon for position, polygon in enumerate(polygons) if position != index]
    return EditedGlyph(draw(kept, em_px), draw(polygons, em_px), Edit.REMOVED, length)


def borrowed_strokes(font: OutlineFont, codes: Iterable[int], *, limit: int = 200) -> list[Polygon]:
    """Collect loose strokes of other characters, for :func:`add_stroke`.

    Parameters
    ----------
    font : OutlineFont
    codes : iterable of int
        Characters to borrow from, in order.
    limit : int
        Stop after this many strokes.

    Returns
    -------
    list of (N, 2) float64
        In em, moved so that the box starts at the origin; strokes of at most 0.5 em.
    """
    found: list[Polygon] = []
    for code in codes:
        polygons = contours(font, code)
        found.extend(
            polygons[index] - polygons[index].min(axis=0)
            for index, length in loose_strokes(polygons)
            if length <= 0.5
        )
        if len(found) >= limit:
            break
    return found[:limit]


def add_stroke(
    font: OutlineFont, code: int, strokes: Sequence[Polygon], rng: np.random.Generator, *, em_px: int = 128
) -> EditedGlyph | None:
    """Set one more stroke where the character leaves room for it.

    Parameters
    ----------
    font : OutlineFont
    code : int
        Unicode code point.
    strokes : sequence of (N, 2) float64
        From :func:`borrowed_strokes`.
    rng : numpy.random.Generator
        Chooses the stroke and the place.
    em_px : int

    Returns
    -------
    EditedGlyph or None
        None where no stroke tried has room inside the box of the character's ink.
    """
    polygons = contours(font, code)
    total = abs(sum(signed_area(polygon) for polygon in polygons))
    for choice in rng.permutation(len(strokes))[:12]:
        stroke = strokes[int(choice)]
        length = stroke_length_em(stroke)
        if length is None or abs(signed_area(stroke)) < _INK_SHARE[0] * total:
            continue
        place = free_place(polygons, stroke, rng)
        if place is not None:
            moved = _oriented(stroke, polygons) + place
            return EditedGlyph(draw([*polygons, moved], em_px), draw(polygons, em_px), Edit.ADDED, length)
    return None


def _oriented(stroke: Polygon, polygons: Sequence[Polygon]) -> Polygon:
    """Turn the stroke in the direction of the outer contours."""
    same = signed_area(stroke) * sum(signed_area(polygon) for polygon in polygons) > 0
    return stroke if same else stroke[::-1]


def free_place(
    polygons: Sequence[Polygon], stroke: Polygon, rng: np.random.Generator
) -> NDArray[np.float64] | None:
    """Find where a stroke fits inside the box of the ink with clearance.

    Parameters
    ----------
    polygons : sequence of (N, 2) float64
        The glyph, in em.
    stroke : (N, 2) float64
        In em, its box at the origin.
    rng : numpy.random.Generator
        Chooses among the places.

    Returns
    -------
    (2,) float64 or None
        x, y of the stroke's top left corner in em; None where there is no room.
    """
    side = _PLACEMENT_PX
    ink = (draw(polygons, side) >= 64).astype(np.float32)
    reach = 2 * round(_CLEARANCE_EM * side) + 1
    blocked = cv2.dilate(ink, np.ones((reach, reach), np.uint8))
    rows, cols = np.flatnonzero(ink.any(axis=1)), np.flatnonzero(ink.any(axis=0))
    box = blocked[rows[0] : rows[-1] + 1, cols[0] : cols[-1] + 1]
    width, height = np.ceil(stroke.max(axis=0) * side).astype(int) + 1
    if width > box.shape[1] or height > box.shape[0]:
        return None
    mask = draw([stroke], side)[:height, :width].astype(np.float32) / 255
    overlap = cv2.matchTemplate(box, mask, cv2.TM_CCORR)
    free = np.argwhere(overlap < 0.5)
    if free.size == 0:
        return None
    row, col = free[int(rng.integers(len(free)))]
    return np.array([col + cols[0], row + rows[0]], np.float64) / side
