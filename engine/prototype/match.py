"""Finding the confirmed glyphs that a new one is the same as.

Three degrees, each with its own evidence:

* ``same``: pixel by pixel, within the box of the ink;
* ``near``: the same picture but for noise (:data:`engine.intake.duplicates.NEAR_MOST`);
* ``form``: the pair network finds one drawing, printed or scanned another way.

An earlier decision offered for the wrong glyph is worse than none: it speaks with a person's authority. So
``form`` asks for both of the network's senses, one form and one drawing, and for a high bound
(:data:`FORM_LEAST`). The same character in another typeface is *not* found: whether a difference of design
matters is for a person to say anew.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.compare.network import IDENTICAL, SAME, PairNetwork, load_pair_network
from engine.compare.pair import context, probability
from engine.compare.register import register_pairs
from engine.compare.residual import residuals_of_pairs
from engine.describe.model import DescriptionModel, load_model
from engine.describe.normalise import SIDE_PX, EmptyInkError, ink_box, longer_side, normalise
from engine.glyph.model import Ink
from engine.intake.digest import ink_digest
from engine.intake.duplicates import NEAR_MOST, local_difference
from engine.prototype.confirmed import Confirmed

FORM_LEAST = 4.0
"""Least log odds, in both senses, of a glyph that has the form of a confirmed one. Of 5,766 pairs of
different forms (siblings of one character, strokes taken away or added; scanned, in dots, black and white,
grey; all of characters kept out of training) the likest reaches 3.1, and none is ``near``. Found, as ``form``
or ``near``, are 67 % of scans of what was confirmed as another scan, 71 % where it was a clean picture, 32 %
of dots of dots, and 5–10 % where one is in dots and the other a scan or black and white. Of the 300 pairs of
siblings in all of MJ that differ least, four pictures of each, two are drawn alike and four more reach the
bound once or twice (MJ008733 and MJ008735, MJ025107 and MJ025108, MJ017376 and MJ017377, MJ042188 and
MJ042189): who offers an earlier decision should ask for a second witness, as what MJ the engine names."""

ALIKE_LEAST = 0.8
"""Least inner product of the descriptions of glyphs that are compared at all: the lowest found is 0.813."""

_MOST = 4
"""Confirmed glyphs compared with a new one at most, and told of it."""

_SMALL_PX = 32
_DIGITS = 4
_TOGETHER = 24
_COLUMNS_AT_ONCE = 8192


class Likeness(StrEnum):
    """How sure it is that two pictures show one form."""

    SAME = "same"
    NEAR = "near"
    FORM = "form"


@dataclass(frozen=True, slots=True)
class Match:
    """A confirmed glyph that a new one is the same as.

    Attributes
    ----------
    number : int
        Of the confirmed glyph.
    likeness : Likeness
    probability : float
        That both show one form; 1 for ``same``.
    """

    number: int
    likeness: Likeness
    probability: float


@dataclass(frozen=True, eq=False)
class _New:
    """New glyphs that have ink."""

    places: list[int]
    squares: NDArray[np.uint8]
    sides_px: list[int]
    digests: list[bytes]


class Matcher:
    """Compares new glyphs with confirmed ones; made for one thread at a time.

    Parameters
    ----------
    model : DescriptionModel
    network : PairNetwork
    """

    def __init__(self, model: DescriptionModel, network: PairNetwork) -> None:
        self._model = model
        self._network = network
        self.describe_id = model.identity

    @classmethod
    def open(cls) -> Matcher:
        """Load the learned parts: half a second, once.

        Raises
        ------
        ArtefactMismatchError
            One of them is missing or damaged.
        """
        cv2.setNumThreads(1)
        return cls(load_model(), load_pair_network())

    def describe(self, squares: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Describe normalised pictures for :class:`Confirmed`: (N, S, S) uint8 → (N, E) float32."""
        return self._model.coarse.apply(squares)

    def match(self, inks: Sequence[Ink], confirmed: Confirmed) -> list[list[Match]]:
        """Find what each new glyph is the same as.

        Parameters
        ----------
        inks : sequence of (H, W) uint8
            255 = ink.
        confirmed : Confirmed

        Returns
        -------
        list of list of Match
            For each glyph, the surest first, :data:`_MOST` at most. A glyph that is pixel by pixel the same
            as a confirmed one is not compared with others: it was decided.
        """
        found: list[list[Match]] = [[] for _ in inks]
        if not len(confirmed):
            return found
        new = _with_ink(inks)
        other: list[int] = []
        for at, (place, digest) in enumerate(zip(new.places, new.digests, strict=True)):
            numbers = confirmed.by_digest.get(digest, [])
            found[place] = [Match(number, Likeness.SAME, 1.0) for number in numbers[:_MOST]]
            if not numbers:
                other.append(at)
        for start in range(0, len(other), _TOGETHER):
            some = other[start : start + _TOGETHER]
            alike = self._alike(new.squares[some], confirmed)
            sides = [new.sides_px[at] for at in some]
            for at, matches in zip(
                some, self._compared(new.squares[some], sides, alike, confirmed), strict=True
            ):
                found[new.places[at]] = matches
        return found

    def log_odds(
        self,
        squares: NDArray[np.uint8],
        sides_px: Sequence[int],
        candidates: NDArray[np.uint8],
        square_of: NDArray[np.int64],
    ) -> NDArray[np.float32]:
        """Judge pairs of pictures by the pair network.

        Parameters
        ----------
        squares : (N, S, S) uint8
            Normalised new glyphs.
        sides_px : sequence of int
            Longer side of the ink of each as it was read.
        candidates : (K, S, S) uint8
            Normalised confirmed glyphs.
        square_of : (K,) int64
            Which new glyph each is compared with, ascending.

        Returns
        -------
        (K, 3) float32
            Columns :data:`engine.compare.network.OUTPUTS`.
        """
        registration = register_pairs(squares, candidates, square_of)
        residual = residuals_of_pairs(squares, square_of, registration)
        similar = [
            np.einsum("ij,ij->i", part.apply(squares)[square_of], part.apply(candidates))
            for part in (self._model.coarse, self._model.fine)
        ]
        odds = np.empty((len(candidates), 3), np.float32)
        for at, square in enumerate(squares):
            of = np.flatnonzero(square_of == at)
            if len(of):
                inputs = context(similar[0][of], similar[1][of], square, sides_px[at])
                inputs = np.concatenate([residual[of], inputs], axis=1)
                odds[of] = self._network.log_odds(square, registration.warped[of], inputs)
        return odds

    def _alike(self, squares: NDArray[np.uint8], confirmed: Confirmed) -> list[NDArray[np.int64]]:
        """Numbers of the confirmed glyphs worth comparing with each new one, likest first."""
        vectors = self.describe(squares)
        best: list[list[tuple[float, int]]] = [[] for _ in squares]
        for start in range(0, len(confirmed), _COLUMNS_AT_ONCE):
            products = vectors @ confirmed.vectors[start : start + _COLUMNS_AT_ONCE].T
            rows, columns = np.nonzero(products >= ALIKE_LEAST)
            for row, column in zip(rows.tolist(), columns.tolist(), strict=True):
                best[row].append((-round(float(products[row, column]), 5), start + column))
        return [np.array([number for _, number in sorted(each)[:_MOST]], np.int64) for each in best]

    def _compared(
        self,
        squares: NDArray[np.uint8],
        sides_px: list[int],
        alike: list[NDArray[np.int64]],
        confirmed: Confirmed,
    ) -> list[list[Match]]:
        found: list[list[Match]] = [[] for _ in squares]
        numbers = np.concatenate(alike)
        if not len(numbers):
            return found
        square_of = np.repeat(np.arange(len(squares)), [len(each) for each in alike])
        candidates = confirmed.squares_of(numbers)
        odds = self.log_odds(squares, sides_px, candidates, square_of)
        chances = probability(odds[:, SAME])
        small, others = _small(squares), _small(candidates)
        for pair, (at, number) in enumerate(zip(square_of.tolist(), numbers.tolist(), strict=True)):
            near = local_difference(small[at], others[pair]) <= NEAR_MOST
            if near or odds[pair, [SAME, IDENTICAL]].min() >= FORM_LEAST:
                likeness = Likeness.NEAR if near else Likeness.FORM
                found[at].append(Match(number, likeness, round(float(chances[pair]), _DIGITS)))
        order = list(Likeness)
        for each in found:
            each.sort(key=lambda match: (order.index(match.likeness), -match.probability, match.number))
        return found


def _with_ink(inks: Sequence[Ink]) -> _New:
    places, squares, sides, digests = [], [], [], []
    for place, ink in enumerate(inks):
        try:
            box = ink_box(ink)
        except EmptyInkError:
            continue
        places.append(place)
        squares.append(normalise(ink, box=box))
        sides.append(longer_side(box))
        digests.append(ink_digest(ink, box=box))
    return _New(places, np.array(squares, np.uint8).reshape(-1, SIDE_PX, SIDE_PX), sides, digests)


def _small(squares: NDArray[np.uint8]) -> list[NDArray[np.float32]]:
    size = (_SMALL_PX, _SMALL_PX)
    return [cv2.resize(each, size, interpolation=cv2.INTER_AREA).astype(np.float32) for each in squares]
