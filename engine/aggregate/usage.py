"""Which MJ the gaiji of many municipalities were identified with, and by how many municipalities."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from engine.report.survey import IDENTIFIED
from engine.result import Identification, Verdict


class Places:
    """Gives municipalities numbers, so that a set of them is one integer (a bit each)."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}

    def __len__(self) -> int:
        return len(self._numbers)

    def bit(self, name: str) -> int:
        """Return the set of this municipality alone."""
        return 1 << self._numbers.setdefault(name, len(self._numbers))

    def names(self, places: int) -> list[str]:
        """Return the municipalities of a set, in order of their names."""
        return sorted(name for name, number in self._numbers.items() if places >> number & 1)


@dataclass(frozen=True, slots=True)
class Use:
    """How one MJ is used.

    Attributes
    ----------
    mj, ucs, ivs, juki, koseki : str
    municipalities : int
        In how many its gaiji were handed in.
    glyphs : int
        Gaiji identified with it.
    by_verdict : tuple of int
        Of them, 字形一致, デザイン差 and 類似.
    pictures : int
        Of them, different pictures within each file of results.
    """

    mj: str
    ucs: str
    ivs: str
    juki: str
    koseki: str
    municipalities: int
    glyphs: int
    by_verdict: tuple[int, int, int]
    pictures: int


@dataclass(slots=True)
class _Tally:
    codes: tuple[str, str, str, str]
    places: int
    by_verdict: list[int]
    pictures: int


class Usage:
    """Counts rows by their MJ; some hundred bytes for each MJ, however many rows there are.

    Parameters
    ----------
    places : Places
    """

    def __init__(self, places: Places) -> None:
        self._places = places
        self._tallies: dict[str, _Tally] = {}

    def add(self, row: Identification, municipality: str) -> None:
        """Count a row, whoever handed it in; rows that were not identified with an MJ do not count."""
        if row.verdict not in IDENTIFIED or not row.mj:
            return
        tally = self._tallies.get(row.mj)
        if tally is None:
            codes = (row.ucs, row.ivs, row.juki, row.koseki)
            tally = self._tallies[row.mj] = _Tally(codes, 0, [0] * len(IDENTIFIED), 0)
        tally.places |= self._places.bit(municipality)
        tally.by_verdict[IDENTIFIED.index(row.verdict)] += 1
        tally.pictures += not row.same_as

    def uses(self) -> Iterator[Use]:
        """Yield the MJ in use: those of most municipalities first, then of most gaiji, then by name."""
        order = sorted(
            self._tallies.items(),
            key=lambda item: (-item[1].places.bit_count(), -sum(item[1].by_verdict), item[0]),
        )
        for mj, tally in order:
            same, design, similar = tally.by_verdict
            yield Use(
                mj,
                *tally.codes,
                municipalities=tally.places.bit_count(),
                glyphs=same + design + similar,
                by_verdict=(same, design, similar),
                pictures=tally.pictures,
            )


VERDICTS: tuple[Verdict, ...] = IDENTIFIED
"""What :attr:`Use.by_verdict` counts, in its order."""
