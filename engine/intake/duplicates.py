"""Which glyphs of a delivery are the same picture, and which nearly so.

A municipality's gaiji come in several copies: a font and the pictures exported from it, linked fonts that
share most of their glyphs. The same picture is identified once; a nearly equal one is pointed out to the
person who checks, but is identified by itself, since what is left of a difference may be the difference.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.describe.normalise import EmptyInkError, ink_box, normalise
from engine.glyph.box import Scalar
from engine.glyph.model import Glyph, Ink
from engine.intake.digest import DIGEST_BYTES, ink_digest

NEAR_MOST = 20.0
"""Largest local difference (0–255) of two pictures that are nearly the same. Of the 8,243 pairs of MJ of one
character code that are drawn differently the nearest differ by 29 (MJ008733 and MJ008735). Only two pairs of
all 59,161 glyphs come nearer: MJ046074 and MJ046075, MJ011149 and MJ035569, drawn alike to the eye (7 each).
97 % of copies with light noise, or saved as JPEG, are found."""

NEAR_AMONG = 100_000
"""Different pictures, the latest of them, among which a nearly equal one is looked for: 80 MB."""

_SIDE_PX = 32
_COARSE_PX = 8
_SOFT_PX = 0.6
_LEVEL = 17
"""A picture is kept in 16 levels (4 bits a pixel); one level is this much of 255."""

_COARSE_MOST = 48
"""Euclidean distance of two coarse pictures (64 means, 0–255) beyond which the fine ones are not compared."""

_LEAD_PX = 4
_LEAD_MOST = _COARSE_MOST + 0.1
"""The same for the 4×4 pictures that are compared before the coarse ones; more than rounding could hide."""

_ROWS_AT_ONCE, _COLUMNS_AT_ONCE = 32, 8192
"""Pictures compared in one step: the product stays in the cache, and memory stays bounded whatever comes."""


@dataclass(frozen=True, slots=True)
class Likeness:
    """What an earlier glyph has to do with one.

    Attributes
    ----------
    same, near : int or None
        Number of the first glyph that is exactly, or nearly, the same picture; never both.
    """

    same: int | None = None
    near: int | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Marks:
    """What is kept of K different pictures in order to recognise them.

    Attributes
    ----------
    numbers : (K,) int64
        Of the glyphs.
    digests : (K, 16) uint8
        Of the pixels.
    coarse : (K, 64) uint8
        8×8 means.
    fine : (K, 512) uint8
        32×32 pictures, two pixels a byte.
    """

    numbers: NDArray[np.int64]
    digests: NDArray[np.uint8]
    coarse: NDArray[np.uint8]
    fine: NDArray[np.uint8]

    def __len__(self) -> int:
        return len(self.numbers)


class Duplicates:
    """Compares each glyph with all before it. The answers do not depend on how the glyphs are grouped.

    A glyph costs a digest, and an 8×8 and a 32×32 picture of it, whatever its size.
    """

    def __init__(self) -> None:
        self._seen: dict[bytes, int] = {}
        self._count = 0
        self._marks = _no_marks(0)
        self._lead = np.empty((0, _LEAD_PX**2 + 1), np.float32)
        self._kept = 0

    def compare(self, glyphs: Sequence[Glyph], numbers: Sequence[int] | None = None) -> list[Likeness]:
        """Compare glyphs with those of all earlier calls and with each other.

        Parameters
        ----------
        glyphs : sequence of Glyph
        numbers : sequence of int, optional
            Their numbers, rising; where None they are numbered on from the calls before, beginning at 0.

        Returns
        -------
        list of Likeness, one per glyph.
        """
        if numbers is None:
            numbers = range(self._count, self._count + len(glyphs))
        found = [Likeness()] * len(glyphs)
        fresh: list[int] = []
        squares: list[Ink] = []
        digests: list[bytes] = []
        for place, (glyph, number) in enumerate(zip(glyphs, numbers, strict=True)):
            try:
                box = ink_box(glyph.ink)
            except EmptyInkError:
                continue
            digest = ink_digest(glyph.ink, box=box)
            first = self._seen.setdefault(digest, number)
            if first != number:
                found[place] = Likeness(same=first)
                continue
            fresh.append(place)
            digests.append(digest)
            squares.append(normalise(glyph.ink, box=box))
        if fresh:
            start = self._keep(_marks(squares, digests, [numbers[place] for place in fresh]))
            for place, near in zip(fresh, self._nearest(start), strict=True):
                found[place] = Likeness(near=near)
        self._count = numbers[-1] + 1 if len(glyphs) else self._count
        return found

    def marks_since(self, number: int) -> Marks:
        """Return what is kept of the pictures first seen in the glyphs from ``number`` on.

        At most :data:`NEAR_AMONG` of them may have been seen since.
        """
        kept = self._marks
        fresh = slice(int(np.searchsorted(kept.numbers[: self._kept], number)), self._kept)
        return Marks(
            kept.numbers[fresh].copy(),
            kept.digests[fresh].copy(),
            kept.coarse[fresh].copy(),
            kept.fine[fresh].copy(),
        )

    def remember(self, marks: Marks) -> None:
        """Take over what another run has seen: as if its glyphs had been compared here.

        Parameters
        ----------
        marks : Marks
            From :meth:`marks_since`; no more than :data:`NEAR_AMONG` at a time, in the order of the numbers.
        """
        for digest, number in zip(marks.digests, marks.numbers.tolist(), strict=True):
            self._seen.setdefault(digest.tobytes(), number)
        if len(marks):
            self._keep(marks)
            self._count = int(marks.numbers[-1]) + 1

    def _keep(self, marks: Marks) -> int:
        """Store pictures; return the index of the first."""
        if self._kept + len(marks) > 2 * NEAR_AMONG and self._kept > NEAR_AMONG:  # forget all but the latest
            latest = slice(self._kept - NEAR_AMONG, self._kept)
            for array in self._arrays():
                array[:NEAR_AMONG] = array[latest]
            self._kept = NEAR_AMONG
        start, self._kept = self._kept, self._kept + len(marks)
        if self._kept > len(self._lead):
            size = max(self._kept, 2 * len(self._lead), 1024)
            *arrays, self._lead = (_grown(array, size) for array in self._arrays())
            self._marks = Marks(*arrays)
        new = marks.numbers, marks.digests, marks.coarse, marks.fine, _lead(marks.coarse)
        for array, rows in zip(self._arrays(), new, strict=True):
            array[start : self._kept] = rows
        return start

    def _arrays(self) -> tuple[NDArray[Any], ...]:
        kept = self._marks
        return kept.numbers, kept.digests, kept.coarse, kept.fine, self._lead

    def _nearest(self, start: int) -> list[int | None]:
        """Number of the earliest picture that is nearly the same, for each from index ``start`` on."""
        return [
            None if index is None else int(self._marks.numbers[index])
            for first in range(start, self._kept, _ROWS_AT_ONCE)
            for index in self._earliest(first, min(first + _ROWS_AT_ONCE, self._kept))
        ]

    def _earliest(self, start: int, stop: int) -> list[int | None]:
        """Index of the earliest picture that is nearly the same as each of some, among those before it."""
        found: list[int | None] = [None] * (stop - start)
        own = self._lead[start:stop, :-1]
        # |x − y|² ≤ m  ⇔  x·y − |y|²/2 ≥ (|x|² − m)/2: one product, one comparison.
        least = (np.einsum("ij,ij->i", own, own) - _LEAD_MOST**2) / 2
        own = np.concatenate([own, np.ones((len(own), 1), np.float32)], axis=1)
        for first in range(max(0, start - NEAR_AMONG), stop, _COLUMNS_AT_ONCE):
            last = min(first + _COLUMNS_AT_ONCE, stop)
            # Flat, and first whether there is any: places in two dimensions take eight times as long.
            may_be = (own @ self._lead[first:last].T >= least[:, None]).ravel()
            if not may_be.any():
                continue
            rows, columns = np.divmod(np.flatnonzero(may_be), last - first)
            columns += first
            coarse = self._marks.coarse
            apart = coarse[start + rows].astype(np.int32) - coarse[columns]
            likely = np.einsum("ij,ij->i", apart, apart) <= _COARSE_MOST**2
            likely &= (columns < start + rows) & (columns >= start + rows - NEAR_AMONG)
            for row, column in zip(rows[likely].tolist(), columns[likely].tolist(), strict=True):
                if found[row] is None and self._is_near(start + row, column):
                    found[row] = column
        return found

    def _is_near(self, one: int, other: int) -> bool:
        fine = self._marks.fine
        return local_difference(_levels(fine[one]), _levels(fine[other])) <= NEAR_MOST


def _no_marks(size: int) -> Marks:
    return Marks(
        np.empty(size, np.int64),
        np.empty((size, DIGEST_BYTES), np.uint8),
        np.empty((size, _COARSE_PX**2), np.uint8),
        np.empty((size, _SIDE_PX**2 // 2), np.uint8),
    )


def _marks(squares: Sequence[Ink], digests: Sequence[bytes], numbers: Sequence[int]) -> Marks:
    marks = _no_marks(len(squares))
    marks.numbers[:] = numbers
    for index, (square, digest) in enumerate(zip(squares, digests, strict=True)):
        fine = cv2.resize(square, (_SIDE_PX, _SIDE_PX), interpolation=cv2.INTER_AREA)
        coarse = cv2.resize(square, (_COARSE_PX, _COARSE_PX), interpolation=cv2.INTER_AREA)
        levels = ((fine.astype(np.uint16) + _LEVEL // 2) // _LEVEL).astype(np.uint8).ravel()
        marks.digests[index] = np.frombuffer(digest, np.uint8)
        marks.coarse[index] = coarse.ravel()
        marks.fine[index] = levels[::2] << 4 | levels[1::2]
    return marks


def _lead(coarse: NDArray[np.uint8]) -> NDArray[np.float32]:
    """4×4 means of coarse pictures, scaled so that distances never exceed the coarse ones; −|·|²/2 behind."""
    half = _COARSE_PX // 2
    blocks = coarse.reshape(-1, half, 2, half, 2).astype(np.float32)
    lead = np.empty((len(coarse), half * half + 1), np.float32)
    # The norm of a sum of four is at most twice that of the four; centred, so that float32 loses nothing.
    lead[:, :-1] = (blocks.sum(axis=(2, 4)) / 2 - 255.0).reshape(len(coarse), -1)
    lead[:, -1] = np.einsum("ij,ij->i", lead[:, :-1], lead[:, :-1]) / -2
    return lead


def local_difference(one: NDArray[np.float32], other: NDArray[np.float32]) -> float:
    """Largest difference of two pictures of one size at any place, after a light blur.

    Parameters
    ----------
    one, other : (S, S) float32
        0–255.
    """
    return float(np.abs(cv2.GaussianBlur(one - other, (0, 0), _SOFT_PX)).max())


def _levels(packed: NDArray[np.uint8]) -> NDArray[np.float32]:
    picture = np.empty(_SIDE_PX**2, np.float32)
    picture[::2], picture[1::2] = packed >> 4, packed & 0xF
    return picture.reshape(_SIDE_PX, _SIDE_PX) * np.float32(_LEVEL)


def _grown(array: NDArray[Scalar], size: int) -> NDArray[Scalar]:
    larger = np.empty((size, *array.shape[1:]), array.dtype)
    larger[: len(array)] = array
    return larger
