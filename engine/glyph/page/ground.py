"""A page of any tone → a small two-tone picture of it, in which lines and glyphs are looked for."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.glyph.paper import is_dark_on_light

Mask = NDArray[np.uint8]
"""(H, W) uint8, 1 = ink, 0 = paper."""

WORKING_SIDE_PX = 2000
"""Longer side of the small picture: about 170 dpi of an A4 page, where a hairline still shows."""

_NEIGHBOURHOOD = 0.018
"""Side of the window whose mean is the local paper, as a share of the longer side; three strokes fit in."""

_LEAST_CONTRAST = 9.0
NOISE_SIGMAS = 3.5
"""Ink is darker than its surroundings by so many grey values, and by so many deviations of the noise."""

_CONTRAST_SHARE = 0.12
"""… and by this share of the page's own contrast."""

_SPECK_PX = 3
"""Ink of fewer pixels is dust."""


@dataclass(frozen=True, slots=True, eq=False)
class Ground:
    """A page reduced.

    Attributes
    ----------
    mask : (h, w) uint8
        1 = ink.
    scale : float
        Pixels of ``mask`` per pixel of the page, at most 1.
    dark_on_light : bool
        False for a negative: white glyphs on black.
    """

    mask: Mask
    scale: float
    dark_on_light: bool


def find_ground(brightness: NDArray[np.uint8]) -> Ground:
    """Part ink from paper, wherever on the page and however dark the paper.

    Parameters
    ----------
    brightness : (H, W) uint8
        255 = white.
    """
    scale = min(1.0, WORKING_SIDE_PX / max(brightness.shape))
    small = brightness
    if scale < 1.0:
        small = np.asarray(
            cv2.resize(brightness, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), np.uint8
        )
    _, light = cv2.threshold(small, 0, 1, cv2.THRESH_BINARY | cv2.THRESH_OTSU)
    dark_on_light = is_dark_on_light(np.asarray(1 - light, np.uint8))
    darkness = 255 - small if dark_on_light else small
    window = max(7, int(_NEIGHBOURHOOD * max(small.shape)) | 1)
    relief = darkness.astype(np.int16) - cv2.blur(darkness, (window, window)).astype(np.int16)
    contrast = float(np.percentile(relief, 99.0))
    least = max(_LEAST_CONTRAST, NOISE_SIGMAS * noise_sigma(darkness), _CONTRAST_SHARE * contrast)
    return Ground(without_specks((relief > least).astype(np.uint8)), scale, dark_on_light)


def noise_sigma(picture: NDArray[np.uint8]) -> float:
    """Return the deviation of the noise, from the differences of neighbours, most of which are both paper.

    Parameters
    ----------
    picture : (H, W) uint8
        Brightness or darkness.
    """
    steps = np.abs(np.diff(picture[::2].astype(np.int16), axis=1))
    return float(np.percentile(steps, 68.0)) / float(np.sqrt(2.0))


def without_specks(mask: Mask) -> Mask:
    """Take away ink of a pixel or two."""
    _, labels, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=8)
    keep = stats[:, cv2.CC_STAT_AREA] >= _SPECK_PX
    keep[0] = False
    return np.asarray(keep[labels], np.uint8)
