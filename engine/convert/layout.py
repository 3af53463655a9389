"""Records and columns: which field of which row a place of a block lies in."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, Protocol

import numpy as np
from numpy.typing import NDArray

from engine.convert.encoding import Positions, Units


@dataclass(frozen=True, slots=True)
class Places:
    """Where private codes are.

    Attributes
    ----------
    rows : (N,) int64
        Record, 1 first.
    columns : (N,) int64
        Column, 1 first; 0 outside every column.
    """

    rows: Positions
    columns: Positions


@dataclass(frozen=True, slots=True)
class Padding:
    """What keeps fields of fixed width at their width.

    Attributes
    ----------
    refused : (N,) bool
        Private codes whose field has no room for what replaces them.
    starts, widths : (M,) int64
        Blanks at the ends of fields that go away, in code units.
    blanks : tuple of str
        What takes their place; empty where a field needs the room.
    """

    refused: NDArray[np.bool_]
    starts: Positions
    widths: Positions
    blanks: tuple[str, ...]


class Layout(Protocol):
    """How a file is made of records and columns.

    Why this seam exists: searching, replacing, reporting and undoing do not care whether commas, quotes or a
    list of widths make the fields; only these questions do. A layout is told every block of a file once, in
    order, and remembers what it needs between two.

    Attributes
    ----------
    fixed : bool
        Whether fields keep their width, so that :meth:`pad` must be asked.
    """

    fixed: bool

    def blocks(self, stream: BinaryIO, block_bytes: int) -> Iterator[bytes]:
        """Cut a file into blocks at the ends of records."""

    def begin(self, units: Units) -> None:
        """Take the next block."""

    def floors(self, places: Positions) -> Positions | None:
        """Return the nearest place at or before each where a character must begin; None: nowhere special."""

    def locate(self, starts: Positions, widths: Positions) -> Places:
        """Return row and column of places in the block, ascending."""

    def pad(self, starts: Positions, widths: Positions, texts: list[str]) -> Padding | None:
        """Return what must happen besides the replacing; None: nothing.

        Parameters
        ----------
        starts, widths : (N,) int64
            What is replaced.
        texts : list of str
            By what.
        """

    def end(self) -> None:
        """Be done with the block."""

    def column_name(self, column: int) -> str:
        """Return how the report calls a column."""


def select_columns(words: str, names: list[str]) -> frozenset[int]:
    """Read which columns to convert.

    Parameters
    ----------
    words : str
        ``3,5-7``, or names: ``氏名,住所``. A name that is a number is taken for a number.
    names : list of str
        Of the columns, in order.

    Raises
    ------
    ValueError
        The word that is neither.
    """
    chosen: set[int] = set()
    for word in filter(None, (part.strip() for part in words.split(","))):
        first, dash, last = word.partition("-")
        if first.isascii() and first.isdigit() and (not dash or (last.isascii() and last.isdigit())):
            span = range(int(first), int(last or first) + 1)
            if not span or span[0] < 1 or span[-1] > 100_000:
                raise ValueError(word)
            chosen.update(span)
        elif names.count(word) == 1:
            chosen.add(names.index(word) + 1)
        else:
            raise ValueError(word)
    if not chosen:
        raise ValueError(words)
    return frozenset(chosen)


def line_ends(units: Units) -> Positions:
    """Return the places of line feeds, and of carriage returns that no line feed follows."""
    feeds = np.flatnonzero(units == 0x0A)
    returns = np.flatnonzero(units == 0x0D)
    if not len(returns):
        return feeds
    inside = returns + 1 < len(units)
    alone = np.ones(len(returns), np.bool_)
    alone[inside] = units[returns[inside] + 1] != 0x0A
    return np.sort(np.concatenate((feeds, returns[alone]))) if alone.any() else feeds
