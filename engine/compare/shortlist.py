"""Detailed comparison of a gaiji with the best of its shortlist."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.compare.pair import PairModel, context, measure
from engine.reference.index import ReferenceIndex
from engine.search.retrieve import Shortlist

MOST = 8
"""Differently drawn candidates compared at most."""
WINDOW = 0.18
"""Candidates whose similarity is further than this behind the best are no rivals, and are not compared."""


@dataclass(frozen=True, eq=False)
class Compared:
    """The compared candidates of one gaiji, by descending log odds.

    Attributes
    ----------
    rows : (K,) int64
        Index rows, one for each drawing.
    similarity : (K,) float32
        Fused similarity of the descriptions.
    inputs : (K, I) float32
        Measurements, columns :data:`engine.compare.pair.INPUTS`.
    log_odds : (K,) float32
        That candidate and gaiji are one form.
    """

    rows: NDArray[np.int64]
    similarity: NDArray[np.float32]
    inputs: NDArray[np.float32]
    log_odds: NDArray[np.float32]


def worth_comparing(index: ReferenceIndex, shortlist: Shortlist) -> NDArray[np.int64]:
    """Return the positions of the candidates to compare, one for each drawing, best first."""
    chosen: list[int] = []
    drawings: set[int] = set()
    floor = shortlist.similarity[0] - WINDOW if len(shortlist.rows) else 0.0
    for position, drawing in enumerate(index.drawing[shortlist.rows].tolist()):
        if drawing < 0 or drawing in drawings:
            continue
        if shortlist.similarity[position] < floor:
            break
        drawings.add(drawing)
        chosen.append(position)
        if len(chosen) == MOST:
            break
    return np.array(chosen, np.int64)


def measure_shortlist(
    index: ReferenceIndex, shortlist: Shortlist, square: NDArray[np.uint8], ink_side_px: int
) -> tuple[Shortlist, NDArray[np.float32]]:
    """Choose the candidates worth comparing and measure them.

    Returns
    -------
    chosen : Shortlist
        Of K candidates.
    inputs : (K, I) float32
    """
    chosen = shortlist.take(worth_comparing(index, shortlist))
    residual = measure(square, index.squares(chosen.rows))
    return chosen, np.concatenate(
        [residual, context(chosen.coarse, chosen.fine, square, ink_side_px)], axis=1
    )


def compare_shortlist(
    index: ReferenceIndex, model: PairModel, shortlist: Shortlist, square: NDArray[np.uint8], ink_side_px: int
) -> Compared:
    """Compare a gaiji with the best of its shortlist.

    Parameters
    ----------
    index : ReferenceIndex
    model : PairModel
    shortlist : Shortlist
    square : (S, S) uint8
        The normalised gaiji.
    ink_side_px : int
        Longer side of its ink as it was read.
    """
    chosen, inputs = measure_shortlist(index, shortlist, square, ink_side_px)
    log_odds = model.log_odds(inputs)
    order = np.lexsort((chosen.rows, -log_odds.round(4)))
    return Compared(chosen.rows[order], chosen.similarity[order], inputs[order], log_odds[order])
