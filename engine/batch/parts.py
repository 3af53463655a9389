"""The stream of a run, cut into parts: what of a part must be identified, and its rows once that is done.

A glyph is known by its number, its row in the dataset. Blocks never reach over the end of a part: whatever
was interrupted, every block is made of the same glyphs again, and so are its rows, to the last digit.
"""

from __future__ import annotations

from array import array
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from engine.batch.answers import OWN_COLUMNS, PLACE, Answers, answer_table, answers_of_part
from engine.batch.dataset import Position
from engine.batch.item import Copy, Item
from engine.glyph.model import Glyph, ReadFailure
from engine.intake.duplicates import Duplicates, Likeness, Marks
from engine.intake.key import DeliveryKey
from engine.output.parquet import schema
from engine.output.record import storable
from engine.result import Identification

if TYPE_CHECKING:
    import pyarrow as pa

BLOCK_GLYPHS = 256
BLOCK_BYTES = 4 * 2**20
"""Ink bytes after which a block is closed early: it may have to travel to another machine."""

MOST_ROWS = 65_536
"""Rows of a part, at most: fewer than the search for near duplicates keeps."""

_TICK_ITEMS = 16

Block = tuple[Glyph, ...]


@dataclass(frozen=True, slots=True)
class _Entry:
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
    entries: list[_Entry] = field(default_factory=list)
    found: list[Identification] = field(default_factory=list)
    wanted: int = 0
    position: Position | None = None
    marks: Marks | None = None

    @property
    def is_finished(self) -> bool:
        """Whether nothing is missing any more."""
        return self.marks is not None and len(self.found) == self.wanted


class Parts:
    """Fills parts with the items of a reading, and gives them back when their rows are known.

    Parameters
    ----------
    rows_per_part : int
    failed : callable
        Gives the row of an input that could not be read.
    """

    def __init__(self, rows_per_part: int, failed: Callable[[ReadFailure], Identification]) -> None:
        self._rows_per_part = rows_per_part
        self._failed = failed
        self._duplicates = Duplicates()
        self._answers = Answers()
        self._pending: deque[Part] = deque()
        self._owners: deque[Part] = deque()
        self._block: list[Glyph] = []
        self._block_bytes = 0
        self._next = self._begun = 0
        self._originals = array("q")  # of every row since this run began: the row that its picture was first
        self.distinct = 0

    def remember(self, table: pa.Table, marks: Marks) -> None:
        """Take over a part that was finished by an earlier run.

        Parameters
        ----------
        table : pyarrow.Table
            Its rows.
        marks : Marks
            Of the pictures first seen in it.
        """
        first = self._next * self._rows_per_part
        self._duplicates.remember(marks)
        self._answers.add(marks.numbers, answers_of_part(table, marks.numbers - first))
        self.distinct += len(marks)
        self._next += 1

    def blocks(self, items: Iterable[Item], position: Callable[[], Position]) -> Iterator[Block | None]:
        """Yield what has to be identified.

        Parameters
        ----------
        items : iterable of Item
            What follows the parts that are finished.
        position : callable
            Tells where the reading is.

        Yields
        ------
        tuple of Glyph, or None
            None now and then while nothing is ready. The rows go to :meth:`complete`, in the same order.
        """
        batch: list[Item] = []
        size = 0
        self._begun = self._next * self._rows_per_part
        for item in items:
            batch.append(item)
            size += item.content.ink.nbytes if isinstance(item.content, Glyph) else 0
            part = self._open_part()
            full = len(part.entries) + len(batch) == self._rows_per_part
            if full or len(batch) >= BLOCK_GLYPHS or size >= BLOCK_BYTES:
                yield from self._enter(part, batch)
                batch, size = [], 0
            elif len(batch) % _TICK_ITEMS == 0:
                yield None
            if full:
                yield from self._close(part, position())
        if batch:
            yield from self._enter(self._open_part(), batch)
        if self._pending and self._pending[-1].marks is None:
            yield from self._close(self._pending[-1], position())

    @property
    def rows_identified(self) -> int:
        """Rows of unfinished parts of which the identification has been done, roughly."""
        return sum(
            len(part.entries) * len(part.found) // part.wanted if part.wanted else len(part.entries)
            for part in self._pending
        )

    def complete(self, rows: Sequence[Identification]) -> None:
        """Take the rows of the oldest block whose rows have not come yet."""
        self._owners.popleft().found.extend(rows)

    def finished(self) -> Iterator[Part]:
        """Yield the parts that are finished, in order; each once."""
        while self._pending and self._pending[0].is_finished:
            yield self._pending.popleft()

    def table(self, part: Part) -> pa.Table:
        """Return the rows of a finished part, and keep what later parts may ask for.

        Parameters
        ----------
        part : Part
            Parts are to be passed in their order.
        """
        import pyarrow as pa

        rows: list[Identification] = []
        where: dict[int, int] = {}
        found = iter(part.found)
        for number, entry in enumerate(part.entries, part.first):
            if entry.likeness.same is None:
                where[number] = len(rows)
                rows.append(next(found) if entry.failure is None else self._failed(entry.failure))
        likes = {number for number in _likes(part.entries) if number < part.first}
        earlier = np.array(sorted(likes), np.int64)
        where |= {number: len(rows) + i for i, number in enumerate(earlier.tolist())}
        own = answer_table(rows)
        answers = pa.concat_tables([own, self._answers.take(earlier)])
        if part.marks is not None:
            kept = [where[number] for number in part.marks.numbers.tolist()]
            self._answers.add(part.marks.numbers, own.take(pa.array(kept, pa.int64())))
        chosen = [
            where[number if entry.likeness.same is None else entry.likeness.same]
            for number, entry in enumerate(part.entries, part.first)
        ]
        taken = answers.take(pa.array(chosen, pa.int64()))
        own_values = _own_values(part.entries, dict(zip(where, _places(answers, where), strict=True)))
        columns = [
            pa.array(own_values[column.name], column.type)
            if column.name in OWN_COLUMNS
            else taken[column.name]
            for column in schema()
        ]
        return pa.Table.from_arrays(columns, schema=schema()).combine_chunks()

    def _open_part(self) -> Part:
        if not self._pending or self._pending[-1].marks is not None:
            self._pending.append(Part(self._next, self._next * self._rows_per_part))
            self._next += 1
        return self._pending[-1]

    def _enter(self, part: Part, batch: Sequence[Item]) -> Iterator[Block]:
        """Add rows to a part; yield the blocks that are full."""
        start = part.first + len(part.entries)
        glyphs = {
            number: each.content
            for number, each in enumerate(batch, start)
            if isinstance(each.content, Glyph)
        }
        likenesses = dict(
            zip(glyphs, self._duplicates.compare(list(glyphs.values()), list(glyphs)), strict=True)
        )
        for number, each in enumerate(batch, start):
            item, likeness = each.content, likenesses.get(number, Likeness())
            if isinstance(item, Copy):
                likeness = Likeness(same=self._originals[item.number - self._begun])
            self._originals.append(number if likeness.same is None else likeness.same)
            failure = item if isinstance(item, ReadFailure) else None
            part.entries.append(_Entry(item.source, item.gaiji_code, each.key, likeness, failure))
            if isinstance(item, Glyph) and likeness.same is None:
                part.wanted += 1
                self.distinct += 1
                self._block.append(item)
                self._block_bytes += item.ink.nbytes
                if len(self._block) >= BLOCK_GLYPHS or self._block_bytes >= BLOCK_BYTES:
                    yield self._emit(part)

    def _close(self, part: Part, position: Position) -> Iterator[Block]:
        if self._block:
            yield self._emit(part)
        marks = self._duplicates.marks_since(part.first)
        part.position, part.marks = position, marks

    def _emit(self, part: Part) -> Block:
        block, self._block, self._block_bytes = tuple(self._block), [], 0
        self._owners.append(part)
        return block


def _own_values(entries: Sequence[_Entry], places: Mapping[int, str]) -> dict[str, list[Any]]:
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


def _places(answers: pa.Table, where: Mapping[int, int]) -> list[str]:
    names = answers[PLACE].to_pylist()
    return [names[index] for index in where.values()]


def _likes(entries: Sequence[_Entry]) -> Iterator[int]:
    for entry in entries:
        for number in (entry.likeness.same, entry.likeness.near):
            if number is not None:
                yield number
