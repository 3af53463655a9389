"""Which rows and columns of a table hold glyphs, and which hold headers, titles or codes.

Headers are lower than the rows of glyphs, or are set in small type in a cell of full size.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.errors import ReadError
from engine.glyph.box import bounding_box
from engine.glyph.page.ground import Mask

_LOW = 0.65
"""Rows lower than this share of the tall ones hold no glyphs."""

_SMALL_TYPE = 0.5
"""Ink lower than this share of the usual glyph's, in most cells of an outer row: a header."""

_MOST = 0.7

_INSET = 0.06
"""Part of a cell at each side that may show its rule."""


@dataclass(frozen=True, slots=True, eq=False)
class Sizes:
    """How much of each cell its ink takes.

    Attributes
    ----------
    inked : (R, C) bool
    heights : (R, C) float64
        Height of the ink's box, px; 0 in an empty cell.
    """

    inked: NDArray[np.bool_]
    heights: NDArray[np.float64]

    def transposed(self) -> Sizes:
        """Rows for columns; heights stay heights: type in a header column is as low as in a header row."""
        return Sizes(self.inked.T, self.heights.T)


def _cell(mask: Mask, corners: NDArray[np.float64], row: int, col: int) -> Mask:
    """Cut a cell of the upright page roughly, without its rules, as a view."""
    (left, top), (right, bottom) = corners[row, col], corners[row + 1, col + 1]
    dx, dy = max(2.0, _INSET * (right - left)), max(2.0, _INSET * (bottom - top))
    return mask[
        max(0, round(top + dy)) : max(0, round(bottom - dy)),
        max(0, round(left + dx)) : max(0, round(right - dx)),
    ]


def measure_cells(mask: Mask, corners: NDArray[np.float64]) -> Sizes:
    """Measure the ink of every cell.

    Parameters
    ----------
    mask : (H, W) uint8
        The upright page.
    corners : (R + 1, C + 1, 2) float64
        (x, y) of the cells' corners on it.
    """
    count_rows, count_cols = corners.shape[0] - 1, corners.shape[1] - 1
    heights = np.zeros((count_rows, count_cols))
    for row in range(count_rows):
        for col in range(count_cols):
            box = bounding_box(_cell(mask, corners, row, col))
            heights[row, col] = box.height if box else 0.0
    return Sizes(heights > 0, heights)


def glyph_lines(spans: NDArray[np.float64], sizes: Sizes, wanted: int | None) -> NDArray[np.int64]:
    """Tell rows of glyphs from headers (or columns, with everything transposed).

    Parameters
    ----------
    spans : (R,) float64
        Height of each row of cells.
    sizes : Sizes
    wanted : int, optional
        How many rows of glyphs there are, where that is known.

    Returns
    -------
    (R',) int64, ascending

    Raises
    ------
    ReadError
        ``no-grid``: the rows are too uneven to tell.
    """
    lines = np.arange(len(spans))
    if wanted == len(lines):
        return lines
    lines = lines[spans >= _LOW * np.percentile(spans, 80)]
    _check_order(lines, len(spans))
    if wanted == len(lines):
        return lines
    while len(lines) > 2 and _is_header(lines[0], lines[1:], sizes):
        lines = lines[1:]
    if (
        wanted is not None
        and len(lines) > wanted
        and len(lines) > 2
        and _is_header(lines[-1], lines[:-1], sizes)
    ):
        lines = lines[:-1]
    return lines


def _check_order(lines: NDArray[np.int64], count: int) -> None:
    """Refuse low rows here and there: headers stand outside, and rows of codes below every row of glyphs.

    Raises
    ------
    ReadError
        ``no-grid``: lines were found where there are none, and glyphs would be lost.
    """
    steps = np.diff(lines)
    if len(steps) and (steps != steps[0]).any():
        raise ReadError(
            "no-grid",
            f"マス目の大きさがふぞろいです（行または列 {count} のうち {count - len(lines)} が小さい）。"
            "一覧の 1 ページだけを、はっきりと読み取り直してください。",
        )


def _is_header(line: int, others: NDArray[np.int64], sizes: Sizes) -> bool:
    usual = sizes.heights[others][sizes.inked[others]]
    here = sizes.heights[line][sizes.inked[line]]
    if len(usual) == 0 or len(here) < 2:
        return False
    return bool(np.mean(here <= _SMALL_TYPE * np.median(usual)) >= _MOST)
