"""Glyphs that nobody could identify: each different picture once, with who handed it in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.aggregate.usage import Places
from engine.intake.duplicates import Marks
from engine.result import Identification, Subclass, Verdict

MOST_PICTURES = 200_000
"""Different pictures that are kept (1 KB each); the ministry's whole survey had 52,294 不明文字."""


@dataclass(slots=True)
class UnknownPicture:
    """One different picture.

    Attributes
    ----------
    place : str
        Of the first row that shows it (:attr:`engine.result.Identification.place`).
    nearest : str
        The MJ that comes first among its candidates; empty where there are none.
    glyphs : int
        How often it was handed in.
    places : int
        By which municipalities, as a set of :class:`engine.aggregate.usage.Places`.
    """

    place: str
    nearest: str
    glyphs: int
    places: int


def is_unknown(row: Identification) -> bool:
    """Whether a row is 同定不可能・不明文字; 変体仮名 and 記号 are known well enough."""
    return row.verdict is Verdict.UNIDENTIFIED and row.subclass in (None, Subclass.UNKNOWN)


class Unknown:
    """Collects unknown glyphs from many sets of results; equal pixels are one picture wherever they are.

    Parameters
    ----------
    places : Places
    """

    def __init__(self, places: Places) -> None:
        self._places = places
        self._numbers: dict[bytes, int] = {}
        self._fine: list[NDArray[np.uint8]] = []
        self.pictures: list[UnknownPicture] = []
        self.without_picture = 0
        self.left_out = 0

    def add(
        self,
        rows: Sequence[tuple[Identification, str]],
        marks: Marks,
        indices: Sequence[int | None],
        known: dict[str, int],
    ) -> None:
        """Add unknown rows of one set of results.

        Parameters
        ----------
        rows : sequence of (Identification, str)
            With the municipality; all are unknown.
        marks : Marks
            Of different pictures.
        indices : sequence of int or None
            Which of the marks shows the row; None where its picture was there before.
        known : dict of str to int
            Pictures of this set of results by their places; added to.
        """
        for (row, municipality), index in zip(rows, indices, strict=True):
            number = known.get(row.same_as) if index is None else self._number(row, marks, index)
            if number is None:
                self.without_picture += index is None
                continue
            known[row.place] = number
            picture = self.pictures[number]
            picture.glyphs += 1
            picture.places |= self._places.bit(municipality)

    def _number(self, row: Identification, marks: Marks, index: int) -> int | None:
        digest = marks.digests[index].tobytes()
        number = self._numbers.get(digest)
        if number is None:
            if len(self.pictures) >= MOST_PICTURES:
                self.left_out += 1
                return None
            number = self._numbers[digest] = len(self.pictures)
            self._fine.append(marks.fine[index].copy())
            nearest = row.candidates[0] if row.candidates else ""
            self.pictures.append(UnknownPicture(row.place, nearest, 0, 0))
        return number

    def squares(self, numbers: NDArray[np.int64]) -> NDArray[np.uint8]:
        """Return normalised pictures as they were kept, (K, 32, 32) uint8, ink = 255, in 16 levels."""
        packed = np.stack([self._fine[number] for number in numbers.tolist()])
        levels = np.empty((len(packed), 2 * packed.shape[1]), np.uint8)
        levels[:, ::2], levels[:, 1::2] = packed >> 4, packed & 0xF
        side = round(levels.shape[1] ** 0.5)
        return (levels * np.uint8(17)).reshape(-1, side, side)
