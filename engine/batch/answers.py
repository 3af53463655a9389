"""The results of all different glyphs of a run, kept for those that come again.

They are kept as Arrow columns, some 300 bytes each: 1.2 million of them take less than their pictures would.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from engine.output.parquet import schema
from engine.output.record import storable, to_record
from engine.result import Identification

if TYPE_CHECKING:
    import pyarrow as pa

OWN_COLUMNS = ("source", "gaiji_code", "municipality", "system", "font", "kind", "same_as", "near_same")
"""Columns that tell one copy of a glyph from another; all other columns are the same for all copies."""

PLACE = "place"
"""What ``same_as`` and ``near_same`` call a row."""


def answer_schema() -> pa.Schema:
    """Return the columns that are the same for all copies of a glyph, and :data:`PLACE`."""
    import pyarrow as pa

    return pa.schema([field for field in schema() if field.name not in OWN_COLUMNS]).append(
        pa.field(PLACE, pa.string())
    )


def place_of(source: str, gaiji_code: str) -> str:
    """Return the name of a row for ``same_as``, as it can be stored."""
    return str(storable(Identification(source, gaiji_code).place))


def answer_table(rows: Sequence[Identification]) -> pa.Table:
    """Return rows in the columns of :func:`answer_schema`."""
    import pyarrow as pa

    records = [to_record(row) | {PLACE: place_of(row.source, row.gaiji_code)} for row in rows]
    return pa.Table.from_pylist(records, schema=answer_schema())


def answers_of_part(table: pa.Table, rows: NDArray[np.int64]) -> pa.Table:
    """Return some rows of a finished part in the columns of :func:`answer_schema`."""
    import pyarrow as pa

    chosen = table.take(pa.array(rows))
    places = [
        place_of(source, code)
        for source, code in zip(chosen["source"].to_pylist(), chosen["gaiji_code"].to_pylist(), strict=True)
    ]
    return chosen.append_column(PLACE, pa.array(places, pa.string())).select(answer_schema().names)


class Answers:
    """Answers by the number of the glyph (its row in the dataset, counted from 0)."""

    def __init__(self) -> None:
        self._first: list[int] = []
        self._numbers: list[NDArray[np.int64]] = []
        self._tables: list[pa.Table] = []

    def add(self, numbers: NDArray[np.int64], table: pa.Table) -> None:
        """Keep answers.

        Parameters
        ----------
        numbers : (K,) int64
            Rising, and above those of all earlier calls.
        table : pyarrow.Table
            K rows in the columns of :func:`answer_schema`.
        """
        if len(numbers):
            self._first.append(int(numbers[0]))
            self._numbers.append(numbers.copy())
            self._tables.append(table.combine_chunks())

    def take(self, numbers: NDArray[np.int64]) -> pa.Table:
        """Return the answers of some glyphs.

        Parameters
        ----------
        numbers : (K,) int64
            Rising; each must have been added.
        """
        import pyarrow as pa

        found = [answer_schema().empty_table()]
        owners = np.searchsorted(self._first, numbers, side="right") - 1
        for owner in np.unique(owners).tolist():
            places = np.searchsorted(self._numbers[owner], numbers[owners == owner])
            found.append(self._tables[owner].take(pa.array(places)))
        return pa.concat_tables(found)
