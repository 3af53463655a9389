"""Tables of a policy in files: CSV, Excel, Markdown, JSON."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, BinaryIO

from engine.errors import UsageError
from engine.output.csv_text import FORMULA_STARTS
from engine.policy.tables import is_number
from engine.report.survey_table import Table

SUFFIXES = (".xlsx", ".csv", ".md", ".json")
MOST_LINES = 1_000_000
"""Of one table in Excel, whose sheets end at 1,048,576 rows."""
_FONT = {"font_name": "Yu Gothic", "font_size": 10}
_WIDEST, _NARROWEST = 60, 8


def write_tables(
    suffix: str, title: str, tables: Sequence[Table], notes: Sequence[str], data: Mapping[str, Any],
    stream: BinaryIO,
) -> None:  # fmt: skip
    """Write tables in the format of a file suffix.

    Parameters
    ----------
    suffix : str
        One of :data:`SUFFIXES`.
    title : str
    tables : sequence of Table
    notes : sequence of str
        Sentences below all of them.
    data : mapping
        The same as plain values; what JSON holds.
    stream : BinaryIO
        Stays open.

    Raises
    ------
    UsageError
        More lines than a sheet of Excel has.
    """
    if suffix == ".json":
        stream.write(json.dumps(data, ensure_ascii=False, indent=2).encode("utf-8") + b"\n")
        return
    _WRITERS[suffix](title, tables, notes, stream)


def _csv(_title: str, tables: Sequence[Table], _notes: Sequence[str], stream: BinaryIO) -> None:
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    for at, table in enumerate(tables):
        if len(tables) > 1:
            writer.writerows([[], [table.title]] if at else [[table.title]])
        writer.writerow(table.headings)
        writer.writerows([_plain(value) for value in line] for line in table.lines)
    stream.write(("\ufeff" + text.getvalue()).encode("utf-8", "backslashreplace"))


def _plain(value: str | int) -> str | int:
    """Keep text from outside from being run by a spreadsheet; a signed number of ours is none."""
    if isinstance(value, str) and value[:1] in FORMULA_STARTS and not is_number(value):
        return f"'{value}"
    return value


def _markdown(title: str, tables: Sequence[Table], notes: Sequence[str], stream: BinaryIO) -> None:
    lines = [f"# {title}", ""]
    for table in tables:
        lines += [f"## {table.title}", "", f"| {' | '.join(table.headings)} |"]
        lines.append(f"| {' | '.join('---' for _ in table.headings)} |")
        for values, is_sum in zip(table.lines, table.sums, strict=True):
            cells = [f"{value:,}" if isinstance(value, int) else _cell(value) for value in values]
            lines.append(f"| {' | '.join(f'**{cell}**' if is_sum and cell else cell for cell in cells)} |")
        lines += ["", *(f"* {note}" for note in table.notes), *([""] if table.notes else [])]
    if notes:
        lines += ["## 数え方", "", *(f"* {note}" for note in notes)]
    stream.write(("\n".join(lines) + "\n").encode("utf-8", "backslashreplace"))


def _cell(text: str) -> str:
    return text.replace("\\", "\\\\").replace("|", "\\|").replace("<", "&lt;").replace("\n", " ")


def _xlsx(title: str, tables: Sequence[Table], notes: Sequence[str], stream: BinaryIO) -> None:
    import xlsxwriter

    if any(len(table.lines) > MOST_LINES for table in tables):
        raise UsageError(f"Excel の一枚には {MOST_LINES:,} 行までしか書けません。.csv にしてください。")
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(stream, options) as book:
        cell = {**_FONT, "border": 1, "border_color": "#C9D0D8", "num_format": "#,##0", "valign": "top"}
        plain, total = book.add_format(cell), book.add_format({**cell, "bold": True, "bg_color": "#F3F6F9"})
        words = book.add_format({**cell, "text_wrap": True})
        right = {
            False: book.add_format({**cell, "align": "right"}),
            True: book.add_format({**cell, "align": "right", "bold": True, "bg_color": "#F3F6F9"}),
        }
        head = book.add_format({**cell, "bold": True, "bg_color": "#E8EDF3", "text_wrap": True})
        bold, note = book.add_format({**_FONT, "bold": True, "font_size": 12}), book.add_format(_FONT)
        book.set_properties({"title": title})
        for number, table in enumerate(tables, 1):
            sheet = book.add_worksheet(_sheet_name(number, table.title))
            sheet.set_landscape()
            sheet.set_paper(9)
            sheet.fit_to_pages(1, 0)
            sheet.set_footer("&C&P / &N")
            sheet.hide_gridlines(2)
            sheet.write_string(0, 0, table.title, bold)
            at = 1
            for text in table.notes:
                sheet.write_string(at, 0, text, note)
                at += 1
            for column, heading in enumerate(table.headings):
                sheet.write_string(at, column, heading, head)
                sheet.set_column(column, column, _width(table, column))
            sheet.freeze_panes(at + 1, 0)
            for values, is_sum in zip(table.lines, table.sums, strict=True):
                at += 1
                for column, value in enumerate(values):
                    look = total if is_sum else plain
                    if isinstance(value, int):
                        sheet.write_number(at, column, value, look)
                    elif value and is_number(value):
                        sheet.write_string(at, column, value, right[is_sum])
                    else:
                        sheet.write_string(at, column, value, total if is_sum else words)
            for text in notes:
                at += 1
                sheet.write_string(at + 1, 0, f"・{text}", note)


def _sheet_name(number: int, title: str) -> str:
    """Return a name that Excel takes: 31 characters, none of its marks, each once."""
    kept = "".join(char for char in title if char not in "[]:*?/\\'")
    return f"{number} {kept}"[:31]


def _width(table: Table, column: int) -> int:
    texts = [table.headings[column], *(str(line[column]) for line in table.lines[:200])]
    longest = max(sum(1 + (ord(char) > 0xFF) for char in text) for text in texts)
    return min(_WIDEST, max(_NARROWEST, longest + 2))


_WRITERS: dict[str, Callable[[str, Sequence[Table], Sequence[str], BinaryIO], None]] = {
    ".csv": _csv,
    ".md": _markdown,
    ".xlsx": _xlsx,
}
