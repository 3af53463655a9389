"""The rows and columns of a list without rules, by the white between its glyphs.

The ink of an upright page is projected on its sides. Glyphs in rows give bands of one height at one pitch;
codes printed under or above them give thin bands that belong to the nearest row.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from engine.glyph.page.ground import Mask

_TALL = 0.5
"""Bands of this share of the tall ones' height hold glyphs; lower ones hold type."""

_UNEVEN = 0.12
"""By how much the pitch may vary where it is not confirmed by the number of rows that was given."""

_MIN_BANDS = 3
_THIN_GAP = 0.0012
"""White of this share of the page's longer side parts no bands: 左 and 右 of 川 in a short column."""

_LEAST_INK = 2
"""Ink pixels in a row of the page that count: less is dust."""


@dataclass(frozen=True, slots=True)
class Bands:
    """Rows or columns of cells.

    Attributes
    ----------
    edges : tuple of float
        Borders, in px, one more than there are rows.
    """

    edges: tuple[float, ...]


def find_bands(mask: Mask, rows: int | None, cols: int | None) -> tuple[Bands, Bands] | None:
    """Find the rows and the columns of an upright page without rules.

    Parameters
    ----------
    mask : (H, W) uint8
        1 = ink.
    rows, cols : int, optional
        How many there are, where that is known.

    Returns
    -------
    (rows, columns) or None
        None where the page shows no even grid, or not the one asked for.
    """
    vertical = _even_bands(mask.sum(axis=1), max(mask.shape), rows)
    if vertical is None:
        return None
    inside = mask[max(0, round(vertical.edges[0])) : round(vertical.edges[-1])]
    horizontal = _even_bands(inside.sum(axis=0), max(mask.shape), cols)
    return None if horizontal is None else (vertical, horizontal)


def _even_bands(profile: NDArray[np.integer], side: int, wanted: int | None) -> Bands | None:
    bands = _bands(np.asarray(profile, np.int64) > _LEAST_INK, max(1, round(_THIN_GAP * side)))
    if not bands:
        return None
    heights = np.array([end - start for start, end in bands], np.float64)
    tall = [
        band
        for band, height in zip(bands, heights, strict=True)
        if height >= _TALL * np.percentile(heights, 90)
    ]
    tall = _regular(tall, wanted)
    if not tall:
        return None
    centres = np.array([(start + end) / 2 for start, end in tall])
    pitch = float(np.median(np.diff(centres))) if len(tall) > 1 else 1.3 * (tall[0][1] - tall[0][0])
    # Type between two rows goes to the nearer one, so it moves the border between them.
    edges = [_outer_edge(bands, tall[0], -1, pitch)]
    edges += [_border(bands, above, below) for above, below in pairwise(tall)]
    edges.append(_outer_edge(bands, tall[-1], 1, pitch))
    return Bands(tuple(edges))


def _bands(inked: NDArray[np.bool_], thin_gap: int) -> list[tuple[int, int]]:
    """Return the runs of rows with ink, runs parted by hardly any white being one."""
    steps = np.flatnonzero(np.diff(np.concatenate([[0], inked.astype(np.int8), [0]])))
    bands: list[tuple[int, int]] = []
    for start, end in steps.reshape(-1, 2).tolist():
        if bands and start - bands[-1][1] <= thin_gap:
            bands[-1] = (bands[-1][0], end)
        else:
            bands.append((start, end))
    return bands


def _regular(tall: list[tuple[int, int]], wanted: int | None) -> list[tuple[int, int]]:
    """Return the longest stretch of bands at one pitch; none where that is no grid, or not the wanted one."""
    count = len(tall)
    if count < (wanted or _MIN_BANDS):
        return []
    if count == 1:
        return tall
    centres = np.array([(start + end) / 2 for start, end in tall])
    pitch = float(np.median(np.diff(centres)))
    even = np.abs(np.diff(centres) - pitch) <= (2.0 if wanted else 1.0) * _UNEVEN * pitch
    best: list[tuple[int, int]] = []
    start = 0
    for end in range(1, count + 1):
        if end == count or not even[end - 1]:
            if end - start > len(best):
                best = tall[start:end]
            start = end
    if wanted is not None:
        return best if len(best) == wanted else []
    return best if len(best) >= max(_MIN_BANDS, 0.7 * count) else []


def _border(bands: list[tuple[int, int]], above: tuple[int, int], below: tuple[int, int]) -> float:
    """Middle of the widest white between two rows."""
    between = [above, *(band for band in bands if above[1] <= band[0] and band[1] <= below[0]), below]
    gaps = [(after[0] - before[1], (before[1] + after[0]) / 2) for before, after in pairwise(between)]
    return max(gaps)[1]


def _outer_edge(bands: list[tuple[int, int]], row: tuple[int, int], way: int, pitch: float) -> float:
    """Border of the first or last row: half a pitch away, or beyond the type that belongs to it."""
    centre = (row[0] + row[1]) / 2
    edge = centre + way * pitch / 2
    for start, end in bands:
        near, far = (start, end) if way > 0 else (end, start)
        outside = (near - (row[1] if way > 0 else row[0])) * way >= 0
        if outside and abs(far - centre) < 0.72 * pitch:
            edge = max(edge, far + 2.0) if way > 0 else min(edge, far - 2.0)
    return edge
