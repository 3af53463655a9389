"""Hentaigana are handwriting: which one a cursive gaiji is, when its hand is not the reference font's.

Two scribes' drawings of one hentaigana differ by slant, proportion and the run of the brush far more than two
foundries' drawings of a kanji. Of a gaiji that resembles hentaigana more than anything else, the likeliest
ones are therefore laid over it within wider limits before they are ranked, and the fine description, which
was learnt on kanji in print, has no say. Whatever else resembles the gaiji keeps its place in the list.

On the half of another font's hentaigana that this was chosen on, the right one came first in 84.5 % (64 px)
and 83.1 % (scans) by the fused similarity, 87.3 and 84.5 % by the coarse one, 88.7 and 90.1 % by this.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.compare.register import Limits, blurred, register
from engine.compare.residual import correlation
from engine.describe.model import DescriptionModel
from engine.reference.index import ReferenceIndex
from engine.search.rerank import fine_similarities
from engine.search.retrieve import Shortlist

HANDWRITTEN = Limits(
    linear=0.25, shift_px=8.0, flow_px=5.0, window_px=7.0, smooth_px=1.5, affine_steps=10, flow_steps=5
)
"""Best of five settings; narrower ones gained half as much, wider ones bent too much into one another."""

LAID_OVER = 15
"""Hentaigana laid over the gaiji: the right one is among that many in 98.6 %."""

BEHIND = 0.05
"""How far the best hentaigana's coarse similarity may be behind the best other's fused one.

Within it are 98 % of another font's hentaigana, none of 3,500 kanji and 0–2 % of the kana and symbols of
training fonts."""

EFFORT = 0.25
"""What a candidate loses for each unit of slant or stretch: keeps a part of the scribbles from passing for
hentaigana."""

_COMPARE_PX = 1.5
"""Blur of both pictures before they are correlated."""


@dataclass(frozen=True, eq=False)
class Hentaigana:
    """The hentaigana of an index, small enough to be kept in memory.

    Attributes
    ----------
    rows : (H,) int64
        Index rows, ascending.
    vectors : (H, E) float32
        Coarse descriptions.
    squares : (H, S, S) uint8
        Normalised pictures.
    """

    rows: NDArray[np.int64]
    vectors: NDArray[np.float32]
    squares: NDArray[np.uint8]


def hentaigana_of(index: ReferenceIndex, rows: NDArray[np.int64]) -> Hentaigana:
    """Gather the hentaigana that may be found.

    Parameters
    ----------
    index : ReferenceIndex
    rows : (H,) int64
        Their index rows, ascending.
    """
    return Hentaigana(rows, np.array(index.vectors[rows], np.float32), index.squares(rows))


def _are(hentaigana: Hentaigana, rows: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Whether index rows are hentaigana; np.isin sorts both, and every glyph is asked about."""
    if not len(hentaigana.rows):
        return np.zeros(len(rows), np.bool_)
    place = np.searchsorted(hentaigana.rows, rows).clip(max=len(hentaigana.rows) - 1)
    return np.asarray(hentaigana.rows[place] == rows, np.bool_)


def looks_cursive(shortlist: Shortlist, hentaigana: Hentaigana) -> bool:
    """Whether hentaigana resemble the gaiji about as much as anything else does."""
    ours = _are(hentaigana, shortlist.rows)
    if not ours.any():
        return False
    others = float(shortlist.similarity[~ours].max(initial=-1.0))
    return float(shortlist.coarse[ours].max()) >= others - BEHIND


def ranked_as_handwriting(
    index: ReferenceIndex,
    model: DescriptionModel,
    hentaigana: Hentaigana,
    shortlist: Shortlist,
    square: NDArray[np.uint8],
    barred: Collection[int] = (),
) -> Shortlist:
    """Rank the hentaigana of a shortlist by how well they can be laid over the gaiji.

    Parameters
    ----------
    index : ReferenceIndex
    model : DescriptionModel
    hentaigana : Hentaigana
    shortlist : Shortlist
    square : (S, S) uint8
        The normalised gaiji.
    barred : collection of int
        Index rows that this gaiji must not be offered.

    Returns
    -------
    Shortlist
        Unchanged where the gaiji does not look cursive. Otherwise of the same length or longer, and the
        similarity of the best hentaigana is the mean of the coarse similarity before and after registration
        and of the correlation after it, less the effort; that of the other hentaigana is the coarse one.
    """
    if not looks_cursive(shortlist, hentaigana):
        return shortlist
    query = model.coarse.apply(square[None])[0]
    allowed = ~np.isin(hentaigana.rows, list(barred))
    coarse = hentaigana.vectors[allowed] @ query
    rows, squares = hentaigana.rows[allowed], hentaigana.squares[allowed]
    order = np.lexsort((rows, -coarse.round(5)))[: len(shortlist.rows)]
    coarse, rows, squares = coarse[order], rows[order], squares[order]
    similarity = coarse.copy()
    laid = register(square, squares[:LAID_OVER], HANDWRITTEN)
    warped = laid.warped
    laid_over = model.coarse.apply(warped) @ query
    soft = blurred(np.concatenate([square[None], warped]).astype(np.float32), _COMPARE_PX)
    effort = EFFORT * np.abs(laid.affine[:, :4]).max(axis=1)
    similarity[:LAID_OVER] = (coarse[:LAID_OVER] + laid_over + correlation(soft[:1], soft[1:])) / 3 - effort
    fine = fine_similarities(index.fine, model.fine.apply(square[None]), rows[None])[0]
    rest = shortlist.take(~_are(hentaigana, shortlist.rows))
    joined = Shortlist(
        np.concatenate([rows, rest.rows]),
        np.concatenate([coarse, rest.coarse]),
        np.concatenate([fine, rest.fine]),
        np.concatenate([similarity, rest.similarity]),
    )
    return joined.take(np.lexsort((joined.rows, -joined.similarity.round(5))))
