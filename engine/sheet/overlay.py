"""Two glyphs on top of each other: what only one of them has, in colour.

The placement here is for the eye only: both are brought to the same box and nudged by a few pixels. The
measurement behind a verdict has a registration of its own.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.glyph.box import bounding_box
from engine.glyph.model import Ink

Colour = tuple[int, int, int]

PAPER: Colour = (255, 255, 255)
BOTH: Colour = (176, 176, 176)
GAIJI_ONLY: Colour = (213, 94, 0)
CANDIDATE_ONLY: Colour = (0, 84, 160)
"""Vermilion and blue stay apart for every kind of colour vision (M. Okabe and K. Ito, Color Universal Design,
2008); what both share is grey, so that the differences stand out. The blue is darker than theirs: on a copier
without colours it stays the darkest of the three.
"""

INK_LEVEL = 64
"""Ink (0–255) from which a pixel belongs to the glyph's box."""

MAX_STRETCH = 1.25
"""A candidate is stretched to the gaiji's box up to this ratio; beyond, the difference in shape is shown."""

NUDGE_SHARE = 0.05
"""Largest shift tried, as a share of the tile."""


def cropped(ink: Ink) -> Ink:
    """Return the glyph's box; (1, 1) paper where there is no ink.

    Parameters
    ----------
    ink : (H, W) uint8, ink = 255
        The glyph.

    Returns
    -------
    (h, w) uint8, a view.
    """
    box = bounding_box(ink >= INK_LEVEL)
    return box.cut(ink) if box else np.zeros((1, 1), np.uint8)


def fit(
    ink: Ink, size_px: int, *, margin_px: int, stretch_to: tuple[int, int] | None = None, dots: bool = False
) -> Ink:
    """Scale a glyph's box into a square tile, centred.

    Parameters
    ----------
    ink : (H, W) uint8, ink = 255
        The glyph.
    size_px, margin_px : int
        Side of the tile and blank border inside it.
    stretch_to : (height, width) in px, optional
        Fill exactly this box if the glyph's shape is not too different from it.
    dots : bool
        Keep the dots of an enlarged bitmap square instead of smoothing them.

    Returns
    -------
    (size_px, size_px) uint8, ink = 255.
    """
    box = cropped(ink)
    height, width = box.shape
    room = max(size_px - 2 * margin_px, 1)
    scale = room / max(height, width)
    target = (max(round(height * scale), 1), max(round(width * scale), 1))
    if stretch_to is not None:
        ratio = (stretch_to[1] / stretch_to[0]) / (width / height)
        if 1 / MAX_STRETCH <= ratio <= MAX_STRETCH:
            target = stretch_to
    enlarging = cv2.INTER_NEAREST if dots else cv2.INTER_CUBIC
    method = cv2.INTER_AREA if scale < 1 else enlarging
    scaled = cv2.resize(box, (target[1], target[0]), interpolation=method)
    tile = np.zeros((size_px, size_px), np.uint8)
    top, left = (size_px - target[0]) // 2, (size_px - target[1]) // 2
    tile[top : top + target[0], left : left + target[1]] = scaled
    return tile


def laid_over(gaiji: Ink, candidate: Ink, size_px: int, *, margin_px: int) -> tuple[Ink, Ink]:
    """Bring both glyphs into one tile, where they agree best.

    Parameters
    ----------
    gaiji, candidate : (H, W) uint8, ink = 255
        Of any sizes.
    size_px, margin_px : int
        Side of the tile and blank border inside it.

    Returns
    -------
    pair of (size_px, size_px) uint8, ink = 255
        The gaiji is centred; the candidate is stretched and shifted to it.
    """
    first = fit(gaiji, size_px, margin_px=margin_px)
    second = fit(candidate, size_px, margin_px=margin_px, stretch_to=cropped(first).shape)
    reach = max(round(size_px * NUDGE_SHARE), 1)
    padded = cv2.copyMakeBorder(first, reach, reach, reach, reach, cv2.BORDER_CONSTANT, value=0)
    agreement = cv2.matchTemplate(padded, second, cv2.TM_CCORR)
    row, col = np.unravel_index(int(np.argmax(agreement)), agreement.shape)
    shift = np.array([[1, 0, int(col) - reach], [0, 1, int(row) - reach]], np.float32)
    return first, cv2.warpAffine(second, shift, (size_px, size_px)).astype(np.uint8)


def overlay(gaiji: Ink, candidate: Ink) -> NDArray[np.uint8]:
    """Colour two pictures of one size by who has the ink.

    Parameters
    ----------
    gaiji, candidate : (H, W) uint8, ink = 255
        Placed already.

    Returns
    -------
    (H, W, 3) uint8 RGB
        Paper white, shared ink grey, the gaiji's own vermilion, the candidate's own blue.
    """
    first, second = gaiji.astype(np.float32) / 255, candidate.astype(np.float32) / 255
    both = np.minimum(first, second)
    paper = np.array(PAPER, np.float32)
    picture = np.broadcast_to(paper, (*gaiji.shape, 3)).copy()
    for share, colour in ((both, BOTH), (first - both, GAIJI_ONLY), (second - both, CANDIDATE_ONLY)):
        picture += share[..., None] * (np.array(colour, np.float32) - paper)
    return np.clip(np.rint(picture), 0, 255).astype(np.uint8)
