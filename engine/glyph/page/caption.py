"""The codes printed in small type above or under the glyphs, found by what the cells of a page share.

One cell cannot tell 亘 from 日 with something under it, and 黒 has four dots at the place of a caption. A
page can: a caption stands in nearly every cell at the same height, parted from the glyph by white, and is
set in strokes much thinner than the glyph's. Only where all of that holds is it cut off. A glyph that keeps
a caption is seen by a person; one that loses its dots would silently become another.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.glyph.page.ground import Mask
from engine.glyph.page.options import CaptionSide, SheetOptions

_STEPS = 100
"""Parts that a cell's height is counted in."""

_HIGHEST = 0.34
"""Share of the cell that a caption takes at most, with the white around it."""

_NEARLY_ALL = 0.8
_HARDLY_ANY = 0.12
"""Share of the cells with ink at a height: in a caption, and in the white above it."""

_STROKE_RATIO = 0.6
"""Widest strokes of the caption over those of the glyphs, at most: type of 2 mm beside glyphs of 14 mm has
0.3, of 1.6 mm beside 6 mm 0.4; the dots of 灬 have 0.8 and more."""

_FEWEST_CELLS = 4
_PIECES = 2
"""Separate pieces of ink (letters) in a usual caption, at least: a lone bar belongs to the glyph."""


@dataclass(frozen=True, slots=True, eq=False)
class InkedCell:
    """A cell without its rules.

    Attributes
    ----------
    any_ink : (h, w) uint8
        1 = ink, however faint: small type on a coarse scan is.
    full_ink : (h, w) uint8
        1 = dark ink: strokes at their true width.
    """

    any_ink: Mask
    full_ink: Mask

    def flipped(self) -> InkedCell:
        """The cell upside down."""
        return InkedCell(self.any_ink[::-1], self.full_ink[::-1])


def glyph_area(cells: Sequence[InkedCell], options: SheetOptions) -> tuple[float, float]:
    """Find the part of the cells in which the glyphs are.

    Parameters
    ----------
    cells : sequence of InkedCell
        All cells of a page.
    options : SheetOptions

    Returns
    -------
    (float, float)
        From and to which share of the cell's height; (0, 1) where there are no captions.
    """
    side, share = options.caption, options.caption_share
    if side is CaptionSide.NONE:
        return 0.0, 1.0
    if share > 0.0 and side is not CaptionSide.AUTO:
        return (share, 1.0) if side is CaptionSide.TOP else (0.0, 1.0 - share)
    inked = [cell for cell in cells if cell.any_ink.any()]
    if len(inked) < _FEWEST_CELLS:
        return 0.0, 1.0
    if side is not CaptionSide.TOP and (cut := _cut_from_below(inked)) is not None:
        return 0.0, cut
    if (
        side is not CaptionSide.BOTTOM
        and (cut := _cut_from_below([cell.flipped() for cell in inked])) is not None
    ):
        return 1.0 - cut, 1.0
    return 0.0, 1.0


def _cut_from_below(cells: Sequence[InkedCell]) -> float | None:
    """Where the middle of the white above the captions is; None where there are no captions below."""
    profile = np.stack([_inked_rows(cell.any_ink) for cell in cells]).mean(axis=0)
    lowest = int((1.0 - _HIGHEST) * _STEPS)
    crowded = np.flatnonzero(profile[lowest:] >= _NEARLY_ALL)
    if len(crowded) == 0:
        return None
    bottom = lowest + int(crowded[-1])
    white = np.flatnonzero(profile[lowest:bottom] <= _HARDLY_ANY)
    if len(white) == 0:
        return None
    start = end = lowest + int(white[-1])
    while start > lowest and profile[start - 1] <= _HARDLY_ANY:
        start -= 1
    cut = (start + end + 1) / 2 / _STEPS
    return cut if _is_type(cells, cut) else None


def _inked_rows(cell: Mask) -> NDArray[np.float64]:
    """Whether there is ink, for each of so many steps down the cell."""
    inked = np.asarray(cell.any(axis=1), np.float64)
    steps = (np.arange(_STEPS) + 0.5) / _STEPS * len(inked) - 0.5
    return np.asarray(np.interp(steps, np.arange(len(inked)), inked), np.float64)


def _is_type(cells: Sequence[InkedCell], cut: float) -> bool:
    """Whether what is below the cut is set in much thinner strokes than what is above, in several letters."""
    above, below, pieces = [], [], []
    for cell in cells:
        row = round(cut * cell.any_ink.shape[0])
        if cell.full_ink[:row].any():
            above.append(_stroke_px(cell.full_ink[:row]))
        letters = np.ascontiguousarray(cell.any_ink[row:])
        if letters.any():
            below.append(_stroke_px(cell.full_ink[row:]))
            pieces.append(int(cv2.connectedComponents(letters, connectivity=8)[0]) - 1)
    if not above or len(below) < _NEARLY_ALL * len(cells):
        return False
    return bool(np.median(below) <= _STROKE_RATIO * np.median(above) and np.median(pieces) >= _PIECES)


def _stroke_px(cell: Mask) -> float:
    """Width of the widest strokes, px: distances from the paper, counted between pixel centres."""
    if not cell.any():
        return 1.0  # thinner than a pixel
    padded = cv2.copyMakeBorder(np.ascontiguousarray(cell), 1, 1, 1, 1, cv2.BORDER_CONSTANT)
    distance = cv2.distanceTransform(padded, cv2.DIST_L2, 3)
    return 2.0 * float(np.percentile(distance[padded > 0], 98)) - 1.0
