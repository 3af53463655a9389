"""The stream of a run, cut into parts: what of a part must be identified, and its rows once that is done.

A glyph is known by its number, its row in the dataset. Blocks never reach over the end of a part: whatever
was interrupted, every block is made of the same glyphs again, and so are its rows, to the last digit.
"""

from __future__ import annotations

from array import array
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from engine.batch.answers import Answers, answers_of_part
from engine.batch.item import Copy, Item
from engine.batch.part import Entry, Part, part_table
from engine.batch.sums import Position
from engine.glyph.model import Glyph, ReadFailure
from engine.intake.duplicates import Duplicates, Likeness, Marks
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
    def rows_pending(self) -> tuple[int, int]:
        """Rows that are not written yet, and roughly how many of them have been identified."""
        rows = identified = 0
        for part in self._pending:
            rows += len(part.entries)
            identified += len(part.entries) * len(part.found) // max(part.wanted, 1)
        return rows, identified

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
        return part_table(part, self._answers, self._failed)

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
            part.entries.append(Entry(item.source, item.gaiji_code, each.key, likeness, failure))
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
