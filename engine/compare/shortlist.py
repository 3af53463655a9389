"""Detailed comparison of a gaiji with the best of its shortlist.

Most gaiji are like some MJ and the same as none, and two or three candidates are enough to see that. So each
gaiji is looked at twice: first with the few candidates that are nearest by their descriptions; and unless
that has settled that it is only similar, with all that are worth comparing. Of 11,468 glyphs made of training
fonts 0.3 % got another class than with all candidates at once (ten were no longer accepted, none was newly
accepted), and where another MJ was called the nearest it was the right one nine times as often as before.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from functools import cached_property

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

FIRST_MOST, FIRST_WINDOW = 4, 0.08
"""The same as :data:`MOST` and :data:`WINDOW` for the first look at a gaiji."""
FIRST_NETWORK_MOST, FIRST_NETWORK_WINDOW = 2, 5.0
"""The same as :data:`NETWORK_MOST` and :data:`NETWORK_WINDOW` for the first look."""
SETTLED_SAME, SETTLED_RELATED = -3.0, 2.0
"""The first look is the last where the network takes no candidate for the same form (log odds below the one),
yet one for the same character (from the other on). No rule accepts a gaiji by such odds: what is accepted has
always been compared with every rival."""
UNLIKE_SAME, UNLIKE_RELATED = -4.0, -2.0
"""It is the last as well where all odds are below these and no candidate is a sign that is no kanji: then the
gaiji is like nothing."""

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


@dataclass(frozen=True, eq=False)
class _Pairs:
    """A gaiji and K of its candidates, registered and measured.

    Attributes
    ----------
    square : (S, S) uint8
    ink_side_px : int
    chosen : Shortlist
        Of the K candidates.
    residual : (K, F) float32
    registered : (K, S, S) uint8
    """

    square: NDArray[np.uint8]
    ink_side_px: int
    chosen: Shortlist
    residual: NDArray[np.float32]
    registered: NDArray[np.uint8]

    @cached_property
    def inputs(self) -> NDArray[np.float32]:
        """(K, I) float32, columns :data:`engine.compare.pair.INPUTS`."""
        numbers = context(self.chosen.coarse, self.chosen.fine, self.square, self.ink_side_px)
        return np.concatenate([self.residual, numbers], axis=1)

    def followed_by(self, others: _Pairs) -> _Pairs:
        """Return these candidates and behind them others of the same gaiji."""
        chosen = [
            np.concatenate(columns)
            for columns in zip(*map(_columns, (self.chosen, others.chosen)), strict=True)
        ]
        return _Pairs(
            self.square,
            self.ink_side_px,
            Shortlist(*chosen),
            np.concatenate([self.residual, others.residual]),
            np.concatenate([self.registered, others.registered]),
        )


def _columns(shortlist: Shortlist) -> list[NDArray[np.generic]]:
    return [getattr(shortlist, each.name) for each in fields(shortlist)]


def _pairs(
    index: ReferenceIndex,
    chosen: Sequence[Shortlist],
    squares: NDArray[np.uint8],
    ink_sides_px: Sequence[int],
) -> list[_Pairs]:
    """Register and measure the chosen candidates of several gaiji together."""
    counts = [len(each.rows) for each in chosen]
    gaiji_of = np.repeat(np.arange(len(chosen)), counts)
    candidates = index.squares(np.concatenate([each.rows for each in chosen]))
    registration = register_pairs(squares, candidates, gaiji_of)
    residual = residuals_of_pairs(squares, gaiji_of, registration)
    ends = np.cumsum(counts)[:-1]
    parts = np.split(residual, ends), np.split(registration.warped, ends)
    return [_Pairs(*each) for each in zip(squares, ink_sides_px, chosen, *parts, strict=True)]


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
        chosen = [each.take(worth_comparing(index, each, least=least)) for each in shortlists[some]]
        given = squares[some], ink_sides_px[some]
        if network is None:
            for pairs in _pairs(index, chosen, *given):
                yield _ranked(pairs, model.log_odds(pairs.inputs), None)
        else:
            yield from _looked_at(index, model, network, chosen, *given, least=least)


def _looked_at(
    index: ReferenceIndex,
    model: PairModel,
    network: PairNetwork,
    chosen: Sequence[Shortlist],
    squares: NDArray[np.uint8],
    ink_sides_px: Sequence[int],
    *,
    least: int,
) -> list[Compared]:
    """Compare with the nearest candidates, and where that settles nothing with all that were chosen."""
    firsts = [_first_of(each, least) for each in chosen]
    nearest = [each.take(np.arange(count)) for each, count in zip(chosen, firsts, strict=True)]
    found = _pairs(index, nearest, squares, ink_sides_px)
    looks = [_look(network, pairs, model.log_odds(pairs.inputs)) for pairs in found]
    unsettled = [
        number
        for number, (pairs, (_, seen)) in enumerate(zip(found, looks, strict=True))
        if not (_is_only_similar(seen) or (_is_unlike(seen) and _all_kanji(index, pairs)))
    ]
    more = [number for number in unsettled if firsts[number] < len(chosen[number].rows)]
    if more:
        rest = [chosen[number].take(np.arange(firsts[number], len(chosen[number].rows))) for number in more]
        added = _pairs(index, rest, squares[more], [ink_sides_px[number] for number in more])
        for number, others in zip(more, added, strict=True):
            found[number] = found[number].followed_by(others)
    for number in unsettled:
        pairs = found[number]
        looks[number] = _look(network, pairs, model.log_odds(pairs.inputs), looks[number])
    return [_ranked(pairs, *look) for pairs, look in zip(found, looks, strict=True)]


def _first_of(chosen: Shortlist, least: int) -> int:
    """How many of the chosen candidates, which are in the order of their similarity, are looked at first."""
    near = int(np.count_nonzero(chosen.similarity >= chosen.similarity[:1] - FIRST_WINDOW))
    return min(len(chosen.rows), max(least, min(near, FIRST_MOST)))


_Look = tuple[NDArray[np.float32], NDArray[np.float32]]
"""What the measured model (K,) and the network (K, 3) say of candidates; NaN where it has not looked."""


def _look(
    network: PairNetwork, pairs: _Pairs, measured: NDArray[np.float32], before: _Look | None = None
) -> _Look:
    """Let the network look at the likeliest candidates: at few, or at all those that are likely enough."""
    most, window = (
        (FIRST_NETWORK_MOST, FIRST_NETWORK_WINDOW) if before is None else (NETWORK_MOST, NETWORK_WINDOW)
    )
    looked = np.argsort(-measured, kind="stable")[:most]
    looked = looked[measured[looked] >= measured[looked[:1]] - window]
    seen = np.full((len(measured), len(OUTPUTS)), np.nan, np.float32)
    if before is not None:
        known = looked[looked < len(before[1])]
        seen[known] = before[1][known]
    fresh = looked[np.isnan(seen[looked, SAME])]
    if len(fresh):
        seen[fresh] = network.log_odds(pairs.square, pairs.registered[fresh], pairs.inputs[fresh])
    return measured, seen


def _is_only_similar(seen: NDArray[np.float32]) -> bool:
    """Whether a first look shows that the gaiji is like a candidate, and the same as none."""
    same, related = _highest(seen)
    return same < SETTLED_SAME and related >= SETTLED_RELATED


def _is_unlike(seen: NDArray[np.float32]) -> bool:
    """Whether a first look shows nothing in common."""
    same, related = _highest(seen)
    return same < UNLIKE_SAME and related < UNLIKE_RELATED


def _all_kanji(index: ReferenceIndex, pairs: _Pairs) -> bool:
    return bool((pairs.chosen.rows < index.non_kanji_start).all())


def _highest(seen: NDArray[np.float32]) -> tuple[float, float]:
    """Highest log odds, same and related, of the candidates that were looked at."""
    looked = seen[~np.isnan(seen[:, SAME])]
    return float(looked[:, SAME].max(initial=-np.inf)), float(looked[:, RELATED].max(initial=-np.inf))


def _ranked(pairs: _Pairs, measured: NDArray[np.float32], seen: NDArray[np.float32] | None) -> Compared:
    """Rank a gaiji's candidates."""
    odds = np.repeat(measured[:, None], len(OUTPUTS), axis=1)
    if seen is not None:
        odds = np.where(np.isnan(seen), np.minimum(odds, _UNSEEN), seen)
    rank = odds[:, SAME]
    if seen is not None and len(rank) and rank.max() < 0:
        rank = rank + odds[:, RELATED]  # none is the same form: the same character comes first
    chosen = pairs.chosen
    order = np.lexsort((chosen.rows, -measured.round(4), -rank.round(4)))
    return Compared(
        rows=chosen.rows[order],
        similarity=chosen.similarity[order],
        inputs=pairs.inputs[order],
        log_odds=odds[order, SAME],
        identical=odds[order, IDENTICAL],
        related=odds[order, RELATED],
        registered=pairs.registered[order],
    )
