"""Picture → ink map."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.errors import ReadError
from engine.glyph.model import Ink

MAX_SIDE_PX = 256


def shrink(pixels: NDArray[np.uint8], side_px: int) -> NDArray[np.uint8]:
    """Reduce to at most ``side_px`` on the longer side by area averaging; smaller ones are returned as is."""
    height, width = pixels.shape[:2]
    if max(height, width) <= side_px:
        return pixels
    scale = side_px / max(height, width)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    return np.asarray(cv2.resize(np.ascontiguousarray(pixels), size, interpolation=cv2.INTER_AREA), np.uint8)


def clean(brightness: NDArray[np.uint8]) -> Ink:
    """Placeholder."""
    _, binary = cv2.threshold(brightness, 0, 255, cv2.THRESH_BINARY_INV | cv2.THRESH_OTSU)
    if brightness.max() - brightness.min() < 24:
        raise ReadError("empty-glyph", "字が描かれていません。")
    ink = 255 - brightness if binary.mean() < 127 else brightness
    return shrink(np.ascontiguousarray(ink), MAX_SIDE_PX)
