"""Training pairs for the pair network: each picture with its own glyph, its siblings and its nearest others.

A pair carries three labels, each 1, 0 or :data:`UNKNOWN`: is it the same character form, is it the very same
drawing but for rendering, is it at least the same character. What cannot be known is not taught: which of two
siblings that differ by less than can be seen, whether a changed glyph has become another MJ.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from engine.compare.network import from_inputs
from engine.compare.pair import PairModel, context, load_pair_model
from engine.compare.register import Registration, register
from engine.compare.residual import residual_features
from engine.compare.shortlist import worth_comparing
from engine.describe.model import DescriptionModel, load_model
from engine.describe.normalise import EmptyInkError, ink_box, longer_side, normalise
from engine.reference.identical import load_identical
from engine.reference.index import ReferenceIndex, open_index
from engine.reference.refset import find_reference_set
from engine.reference.shapes import families, shapes
from engine.reference.table import MojiTable, load_table
from engine.search.retrieve import Retriever
from engine.settings import Settings
from engine.training.examples import Example, Shows

UNKNOWN = -1
PAIRS_PER_PICTURE = 5
_SIBLINGS = 3

_CLEAR_MARGIN = 1.0
"""Difference of log odds (measured model, clean drawings) that tells clearly which sibling is drawn."""
_TWIN_SHARE = 0.006
"""Two reference drawings that differ in less than this share of their ink cannot be told apart: 37 of 4,239
pairs of siblings with equal stroke counts, and none of 4,004 with other counts."""
_LOOKS_SAME = 0.0
"""Log odds of the measured model above which a kanji may pass for the kana or the changed glyph drawn."""
_BLOCK = 256


@dataclass(frozen=True, eq=False)
class PairSet:
    """Pairs of registered pictures.

    Attributes
    ----------
    gaiji : (P, S, S) uint8
        Normalised pictures.
    family : (P,) int64
        Equal numbers: one character (for keeping characters out of training); −1 for junk.
    shows : (P,) int8
        :class:`Shows`.
    picture : (N,) int32
        Picture of each pair.
    row : (N,) int32
        Index row of its candidate.
    warped : (N, S, S) uint8
        The candidate, registered.
    measures : (N, M) float32
        Columns :data:`engine.compare.network.MEASURES`.
    labels : (N, 3) int8
        Same form, same drawing, same character.
    """

    gaiji: NDArray[np.uint8]
    family: NDArray[np.int64]
    shows: NDArray[np.int8]
    picture: NDArray[np.int32]
    row: NDArray[np.int32]
    warped: NDArray[np.uint8]
    measures: NDArray[np.float32]
    labels: NDArray[np.int8]


class Matcher:
    """Retrieves, registers and labels the pairs of pictures."""

    def __init__(self, settings: Settings) -> None:
        self.refset = find_reference_set(settings)
        self.table: MojiTable = load_table(self.refset)
        self.describe: DescriptionModel = load_model()
        self.measured: PairModel = load_pair_model()
        self.index: ReferenceIndex = open_index(self.refset, settings, model=self.describe)
        self.retriever = Retriever(self.index, self.describe, np.asarray(self.index.drawing) >= 0)
        self.shape = shapes(self.index, self.table, load_identical(self.refset))
        self.by_text = self._texts()
        self.family = families(self.index, self.table)

    def pairs(self, examples: Iterable[Example], *, least_log_odds: float) -> PairSet:
        """Build the pairs of some pictures.

        Parameters
        ----------
        examples : iterable of Example
        least_log_odds : float
            A font's clean glyph less like each MJ of its character than this, by the measured model, is left
            out.
        """
        parts: dict[str, list[NDArray[np.generic]]] = {each.name: [] for each in fields(PairSet)}
        block: list[tuple[Example, int, frozenset[int]]] = []
        count = 0
        for example in examples:
            found = self._shown(example, least_log_odds)
            if found is None:
                continue
            block.append((example, *found))
            if len(block) == _BLOCK:
                count = self._add(block, parts, count)
                block = []
        if block:
            self._add(block, parts, count)
        return PairSet(**{name: np.concatenate(arrays) for name, arrays in parts.items()})

    def _texts(self) -> dict[str, list[int]]:
        """Character or sequence → rows of the MJ that it may show, one for each shape."""
        found: dict[str, list[int]] = {}
        for row, mj in enumerate(self.table.mj):
            if self.index.drawing[row] < 0 or self.table.is_hentaigana[row]:
                continue
            codes = self.table.codes(mj)
            if codes.ucs:
                known = found.setdefault(codes.ucs, [])
                if all(self.shape[row] != self.shape[other] for other in known):
                    known.append(row)
            if codes.ivs:
                found[codes.ivs] = [row]
        return found

    def _alike(self, square: NDArray[np.uint8], rows: NDArray[np.int64]) -> tuple[NDArray[np.float32], ...]:
        """Coarse and fine similarity of one picture with some rows."""
        coarse = self.index.vectors[rows] @ self.describe.coarse.apply(square[None])[0]
        fine = self.index.fine[rows].astype(np.float32) @ self.describe.fine.apply(square[None])[0]
        return np.asarray(coarse, np.float32), np.asarray(fine, np.float32)

    def _shown(self, example: Example, least: float) -> tuple[int, frozenset[int]] | None:
        """Row of the glyph shown and rows that may be it as well; None where that cannot be said."""
        if not example.text:
            return example.row, frozenset()
        rows = np.array(self.by_text.get(example.text, ()), np.int64)
        if not len(rows) or example.clean is None:
            return None
        try:
            box = ink_box(example.clean)
        except EmptyInkError:
            return None
        square, side = normalise(example.clean, box=box), longer_side(box)
        coarse, fine = self._alike(square, rows)
        registration = register(square, self.index.squares(rows))
        odds = self.measured.log_odds(_inputs(square, side, registration, coarse, fine))
        best = int(odds.argmax())
        if odds[best] < least:
            return None
        unclear = rows[(odds > odds[best] - _CLEAR_MARGIN) & (np.arange(len(rows)) != best)]
        return int(rows[best]), frozenset(unclear.tolist())

    def _add(
        self,
        block: list[tuple[Example, int, frozenset[int]]],
        parts: dict[str, list[NDArray[np.generic]]],
        count: int,
    ) -> int:
        """Measure one block of pictures; returns how many there are now."""
        squares = np.stack([normalise(example.ink) for example, _, _ in block])
        lists = self.retriever.shortlists(squares)
        for (example, row, unclear), square, shortlist in zip(block, squares, lists, strict=True):
            own = self.shape[shortlist.rows] == (self.shape[row] if row >= 0 else UNKNOWN)
            near = [
                part.rows[worth_comparing(self.index, part)]
                for part in (shortlist.take(~own), shortlist)
                if len(part.rows)
            ]
            rows = self._chosen(row, np.concatenate(near))
            if not len(rows):
                continue
            registration = register(square, self.index.squares(rows))
            coarse, fine = self._alike(square, rows)
            side = longer_side(ink_box(example.ink))
            measured = _inputs(square, side, registration, coarse, fine)
            odds = self.measured.log_odds(measured)
            labels = self._labels(example.shows, row, rows, unclear, odds)
            if labels is None:
                continue
            family = int(self.family[row]) if row >= 0 else -1
            parts["gaiji"].append(square[None])
            parts["family"].append(np.array([family], np.int64))
            parts["shows"].append(np.array([example.shows], np.int8))
            parts["picture"].append(np.full(len(rows), count, np.int32))
            parts["row"].append(rows.astype(np.int32))
            parts["warped"].append(registration.warped)
            parts["measures"].append(from_inputs(measured))
            parts["labels"].append(labels)
            count += 1
        return count

    def _chosen(self, row: int, near: NDArray[np.int64]) -> NDArray[np.int64]:
        """The glyph itself, its siblings, the nearest others: one row for each drawing."""
        siblings: list[int] = []
        if 0 <= row < self.index.non_kanji_start:
            text = self.table.codes(self.table.mj[row]).ucs
            siblings = self.by_text.get(text, []) if text else []
        order = ([row] if row >= 0 else []) + [s for s in near.tolist() if s in siblings]
        order += [s for s in siblings if s not in order]
        order = order[: 1 + _SIBLINGS] + near.tolist()
        drawings: dict[int, int] = {}
        for each in order:
            drawings.setdefault(int(self.shape[each]), each)
        return np.array(list(drawings.values())[:PAIRS_PER_PICTURE], np.int64)

    def _labels(
        self,
        shows: Shows,
        row: int,
        rows: NDArray[np.int64],
        unclear: frozenset[int],
        odds: NDArray[np.float32],
    ) -> NDArray[np.int8] | None:
        """Labels of the pairs of one picture, (K, 3) int8; None where the picture should not be used."""
        labels = np.zeros((len(rows), 3), np.int8)
        kanji = rows < self.index.non_kanji_start
        if shows in {Shows.JUNK, Shows.HALF}:
            labels[:, 2] = UNKNOWN if shows is Shows.HALF else 0
            return labels
        own = self.shape[rows] == self.shape[row]
        family = self.family[rows] == self.family[row]
        labels[:, 2] = np.where(family, 1, UNKNOWN)
        if shows is Shows.NON_KANJI:
            labels[own] = (1, UNKNOWN, 1)
            labels[~own & kanji, 2] = 0
            labels[~own & (odds > _LOOKS_SAME)] = UNKNOWN
            return labels
        blurred = np.isin(rows, list(unclear)) | (~own & self._twins(row, rows))
        if shows in {Shows.DESIGN, Shows.FORM}:
            labels[~own, :2] = UNKNOWN  # the change may have made another MJ of it
            labels[own] = (shows is Shows.DESIGN, 0, 1)
            looks_other = shows is Shows.DESIGN and bool((odds[~own] > odds[own].max(initial=-99)).any())
            return None if looks_other else labels
        labels[own] = (1, 1 if shows is Shows.RENDERED else UNKNOWN, 1)
        labels[blurred & ~own, :2] = UNKNOWN
        return labels

    def _twins(self, row: int, rows: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Which reference drawings cannot be told from that of ``row``."""
        one = self.index.squares(np.array([row]))[0].astype(np.int16)
        others = self.index.squares(rows).astype(np.int16)
        either = np.maximum(one, others).sum(axis=(1, 2))
        apart = np.abs(others - one).sum(axis=(1, 2)) / np.maximum(1, either)
        return np.asarray(apart < _TWIN_SHARE, np.bool_)


def _inputs(
    square: NDArray[np.uint8],
    side: int,
    registration: Registration,
    coarse: NDArray[np.float32],
    fine: NDArray[np.float32],
) -> NDArray[np.float32]:
    """Columns :data:`engine.compare.pair.INPUTS` of one gaiji's pairs."""
    return np.concatenate(
        [residual_features(square, registration), context(coarse, fine, square, side)], axis=1
    )


def save_pairs(path: Path, pairs: PairSet) -> None:
    """Keep a set of pairs on disk."""
    np.savez(path, **{each.name: getattr(pairs, each.name) for each in fields(PairSet)})


def load_pairs(paths: Iterable[Path]) -> PairSet:
    """Read sets of pairs as one."""
    parts = []
    for path in paths:
        with np.load(path) as file:
            parts.append(PairSet(**{each.name: file[each.name] for each in fields(PairSet)}))
    return joined_pairs(parts)


def joined_pairs(parts: Sequence[PairSet]) -> PairSet:
    """Put sets of pairs together, in their order."""
    if len(parts) == 1:
        return parts[0]
    names = [each.name for each in fields(PairSet)]
    joined = {name: np.concatenate([getattr(part, name) for part in parts]) for name in names}
    before = np.cumsum([0, *(len(part.gaiji) for part in parts[:-1])])
    shift = np.repeat(before, [len(part.picture) for part in parts])
    joined["picture"] = (joined["picture"] + shift).astype(np.int32)
    return PairSet(**joined)
