"""CSV: UTF-8, in a file with byte order mark and CRLF, so that a Japanese Excel opens it by a double click.

Spreadsheets run a cell that starts with ``=`` and the like as a formula. Where a path from outside does,
``./`` is put in front: ``=1+1.png`` and ``./=1+1.png`` name the same file, which harms neither a spreadsheet
nor a program that opens the path. Any other text from outside (a system's or font's name) gets an apostrophe,
the spreadsheets' own mark for text; one that starts with an apostrophe gets a second, so that a reader can
take the first off again (:func:`plain_text`).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import BinaryIO

from engine.output.record import Record
from engine.result import COLUMNS

FORMULA_STARTS = frozenset("=+-@\t\r\n＝＋－＠")
"""First characters that a spreadsheet may take for a formula (full-width ones in Japanese locales too)."""

PATH_COLUMNS = frozenset({"source", "same_as", "near_same"})
TEXT_COLUMNS = frozenset({"gaiji_code", "municipality", "system", "font", "kind"})
"""The columns whose text may come from outside: paths, and other text."""

_MARK = "'"

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
        cells = [cell_text(name, value) for name, value in record.items()]
        self._stream.write(self._line(cells))

    def close(self) -> None:
        """Hand everything to the operating system; the stream stays open."""
        self._stream.flush()

    def discard(self) -> None:
        """Nothing is kept aside."""

    def _line(self, cells: Iterable[str]) -> bytes:
        return (",".join(map(quoted, cells)) + self._newline).encode("utf-8")


def cell_text(name: str, value: str | float | None) -> str:
    """Return what stands in a cell, so that no spreadsheet runs it; :func:`plain_text` undoes it.

    Parameters
    ----------
    name : str
        The column.
    value : str, float or None
        The value.
    """
    if value is None:
        return ""
    if not isinstance(value, str):
        return repr(value)
    if name in PATH_COLUMNS and value[:1] in FORMULA_STARTS:
        return "./" + value
    if name in TEXT_COLUMNS and (value[:1] in FORMULA_STARTS or value.startswith(_MARK)):
        return _MARK + value
    return value


def plain_text(name: str, cell: str) -> str:
    """Undo what the writer did to a cell so that a spreadsheet takes it for text.

    Parameters
    ----------
    name : str
        The column.
    cell : str
        As it stands in the file.
    """
    marked = name in TEXT_COLUMNS and cell[:1] == _MARK
    return cell[1:] if marked and (cell[1:2] in FORMULA_STARTS or cell[1:2] == _MARK) else cell


def quoted(cell: str) -> str:
    """Return a cell as CSV: in quotes where it needs them."""
    if _NEEDS_QUOTES.isdisjoint(cell):
        return cell
    return '"' + cell.replace('"', '""') + '"'
