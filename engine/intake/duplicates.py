"""Which glyphs of a delivery are the same picture, and which nearly so.

A municipality's gaiji come in several copies: a font and the pictures exported from it, linked fonts that
share most of their glyphs. The same picture is identified once; a nearly equal one is pointed out to the
person who checks, but is identified by itself, since what is left of a difference may be the difference.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.describe.normalise import EmptyInkError, ink_box, normalise
from engine.glyph.box import Scalar
from engine.glyph.model import Glyph, Ink

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

_COARSE_MOST = 48.0
"""Euclidean distance of two coarse pictures (64 means, 0–255) beyond which the fine ones are not compared."""


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


class Duplicates:
    """Compares each glyph with all before it. The answers do not depend on how the glyphs are grouped.

    A glyph costs a digest, and an 8×8 and a 32×32 picture of it, whatever its size.
    """

    def __init__(self) -> None:
        self._seen: dict[bytes, int] = {}
        self._count = 0
        self._coarse = np.empty((0, _COARSE_PX**2), np.float32)
        self._fine = np.empty((0, _SIDE_PX**2 // 2), np.uint8)
        self._numbers = np.empty(0, np.int64)
        self._kept = 0

    def compare(self, glyphs: Sequence[Glyph]) -> list[Likeness]:
        """Compare glyphs with those of all earlier calls and with each other.

        Parameters
        ----------
        glyphs : sequence of Glyph
            Numbered on from the calls before, beginning at 0.

        Returns
        -------
        list of Likeness, one per glyph.
        """
        found = [Likeness()] * len(glyphs)
        fresh: list[int] = []
        squares: list[Ink] = []
        for place, glyph in enumerate(glyphs):
            number = self._count + place
            try:
                box = ink_box(glyph.ink)
            except EmptyInkError:
                continue
            # All that the identification looks at: margins and the faint skirt outside the box do not count.
            ink = np.ascontiguousarray(box.cut(glyph.ink))
            shape = repr(ink.shape).encode()
            digest = hashlib.blake2b(ink.tobytes(), digest_size=16, key=shape).digest()
            first = self._seen.setdefault(digest, number)
            if first != number:
                found[place] = Likeness(same=first)
                continue
            fresh.append(place)
            squares.append(normalise(glyph.ink, box=box))
        if fresh:
            start = self._keep(squares, [self._count + place for place in fresh])
            for place, near in zip(fresh, self._nearest(start, len(fresh)), strict=True):
                found[place] = Likeness(near=near)
        self._count += len(glyphs)
        return found

    def _keep(self, squares: Sequence[Ink], numbers: Sequence[int]) -> int:
        """Store pictures; return the index of the first."""
        if self._kept + len(squares) > 2 * NEAR_AMONG:  # forget all but the latest, now and then
            latest = slice(self._kept - NEAR_AMONG, self._kept)
            for name in ("_coarse", "_fine", "_numbers"):
                getattr(self, name)[:NEAR_AMONG] = getattr(self, name)[latest]
            self._kept = NEAR_AMONG
        start, self._kept = self._kept, self._kept + len(squares)
        if self._kept > len(self._numbers):
            size = max(self._kept, 2 * len(self._numbers), 1024)
            self._coarse = _grown(self._coarse, size)
            self._fine = _grown(self._fine, size)
            self._numbers = _grown(self._numbers, size)
        for index, (square, number) in enumerate(zip(squares, numbers, strict=True), start):
            fine = cv2.resize(square, (_SIDE_PX, _SIDE_PX), interpolation=cv2.INTER_AREA)
            coarse = cv2.resize(square, (_COARSE_PX, _COARSE_PX), interpolation=cv2.INTER_AREA)
            self._coarse[index] = coarse.ravel()
            levels = ((fine.astype(np.uint16) + _LEVEL // 2) // _LEVEL).astype(np.uint8).ravel()
            self._fine[index] = levels[::2] << 4 | levels[1::2]
            self._numbers[index] = number
        return start

    def _nearest(self, start: int, count: int) -> list[int | None]:
        """Number of the earliest picture that is nearly the same, for each of the last ``count``."""
        new, old = self._coarse[start : self._kept], self._coarse[: self._kept]
        lengths = np.einsum("ij,ij->i", old, old)
        distance = lengths[start:, None] + lengths[None, :] - 2.0 * (new @ old.T)
        return [self._earliest(start + place, row[: start + place]) for place, row in enumerate(distance)]

    def _earliest(self, index: int, distance: NDArray[np.float32]) -> int | None:
        first = max(0, index - NEAR_AMONG)
        candidates = first + np.flatnonzero(distance[first:] <= _COARSE_MOST**2)
        if not len(candidates):
            return None
        own = _levels(self._fine[index])
        for candidate in candidates:
            if local_difference(own, _levels(self._fine[candidate])) <= NEAR_MOST:
                return int(self._numbers[candidate])
        return None


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
