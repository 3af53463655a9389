"""Lists of unlike length in one array: every query with every item of its group, without a loop."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def every_pair(
    group: NDArray[np.int64], cuts: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Pair each query with every item of its group.

    Parameters
    ----------
    group : (Q,) int64
        Group of each query.
    cuts : (G + 1,) int64
        Group g has the items from ``cuts[g]`` to ``cuts[g + 1]``.

    Returns
    -------
    query, item : (M,) int64
        Indices of both; query by query, items ascending.
    """
    starts = cuts[group]
    sizes = cuts[group + 1] - starts
    query = np.repeat(np.arange(len(group)), sizes)
    before = np.cumsum(sizes) - sizes
    return query, np.arange(len(query)) + np.repeat(starts - before, sizes)


def first_least(values: NDArray[np.floating], query: NDArray[np.int64], count: int) -> NDArray[np.int64]:
    """Position of the least value of each query, the first of equals; −1 where a query has none.

    Parameters
    ----------
    values : (M,) float
    query : (M,) int64
        Ascending.
    count : int
        Number of queries.

    Returns
    -------
    (count,) int64
    """
    found = np.full(count, -1, np.int64)
    if len(query):
        starts = np.flatnonzero(np.diff(query, prepend=-1))
        least = np.minimum.reduceat(values, starts)
        sizes = np.diff(starts, append=len(query))
        at = np.flatnonzero(values == np.repeat(least, sizes))
        owner = query[at]
        is_first = np.diff(owner, prepend=-1) > 0
        found[owner[is_first]] = at[is_first]
    return found
