"""Normalised pictures in half the space: two pixels a byte."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_STEP = 17  # 15 × 17 = 255: full ink stays full ink


def pack(squares: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Reduce pictures to 16 levels and put two pixels in a byte: (N, S, S) uint8 → (N, S·S/2) uint8."""
    levels = ((squares.reshape(len(squares), -1).astype(np.uint16) + _STEP // 2) // _STEP).astype(np.uint8)
    return np.asarray((levels[:, 0::2] << 4) | levels[:, 1::2], np.uint8)


def unpack(packed: NDArray[np.uint8], side_px: int) -> NDArray[np.uint8]:
    """Undo :func:`pack`, to within 8 of 255 levels: (N, S·S/2) uint8 → (N, S, S) uint8."""
    levels = np.empty((len(packed), packed.shape[1] * 2), np.uint8)
    levels[:, 0::2] = packed >> 4
    levels[:, 1::2] = packed & 15
    return (levels * np.uint8(_STEP)).reshape(len(packed), side_px, side_px)
