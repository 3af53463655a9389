"""The units of a plan → a stream of glyphs with their keys; it knows where it is, and may begin anywhere.

Decision record: one process reads. Of the national survey a row costs it 0.3 ms of processor time (a picture
of 96 px 0.65, a copy of one 0.05), a tenth of what the identification costs the others; so it is enough for
some eight of them, and the order needs no care. The risky formats are read by a process of their own anyway.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from itertools import islice
from pathlib import Path

from engine.batch.images import read_images
from engine.batch.inputs import Unit
from engine.batch.item import Copies, Item
from engine.batch.sums import Position
from engine.glyph.model import Glyph, ReadFailure
from engine.glyph.names import NamedSource
from engine.glyph.options import ReadOptions
from engine.glyph.read import read_glyphs
from engine.glyph.worker import GlyphWorker
from engine.intake.match import Intake

Notice = Callable[[str], None]


class Reading:
    """Reads units in their order.

    Parameters
    ----------
    units : sequence of Unit
    options : ReadOptions
    start : Position
        Where to begin: the beginning, or where an earlier reading of the same units had come.
    number : int
        Row of the dataset that the first item will be.
    notice : callable, optional
        Told, in Japanese, what no row says.
    """

    def __init__(
        self,
        units: Sequence[Unit],
        options: ReadOptions,
        start: Position,
        number: int = 0,
        notice: Notice | None = None,
    ) -> None:
        self._units = units
        self._options = options
        self._start = start
        self._notice = notice
        self._copies = Copies(number)
        self._unit, self._items = start.unit, start.items
        self._names = NamedSource(options.codes_from_names)
        if start.unit < len(units):
            self._names.restore(start.names)
        weights = [unit.weight for unit in units]
        self._weight_before = sum(weights[: start.unit])
        self._weight = sum(weights)

    @property
    def position(self) -> Position:
        """Behind the item that was yielded last."""
        return Position(self._unit, self._items, self._names.state())

    @property
    def share(self) -> float:
        """Share of the inputs that has been read, 0–1, by bytes."""
        if not self._weight or self._unit >= len(self._units):
            return float(self._unit >= len(self._units))
        unit = self._units[self._unit]
        within = self._items / unit.items if unit.items else 0.0
        return (self._weight_before + unit.weight * within) / self._weight

    def items(self) -> Generator[Item, None, None]:
        """Yield every glyph and every failure, with its key."""
        # Names are told where the units of a group are known, not file by file.
        inner = replace(self._options, codes_from_names=False)
        with GlyphWorker() as worker:
            while self._unit < len(self._units):
                unit = self._units[self._unit]
                skip = self._items
                for item in self._of_unit(unit, inner, worker, skip):
                    self._items += 1
                    self._copies.number += 1
                    yield item
                self._weight_before += unit.weight
                self._unit, self._items = self._unit + 1, 0
                if self._unit < len(self._units) and self._units[self._unit].group != unit.group:
                    self._names = NamedSource(self._options.codes_from_names)

    def _of_unit(self, unit: Unit, options: ReadOptions, worker: GlyphWorker, skip: int) -> Iterator[Item]:
        if unit.row_group >= 0:
            yield from read_images(
                Path(unit.path), unit.row_group, options, worker, unit.key, self._copies, skip
            )
            return
        intake = Intake(unit.key, unit.ledger)
        with closing(self._glyphs(unit, options, worker)) as glyphs:
            for each in islice(intake.deliver(self._names.follow(glyphs)), skip, None):
                # A font's own name is the next best where the manifest has none.
                yield Item(each.item, replace(each.key, font=unit.key.font or each.key.font))
        if self._notice is not None:
            for words in intake.notices():
                self._notice(words)

    @staticmethod
    def _glyphs(
        unit: Unit, options: ReadOptions, worker: GlyphWorker
    ) -> Generator[Glyph | ReadFailure, None, None]:
        if unit.failure is not None:
            yield unit.failure
        else:
            yield from read_glyphs([unit.path], options, worker=worker)


def beginning() -> Position:
    """Return where a new run begins to read."""
    return Position(0, 0, NamedSource().state())
