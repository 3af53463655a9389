"""The answer to one criterion: which rows meet it, how well, and why."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Penalty = NDArray[np.int32]

NONE = -1
"""Penalty of a row that does not meet the criterion."""

OPTION_STEP = 1000
"""Penalty of a later meaning of a word: what is found by an earlier one goes before it."""


@dataclass(frozen=True, slots=True)
class Match:
    """Rows of the table that meet a criterion.

    Attributes
    ----------
    penalty : (N,) int32
        0 where the row fits exactly, more where it fits less, :data:`NONE` where it does not.
    reason : callable
        Row → why it was found, in Japanese; asked only for rows that were.
    """

    penalty: Penalty
    reason: Callable[[int], str]


def nothing(length: int) -> Penalty:
    """Return the penalties of a criterion that no row meets, (length,) int32."""
    return np.full(length, NONE, np.int32)


def improve(penalty: Penalty, rows: NDArray[np.integer] | NDArray[np.bool_], value: int) -> None:
    """Give rows a penalty in place, where they have none yet or a higher one."""
    chosen = penalty[rows]
    penalty[rows] = np.where((chosen == NONE) | (chosen > value), value, chosen)


def best_of(matches: Sequence[Match]) -> Match:
    """Join the meanings of one word: the first that a row meets is the one that counts."""
    penalty = nothing(len(matches[0].penalty))
    chosen = np.zeros(len(penalty), np.int16)
    for number, match in enumerate(matches):
        new = (match.penalty != NONE) & (penalty == NONE)
        penalty[new] = match.penalty[new] + number * OPTION_STEP
        chosen[new] = number
    return Match(penalty, lambda row: matches[int(chosen[row])].reason(row))
