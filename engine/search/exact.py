"""Exact nearest-neighbour search by inner product."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_FEW = 4
"""Up to this many queries a plain matrix product is faster than loading faiss."""


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
        Neighbours wanted, at most R.

    Returns
    -------
    products : (N, count) float32
        Descending.
    rows : (N, count) int64
        Never −1: ``count`` is cut to R first, and NaN queries are refused.

    Raises
    ------
    ValueError
        A query is not finite.
    """
    if not np.isfinite(queries).all():
        msg = "queries: expected finite numbers, got NaN or infinity"
        raise ValueError(msg)
    count = min(count, len(vectors))
    if len(queries) <= _FEW:
        products = queries @ vectors.T
        rows = np.argpartition(-products, count - 1, axis=1)[:, :count]
        best = np.take_along_axis(products, rows, axis=1)
        order = np.lexsort((rows, -best), axis=1)
        return np.take_along_axis(best, order, axis=1), np.take_along_axis(rows, order, axis=1)
    import faiss

    best, rows = faiss.knn(queries, vectors, count, metric=faiss.METRIC_INNER_PRODUCT)
    return best, rows.astype(np.int64)
