"""Detailed comparison of a gaiji with the best of its shortlist."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from engine.compare.network import IDENTICAL, OUTPUTS, RELATED, SAME, PairNetwork
from engine.compare.pair import PairModel, context
from engine.compare.register import register_pairs
from engine.compare.residual import residuals_of_pairs
from engine.reference.index import ReferenceIndex
from engine.search.retrieve import Shortlist

MOST = 8
"""Differently drawn candidates compared at most."""
WINDOW = 0.18
"""Candidates whose similarity is further than this behind the best are no rivals, and are not compared."""

TOGETHER = 24
"""Gaiji registered and measured together: many small steps in one, and the pictures still fit in the
cache."""

NETWORK_MOST = 4
"""Candidates that the pair network looks at: those that the measured model finds likeliest."""
NETWORK_WINDOW = 7.0
"""… unless they are this far behind the best of them, in log odds."""
_UNSEEN = -4.0
"""Log odds of the others: what the measured model puts last is not taken for the same form unseen."""


@dataclass(frozen=True, eq=False)
class Compared:
    """The compared candidates of one gaiji, best first.

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
    identical : (K,) float32
        Log odds that they are one drawing but for rendering.
    related : (K,) float32
        Log odds that they are at least one character.
    registered : (K, S, S) uint8
        The candidates laid over the gaiji.
    """

    rows: NDArray[np.int64]
    similarity: NDArray[np.float32]
    inputs: NDArray[np.float32]
    log_odds: NDArray[np.float32]
    identical: NDArray[np.float32]
    related: NDArray[np.float32]
    registered: NDArray[np.uint8]

    def take(self, positions: NDArray[np.int64] | list[int]) -> Compared:
        """Return the candidates at some positions, in that order."""
        return Compared(*(getattr(self, each.name)[positions] for each in fields(self)))

    def followed_by(self, others: Compared) -> Compared:
        """Return these candidates and behind them others of the same gaiji."""
        pairs = ((getattr(self, each.name), getattr(others, each.name)) for each in fields(self))
        return Compared(*map(np.concatenate, pairs))


def worth_comparing(index: ReferenceIndex, shortlist: Shortlist, *, least: int = 1) -> NDArray[np.int64]:
    """Return the positions of the candidates to compare, one for each drawing, best first.

    Parameters
    ----------
    index : ReferenceIndex
    shortlist : Shortlist
    least : int
        So many, if the shortlist has them, even where they are no rivals.
    """
    chosen: list[int] = []
    drawings: set[int] = set()
    floor = shortlist.similarity[0] - WINDOW if len(shortlist.rows) else 0.0
    for position, drawing in enumerate(index.drawing[shortlist.rows].tolist()):
        if drawing < 0 or drawing in drawings:
            continue
        if shortlist.similarity[position] < floor and len(chosen) >= least:
            break
        drawings.add(drawing)
        chosen.append(position)
        if len(chosen) == MOST:
            break
    return np.array(chosen, np.int64)


def measure_shortlists(
    index: ReferenceIndex,
    shortlists: Sequence[Shortlist],
    squares: NDArray[np.uint8],
    ink_sides_px: Sequence[int],
    *,
    least: int = 1,
) -> list[tuple[Shortlist, NDArray[np.float32], NDArray[np.uint8]]]:
    """Choose each gaiji's candidates worth comparing, register and measure all of them together.

    Returns
    -------
    list of (chosen, inputs, registered)
        For each gaiji: the shortlist of its K candidates, (K, I) float32, (K, S, S) uint8.
    """
    chosen = [shortlist.take(worth_comparing(index, shortlist, least=least)) for shortlist in shortlists]
    counts = [len(each.rows) for each in chosen]
    gaiji_of = np.repeat(np.arange(len(chosen)), counts)
    candidates = index.squares(np.concatenate([each.rows for each in chosen]))
    registration = register_pairs(squares, candidates, gaiji_of)
    residual = residuals_of_pairs(squares, gaiji_of, registration)
    found = []
    for each, square, side, stop in zip(chosen, squares, ink_sides_px, np.cumsum(counts), strict=True):
        pairs = slice(stop - len(each.rows), stop)
        numbers = context(each.coarse, each.fine, square, side)
        found.append((each, np.concatenate([residual[pairs], numbers], axis=1), registration.warped[pairs]))
    return found


def compare_shortlists(
    index: ReferenceIndex,
    model: PairModel,
    network: PairNetwork | None,
    shortlists: Sequence[Shortlist],
    squares: NDArray[np.uint8],
    ink_sides_px: Sequence[int],
    *,
    least: int = 1,
) -> Iterator[Compared]:
    """Compare each of several gaiji with the best of its shortlist.

    Parameters
    ----------
    index : ReferenceIndex
    model : PairModel
        Chooses what the network looks at.
    network : PairNetwork or None
        None: the measured model alone judges; it knows no difference between one form, one drawing and one
        character.
    shortlists : sequence of Shortlist
        One for each gaiji.
    squares : (N, S, S) uint8
        The normalised gaiji.
    ink_sides_px : sequence of int
        Longer side of the ink of each as it was read.
    least : int
        As for :func:`worth_comparing`.

    Yields
    ------
    Compared
        For each gaiji; the same whatever other gaiji are beside it.
    """
    for start in range(0, len(shortlists), TOGETHER):
        some = slice(start, start + TOGETHER)
        found = measure_shortlists(index, shortlists[some], squares[some], ink_sides_px[some], least=least)
        measured = model.log_odds(np.concatenate([inputs for _, inputs, _ in found]))
        parts = np.split(measured, np.cumsum([len(inputs) for _, inputs, _ in found])[:-1])
        for square, (chosen, inputs, registered), part in zip(squares[some], found, parts, strict=True):
            yield _compared(network, square, chosen, inputs, registered, part)


def _compared(
    network: PairNetwork | None,
    square: NDArray[np.uint8],
    chosen: Shortlist,
    inputs: NDArray[np.float32],
    registered: NDArray[np.uint8],
    measured: NDArray[np.float32],
) -> Compared:
    """Judge one gaiji's measured candidates and rank them."""
    odds = np.repeat(measured[:, None], len(OUTPUTS), axis=1)
    if network is not None and len(measured):
        looked = np.argsort(-measured, kind="stable")[:NETWORK_MOST]
        looked = looked[measured[looked] >= measured[looked[0]] - NETWORK_WINDOW]
        odds = np.minimum(odds, _UNSEEN)
        odds[looked] = network.log_odds(square, registered[looked], inputs[looked])
    rank = odds[:, SAME]
    if network is not None and len(rank) and rank.max() < 0:
        rank = rank + odds[:, RELATED]  # none is the same form: the same character comes first
    order = np.lexsort((chosen.rows, -measured.round(4), -rank.round(4)))
    return Compared(
        rows=chosen.rows[order],
        similarity=chosen.similarity[order],
        inputs=inputs[order],
        log_odds=odds[order, SAME],
        identical=odds[order, IDENTICAL],
        related=odds[order, RELATED],
        registered=registered[order],
    )
