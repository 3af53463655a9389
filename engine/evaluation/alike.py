"""Does an edited or cut glyph happen to look like a real MJ?

犬 without its dot is 大, and half of 林 is 木: such a case has another right answer than the set expects, so
it must not be in the set. The test here is crude, and on purpose uses nothing of the engine's own description
or comparison.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.glyph.model import Ink
from engine.synth.degrade import crop

_COARSE_PX = 16
_MIDDLE_PX = 32
_FINE_PX = 96
_NEIGHBOURS = 10
_REACH_PX = 4
"""How far (of 96 px) a centre line may lie from the other glyph's ink and still count as the same place."""
VISIBLE_PX = 8
"""Length (of 96 px) of unmatched centre line from which a difference is a stroke. Measured on 250 kanji:
83 % (Ume) and 93 % (Sawarabi) of the drawings of one MJ stay below it; 95 % of glyphs with one stroke more or
less reach it."""
TWIN_PX = 3
"""The same between two glyphs of one font: below, they are one drawing of two names (朦 of 月 and of 肉)."""
_LEAST_ASPECT = 0.25
_SPREAD_PX, _LEAST_DENSITY = 6.0, 10.0
"""Blur of the density of lines, and what is added to it everywhere. With these, 93 % of the drawings of one
MJ in Noto Serif are alike (88 % unspread), and 99 % of 213 glyphs with a stroke more or less still differ."""


class ShapeIndex:
    """All glyphs of the reference font, for finding look-alikes.

    Parameters
    ----------
    names : sequence of str
        MJ names.
    draw : callable
        (MJ name, pixels per em) → (H, W) uint8, ink = 255.
    """

    def __init__(self, names: Sequence[str], draw: Callable[[str, int], Ink]) -> None:
        self._names = list(names)
        self._draw = draw
        self._coarse = np.zeros((len(names), _COARSE_PX**2), np.float32)
        for row, name in enumerate(names):
            self._coarse[row] = _coarse(draw(name, _MIDDLE_PX))

    def nearest(self, inks: Sequence[Ink], count: int) -> list[list[tuple[str, float]]]:
        """Return the MJ names nearest to each picture by a blurred 16×16 one, with the cosine: no proof.

        Parameters
        ----------
        inks : sequence of (H, W) uint8, ink = 255
        count : int
            How many for each, best first.
        """
        products = np.stack([_coarse(ink) for ink in inks]) @ self._coarse.T
        some = np.argpartition(-products, count, axis=1)[:, :count]
        found = [
            sorted((-float(row[at]), int(at)) for at in best)
            for row, best in zip(products, some, strict=True)
        ]
        return [[(self._names[at], -negative) for negative, at in best] for best in found]

    def look_alikes(self, ink: Ink, *, below_px: int = VISIBLE_PX) -> list[str]:
        """MJ names whose drawing differs from ``ink`` by no visible stroke, nearest first.

        What was put together from parts has other proportions than the character that a font draws as a
        whole, so drawings are also compared with their lines spread evenly.

        Parameters
        ----------
        ink : (H, W) uint8, ink = 255
        below_px : int
            Difference from which two drawings are not alike; smaller where both are of one font.
        """
        distance = -(self._coarse @ _coarse(ink))
        nearest = [self._names[index] for index in np.argsort(distance, kind="stable")[:_NEIGHBOURS]]
        drawn = {name: self._draw(name, _FINE_PX) for name in nearest}
        return [
            name
            for name in nearest
            if visible_difference_px(ink, drawn[name]) < below_px
            or visible_difference_px(ink, drawn[name], evenly_spread=True) < below_px
        ]


def visible_difference_px(first: Ink, second: Ink, *, evenly_spread: bool = False) -> int:
    """Length of the longest piece of a stroke that the other glyph has nowhere near.

    Parameters
    ----------
    first, second : (H, W) uint8, ink = 255
        Both are fitted to a square of 96 px by their boxes.
    evenly_spread : bool
        Compare them after spreading their lines evenly.

    Returns
    -------
    int
        Longer side of the box of the largest unmatched piece of centre line, in px of 96; taken both ways.
    """
    one, two = _fitted(first, _FINE_PX), _fitted(second, _FINE_PX)
    if evenly_spread:
        one, two = _evenly_spread(one), _evenly_spread(two)
    a, b = one >= 128, two >= 128
    return max(_longest_unmatched(a, b), _longest_unmatched(b, a))


def differing_share(first: Ink, second: Ink) -> float:
    """Ink that only one of two glyphs has, as a share of all their ink; both fitted to 96 px by their boxes.

    Parameters
    ----------
    first, second : (H, W) uint8, ink = 255
        At least one with ink.
    """
    a, b = _fitted(first, _FINE_PX) >= 128, _fitted(second, _FINE_PX) >= 128
    return float((a ^ b).sum() / (a | b).sum())


def _longest_unmatched(ink: NDArray[np.bool_], other: NDArray[np.bool_]) -> int:
    from skimage import morphology

    skeletonize: Any = morphology.skeletonize  # untyped
    side = 2 * _REACH_PX + 1
    disc = np.asarray(cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side)), np.uint8)
    unmatched = np.asarray(skeletonize(ink)) & (cv2.dilate(other.astype(np.uint8), disc) == 0)
    count, _, boxes, _ = cv2.connectedComponentsWithStats(unmatched.astype(np.uint8), connectivity=8)
    if count <= 1:
        return 0
    return int(boxes[1:, [cv2.CC_STAT_WIDTH, cv2.CC_STAT_HEIGHT]].max())


def _evenly_spread(square: Ink) -> Ink:
    """Move columns, then rows, until as many lines begin in each.

    Line density equalisation: H. Yamada, K. Yamamoto, T. Saito, Pattern Recognition 23 (9), 1990.
    """
    for _ in range(2):
        inked = square >= 128
        begins = inked & ~np.pad(inked, ((0, 0), (1, 0)))[:, :-1]
        density = begins.sum(axis=0).astype(np.float32)
        density = cv2.GaussianBlur(density[None], (0, 0), _SPREAD_PX)[0] + _LEAST_DENSITY
        reached = np.append(0, np.cumsum(density))
        side = len(density)
        wanted = (np.arange(side) + 0.5) / side * reached[-1]
        taken = np.interp(wanted, reached, np.arange(side + 1)).astype(np.float32) - 0.5
        across, down = np.meshgrid(taken, np.arange(side, dtype=np.float32))
        square = np.asarray(cv2.remap(square, across, down, cv2.INTER_LINEAR), np.uint8).T
    return square


def _fitted(ink: Ink, side_px: int) -> Ink:
    """Box of the ink, stretched to a square; very narrow ones keep some of their aspect."""
    tight = crop(ink, threshold=64)
    if tight.size == 0:
        return np.zeros((side_px, side_px), np.uint8)
    height, width = tight.shape
    rows = max(1, round(side_px * max(_LEAST_ASPECT, min(1.0, height / width * 2))))
    cols = max(1, round(side_px * max(_LEAST_ASPECT, min(1.0, width / height * 2))))
    square = np.zeros((side_px, side_px), np.uint8)
    top, left = (side_px - rows) // 2, (side_px - cols) // 2
    mode = cv2.INTER_AREA if max(height, width) > side_px else cv2.INTER_LINEAR
    square[top : top + rows, left : left + cols] = cv2.resize(tight, (cols, rows), interpolation=mode)
    return square


def _coarse(ink: Ink) -> NDArray[np.float32]:
    """Unit vector of the blurred picture, (256,)."""
    small = cv2.resize(_fitted(ink, _MIDDLE_PX), (_COARSE_PX, _COARSE_PX), interpolation=cv2.INTER_AREA)
    vector = cv2.GaussianBlur(small.astype(np.float32), (0, 0), 0.7).ravel()
    vector -= vector.mean()
    norm = float(np.linalg.norm(vector))
    return np.asarray(vector / norm if norm else vector, np.float32)
