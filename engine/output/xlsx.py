"""Excel: frozen header, filter buttons, every text cell a plain string (never a formula, never a link)."""

from __future__ import annotations

import tempfile
from typing import Any, BinaryIO

from engine.output.record import Record
from engine.result import COLUMNS

SHEET_NAME = "同定結果"
SHEET_ROWS = 1_048_576
"""Rows that one Excel sheet can hold, with the header."""

CELL_CHARACTERS = 32_767
"""UTF-16 units that one Excel cell can hold; longer text is cut and ends in ``…``."""

_NON_CHARACTERS = str.maketrans({"\ufffe": "\\ufffe", "\uffff": "\\uffff"})
r"""XML cannot carry these two at all; they are spelled out as ``\ufffe``, as undecodable bytes of a file name
are in every format (:mod:`engine.output.record`). Control characters have an escape of Excel's own."""

_WIDTHS = {
    "source": 40,
    "class": 12,
    "subclass": 12,
    "candidates": 32,
    "evidence": 32,
    "reference": 24,
    "engine": 24,
    "font": 20,
    "same_as": 32,
    "near_same": 32,
}
_WIDTH = 11


class XlsxWriter:
    """Writes rows as a workbook; a further sheet is begun when one is full.

    Parameters
    ----------
    stream : BinaryIO
    sheet_rows : int
        Rows per sheet, with the header.
    """

    def __init__(self, stream: BinaryIO, *, sheet_rows: int = SHEET_ROWS) -> None:
        import xlsxwriter

        # Rows wait in files of XlsxWriter's until the workbook is closed; a folder of our own goes away with
        # them when the run is interrupted before that.
        self._folder = tempfile.TemporaryDirectory(prefix="gaiji-", ignore_cleanup_errors=True)
        options = {
            "constant_memory": True,
            "tmpdir": self._folder.name,
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
        }
        self._book = xlsxwriter.Workbook(stream, options)
        self._bold = self._book.add_format({"bold": True, "bg_color": "#E8EDF3"})
        self._decimals = self._book.add_format({"num_format": "0.000"})
        self._sheet_rows = sheet_rows
        self._sheets = 0
        self._begin_sheet()

    def write(self, record: Record) -> None:
        """Append one row."""
        if self._row >= self._sheet_rows:
            self._end_sheet()
            self._begin_sheet()
        for column, value in enumerate(record.values()):
            if isinstance(value, str):
                if value:
                    self._sheet.write_string(self._row, column, fitting(value))
            elif value is not None:
                self._sheet.write_number(self._row, column, value, self._decimals)
        self._row += 1

    def close(self) -> None:
        """Write the workbook; the stream stays open."""
        self._end_sheet()
        self._book.close()
        self._folder.cleanup()

    def discard(self) -> None:
        """Give up: remove what was kept aside, write nothing."""
        for sheet in self._book.worksheets():
            sheet.row_data_fh.close()
        self._folder.cleanup()

    def _begin_sheet(self) -> None:
        self._sheets += 1
        name = SHEET_NAME if self._sheets == 1 else f"{SHEET_NAME} ({self._sheets})"
        self._sheet: Any = self._book.add_worksheet(name)
        self._sheet.freeze_panes(1, 1)
        for column, name in enumerate(COLUMNS):
            self._sheet.set_column(column, column, _WIDTHS.get(name, _WIDTH))
            self._sheet.write_string(0, column, name, self._bold)
        self._row = 1

    def _end_sheet(self) -> None:
        self._sheet.autofilter(0, 0, max(self._row - 1, 1), len(COLUMNS) - 1)


def fitting(text: str) -> str:
    """Return a text as one cell can hold it: without non-characters, cut at :data:`CELL_CHARACTERS`."""
    text = text.translate(_NON_CHARACTERS)
    units = text.encode("utf-16-le")
    if len(units) <= 2 * CELL_CHARACTERS:
        return text
    return units[: 2 * (CELL_CHARACTERS - 1)].decode("utf-16-le", "ignore") + "…"
