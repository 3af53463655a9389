"""Page → where the glyphs' cells are: the one way through ground, angle, lines or gaps, and headers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.errors import ReadError
from engine.glyph.page.deskew import Upright, set_upright
from engine.glyph.page.gaps import find_bands
from engine.glyph.page.ground import find_ground
from engine.glyph.page.headers import Sizes, glyph_lines, measure_cells
from engine.glyph.page.options import SheetOptions
from engine.glyph.page.rules import Line, Table, find_tables

_RIVAL = 0.4
"""A second table with this share of the first one's cells is no box for stamps."""

_RIVAL_CELLS = 6

_MOST_CELLS = 4_000
"""Smaller cells hold no legible glyphs."""

_ADVICE = (
    "罫線で区切られた表か、等間隔に並んだ一覧の 1 ページを、傾き 5° までで読み取ってください。"
    "行と列の数が分かっていれば --sheet-grid 10x20 のように指定してください。"
)


@dataclass(frozen=True, slots=True, eq=False)
class Grid:
    """The cells of one page that may hold glyphs; headers are not among them.

    Attributes
    ----------
    quads : (R, C, 4, 2) float64
        Corners of each cell, (x, y) in px of the page: top left, top right, bottom right, bottom left.
    ruled : bool
        Whether the cells are parted by lines.
    degrees : float
        By how much the rows rise from left to right.
    dark_on_light : bool
    """

    quads: NDArray[np.float64]
    ruled: bool
    degrees: float
    dark_on_light: bool

    @property
    def rows(self) -> int:
        """Rows of glyphs."""
        return int(self.quads.shape[0])

    @property
    def cols(self) -> int:
        """Columns of glyphs."""
        return int(self.quads.shape[1])


@dataclass(frozen=True, slots=True, eq=False)
class _Lattice:
    """Corners of all cells, headers included: (R + 1, C + 1, 2) float64, (x, y) on the upright page."""

    corners: NDArray[np.float64]
    ruled: bool


def find_grid(brightness: NDArray[np.uint8], options: SheetOptions) -> Grid:
    """Find the cells of a printed list.

    Parameters
    ----------
    brightness : (H, W) uint8
        The page, 255 = white; turned by at most 5°.
    options : SheetOptions
        ``grid`` is looked at.

    Raises
    ------
    ReadError
        ``no-grid`` or ``too-many``; the message says what was missing and what to do.
    """
    ground = find_ground(brightness)
    upright = set_upright(ground.mask)
    lattice = _ruled(upright, options) or _spaced(upright, options)
    if lattice is None:
        wanted = "" if options.grid is None else f"{options.grid[0]} 行 {options.grid[1]} 列の"
        raise ReadError("no-grid", f"このページに、{wanted}一覧のマス目が見つかりません。{_ADVICE}")
    count = (lattice.corners.shape[0] - 1) * (lattice.corners.shape[1] - 1)
    if count > _MOST_CELLS:
        raise ReadError(
            "too-many",
            f"マス目が多すぎます（{count:,}、上限 {_MOST_CELLS:,}）。ページを分けて読み取ってください。",
        )
    sizes = measure_cells(upright.mask, lattice.corners)
    rows, cols = _glyph_cells(sizes, lattice, options)
    quads = np.stack(
        [
            lattice.corners[np.ix_(rows + down, cols + right)]
            for down, right in ((0, 0), (0, 1), (1, 1), (1, 0))
        ],
        axis=2,
    )
    given = quads @ upright.to_given[:, :2].T + upright.to_given[:, 2]
    # Pixel centres: where the working picture is smaller, its pixel (0, 0) lies further inside the page.
    page = (given + 0.5) / ground.scale - 0.5
    return Grid(page, lattice.ruled, upright.degrees, ground.dark_on_light)


def _ruled(upright: Upright, options: SheetOptions) -> _Lattice | None:
    tables = find_tables(upright.mask)
    if not tables:
        return None
    rivals = len(tables) > 1 and tables[1].cells >= max(_RIVAL_CELLS, _RIVAL * tables[0].cells)
    if rivals or tables[0].is_torn:
        raise ReadError(
            "no-grid",
            "このページには表が二つ以上あります。表が一つずつになるように、画像を切り分けてください。",
        )
    table = tables[0]
    if options.grid is not None and table.cells < options.grid[0] * options.grid[1]:
        return None  # a box in a corner of a list without rules
    return _Lattice(_crossings(table), ruled=True)


def _crossings(table: Table) -> NDArray[np.float64]:
    corners = np.zeros((len(table.horizontal), len(table.vertical), 2))
    for i, row in enumerate(table.horizontal):
        for j, col in enumerate(table.vertical):
            corners[i, j] = _crossing(row, col)
    return corners


def _crossing(row: Line, col: Line) -> tuple[float, float]:
    x, y = col.place, row.place
    for _ in range(3):
        x, y = col.at(y), row.at(x)
    return x, y


def _spaced(upright: Upright, options: SheetOptions) -> _Lattice | None:
    rows, cols = options.grid or (None, None)
    bands = find_bands(upright.mask, rows, cols)
    if bands is None:
        return None
    ys, xs = (np.array(band.edges) for band in bands)
    return _Lattice(np.stack(np.meshgrid(xs, ys), axis=2), ruled=False)


def _glyph_cells(
    sizes: Sizes, lattice: _Lattice, options: SheetOptions
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Rows and columns of the lattice that hold glyphs; what is left over are headers."""
    wanted = options.grid or (None, None)
    rows = glyph_lines(np.diff(lattice.corners[:, :, 1].mean(axis=1)), sizes, wanted[0])
    cols = glyph_lines(np.diff(lattice.corners[:, :, 0].mean(axis=0)), sizes.transposed(), wanted[1])
    if options.grid is not None and (len(rows), len(cols)) != options.grid:
        raise ReadError(
            "no-grid",
            f"見つかったマス目は {len(rows)} 行 {len(cols)} 列で、"
            f"指定の {options.grid[0]} 行 {options.grid[1]} 列と違います。"
            "--sheet-grid を付けずに gaiji cut を実行し、マス目の絵を確かめてください。",
        )
    return rows, cols
