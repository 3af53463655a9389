"""Approximate search against the exact one that the engine uses: what is gained in time, what is lost.

The engine searches exactly (:mod:`engine.search.exact`, with the reason). These figures are what that is
measured by: the share of the true ten nearest that an approximate index finds, how fast, how long to build.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.search.exact import nearest

NEIGHBOURS = 10
_BLOCK = 256
_CELLS, _PROBES = 256, (8, 32)
_CODES = "PQ64"
_TRAINED_ON = 12_288
"""Vectors that cells and codes are learned from: 48 for each of the cells, where faiss asks for 39."""
_LINKS, _BUILD_WIDTH, _WIDTHS = 32, 80, (32, 128)

Search = Callable[[NDArray[np.float32]], NDArray[np.int64]]


@dataclass(frozen=True, slots=True)
class SearchResult:
    """One way to search.

    Attributes
    ----------
    name : str
    recall_at_10 : float
        Share of the true ten nearest that are among its ten.
    queries_per_s : float
    build_s : float
    """

    name: str
    recall_at_10: float
    queries_per_s: float
    build_s: float


def compare_searches(
    vectors: NDArray[np.float32],
    queries: NDArray[np.float32],
    *,
    cells: int = _CELLS,
    codes: str = _CODES,
) -> list[SearchResult]:
    """Measure the exact search of the engine, that of faiss, and two approximate ones of faiss.

    Parameters
    ----------
    vectors : (R, E) float32
        Of the reference; unit vectors.
    queries : (N, E) float32
    cells : int
        Lists of the index with inverted lists.
    codes : str
        Its product codes, as faiss writes them.

    Returns
    -------
    list of SearchResult
        In blocks of 256 queries, with as many threads as the libraries take.
    """
    vectors = np.ascontiguousarray(vectors)
    exact: Search = lambda block: nearest(vectors, block, NEIGHBOURS)[1]  # noqa: E731
    true, seconds = _timed(exact, queries)
    found = [SearchResult("numpy 全件", 1.0, len(queries) / seconds, 0.0)]
    flat, build_s = _built(vectors, "Flat")
    found.append(_measured("faiss FlatIP", flat, queries, true, build_s))
    graph, build_s = _built(vectors, f"HNSW{_LINKS}")
    for width in _WIDTHS:
        graph.hnsw.efSearch = width
        found.append(_measured(f"faiss HNSW{_LINKS} ef={width}", graph, queries, true, build_s))
    lists, build_s = _built(vectors, f"IVF{cells},{codes}")
    for probes in _PROBES:
        lists.nprobe = probes
        name = f"faiss IVF{cells}-{codes} nprobe={probes}"
        found.append(_measured(name, lists, queries, true, build_s))
    return found


def _built(vectors: NDArray[np.float32], description: str) -> tuple[Any, float]:
    import faiss

    begin = time.perf_counter()
    index: Any = faiss.index_factory(vectors.shape[1], description, faiss.METRIC_INNER_PRODUCT)
    if description.startswith("HNSW"):
        index.hnsw.efConstruction = _BUILD_WIDTH
    if not index.is_trained:
        index.train(np.ascontiguousarray(vectors[:: max(1, len(vectors) // _TRAINED_ON)]))
    index.add(vectors)
    return index, time.perf_counter() - begin


def _measured(
    name: str, index: Any, queries: NDArray[np.float32], true: NDArray[np.int64], build_s: float
) -> SearchResult:
    rows, seconds = _timed(lambda block: np.asarray(index.search(block, NEIGHBOURS)[1], np.int64), queries)
    return SearchResult(name, recall(true, rows), len(queries) / seconds, build_s)


def _timed(search: Search, queries: NDArray[np.float32]) -> tuple[NDArray[np.int64], float]:
    search(queries[:_BLOCK])  # warm up
    begin = time.perf_counter()
    rows = [search(queries[start : start + _BLOCK]) for start in range(0, len(queries), _BLOCK)]
    return np.concatenate(rows), time.perf_counter() - begin


def recall(true: NDArray[np.int64], found: NDArray[np.int64]) -> float:
    """Share of the true neighbours that were found.

    Parameters
    ----------
    true, found : (N, K) int64
        Rows; those of a query in any order.
    """
    hits = (true[:, :, None] == found[:, None, :]).any(axis=2)
    return float(hits.mean())
