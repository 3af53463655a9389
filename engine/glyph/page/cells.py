"""Cells of a page → pictures of one glyph each, upright, without rules and captions."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.glyph.clean import shrink
from engine.glyph.page.caption import InkedCell, glyph_area
from engine.glyph.page.grid import Grid
from engine.glyph.page.ground import NOISE_SIGMAS, Mask, noise_sigma, without_specks
from engine.glyph.page.options import SheetOptions

_MARGIN = 0.05
"""Of the cell's shorter side: what is cut around it to see its rules, and how deep inside they may reach."""

_RULE_SHARE = 0.35
"""The tone of a rule is one that so much of its length reaches: a dotted rule shows hardly more."""

_LEAST_RULE = 8.0
"""Grey values by which a rule is darker than paper."""

_TAIL = 0.15
"""A rule ends where its tone falls under this share of its darkest."""

_LARGEST_SIDE_PX = 1024
_SMALLEST_SIDE_PX = 12

_LEAST_CONTRAST = 12.0
_FAINT_SHARE = 0.18
_FULL_SHARE = 0.45
"""Ink is darker than paper by so many grey values, and by the first share of the page's contrast; the second
shows the strokes at their true width."""

_SMALLEST_GLYPH = 0.05
"""Side of a 丶 in a cell, as a share of the cell's; what is smaller is dust."""

_SOURCE = re.compile(r"(.*)#p(\d+)r(\d+)c(\d+)", re.DOTALL)


@dataclass(frozen=True, slots=True, eq=False)
class Cell:
    """One cell of a page.

    Attributes
    ----------
    row, col : int
        Counted from 1, headers not counted.
    picture : (H, W) uint8
        The part in which the glyph is; dark on light, 255 = white.
    empty : bool
        Whether nothing is printed there.
    """

    row: int
    col: int
    picture: NDArray[np.uint8]
    empty: bool


@dataclass(frozen=True, slots=True, eq=False)
class CutPage:
    """All cells of a page.

    Attributes
    ----------
    cells : tuple of Cell
        Row by row.
    area : (float, float)
        From and to which share of a cell's height the glyph is; the rest is its caption.
    """

    cells: tuple[Cell, ...]
    area: tuple[float, float]


def cell_source(source: str, page: int, row: int, col: int) -> str:
    """Name a cell: ``一覧.pdf#p1r3c5``."""
    return f"{source}#p{page}r{row}c{col}"


def parse_cell_source(source: str) -> tuple[str, int, int, int] | None:
    """Undo :func:`cell_source`: (path, page, row, column), or None where it is not the name of a cell."""
    match = _SOURCE.fullmatch(source)
    return None if match is None else (match[1], int(match[2]), int(match[3]), int(match[4]))


def cut_cells(brightness: NDArray[np.uint8], grid: Grid, options: SheetOptions) -> CutPage:
    """Cut every cell, row by row.

    Parameters
    ----------
    brightness : (H, W) uint8
        The page.
    grid : Grid
        Its cells.
    options : SheetOptions
        Where the captions are, if that is known.
    """
    page = brightness if grid.dark_on_light else 255 - brightness
    places = [(row, col) for row in range(grid.rows) for col in range(grid.cols)]
    pictures = [_cut(page, grid.quads[place], ruled=grid.ruled) for place in places]
    inked_cells = _inked(pictures)
    area = glyph_area(inked_cells, options)
    cells = []
    for (row, col), picture, inked in zip(places, pictures, inked_cells, strict=True):
        first, last = (round(share * picture.shape[0]) for share in area)
        cells.append(Cell(row + 1, col + 1, picture[first:last], _is_empty(inked.any_ink[first:last])))
    return CutPage(tuple(cells), area)


def _inked(pictures: Sequence[NDArray[np.uint8]]) -> list[InkedCell]:
    """Part ink from paper, by the contrast and the noise of the whole page."""
    papers = [float(np.median(picture[::2, ::2])) for picture in pictures]
    darkest = [float(np.percentile(picture[::2, ::2], 0.5)) for picture in pictures]
    contrast = float(np.percentile(np.subtract(papers, darkest), 75))
    noise = float(np.median([noise_sigma(picture) for picture in pictures[:: 1 + len(pictures) // 20]]))
    least = max(_LEAST_CONTRAST, NOISE_SIGMAS * noise, _FAINT_SHARE * contrast)
    full = max(least, _FULL_SHARE * contrast)
    return [
        InkedCell(
            without_specks((picture < paper - least).astype(np.uint8)),
            without_specks((picture < paper - full).astype(np.uint8)),
        )
        for picture, paper in zip(pictures, papers, strict=True)
    ]


def _cut(page: NDArray[np.uint8], quad: NDArray[np.float64], *, ruled: bool) -> NDArray[np.uint8]:
    """Cut one cell inside its rules."""
    width = (np.hypot(*(quad[1] - quad[0])) + np.hypot(*(quad[2] - quad[3]))) / 2
    height = (np.hypot(*(quad[3] - quad[0])) + np.hypot(*(quad[2] - quad[1]))) / 2
    cols, rows = max(_SMALLEST_SIDE_PX, round(width)), max(_SMALLEST_SIDE_PX, round(height))
    margin = max(3, round(_MARGIN * min(cols, rows)))
    corners = np.array([[0, 0], [cols, 0], [cols, rows], [0, rows]], np.float32) + np.float32(margin)
    patch = _warped(page, quad.astype(np.float32), corners, (cols + 2 * margin, rows + 2 * margin))
    top = bottom = left = right = margin
    if ruled:
        paper = float(np.percentile(patch[::3, ::3], 75))
        views = (patch, patch[::-1], patch.T, patch[:, ::-1].T)
        top, bottom, left, right = (_behind_rule(view, margin, paper) for view in views)
    inside = patch[top : patch.shape[0] - bottom, left : patch.shape[1] - right]
    return shrink(np.ascontiguousarray(inside), _LARGEST_SIDE_PX)


def _warped(
    page: NDArray[np.uint8],
    quad: NDArray[np.float32],
    corners: NDArray[np.float32],
    size: tuple[int, int],
) -> NDArray[np.uint8]:
    """Turn one cell upright, from the part of the page around it: the whole page need not be turned."""
    reach = 4 + int(max(size) * 0.15)
    left, top = (max(0, int(low)) for low in np.floor(quad.min(axis=0)) - reach)
    right, bottom = (int(high) for high in np.ceil(quad.max(axis=0)) + reach)
    part = page[top : max(top + 1, bottom), left : max(left + 1, right)]
    if part.size == 0:
        return np.full((size[1], size[0]), 255, np.uint8)
    # Pixel centres lie half a pixel inside: the corner (0, 0) of a picture is at (-0.5, -0.5).
    turn = cv2.getPerspectiveTransform(quad - np.array([left, top], np.float32), corners - np.float32(0.5))
    return np.asarray(
        cv2.warpPerspective(part, turn, size, flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE),
        np.uint8,
    )


def _behind_rule(view: NDArray[np.uint8], margin: int, paper: float) -> int:
    """First row of ``view`` behind the rule that runs along the row ``margin``."""
    span = view[: 2 * margin + 1, 2 * margin : -2 * margin]
    if span.shape[1] < 8:
        return margin + 1
    shown = round(_RULE_SHARE * span.shape[1])
    tones = paper - np.partition(span, shown, axis=1)[:, shown].astype(np.float64)
    tones -= max(0.0, float(tones.min()))  # the grain of bare paper
    near = tones[margin // 2 : margin + 1 + margin // 2]
    peak = float(near.max())
    if peak < _LEAST_RULE:
        return margin + 1
    start = margin // 2 + int(np.argmax(near))
    light = np.flatnonzero(tones[start:] <= _TAIL * peak)
    end = start + (int(light[0]) if len(light) else len(tones) - start)
    return max(margin, end) + 1


def _is_empty(mask: Mask) -> bool:
    if mask.size == 0:
        return True
    _, _, stats, _ = cv2.connectedComponentsWithStats(np.ascontiguousarray(mask), connectivity=8)
    extents = stats[1:, [cv2.CC_STAT_WIDTH, cv2.CC_STAT_HEIGHT]].max(axis=1, initial=0)
    return not bool((extents >= _SMALLEST_GLYPH * max(mask.shape)).any())
