"""Brightness → ink: which tone is paper, how it varies over the page, and how dark full ink is.

A gaiji may arrive black on white, white on black, or as a scan on grey paper whose shade drifts from corner
to corner. Clean pictures pass unchanged (apart from being turned to ink = 255), with all their anti-aliasing.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.errors import ReadError
from engine.glyph.model import Ink

_FLAT = 24.0
"""Brightness range (of 255) under which a picture shows nothing."""

_SURE_SIGMA = 3.0
_LEAST_SIGMA = 2.5
"""Ink must differ from bare paper by so many standard deviations of its noise: the first without a second
look, the second where no lone stroke is found. Splitting pure noise gives 2.0–2.3 (1,500 blank scans), dense
kanji of 32–40 px in the faintest scans 2.5 and more."""

_LONE_SIGMA = 3.0
_LONE_PX = 4
_LONE_CONTRAST_SIGMA = 4.5
"""A stroke on a page that is nearly all paper: neighbouring pixels, each so far above the noise, and all of
them together by so much."""

_CLEAN_SIGMA = 1.5
"""Standard deviation of paper (of 255) under which it counts as clean, and nothing is corrected."""

_SMALLEST_PAGE_PX = 24
"""Smaller pictures have too little bare paper to judge it by; they are taken as clean."""

_BARE_SHARE = 0.2
"""Paper of which so much has the very same tone is clean, however many soft edges there are."""

_TONES = 3
"""So many neighbouring tones count as the very same."""

_TINTED_SHARE = 0.02
_EDGE_PX = 9
"""Yet where more than this share of the picture is tinted, outside a window of so many pixels around all ink,
the paper is a scan's, partly cut off at white."""

_FAINT_INK = 0.8
"""Of the darkest tone: full ink is at least so dark."""

_GRAINY_SIGMA = 6.0
_SMOOTH_FROM_PX = 48
"""Paper noise (standard deviation, of 255) and size from which a picture is smoothed a little."""

_NOISE_FLOOR_SIGMA = 2.5
"""Paper noise below so many standard deviations becomes exactly 0."""

_FULL_INK_PERCENTILE = 75.0
"""Of the ink on noisy paper, the darkness that counts as full."""

_SAMPLE_PX = 4096
"""About so many pixels tell the tone of the paper as well as all of them."""

_PATCH = 8
"""Blocks a side, and samples a block side, for the shade of the paper."""

_LINE_DEPTH = 0.06
"""Part of the picture's side within which a line around its border is looked for."""


def to_ink(brightness: NDArray[np.uint8]) -> tuple[Ink, bool]:
    """Separate ink from paper.

    Parameters
    ----------
    brightness : (H, W) uint8
        0 = black, 255 = white.

    Returns
    -------
    ink : (H, W) uint8
        0 = paper, 255 = full ink.
    noisy : bool
        Whether the paper had noise or shade that was taken away.

    Raises
    ------
    ReadError
        ``empty-glyph`` where nothing stands out from the paper.
    """
    low, high, _, _ = cv2.minMaxLoc(brightness)
    if high - low < _FLAT:
        raise _nothing_drawn()
    threshold, light = cv2.threshold(brightness, 0, 1, cv2.THRESH_BINARY | cv2.THRESH_OTSU)
    if is_dark_on_light(np.asarray(1 - light, np.uint8)):
        darkness, cut = 255 - brightness, 254 - int(threshold)
    else:
        darkness, cut = brightness, int(threshold)
    sigma = _paper_sigma(darkness, cut)
    if sigma < _CLEAN_SIGMA or min(brightness.shape) < _SMALLEST_PAGE_PX:
        base = int(darkness.min())
        return _stretch(darkness.astype(np.float32), base, float(darkness.max())), False
    darkness = _smooth(darkness, sigma)
    page = _split_in_two(darkness)
    if not page.stands_out(_SURE_SIGMA):
        page = _lone_strokes(darkness) or page
        if not page.stands_out(_LEAST_SIGMA):
            raise _nothing_drawn()
    full = float(np.percentile(page.shade[page.is_ink] + page.relief[page.is_ink], _FULL_INK_PERCENTILE))
    floor = page.bare + _NOISE_FLOOR_SIGMA * page.grain
    contrast = np.maximum(full - page.shade, 2.0 * floor)  # ink is equally dark everywhere; paper is not
    scaled = (page.relief - floor) * (255.0 / np.maximum(1.0, contrast - floor))
    return np.rint(np.clip(scaled, 0.0, 255.0)).astype(np.uint8), True


@dataclass(frozen=True, slots=True)
class _Page:
    """A noisy page taken apart.

    Attributes
    ----------
    shade : (H, W) float32
        Darkness of the bare paper.
    relief : (H, W) float32
        What is darker than that.
    is_ink : (H, W) bool
    bare, grain : float
        Median of the bare paper's relief, and standard deviation of its noise.
    """

    shade: NDArray[np.float32]
    relief: NDArray[np.float32]
    is_ink: NDArray[np.bool_]
    bare: float
    grain: float

    def stands_out(self, sigmas: float) -> bool:
        """Whether the ink is so much darker than the paper that it is no accident."""
        if not self.is_ink.any():
            return False
        return float(self.relief[self.is_ink].mean()) - self.bare >= max(_FLAT, sigmas * self.grain)


def _split_in_two(darkness: NDArray[np.uint8]) -> _Page:
    """Split where the two tones part best, which may be in the middle of the noise."""
    shade = _paper_shade(darkness)
    relief = darkness - shade
    is_ink = relief > _otsu(relief)
    return _Page(shade, relief, is_ink, *_bare_paper(relief[~is_ink]))


def _lone_strokes(darkness: NDArray[np.uint8]) -> _Page | None:
    """Look for ink too little to part the tones: 一 or 丶 in a light face. None where there is none.

    Which side the split took for paper means nothing then; the longer tail of the tones is the ink.
    """
    low, median, high = np.percentile(darkness, (0, 50, 100))
    if median - low > high - median:
        darkness = 255 - darkness
    shade = _paper_shade(darkness)
    relief = darkness - shade
    bare, grain = _bare_paper(relief)
    mask = (relief > bare + _LONE_SIGMA * grain).astype(np.uint8)
    _, labels, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=8)
    is_stroke = stats[:, cv2.CC_STAT_AREA] >= _LONE_PX
    is_stroke[0] = False
    page = _Page(shade, relief, is_stroke[labels], bare, grain)
    return page if page.stands_out(_LONE_CONTRAST_SIGMA) else None


def _bare_paper(paper: NDArray[np.float32]) -> tuple[float, float]:
    """Median of paper and its spread below: what is above are mostly soft edges."""
    sample = paper.ravel()[:: 1 + paper.size // _SAMPLE_PX]
    bare = float(np.median(sample))
    lower = sample[sample <= bare] - bare
    return bare, float(np.sqrt(np.mean(lower * lower)))


def _smooth(darkness: NDArray[np.uint8], sigma: float) -> NDArray[np.uint8]:
    """Take the grain off a noisy scan whose strokes are wide enough to bear it."""
    if sigma < _GRAINY_SIGMA or min(darkness.shape) < _SMOOTH_FROM_PX:
        return darkness
    return np.asarray(cv2.GaussianBlur(darkness, (3, 3), 0.7), np.uint8)


def is_dark_on_light(dark: NDArray[np.uint8]) -> bool:
    """Tell the polarity of a two-tone picture.

    Parameters
    ----------
    dark : (H, W) uint8
        1 where the picture is dark.

    Returns
    -------
    bool
        True where the dark part is the ink.

    Notes
    -----
    Paper is what most corners and most pixels are. Measured on 17,000 renderings (IPAmj, Takao, Noto Serif
    Black; 16–64 px; kanji, kana, symbols): 0.2 % errors on tight crops, none from 1 px of margin on. A closed
    dark line around the picture would speak for the wrong side and is left out.
    """
    inner = _inside_line(dark) if dark.mean() < 0.5 else dark
    side = max(1, min(inner.shape) // 16)
    corners = [
        inner[rows, cols]
        for rows in (slice(side), slice(-side, None))
        for cols in (slice(side), slice(-side, None))
    ]
    corner_share = sum(cv2.countNonZero(np.ascontiguousarray(corner)) for corner in corners) / (
        4.0 * side * side
    )
    return bool(0.5 * inner.mean() + 0.5 * corner_share <= 0.5)


def _inside_line(dark: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Take off the rings of pixels around the picture that are all dark."""
    depth = 0
    for _ in range(1 + int(_LINE_DEPTH * min(dark.shape))):
        ring = dark[depth : dark.shape[0] - depth, depth : dark.shape[1] - depth]
        if min(ring.shape) < 8 or any(
            side.mean() < 0.97 for side in (ring[0], ring[-1], ring[:, 0], ring[:, -1])
        ):
            break
        depth += 1
    return dark[depth : dark.shape[0] - depth, depth : dark.shape[1] - depth]


def _paper_sigma(darkness: NDArray[np.uint8], cut: int) -> float:
    """Spread of the paper, 0 for a clean picture, whose anti-aliased edges do not count.

    The darker half of the paper class is mostly edges, so the spread of the lighter half is taken.
    """
    histogram = cv2.calcHist([darkness], [0], None, [256], [0, 256]).ravel()[: cut + 1]
    total = float(histogram.sum())
    if total == 0:
        return 0.0
    lightest = int(np.flatnonzero(histogram)[0])
    if histogram[lightest : lightest + _TONES].sum() > _BARE_SHARE * total:
        return _tinted_sigma(darkness, cut, lightest)
    median = int(np.searchsorted(np.cumsum(histogram), total / 2.0))
    lower = histogram[: median + 1]
    offsets = np.arange(median + 1, dtype=np.float32) - median
    return float(np.sqrt((lower * offsets**2).sum() / max(1.0, float(lower.sum()))))


def _tinted_sigma(darkness: NDArray[np.uint8], cut: int, lightest: int) -> float:
    """Spread of paper of which much has one tone; 0 where the other tones are soft edges only.

    The other case is a scan so bright that part of the paper is cut off at white, and the rest is not.
    """
    # A blank page is split in its noise, which is not ink.
    faint = min(_FLAT, _FAINT_INK * (float(darkness.max()) - lightest))
    mask = (darkness > max(float(cut), lightest + faint)).astype(np.uint8)
    away = cv2.dilate(mask, np.ones((_EDGE_PX, _EDGE_PX), np.uint8)) == 0
    offsets = darkness[away].astype(np.float32) - lightest
    if np.count_nonzero(offsets >= _TONES) <= _TINTED_SHARE * darkness.size:
        return 0.0
    return float(offsets.std())


def _paper_shade(darkness: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Fit a quadratic surface through the lightest part of each block.

    Parameters
    ----------
    darkness : (H, W) uint8
        255 = black.

    Returns
    -------
    (H, W) float32
        Darkness of the bare paper. A surface, not a morphological opening: a solid black square stays solid.
    """
    height, width = darkness.shape
    size = _PATCH * _PATCH
    sample = cv2.resize(cv2.blur(darkness, (3, 3)), (size, size), interpolation=cv2.INTER_NEAREST)
    blocks = sample.reshape(_PATCH, _PATCH, _PATCH, _PATCH).transpose(0, 2, 1, 3).reshape(size, size)
    values = np.percentile(blocks, 20, axis=1).astype(np.float32)
    centres = (np.arange(_PATCH, dtype=np.float32) + 0.5) / _PATCH
    rows, cols = (axis.ravel() for axis in np.meshgrid(centres, centres, indexing="ij"))
    terms = _quadratic(rows, cols)
    keep = values <= np.percentile(values, 75)
    for _ in range(3):  # blocks full of ink are not paper
        weights, *_ = np.linalg.lstsq(terms[keep], values[keep], rcond=None)
        excess = values - terms @ weights
        spread = float(np.std(excess[keep])) + 1.0
        keep = excess < 2.0 * spread
        if keep.sum() < 12:
            return np.full((height, width), float(np.median(values)), np.float32)
    y = ((np.arange(height, dtype=np.float32) + 0.5) / height)[:, None]
    x = ((np.arange(width, dtype=np.float32) + 0.5) / width)[None, :]
    w = weights.astype(np.float32)
    return np.asarray(w[0] + w[1] * y + w[2] * x + w[3] * y * x + w[4] * y * y + w[5] * x * x, np.float32)


def _quadratic(y: NDArray[np.floating], x: NDArray[np.floating]) -> NDArray[np.floating]:
    return np.stack([np.ones_like(y), y, x, y * x, y * y, x * x], axis=1)


def _otsu(relief: NDArray[np.float32]) -> float:
    scaled = np.clip(relief + 64.0, 0.0, 255.0).astype(np.uint8)
    cut, _ = cv2.threshold(scaled, 0, 255, cv2.THRESH_BINARY | cv2.THRESH_OTSU)
    return float(cut) - 64.0


def _stretch(darkness: NDArray[np.float32], paper: float, full: float) -> Ink:
    scaled = (darkness - paper) * (255.0 / max(1.0, full - paper))
    return np.asarray(np.rint(np.clip(scaled, 0.0, 255.0)), np.uint8)


def _nothing_drawn() -> ReadError:
    return ReadError("empty-glyph", "字が描かれていません（白紙か、濃淡の差がほとんどない画像です）。")
