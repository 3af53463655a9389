"""A small picture of a page with the found grid drawn over it, for a look before anything is identified."""

from __future__ import annotations

from collections.abc import Mapping

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.glyph.page.cells import CutPage
from engine.glyph.page.grid import Grid

SIDE_PX = 1800

Colour = tuple[int, int, int]
_GRID: Colour = (0, 114, 178)
_AREA: Colour = (0, 158, 115)
_EMPTY: Colour = (150, 150, 150)
"""Colours that people with any kind of colour vision tell apart; RGB."""


def draw_overview(
    brightness: NDArray[np.uint8],
    grid: Grid | None,
    cut: CutPage,
    codes: Mapping[tuple[int, int], str],
) -> NDArray[np.uint8]:
    """Draw the cells, with their names.

    Blue is the cell, green the part taken as the glyph; a grey cross marks an empty cell.

    Parameters
    ----------
    brightness : (H, W) uint8
        The page.
    grid : Grid or None
        None where no grid was found: the page alone.
    cut : CutPage
    codes : mapping of (row, column) to str

    Returns
    -------
    (h, w, 3) uint8, RGB
    """
    scale = min(1.0, SIDE_PX / max(brightness.shape))
    small = cv2.resize(brightness, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    pale = (128 + small.astype(np.uint16) // 2).astype(np.uint8)
    picture = np.ascontiguousarray(np.repeat(pale[:, :, None], 3, axis=2))
    if grid is None:
        return picture
    for cell in cut.cells:
        quad = grid.quads[cell.row - 1, cell.col - 1] * scale
        _outline(picture, quad, _GRID, 1)
        part = _part(quad, 0.02 + 0.96 * cut.area[0], 0.02 + 0.96 * cut.area[1])
        if cell.empty:
            for start, end in ((0, 2), (1, 3)):
                cv2.line(picture, _point(part[start]), _point(part[end]), _EMPTY, 1, cv2.LINE_AA)
        else:
            _outline(picture, part, _AREA, 1)
        name = codes.get((cell.row, cell.col), f"r{cell.row}c{cell.col}").removeprefix("U+")
        size = 0.006 * float(np.hypot(*(quad[1] - quad[0]))) ** 0.9
        where = _point(quad[0] + np.array([0.05, 0.13]) * (quad[2] - quad[0]))
        cv2.putText(picture, name, where, cv2.FONT_HERSHEY_SIMPLEX, max(0.3, size), _GRID, 1, cv2.LINE_AA)
    return picture


def _part(quad: NDArray[np.float64], top: float, bottom: float) -> NDArray[np.float64]:
    """Part of a cell between two shares of its height, drawn a little inside."""
    left, right = quad[3] - quad[0], quad[2] - quad[1]
    along = 0.02 * (quad[1] - quad[0])
    return np.stack(
        [
            quad[0] + top * left + along,
            quad[1] + top * right - along,
            quad[1] + bottom * right - along,
            quad[0] + bottom * left + along,
        ]
    )


def _outline(picture: NDArray[np.uint8], quad: NDArray[np.float64], colour: Colour, width: int) -> None:
    cv2.polylines(picture, [np.rint(quad).astype(np.int32)], True, colour, width, cv2.LINE_AA)


def _point(place: NDArray[np.float64]) -> tuple[int, int]:
    return round(float(place[0])), round(float(place[1]))
