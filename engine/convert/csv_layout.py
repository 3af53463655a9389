"""CSV: fields between delimiters, quotes around those that hold a delimiter or a line end.

Quotes are counted, not parsed: where every quote stands where it should, a place is inside quotes if an odd
number of them is before it. A block in which one stands elsewhere (``a"b``) is gone through mark by mark,
with Python's rule that a quote counts only at the beginning of a field.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from engine.convert.blocks import line_blocks
from engine.convert.encoding import Encoding, Positions, Units
from engine.convert.layout import Padding, Places, line_ends

DELIMITERS = {",": ",", "tab": "\t", ";": ";"}
"""By their names on the command line. None of them can be the second byte of a character of CP932."""

_QUOTE = 0x22
_HEADER_BYTES = 1 << 16


class CsvLayout:
    """Records that end at line ends outside quotes.

    Parameters
    ----------
    encoding : Encoding
    delimiter : str
        A value of :data:`DELIMITERS`.
    """

    fixed = False

    def __init__(self, encoding: Encoding, delimiter: str = ",") -> None:
        self._encoding = encoding
        self._delimiter = ord(delimiter)
        self._rows = 0
        self._column = 0
        self._quoted = self._open = False
        self._units: Units = np.zeros(0, np.uint8)
        self._ends: Positions = np.zeros(0, np.int64)
        self._quotes: Positions = np.zeros(0, np.int64)
        self._delimiters: Positions | None = None

    def blocks(self, stream: BinaryIO, block_bytes: int) -> Iterator[bytes]:
        """Cut at line ends, in quotes or not."""
        return line_blocks(stream, self._encoding, block_bytes)

    def begin(self, units: Units) -> None:
        """Take the next block."""
        self._units = units
        self._ends, self._delimiters = line_ends(units), None
        self._quotes = np.flatnonzero(units == _QUOTE)
        self._open = self._quoted
        if not self._regular():
            self._one_by_one()
        elif len(self._quotes) or self._quoted:
            self._ends = self._outside(self._ends)
            self._open = bool((len(self._quotes) + self._quoted) % 2)

    def floors(self, places: Positions) -> None:
        """Characters begin anywhere."""
        return None

    def locate(self, starts: Positions, widths: Positions) -> Places:
        """Return row and column of places in the block."""
        ends, delimiters = self._ends, self._delimiter_places()
        lines = np.searchsorted(ends, starts)
        begun = np.concatenate((np.zeros(1, np.int64), np.searchsorted(delimiters, ends)))[lines]
        columns = np.searchsorted(delimiters, starts) - begun + 1
        columns[lines == 0] += self._column
        return Places(self._rows + lines + 1, columns)

    def pad(self, starts: Positions, widths: Positions, texts: list[str]) -> Padding | None:
        """Fields may have any width."""
        return None

    def end(self) -> None:
        """Remember how many records and columns have gone by, and whether a quote is open."""
        self._rows += len(self._ends)
        self._quoted = self._open
        last = int(self._ends[-1]) if len(self._ends) else -1
        if last >= 0:
            self._column = 0
        if last < len(self._units) - 1:
            self._column += int((self._delimiter_places() > last).sum())

    def column_name(self, column: int) -> str:
        """Return the column's number."""
        return str(column)

    def _delimiter_places(self) -> Positions:
        """Places of the delimiters outside quotes; looked for when first asked for."""
        if self._delimiters is None:
            self._delimiters = np.flatnonzero(self._units == self._delimiter)
            if len(self._quotes) or self._quoted:
                self._delimiters = self._outside(self._delimiters)
        return self._delimiters

    def _outside(self, places: Positions) -> Positions:
        """Return the places before which an even number of quotes is."""
        outside: Positions = places[(np.searchsorted(self._quotes, places) + self._quoted) % 2 == 0]
        return outside

    def _regular(self) -> bool:
        """Whether every quote opens a field, closes one, or is one of two that stand for one."""
        parity = (np.arange(len(self._quotes)) + self._quoted) % 2
        opening, closing = self._quotes[parity == 0], self._quotes[parity == 1]
        before = self._units[opening[opening > 0] - 1]
        after = self._units[closing[closing < len(self._units) - 1] + 1]
        return bool(self._is_edge(before).all() and self._is_edge(after).all())

    def _is_edge(self, units: Units) -> NDArray[np.bool_]:
        edge = (units == self._delimiter) | (units == 0x0A) | (units == 0x0D) | (units == _QUOTE)
        return np.asarray(edge)

    def _one_by_one(self) -> None:
        """Find line ends and delimiters outside quotes where quotes stand anywhere."""
        delimiters = np.flatnonzero(self._units == self._delimiter)
        kinds = np.repeat(np.arange(3), (len(self._ends), len(delimiters), len(self._quotes)))
        places = np.concatenate((self._ends, delimiters, self._quotes))
        order = np.argsort(places, kind="stable")
        kept: tuple[list[int], list[int]] = ([], [])
        quoted, field, skip = self._quoted, 0, -1
        quote_places = set(self._quotes.tolist())
        for place, kind in zip(places[order].tolist(), kinds[order].tolist(), strict=True):
            if kind < 2:
                if not quoted:
                    kept[kind].append(place)
                    field = place + 1
            elif not quoted:
                quoted = place == field
            elif place == skip:
                continue
            elif place + 1 in quote_places:
                skip = place + 1
            else:
                quoted = False
        self._open = quoted
        self._ends, self._delimiters = np.array(kept[0], np.int64), np.array(kept[1], np.int64)


def header_names(stream: BinaryIO, encoding: Encoding, delimiter: str) -> list[str]:
    """Return the names in the first record of a file; what cannot be decoded has no name.

    Parameters
    ----------
    stream : BinaryIO
        At the beginning of the file.
    encoding : Encoding
    delimiter : str
    """
    text = stream.read(_HEADER_BYTES).removeprefix(encoding.bom).decode(encoding.value, "replace")
    try:
        return next(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter), [])
    except csv.Error:
        return []
