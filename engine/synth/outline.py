"""Outlines of glyphs as polygons: taken from a font, and drawn again after something was done to them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import cv2
import freetype
import numpy as np
from numpy.typing import NDArray

from engine.glyph.model import Ink
from engine.synth.fonts import OutlineFont, baseline_em

Polygon = NDArray[np.float64]
"""One closed contour, (N, 2) float64: columns (x, y) in em, y downwards, origin at the body's top left."""
Point = tuple[float, float]
"""x, y in font units, y upwards, as FreeType gives them."""

_CURVE_STEPS = 8
_SUPERSAMPLE = 3


def contours(font: OutlineFont, code: int) -> list[Polygon]:
    """Flatten the outline of one character.

    Parameters
    ----------
    font : OutlineFont
    code : int
        Unicode code point; KeyError where the font lacks it.

    Returns
    -------
    list of (N, 2) float64
        In em, y downwards; outer contours and holes turn in opposite directions.
    """
    return contours_of_glyph(font, font.glyph_id(code))


def contours_of_glyph(font: OutlineFont, glyph_id: int) -> list[Polygon]:
    """As :func:`contours`, by glyph id."""
    face = font.face
    face.load_glyph(glyph_id, freetype.FT_LOAD_NO_SCALE)
    closed: list[list[Point]] = []
    face.glyph.outline.decompose(
        closed, move_to=_start, line_to=_line_to, conic_to=_conic_to, cubic_to=_cubic_to
    )
    baseline = baseline_em(face)
    flattened = (np.array(points, np.float64) for points in closed)
    return [
        np.column_stack([points[:, 0], -points[:, 1]]) / face.units_per_EM + (0.0, baseline)
        for points in flattened
        if len(points) >= 3
    ]


def _start(to: freetype.FT_Vector, closed: list[list[Point]]) -> None:
    closed.append([(to.x, to.y)])


def _line_to(to: freetype.FT_Vector, closed: list[list[Point]]) -> None:
    closed[-1].append((to.x, to.y))


def _conic_to(control: freetype.FT_Vector, to: freetype.FT_Vector, closed: list[list[Point]]) -> None:
    x0, y0 = closed[-1][-1]
    for a, b, c in _QUADRATIC:
        closed[-1].append((a * x0 + b * control.x + c * to.x, a * y0 + b * control.y + c * to.y))


def _cubic_to(
    first: freetype.FT_Vector, second: freetype.FT_Vector, to: freetype.FT_Vector, closed: list[list[Point]]
) -> None:
    x0, y0 = closed[-1][-1]
    for a, b, c, d in _CUBIC:
        closed[-1].append(
            (
                a * x0 + b * first.x + c * second.x + d * to.x,
                a * y0 + b * first.y + c * second.y + d * to.y,
            )
        )


_STEPS = [step / _CURVE_STEPS for step in range(1, _CURVE_STEPS + 1)]
# Bernstein polynomials at those steps: the weights of a Bézier curve's control points.
_QUADRATIC = [((1 - t) ** 2, 2 * t * (1 - t), t**2) for t in _STEPS]
_CUBIC = [((1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t**2 * (1 - t), t**3) for t in _STEPS]


def draw(polygons: Iterable[Polygon], em_px: int) -> Ink:
    """Fill polygons by the non-zero winding rule on one body.

    Parameters
    ----------
    polygons : iterable of (N, 2) float64, in em
    em_px : int
        Side of the square drawn.

    Returns
    -------
    (em_px, em_px) uint8, ink = 255
    """
    return shrink(fill(polygons, em_px * _SUPERSAMPLE), em_px)


def shrink(mask: Ink, side_px: int) -> Ink:
    """Average a 0/1 mask down to a picture of full ink 255, (side_px, side_px) uint8."""
    full = mask * np.uint8(255)
    return np.asarray(cv2.resize(full, (side_px, side_px), interpolation=cv2.INTER_AREA), np.uint8)


def fill(polygons: Iterable[Polygon], side_px: int) -> Ink:
    """Fill polygons by the non-zero winding rule, without anti-aliasing.

    Parameters
    ----------
    polygons : iterable of (N, 2) float64, in em
    side_px : int

    Returns
    -------
    (side_px, side_px) uint8, 0 or 1
    """
    winding = np.zeros((side_px, side_px), np.int8)
    for polygon in polygons:
        points = np.rint(polygon * side_px).astype(np.int32)
        left, top = (max(0, int(first)) for first in points.min(axis=0))
        right, bottom = (min(side_px, int(last) + 1) for last in points.max(axis=0))
        if left >= right or top >= bottom:
            continue
        layer = np.zeros((bottom - top, right - left), np.int8)
        cv2.fillPoly(layer, [points - (left, top)], 1 if signed_area(polygon) > 0 else -1)
        winding[top:bottom, left:right] += layer
    return np.asarray(winding != 0).astype(np.uint8)


def signed_area(polygon: Polygon) -> float:
    """Shoelace area in em²; the sign tells the direction of turning."""
    x, y = polygon[:, 0], polygon[:, 1]
    open_part = x[:-1] @ y[1:] - y[:-1] @ x[1:]
    return float(open_part + x[-1] * y[0] - y[-1] * x[0]) / 2


def oriented(polygons: Sequence[Polygon]) -> list[Polygon]:
    """Turn all contours so that ink lies on the same side of every edge: outer contours have positive area.

    Parameters
    ----------
    polygons : sequence of (N, 2) float64
        All contours of one glyph, as the font turns them. Points that repeat their predecessor are dropped.

    Returns
    -------
    list of (M, 2) float64
        Contours with fewer than three points left are dropped.
    """
    # Holes take ink away, so the sum of all areas has the sign of the outer contours.
    backwards = sum(signed_area(polygon) for polygon in polygons) < 0
    cleaned = (_without_repeats(polygon[::-1] if backwards else polygon) for polygon in polygons)
    return [polygon for polygon in cleaned if len(polygon) >= 3]


def _without_repeats(polygon: Polygon) -> Polygon:
    moved = np.abs(polygon - rolled(polygon, 1)).max(axis=1) > 1e-9
    return np.asarray(polygon[moved])


def rolled(values: NDArray[np.float64], by: int) -> NDArray[np.float64]:
    """Move rows around the end of an array by ±1, as ``np.roll`` does, at a fifth of its cost."""
    return np.concatenate([values[-1:], values[:-1]] if by > 0 else [values[1:], values[:1]])
