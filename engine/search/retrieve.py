"""Retrieval: gaiji → the reference glyphs worth comparing, best first."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.describe.model import DescriptionModel
from engine.reference.index import ReferenceIndex
from engine.search.exact import nearest
from engine.search.rerank import fine_similarities, fused

DEPTH = 50
"""Reference glyphs that are re-ranked. The true one is among them in 99.9 % of all but 16-dot pictures."""


@dataclass(frozen=True, eq=False)
class Shortlist:
    """What retrieval brought for one gaiji, by descending fused similarity.

    Attributes
    ----------
    rows : (K,) int64
        Index rows.
    coarse, fine, similarity : (K,) float32
        Similarities by the coarse and the fine description, and both fused.
    """

    rows: NDArray[np.int64]
    coarse: NDArray[np.float32]
    fine: NDArray[np.float32]
    similarity: NDArray[np.float32]

    def take(self, keep: NDArray[np.int64] | NDArray[np.bool_]) -> Shortlist:
        """Return some of it, in the order given."""
        return Shortlist(self.rows[keep], self.coarse[keep], self.fine[keep], self.similarity[keep])


class Retriever:
    """Searches a part of an index.

    Parameters
    ----------
    index : ReferenceIndex
    model : DescriptionModel
    offered : (R,) bool
        Rows that may be found.
    """

    def __init__(self, index: ReferenceIndex, model: DescriptionModel, offered: NDArray[np.bool_]) -> None:
        self.index = index
        self.model = model
        whole = bool(offered.all())
        self._rows = np.flatnonzero(offered)
        # A copy of what is on offer (60 MB at most) keeps the search exact whatever is barred.
        self._vectors = index.vectors if whole else np.ascontiguousarray(index.vectors[self._rows])

    def shortlists(
        self,
        squares: NDArray[np.uint8],
        left_out: Sequence[Collection[int]] | None = None,
        depth: int = DEPTH,
    ) -> list[Shortlist]:
        """Retrieve and re-rank.

        Parameters
        ----------
        squares : (N, S, S) uint8
            Normalised gaiji.
        left_out : sequence of collections of int, optional
            Index rows that each gaiji must not be offered, beside those barred for all.
        depth : int
            Length of each list.

        Returns
        -------
        list of Shortlist
        """
        if len(squares) == 0:
            return []
        spare = max((len(rows) for rows in left_out), default=0) if left_out else 0
        products, found = nearest(self._vectors, self.model.coarse.apply(squares), depth + spare)
        rows = self._rows[found]
        finer = fine_similarities(self.index.fine, self.model.fine.apply(squares), rows)
        lists = []
        for i in range(len(squares)):
            similarity = fused(products[i], finer[i])
            order = np.lexsort((rows[i], -similarity.round(5)))
            if left_out and left_out[i]:
                order = order[~np.isin(rows[i][order], list(left_out[i]))]
            lists.append(Shortlist(rows[i], products[i], finer[i], similarity).take(order[:depth]))
        return lists
