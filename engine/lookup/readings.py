"""Readings → characters. The table has 音 in katakana and 訓 in hiragana, okurigana not set off."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.lookup.match import Match, improve, nothing
from engine.lookup.query import ByReading, Script
from engine.lookup.typed import hiragana
from engine.reference.table import MojiTable

_LAST = "\U0010ffff"


@dataclass(frozen=True, slots=True)
class ReadingsIndex:
    """Every reading, in the order of the syllabary.

    Attributes
    ----------
    table : MojiTable
    spelled : list of (str, str)
        Distinct readings in hiragana, each with the table's own spelling, ascending.
    starts : (R + 1,) int64
        Where each reading's rows start in ``rows``.
    rows : (P,) int64
        Rows of the readings, one reading after the other.
    """

    table: MojiTable
    spelled: list[tuple[str, str]]
    starts: NDArray[np.int64]
    rows: NDArray[np.int64]

    @classmethod
    def of(cls, table: MojiTable) -> ReadingsIndex:
        """Sort the readings of a table; the 音価 of 変体仮名 are readings too."""
        import pyarrow as pa

        values, rows = [], []
        for name in ("readings", "phonetics"):
            if name in table.column_names:
                column = table.column(name)
                lengths = column.value_lengths().fill_null(0).to_numpy(zero_copy_only=False)
                rows.append(np.repeat(np.arange(len(table), dtype=np.int64), lengths))
                values.append(column.flatten())
        if not values:
            return cls(table, [], np.zeros(1, np.int64), np.zeros(0, np.int64))
        encoded = pa.concat_arrays(values).dictionary_encode()
        texts = encoded.dictionary.to_pylist()
        order = sorted(range(len(texts)), key=lambda number: (hiragana(texts[number]), texts[number]))
        rank = np.empty(len(order), np.int64)
        rank[order] = np.arange(len(order))
        ranks = rank[encoded.indices.to_numpy(zero_copy_only=False)]
        by_reading = np.argsort(ranks, kind="stable")
        starts = np.searchsorted(ranks[by_reading], np.arange(len(order) + 1))
        spelled = [(hiragana(texts[number]), texts[number]) for number in order]
        return cls(table, spelled, starts, np.concatenate(rows)[by_reading])

    def match(self, wanted: ByReading) -> Match:
        """Find the rows with a reading, then those with a reading that begins so, the shortest first."""
        penalty = nothing(len(self.table))
        first = bisect_left(self.spelled, (wanted.reading, ""))
        last = bisect_left(self.spelled, (wanted.reading + _LAST, ""))
        for number in range(first, last):
            kana, text = self.spelled[number]
            if wanted.script in (Script.BOTH, _script_of(text)):
                rows = self.rows[self.starts[number] : self.starts[number + 1]]
                improve(penalty, rows, len(kana) - len(wanted.reading))
        return Match(penalty, lambda row: self._reason(row, wanted))

    def readings(self, row: int) -> list[str]:
        """Return the readings of a row, as the table spells them."""
        return [text for name in ("readings", "phonetics") for text in self.table.value(name, row) or ()]

    def _reason(self, row: int, wanted: ByReading) -> str:
        found = [text for text in self.readings(row) if hiragana(text).startswith(wanted.reading)]
        if wanted.script is not Script.BOTH:
            found = [text for text in found if _script_of(text) is wanted.script]
        best = min(found, key=len)
        exact = len(best) == len(wanted.reading)
        return f"読み「{best}」" if exact else f"読み「{best}」が「{wanted.reading}」で始まる"


def okurigana_penalty(readings: list[str], okurigana: str) -> int:
    """Return how well a word's okurigana fits a character's readings: 0 an ending, 1 inside, 2 not at all."""
    kun = [hiragana(text) for text in readings]
    if any(text.endswith(okurigana) and len(text) > len(okurigana) for text in kun):
        return 0
    return 1 if any(text.find(okurigana, 1) > 0 for text in kun) else 2


def _script_of(text: str) -> Script:
    return Script.ON if hiragana(text) != text else Script.KUN
