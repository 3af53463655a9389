"""A part of the dataset in the making, and its rows once all of its glyphs have been identified."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from engine.batch.answers import OWN_COLUMNS, PLACE, Answers, answer_table
from engine.batch.sums import Position
from engine.glyph.model import ReadFailure
from engine.intake.duplicates import Likeness, Marks
from engine.intake.key import DeliveryKey
from engine.output.parquet import schema
from engine.output.record import storable
from engine.result import Identification

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True, slots=True)
class Entry:
    """A row of which the pixels are no longer needed."""

    source: str
    gaiji_code: str
    key: DeliveryKey
    likeness: Likeness
    failure: ReadFailure | None


@dataclass(slots=True)
class Part:
    """A part in the making.

    Attributes
    ----------
    number : int
    first : int
        Number of its first row.
    entries : list
    found : list of Identification
        Rows of its glyphs that had to be identified, as far as they have come.
    wanted : int
        How many will come.
    position : Position or None
        Behind it; None while it is being filled.
    marks : Marks or None
        The same.
    """

    number: int
    first: int
    entries: list[Entry] = field(default_factory=list)
    found: list[Identification] = field(default_factory=list)
    wanted: int = 0
    position: Position | None = None
    marks: Marks | None = None

    @property
    def is_finished(self) -> bool:
        """Whether nothing is missing any more."""
        return self.marks is not None and len(self.found) == self.wanted


def part_table(part: Part, answers: Answers, failed: Callable[[ReadFailure], Identification]) -> pa.Table:
    """Return the rows of a finished part.

    Parameters
    ----------
    part : Part
    answers : Answers
        Of all earlier parts; those of this one are added.
    failed : callable
        Gives the row of an input that could not be read.

    Returns
    -------
    pyarrow.Table
        In the contract's columns.
    """
    import pyarrow as pa

    rows: list[Identification] = []
    where: dict[
        int, int
    ] = {}  # of a glyph's answer, by the glyph's number: the part's own, then earlier ones
    found = iter(part.found)
    for number, entry in enumerate(part.entries, part.first):
        if entry.likeness.same is None:
            where[number] = len(rows)
            rows.append(next(found) if entry.failure is None else failed(entry.failure))
    earlier = np.array(sorted({each for each in _likes(part.entries) if each < part.first}), np.int64)
    where |= {number: place for place, number in enumerate(earlier.tolist(), len(rows))}
    own = answer_table(rows)
    known = pa.concat_tables([own, answers.take(earlier)])
    if part.marks is not None:
        kept = [where[number] for number in part.marks.numbers.tolist()]
        answers.add(part.marks.numbers, own.take(pa.array(kept, pa.int64())))
    chosen = [
        where[number if entry.likeness.same is None else entry.likeness.same]
        for number, entry in enumerate(part.entries, part.first)
    ]
    taken = known.take(pa.array(chosen, pa.int64()))
    names = known[PLACE].to_pylist()
    own_values = _own_values(part.entries, {number: names[place] for number, place in where.items()})
    columns = [
        pa.array(own_values[column.name], column.type) if column.name in OWN_COLUMNS else taken[column.name]
        for column in schema()
    ]
    return pa.Table.from_arrays(columns, schema=schema()).combine_chunks()


def _own_values(entries: Sequence[Entry], places: Mapping[int, str]) -> dict[str, list[Any]]:
    """Values of the columns that differ between copies; ``places`` names rows by their numbers."""
    keys = [entry.key for entry in entries]
    likenesses = [entry.likeness for entry in entries]
    return {
        "source": [storable(entry.source) for entry in entries],
        "gaiji_code": [storable(entry.gaiji_code) for entry in entries],
        "municipality": [key.municipality for key in keys],
        "system": [storable(key.system) for key in keys],
        "font": [storable(key.font) for key in keys],
        "kind": [key.kind for key in keys],
        "same_as": ["" if each.same is None else places[each.same] for each in likenesses],
        "near_same": ["" if each.near is None else places[each.near] for each in likenesses],
    }


def _likes(entries: Sequence[Entry]) -> Iterator[int]:
    for entry in entries:
        for number in (entry.likeness.same, entry.likeness.near):
            if number is not None:
                yield number
