"""Hentaigana are handwriting: which one a cursive gaiji is, when its hand is not the reference font's.

Two scribes' drawings of one hentaigana differ by slant, proportion and the run of the brush far more than two
foundries' drawings of a kanji. Of a gaiji that resembles hentaigana more than anything else, the likeliest
ones are therefore laid over it within wider limits before they are ranked, and the fine description, which
was learnt on kanji in print, has no say. Whatever else resembles the gaiji keeps its place in the list.

On the half of another font's hentaigana that this was chosen on, the right one came first in 84.5 % (64 px)
and 83.1 % (scans) by the fused similarity, 87.3 and 84.5 % by the coarse one, 88.7 and 90.1 % by this.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.compare.register import Limits, blurred, register_pairs
from engine.compare.residual import correlation
from engine.describe.model import DescriptionModel
from engine.reference.index import ReferenceIndex
from engine.search.rerank import fine_similarities
from engine.search.retrieve import Shortlist

HANDWRITTEN = Limits(
    linear=0.25,
    shift_px=8.0,
    flow_px=5.0,
    window_px=7.0,
    smooth_px=1.5,
    affine_steps=6,
    flow_steps=3,
    halved=True,
)
"""Best of five settings; narrower ones gained half as much, wider ones bent too much into one another. Whole
pictures and twice as many steps found the right one no more often (of 585 bent on purpose 552, this 553)."""

LAID_OVER = 15
"""Hentaigana laid over the gaiji: the right one is among that many in 98.6 %."""

DESCRIBED = 6
"""Of them, those that are described once more as they lie: the likeliest by everything else."""

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
    shortlists: Sequence[Shortlist],
    squares: NDArray[np.uint8],
    barred: Sequence[Collection[int]],
) -> list[Shortlist]:
    """Rank the hentaigana of shortlists by how well they can be laid over the gaiji.

    Parameters
    ----------
    index : ReferenceIndex
    model : DescriptionModel
    hentaigana : Hentaigana
    shortlists : sequence of Shortlist
        Of each gaiji.
    squares : (N, S, S) uint8
        The normalised gaiji.
    barred : sequence of collections of int
        Index rows that each gaiji must not be offered.

    Returns
    -------
    list of Shortlist
        Unchanged where the gaiji does not look cursive. Otherwise of the same length or longer, and the
        similarity of the best hentaigana is the mean of the coarse similarity before and after registration
        and of the correlation after it, less the effort; that of the other hentaigana is the coarse one.
    """
    cursive = [n for n, each in enumerate(shortlists) if looks_cursive(each, hentaigana)]
    ranked = list(shortlists)
    if cursive:
        queries = model.coarse.apply(squares[cursive]), model.fine.apply(squares[cursive])
        some = [shortlists[n] for n in cursive]
        likeliest = [
            _likeliest(hentaigana, each, query, barred[n])
            for n, each, query in zip(cursive, some, queries[0], strict=True)
        ]
        similarity = _laid_over(model, hentaigana, squares[cursive], queries[0], likeliest)
        for n, each, query, (places, coarse), found in zip(
            cursive, some, queries[1], likeliest, similarity, strict=True
        ):
            rows = hentaigana.rows[places]
            (fine,) = fine_similarities(index.fine, query[None], rows[None])
            rest = each.take(~_are(hentaigana, each.rows))
            joined = Shortlist(
                np.concatenate([rows, rest.rows]),
                np.concatenate([coarse, rest.coarse]),
                np.concatenate([fine, rest.fine]),
                np.concatenate([found, rest.similarity]),
            )
            ranked[n] = joined.take(np.lexsort((joined.rows, -joined.similarity.round(5))))
    return ranked


def _likeliest(
    hentaigana: Hentaigana, shortlist: Shortlist, query: NDArray[np.float32], barred: Collection[int]
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Places of the hentaigana most like the gaiji, as many as the shortlist is long, and how alike."""
    coarse = hentaigana.vectors @ query
    places = np.flatnonzero(~np.isin(hentaigana.rows, list(barred)))
    places = places[np.lexsort((places, -coarse[places].round(5)))[: len(shortlist.rows)]]
    return places, coarse[places]


def _laid_over(
    model: DescriptionModel,
    hentaigana: Hentaigana,
    squares: NDArray[np.uint8],
    queries: NDArray[np.float32],
    likeliest: Sequence[tuple[NDArray[np.int64], NDArray[np.float32]]],
) -> list[NDArray[np.float32]]:
    """Similarity of the likeliest hentaigana of each gaiji, the first of them laid over it."""
    firsts = [places[:LAID_OVER] for places, _ in likeliest]
    counts = [len(places) for places in firsts]
    gaiji_of = np.repeat(np.arange(len(squares)), counts)
    laid = register_pairs(squares, hentaigana.squares[np.concatenate(firsts)], gaiji_of, HANDWRITTEN)
    soft = blurred(squares.astype(np.float32), _COMPARE_PX)
    alike = correlation(soft[gaiji_of], blurred(laid.warped.astype(np.float32), _COMPARE_PX))
    before = np.concatenate([coarse[:LAID_OVER] for _, coarse in likeliest])
    rest = alike - 3 * EFFORT * np.abs(laid.affine[:, :4]).max(axis=1)
    ends = np.cumsum(counts)
    described = np.concatenate(
        [
            end - count + np.argsort(-(before + rest)[end - count : end], kind="stable")[:DESCRIBED]
            for count, end in zip(counts, ends.tolist(), strict=True)
        ]
    )
    after = before.copy()  # of those that are not described again
    warped = model.coarse.apply(laid.warped[described])
    after[described] = np.einsum("ij,ij->i", warped, queries[gaiji_of[described]])
    found = []
    for (_, coarse), part in zip(likeliest, np.split((before + after + rest) / 3, ends[:-1]), strict=True):
        similarity = coarse.copy()
        similarity[: len(part)] = part
        found.append(similarity)
    return found
