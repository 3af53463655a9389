"""The lines of a ruled table on an upright page: solid, dashed, broken or faint, told from strokes and type.

A line of a table is thin, runs on over most of the table, and crosses the lines of the other direction. A
stroke of a glyph is short, type is thick once its letters are joined, and an underline or a page border
crosses nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.glyph.page.ground import Mask

_THICKEST = 0.006
"""Width of a line, at most, as a share of the longer side of the page: 1.8 mm of A4."""

_LONGEST_GAP = 0.006
"""Gap between two dashes that is closed."""

_SHORTEST_RUN = 0.035
"""A line has unbroken runs (gaps closed) of this length: 10 mm of A4."""

_WAVER = 0.0015
"""How far a line may stray from straight, to either side."""

_MIN_COVERAGE = 0.5
"""Share of the table that a line must cover."""

_WEAKEST = 0.6
"""… and of what the table's other lines cover."""

_FIRST_LOOK = 0.3
"""Coverage, as a share of the longest line's, from which on a line is looked at."""

_ROUNDS = 5
_MIN_LINES = 3
"""A table has so many lines in one direction at least, and one fewer in the other."""

_NEAR, _FAR = 4, 8
"""Distances from a crossing, px of the working picture: behind a thick rule, before the nearest stroke."""

_WEAKEST_CROSSING = 0.6
"""A line shows near its crossings at least so well, as a share of what the strong lines do."""

_SPEAKING = 0.2
"""Where even the strong lines show less (dashes that stop short of the crossings), crossings tell nothing."""

_TORN = 0.3
"""Between two tables, the lines cover less of the way."""

_TRACE = 0.1
"""A line expected between two others is taken as one where so much of it shows."""

_RUNS_ON = 0.85
"""Lines that cover so much of the next cell run on."""

_EVEN = 0.08
"""Cells whose sizes differ by less are even."""


@dataclass(frozen=True, slots=True, eq=False)
class Line:
    """One line: ``place + bend[0]·t + bend[1]·t²``, t from −1 to 1 over the length of the page.

    Attributes
    ----------
    place : float
        Row of a horizontal, column of a vertical line, in the middle of the page, px.
    bend : (float, float)
    covered : (L,) bool
        Where along the page the line shows, gaps between its dashes closed.
    inked : (L,) bool
        Where there is ink on it.
    """

    place: float
    bend: tuple[float, float]
    covered: NDArray[np.bool_]
    inked: NDArray[np.bool_]

    def at(self, along: float) -> float:
        """Place of the line at ``along`` px from the page's edge."""
        t = 2.0 * along / max(1, len(self.covered) - 1) - 1.0
        return self.place + self.bend[0] * t + self.bend[1] * t * t

    def coverage(self, start: float, end: float) -> float:
        """Share of the way from ``start`` to ``end`` where the line shows."""
        part = self.covered[max(0, round(start)) : max(0, round(end)) + 1]
        return float(part.mean()) if len(part) else 0.0

    def strength(self, crossed: Sequence[Line]) -> float:
        """Share of the ink right before and behind the lines that it crosses, which it should run through.

        Strokes of glyphs, however well they line up from cell to cell, stop short of the rules.
        """
        near = np.concatenate([np.arange(-_FAR, -_NEAR + 1), np.arange(_NEAR, _FAR + 1)])
        places = np.rint([line.place for line in crossed]).astype(np.int64)[:, None] + near
        inside = places[(places >= places.min() + _FAR) & (places <= places.max() - _FAR)]
        return float(self.inked[np.clip(inside, 0, len(self.inked) - 1)].mean()) if inside.size else 0.0


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """Lines of one table, in order."""

    horizontal: tuple[Line, ...]
    vertical: tuple[Line, ...]

    @property
    def cells(self) -> int:
        """Number of cells."""
        return max(0, len(self.horizontal) - 1) * max(0, len(self.vertical) - 1)

    @property
    def is_torn(self) -> bool:
        """Whether the lines of one direction all leave the same gap: two tables side by side."""
        return _leave_gap(self.horizontal, self.vertical) or _leave_gap(self.vertical, self.horizontal)


def _leave_gap(lines: Sequence[Line], crossed: Sequence[Line]) -> bool:
    return any(
        float(np.median([line.coverage(before.place, after.place) for line in lines])) < _TORN
        for before, after in pairwise(crossed)
    )


def find_tables(mask: Mask) -> list[Table]:
    """Find the ruled tables of an upright page.

    Parameters
    ----------
    mask : (H, W) uint8
        1 = ink.

    Returns
    -------
    list of Table
        The one with the most cells first; those of fewer than two cells are left out.
    """
    side = max(mask.shape)
    rows = _candidates(mask, side)
    cols = _candidates(np.ascontiguousarray(mask.T), side)
    tables = []
    for some_rows, some_cols in _crossing(rows, cols, slack=0.004 * side):
        table = _complete(some_rows, some_cols, mask)
        if table is not None:
            tables.append(table)
    return sorted(tables, key=lambda table: -table.cells)


def _candidates(mask: Mask, side: int) -> list[Line]:
    """Find horizontal lines, whatever they belong to."""
    thick = max(4, round(_THICKEST * side))
    column = np.ones((thick, 1), np.uint8)
    opened = cv2.morphologyEx(mask, cv2.MORPH_OPEN, column, borderValue=0)
    thin = np.asarray(cv2.subtract(mask, opened), np.uint8)
    reach = max(1, round(_WAVER * side))
    # Grown a little across, so that the steps of a line not quite level do not break it.
    grown = cv2.dilate(thin, np.ones((3, 1), np.uint8))
    gap = np.ones((1, max(3, round(_LONGEST_GAP * side) | 1)), np.uint8)
    run = np.ones((1, max(9, round(_SHORTEST_RUN * side))), np.uint8)
    joined = cv2.morphologyEx(grown, cv2.MORPH_CLOSE, gap)
    runs = np.asarray(cv2.morphologyEx(joined, cv2.MORPH_OPEN, run, borderValue=0), np.uint8)
    band = cv2.dilate(runs, np.ones((2 * reach + 1, 1), np.uint8))
    lengths = band.sum(axis=1).astype(np.float64)
    least = max(float(run.shape[1]), _FIRST_LOOK * float(lengths.max(initial=0.0)))
    lines = []
    while lengths.max() >= least:
        peak = lengths.max()
        plateau = np.flatnonzero(lengths[int(np.argmax(lengths)) :] < peak)
        first = int(np.argmax(lengths))
        middle = first + (int(plateau[0]) if len(plateau) else 1) // 2
        lines.append(_fitted(runs, thin, middle, 2 * reach + 1, band[middle] > 0))
        lengths[max(0, middle - 3 * reach - 2) : middle + 3 * reach + 3] = 0.0
    return sorted(lines, key=lambda line: line.place)


def _fitted(runs: Mask, thin: Mask, middle: int, reach: int, covered: NDArray[np.bool_]) -> Line:
    """Fit a bow through the ink of a line."""
    top = max(0, middle - reach)
    ys, xs = np.nonzero(runs[top : middle + reach + 1])
    t = 2.0 * xs / max(1, runs.shape[1] - 1) - 1.0
    places = ys.astype(np.float64) + top
    terms = np.stack([np.ones_like(t), t, t * t], axis=1)
    if np.ptp(xs) < 0.3 * runs.shape[1]:
        terms = terms[:, :1]
    keep = np.ones(len(xs), bool)
    weights = np.zeros(terms.shape[1])
    for _ in range(3):
        weights, *_ = np.linalg.lstsq(terms[keep], places[keep], rcond=None)
        off = np.abs(places - terms @ weights)
        keep = off <= max(1.0, 2.0 * float(np.median(off[keep])))
    w = np.zeros(3)
    w[: len(weights)] = weights
    everywhere = np.arange(runs.shape[1])
    t = 2.0 * everywhere / max(1, runs.shape[1] - 1) - 1.0
    rows = np.rint(w[0] + w[1] * t + w[2] * t * t).astype(np.int64)
    inked = np.zeros(runs.shape[1], bool)
    for offset in range(-2, 3):
        inked |= thin[np.clip(rows + offset, 0, len(thin) - 1), everywhere] > 0
    return Line(float(w[0]), (float(w[1]), float(w[2])), covered, inked)


def _crossing(rows: list[Line], cols: list[Line], slack: float) -> list[tuple[list[Line], list[Line]]]:
    """Group the lines that cross one another, directly or through others."""
    reach = round(slack)
    row_covers = [_grown(line.covered, reach) for line in rows]
    col_covers = [_grown(line.covered, reach) for line in cols]
    group = list(range(len(rows) + len(cols)))

    def root(node: int) -> int:
        while group[node] != node:
            node = group[node]
        return node

    for i, row in enumerate(rows):
        for j, col in enumerate(cols):
            x, y = round(col.place), round(row.place)
            if (
                row_covers[i][min(max(x, 0), len(row_covers[i]) - 1)]
                and col_covers[j][min(max(y, 0), len(col_covers[j]) - 1)]
            ):
                group[root(i)] = root(len(rows) + j)
    found: dict[int, tuple[list[Line], list[Line]]] = {}
    for i, row in enumerate(rows):
        found.setdefault(root(i), ([], []))[0].append(row)
    for j, col in enumerate(cols):
        found.setdefault(root(len(rows) + j), ([], []))[1].append(col)
    return [pair for pair in found.values() if len(pair[0]) >= 2 and len(pair[1]) >= 2]


def _grown(covered: NDArray[np.bool_], reach: int) -> NDArray[np.bool_]:
    kernel = np.ones((1, 2 * reach + 1), np.uint8)
    return np.asarray(cv2.dilate(covered.astype(np.uint8)[None, :], kernel)[0] > 0, np.bool_)


def _complete(rows: Sequence[Line], cols: Sequence[Line], mask: Mask) -> Table | None:
    """Drop what runs through part of the table only, put in what hardly shows."""
    for _ in range(_ROUNDS):  # what is dropped changes the table's extent, and what the others cross
        before = len(rows), len(cols)
        rows = _crossing_well(_strong(rows, cols[0].place, cols[-1].place), cols)
        if len(rows) < 2:
            return None
        cols = _crossing_well(_strong(cols, rows[0].place, rows[-1].place), rows)
        if len(cols) < 2:
            return None
        if (len(rows), len(cols)) == before:
            break
    rows = _with_outer(_with_missing(rows, mask, cols[0].place, cols[-1].place), cols)
    cols = _with_outer(_with_missing(cols, np.ascontiguousarray(mask.T), rows[0].place, rows[-1].place), rows)
    if max(len(rows), len(cols)) < _MIN_LINES:
        return None
    return Table(tuple(rows), tuple(cols))


def _strong(lines: Sequence[Line], start: float, end: float) -> list[Line]:
    coverages = [line.coverage(start, end) for line in lines]
    usual = float(np.percentile(coverages, 75))
    least = max(_MIN_COVERAGE, _WEAKEST * usual)
    return [line for line, coverage in zip(lines, coverages, strict=True) if coverage >= least]


def _crossing_well(lines: Sequence[Line], crossed: Sequence[Line]) -> list[Line]:
    """Drop what does not run through its crossings: strokes that line up from cell to cell."""
    strengths = [line.strength(crossed) for line in lines]
    usual = float(np.percentile(strengths, 80)) if strengths else 0.0
    if usual < _SPEAKING:
        return list(lines)
    return [
        line for line, strength in zip(lines, strengths, strict=True) if strength >= _WEAKEST_CROSSING * usual
    ]


def _with_missing(lines: Sequence[Line], mask: Mask, start: float, end: float) -> list[Line]:
    """Where most cells are even and one is twice as large, look for a trace of the line between."""
    places = np.array([line.place for line in lines])
    sizes = np.diff(places)
    if len(sizes) < 3:
        return list(lines)
    usual = float(np.median(sizes))
    if np.mean(np.abs(sizes - usual) <= _EVEN * usual) < 0.5:
        return list(lines)
    complete = [lines[0]]
    for before, after, size in zip(lines[:-1], lines[1:], sizes, strict=True):
        count = round(size / usual)
        if count >= 2 and abs(size / usual - count) <= _EVEN * count:
            for k in range(1, count):
                between = _between(before, after, k / count)
                if _shows(between, mask, start, end):
                    complete.append(between)
        complete.append(after)
    return complete


def _with_outer(lines: Sequence[Line], crossed: Sequence[Line]) -> list[Line]:
    """Where the lines of the other direction run on for another cell, its far side was lost: put it in."""
    usual = float(np.median(np.diff([line.place for line in lines])))
    complete = list(lines)
    for outer, way in ((lines[0], -1.0), (lines[-1], 1.0)):
        beyond = outer.place + way * usual
        low, high = sorted((outer.place + way * _FAR, beyond))
        inside = low >= 0 and high <= len(crossed[0].covered)
        if inside and float(np.median([line.coverage(low, high) for line in crossed])) >= _RUNS_ON:
            line = Line(beyond, outer.bend, outer.covered, outer.inked)
            complete = [line, *complete] if way < 0 else [*complete, line]
    return complete


def _between(before: Line, after: Line, share: float) -> Line:
    def mix(a: float, b: float) -> float:
        return a + share * (b - a)

    bend = (mix(before.bend[0], after.bend[0]), mix(before.bend[1], after.bend[1]))
    covered = before.covered | after.covered
    return Line(mix(before.place, after.place), bend, covered, covered)


def _shows(line: Line, mask: Mask, start: float, end: float) -> bool:
    """Whether thin ink runs along where the line should be, more than right beside it."""
    xs = np.arange(max(0, round(start)), min(mask.shape[1], round(end)))
    if len(xs) == 0:
        return False
    ys = np.array([round(line.at(float(x))) for x in xs])
    shares = []
    for offset in range(-8, 9):
        rows = np.clip(ys + offset, 0, mask.shape[0] - 1)
        shares.append(float(mask[rows, xs].mean()))
    here = max(shares[5:12])
    return here >= _TRACE + max(min(shares[:4]), min(shares[-4:]))
