"""Gradient-direction description: how much edge runs in each direction in each part of the glyph."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

DIRECTIONS = 8


@dataclass(frozen=True, slots=True)
class GradientParameters:
    """What a gradient description depends on.

    Attributes
    ----------
    grid : int
        Cells a side.
    sigma_cells : float
        Standard deviation of the Gaussian with which a cell samples its surroundings, in cells.
    """

    grid: int = 8
    sigma_cells: float = 0.5

    @property
    def dimension(self) -> int:
        """Length of a description."""
        return self.grid * self.grid * DIRECTIONS


def sampling_matrix(side_px: int, parameters: GradientParameters) -> NDArray[np.float32]:
    """Rows of Gaussian weights, one for each cell centre: (grid, side_px) float32; rows sum to 1."""
    cell_px = side_px / parameters.grid
    centres = (np.arange(parameters.grid) + 0.5) * cell_px
    pixels = np.arange(side_px) + 0.5
    distance = (pixels[None, :] - centres[:, None]) / (parameters.sigma_cells * cell_px)
    weights = np.exp(-0.5 * distance**2)
    return np.asarray(weights / weights.sum(axis=1, keepdims=True), np.float32)


def direction_planes(squares: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Split the Sobel gradient of each picture over eight directions.

    Parameters
    ----------
    squares : (N, S, S) uint8

    Returns
    -------
    (N, 8, S, S) float32
        Non-negative strength towards 0°, 45°, …, 315°. A vector is split into its two neighbouring
        directions by the parallelogram rule (C.-L. Liu et al., Pattern Recognition 36, 2003), which needs
        no angle: along an axis ``||gx| - |gy||``, along the diagonal ``sqrt(2) min(|gx|, |gy|)``.
    """
    padded = np.pad(squares, ((0, 0), (1, 1), (1, 1))).astype(np.float32)
    smooth_rows = padded[:, :-2] + 2 * padded[:, 1:-1] + padded[:, 2:]
    gx = smooth_rows[:, :, 2:] - smooth_rows[:, :, :-2]
    smooth_cols = padded[:, :, :-2] + 2 * padded[:, :, 1:-1] + padded[:, :, 2:]
    gy = smooth_cols[:, 2:] - smooth_cols[:, :-2]
    ax, ay = np.abs(gx), np.abs(gy)
    along_x = np.maximum(ax - ay, 0)
    along_y = np.maximum(ay - ax, 0)
    diagonal = np.float32(np.sqrt(2)) * np.minimum(ax, ay)
    right, down = gx > 0, gy > 0
    planes = np.empty((len(squares), DIRECTIONS, *squares.shape[1:]), np.float32)
    np.multiply(along_x, right, out=planes[:, 0])
    np.multiply(diagonal, right & down, out=planes[:, 1])
    np.multiply(along_y, down, out=planes[:, 2])
    np.multiply(diagonal, ~right & down, out=planes[:, 3])
    np.multiply(along_x, ~right, out=planes[:, 4])
    np.multiply(diagonal, ~right & ~down, out=planes[:, 5])
    np.multiply(along_y, ~down, out=planes[:, 6])
    np.multiply(diagonal, right & ~down, out=planes[:, 7])
    return planes


def describe(squares: NDArray[np.uint8], parameters: GradientParameters) -> NDArray[np.float32]:
    """Describe normalised pictures.

    Parameters
    ----------
    squares : (N, S, S) uint8
        Normalised pictures; 0 = paper.
    parameters : GradientParameters

    Returns
    -------
    (N, D) float32
        Unit vectors; square roots of the sampled strengths (a variance-stabilising power, which keeps
        one bold stroke from drowning the fine ones). A zero picture gives a zero vector.
    """
    weights = sampling_matrix(squares.shape[-1], parameters)
    described = np.empty((len(squares), parameters.dimension), np.float32)
    block = 64  # keeps the planes of one block inside the cache of an office PC
    for start in range(0, len(squares), block):
        planes = direction_planes(squares[start : start + block])
        cells = weights @ (planes @ weights.T)
        described[start : start + block] = np.sqrt(np.maximum(cells, 0)).reshape(len(planes), -1)
    norms = np.linalg.norm(described, axis=1, keepdims=True)
    np.divide(described, norms, out=described, where=norms > 0)
    return described
