"""A survey in files: CSV, Excel, JSON, Markdown. All of it is our own words and numbers."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Sequence
from typing import BinaryIO

from engine.report.survey import Survey
from engine.report.survey_table import NOTES, Table, as_json, tables

_FONT = {"font_name": "Yu Gothic", "font_size": 10}


def _csv(survey: Survey, stream: BinaryIO) -> None:
    """One table for all sections, so that it can be filtered; sums are lines of their own."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    every = tables(survey)
    writer.writerow(["提出区分", *every[0].headings])
    for table in every:
        writer.writerows([table.title, *line] for line in table.lines)
    stream.write(("\ufeff" + text.getvalue()).encode("utf-8"))


def _json(survey: Survey, stream: BinaryIO) -> None:
    stream.write(json.dumps(as_json(survey), ensure_ascii=False, indent=2).encode("utf-8") + b"\n")


def _markdown(survey: Survey, stream: BinaryIO) -> None:
    lines = ["# 外字の同定結果の集計", ""]
    for table in tables(survey):
        lines += [f"## {table.title}", "", *_markdown_table(table), ""]
        lines += [f"* {note}" for note in table.notes]
        lines += [""] if table.notes else []
    lines += ["## 数え方", "", *(f"* {note}" for note in NOTES)]
    stream.write(("\n".join(lines) + "\n").encode("utf-8"))


def _markdown_table(table: Table) -> list[str]:
    def line(cells: Sequence[str]) -> str:
        return f"| {' | '.join(cells)} |"

    found = [line(table.headings), line(["---", *["---:"] * (len(table.headings) - 1)])]
    for values, is_sum in zip(table.lines, table.sums, strict=True):
        cells = [f"{value:,}" if isinstance(value, int) else value for value in values]
        found.append(line([f"**{cell}**" if is_sum and cell else cell for cell in cells]))
    return found


def _xlsx(survey: Survey, stream: BinaryIO) -> None:
    import xlsxwriter

    with xlsxwriter.Workbook(stream, {"in_memory": True}) as book:
        cell = {**_FONT, "border": 1, "border_color": "#C9D0D8", "num_format": "#,##0"}
        plain, total = book.add_format(cell), book.add_format({**cell, "bold": True, "bg_color": "#F3F6F9"})
        head = book.add_format({**cell, "bold": True, "bg_color": "#E8EDF3", "align": "center"})
        title, note = book.add_format({**_FONT, "bold": True, "font_size": 12}), book.add_format(_FONT)
        sheet = book.add_worksheet("集計")
        sheet.set_landscape()
        sheet.set_paper(9)
        sheet.fit_to_pages(1, 0)
        sheet.set_footer("&C&P / &N")
        sheet.hide_gridlines(2)
        sheet.set_column(0, 0, 26)
        sheet.set_column(1, 12, 13)
        at = 0
        for table in tables(survey):
            sheet.write_string(at, 0, table.title, title)
            at += 1
            for column, text in enumerate(table.headings):
                sheet.write_string(at, column, text, head)
            for values, is_sum in zip(table.lines, table.sums, strict=True):
                at += 1
                for column, value in enumerate(values):
                    look = total if is_sum else plain
                    if isinstance(value, int):
                        sheet.write_number(at, column, value, look)
                    else:
                        sheet.write_string(at, column, value, look)
            for text in table.notes:
                at += 1
                sheet.write_string(at, 0, text, note)
            at += 2
        for text in NOTES:
            sheet.write_string(at, 0, f"・{text}", note)
            at += 1


WRITERS: dict[str, Callable[[Survey, BinaryIO], None]] = {
    ".csv": _csv,
    ".xlsx": _xlsx,
    ".json": _json,
    ".md": _markdown,
}
"""Writers by file suffix; each gets the survey and an open stream, which it leaves open."""
