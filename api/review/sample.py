"""How many of a set must be looked at, and which."""

from __future__ import annotations

import math
import random

WRONG_SHARE = 0.01
"""A set with a larger share of wrong suggestions is to be noticed …"""
CERTAINTY = 0.95
"""… with this probability: at least one of them is in the sample."""


def sample_size(size: int) -> int:
    """Return how many of a set must be looked at, so that too many wrong ones would be noticed.

    Parameters
    ----------
    size : int
        Of the set.

    Returns
    -------
    int
        The smallest n for which a set with just more than :data:`WRONG_SHARE` wrong has one of them among n
        drawn without putting back, with probability :data:`CERTAINTY`: 78 of 100, 238 of 1,000, and never
        more than 299 (``ln 0.05 / ln 0.99``), however large the set.
    """
    wrong = math.floor(size * WRONG_SHARE) + 1
    unnoticed = 1.0
    for drawn in range(size):
        if unnoticed <= 1 - CERTAINTY:
            return drawn
        unnoticed *= (size - wrong - drawn) / (size - drawn)
    return size


def draw(ids: list[int], seed: int) -> list[int]:
    """Draw the sample of a set: the same for the same set and seed, in random order."""
    return random.Random(seed).sample(ids, sample_size(len(ids)))  # noqa: S311 - to be repeatable, not secret
