"""Exact nearest-neighbour search by inner product.

Decision record: one matrix product and a selection, in numpy. At 62,000 × 256, one core, blocks of 256
queries, ``faiss.knn`` took 2.0 ms a query, this takes 0.5 (the product alone 0.4: numpy's BLAS is the faster
one), and a single image need not load faiss. The tests hold it against faiss, which remains the tool for
training and for approximate search.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_BLOCK = 128
"""Queries multiplied at once: 32 MB of products at 62,000 rows."""

_STRETCH = 8192
"""Rows multiplied at once: 8 MB, which stay in the cache for all queries of a block. A third faster."""

_GROUP = 256
"""Rows whose best product stands for all of them in the first pass of the selection."""


def nearest(
    vectors: NDArray[np.float32], queries: NDArray[np.float32], count: int
) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Return the rows with the largest inner products.

    Parameters
    ----------
    vectors : (R, E) float32
        The reference; C-contiguous (may be memory-mapped).
    queries : (N, E) float32
    count : int
        Neighbours wanted; cut to R.

    Returns
    -------
    products : (N, count) float32
        Descending; equal ones by row.
    rows : (N, count) int64

    Raises
    ------
    ValueError
        A query is not finite.
    """
    if not np.isfinite(queries).all():
        msg = "queries: expected finite numbers, got NaN or infinity"
        raise ValueError(msg)
    count = min(count, len(vectors))
    best = np.empty((len(queries), count), np.float32)
    rows = np.empty((len(queries), count), np.int64)
    for start in range(0, len(queries), _BLOCK):
        products = _products(vectors, queries[start : start + _BLOCK])
        for i, row in enumerate(products, start):
            rows[i] = _largest(row, count)
            best[i] = row[rows[i]]
    return best, rows


def _products(vectors: NDArray[np.float32], queries: NDArray[np.float32]) -> NDArray[np.float32]:
    """All inner products, (N, R) float32."""
    products = np.empty((len(queries), len(vectors)), np.float32)
    for first in range(0, len(vectors), _STRETCH):
        rows = slice(first, first + _STRETCH)
        np.matmul(queries, vectors[rows].T, out=products[:, rows])
    return products


def _largest(products: NDArray[np.float32], count: int) -> NDArray[np.int64]:
    """Positions of the ``count`` largest numbers, descending.

    Each of the ``count`` best groups holds a product that is at least the worst of their maxima; what is
    below that cannot be among the ``count`` best, so that only some hundred products are left to sort.
    """
    groups = len(products) // _GROUP
    if groups > count:
        # Strided groups: neighbours in the table are often alike, and would share a group. The few rows
        # behind the last whole stride belong to none; leaving them out only makes the floor lower.
        maxima = products[: groups * _GROUP].reshape(_GROUP, groups).max(axis=0)
        floor = np.partition(maxima, len(maxima) - count)[len(maxima) - count]
        some = np.flatnonzero(products >= floor)
    else:
        some = np.arange(len(products))
    return some[np.lexsort((some, -products[some]))[:count]]
