"""Does a confidence of 0.9 mean nine right of ten? Bins of confidence, and the error over them."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

EDGES: tuple[float, ...] = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99, 0.999, 1.0)
"""Bounds of the bins, the last one closed. Narrow near 1: whether a person must look is decided there."""


@dataclass(frozen=True, slots=True)
class Bin:
    """Answers whose confidence lies between two bounds; bins of equal bounds may be added.

    Attributes
    ----------
    low, high : float
        Half-open, but for the last bin.
    n : int
        Answers.
    confidence_sum : float
    right : int
        Answers that were right.
    """

    low: float
    high: float
    n: int
    confidence_sum: float
    right: int

    @property
    def confidence(self) -> float:
        """Mean confidence; NaN where empty."""
        return self.confidence_sum / self.n if self.n else math.nan

    @property
    def share_right(self) -> float:
        """Share of right answers; NaN where empty."""
        return self.right / self.n if self.n else math.nan

    def __add__(self, other: Bin) -> Bin:
        if (self.low, self.high) != (other.low, other.high):
            msg = f"bins {self.low}–{self.high} and {other.low}–{other.high} do not match"
            raise ValueError(msg)
        return Bin(
            self.low,
            self.high,
            self.n + other.n,
            self.confidence_sum + other.confidence_sum,
            self.right + other.right,
        )


def reliability(confidences: NDArray[np.float64], rights: NDArray[np.bool_]) -> tuple[Bin, ...]:
    """Sort answers into bins.

    Parameters
    ----------
    confidences : (N,) float64, 0–1
    rights : (N,) bool

    Returns
    -------
    tuple of Bin
        One for each interval of :data:`EDGES`, empty ones included.
    """
    place = np.clip(np.searchsorted(EDGES, confidences, side="right") - 1, 0, len(EDGES) - 2)
    bins = []
    for index, (low, high) in enumerate(itertools.pairwise(EDGES)):
        inside = place == index
        bins.append(
            Bin(low, high, int(inside.sum()), float(confidences[inside].sum()), int(rights[inside].sum()))
        )
    return tuple(bins)


def mean_confidence(bins: Sequence[Bin]) -> float:
    """Mean over all answers; NaN where there is none."""
    n = sum(each.n for each in bins)
    return sum(each.confidence_sum for each in bins) / n if n else math.nan


def calibration_error(bins: Sequence[Bin]) -> float:
    """Expected calibration error: mean distance of confidence and share of right answers.

    Parameters
    ----------
    bins : sequence of Bin

    Returns
    -------
    float
        Σ over bins of (share of answers in the bin) · |mean confidence − share right|; NaN without answers.
    """
    n = sum(each.n for each in bins)
    if not n:
        return math.nan
    return sum(each.n / n * abs(each.confidence - each.share_right) for each in bins if each.n)
