"""CSV: UTF-8, in a file with byte order mark and CRLF, so that a Japanese Excel opens it by a double click.

Spreadsheets run a cell that starts with ``=`` and the like as a formula. The only column whose text comes
from outside is ``source``, and it is a path: ``=1+1.png`` and ``./=1+1.png`` name the same file. So such a
path gets ``./`` in front, which harms neither a spreadsheet nor a program that opens the path.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import BinaryIO

from engine.output.record import Record
from engine.result import COLUMNS

FORMULA_STARTS = frozenset("=+-@\t\r\n＝＋－＠")
"""First characters that a spreadsheet may take for a formula (full-width ones in Japanese locales too)."""

_NEEDS_QUOTES = frozenset('",\r\n')


class CsvWriter:
    r"""Writes rows as CSV.

    Parameters
    ----------
    stream : BinaryIO
    bom : bool
        Whether to start with a byte order mark (files), or not (pipes).
    newline : str
        ``"\r\n"`` for files, ``"\n"`` for pipes.
    """

    def __init__(self, stream: BinaryIO, *, bom: bool = True, newline: str = "\r\n") -> None:
        self._stream = stream
        self._newline = newline
        self._stream.write(("\ufeff" if bom else "").encode("utf-8") + self._line(COLUMNS))

    def write(self, record: Record) -> None:
        """Append one row."""
        cells = [_cell(name, value) for name, value in record.items()]
        self._stream.write(self._line(cells))

    def close(self) -> None:
        """Hand everything to the operating system; the stream stays open."""
        self._stream.flush()

    def discard(self) -> None:
        """Nothing is kept aside."""

    def _line(self, cells: Iterable[str]) -> bytes:
        return (",".join(map(_quoted, cells)) + self._newline).encode("utf-8")


def _cell(name: str, value: str | float | None) -> str:
    if value is None:
        return ""
    if not isinstance(value, str):
        return repr(value)
    return "./" + value if name == "source" and value[:1] in FORMULA_STARTS else value


def _quoted(cell: str) -> str:
    if _NEEDS_QUOTES.isdisjoint(cell):
        return cell
    return '"' + cell.replace('"', '""') + '"'
