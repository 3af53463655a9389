"""The aggregate as one Excel workbook: the survey's tables, the MJ in use, clusters with their pictures."""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping, Sequence
from itertools import islice
from typing import Any, BinaryIO

from engine.aggregate.clusters import Cluster
from engine.aggregate.collect import Collected
from engine.aggregate.tables import CLUSTER_COLUMNS, USE_COLUMNS, Record, cluster_records, use_records
from engine.report.survey_table import NOTES, tables
from engine.report.tiles import png

MOST_USES = 60_000
"""Lines of the sheet of MJ; there are not that many MJ."""
MOST_CLUSTERS = 3_000
"""Clusters in the workbook, each with a picture; the Parquet has all."""

_FONT = {"font_name": "Yu Gothic", "font_size": 10}
_PICTURE_PT = 30
_WIDE = {"place": 42, "municipality_names": 60, "mj": 13, "juki": 13, "koseki": 13, "nearest": 13, "ivs": 9}


def write_workbook(collected: Collected, clusters: Sequence[Cluster], stream: BinaryIO) -> None:
    """Write the workbook.

    Parameters
    ----------
    collected : Collected
    clusters : sequence of Cluster
    stream : BinaryIO
        Left open.
    """
    import xlsxwriter

    with xlsxwriter.Workbook(stream, {"constant_memory": False, "in_memory": True}) as book:
        looks = _looks(book)
        _survey_sheet(book.add_worksheet("集計"), collected, looks)
        uses = book.add_worksheet("使われている MJ")
        _list(uses, USE_COLUMNS, islice(use_records(collected.usage.uses()), MOST_USES), looks)
        _cluster_sheet(book.add_worksheet("不明の字"), collected, clusters[:MOST_CLUSTERS], looks)


def _looks(book: Any) -> dict[str, Any]:
    cell = {**_FONT, "border": 1, "border_color": "#C9D0D8", "num_format": "#,##0", "valign": "vcenter"}
    return {
        "plain": book.add_format(cell),
        "total": book.add_format({**cell, "bold": True, "bg_color": "#F3F6F9"}),
        "head": book.add_format({**cell, "bold": True, "bg_color": "#E8EDF3", "text_wrap": True}),
        "title": book.add_format({**_FONT, "bold": True, "font_size": 12}),
        "note": book.add_format(_FONT),
    }


def _write(sheet: Any, row: int, column: int, value: str | int | float, look: Any) -> None:
    """Write text as text: nothing that came from outside may become a formula or a link."""
    if isinstance(value, str):
        sheet.write_string(row, column, value, look)
    else:
        sheet.write_number(row, column, value, look)


def _survey_sheet(sheet: Any, collected: Collected, looks: Mapping[str, Any]) -> None:
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.hide_gridlines(2)
    sheet.set_column(0, 0, 26)
    sheet.set_column(1, 12, 13)
    told = f"{len(collected.places):,} 団体、{collected.rows:,} 行をまとめた。"
    sheet.write_string(0, 0, told, looks["note"])
    at = 2
    for table in tables(collected.survey):
        sheet.write_string(at, 0, table.title, looks["title"])
        at += 1
        for column, text in enumerate(table.headings):
            sheet.write_string(at, column, text, looks["head"])
        for values, is_sum in zip(table.lines, table.sums, strict=True):
            at += 1
            for column, value in enumerate(values):
                _write(sheet, at, column, value, looks["total" if is_sum else "plain"])
        for text in table.notes:
            at += 1
            sheet.write_string(at, 0, text, looks["note"])
        at += 2
    for text in NOTES:
        sheet.write_string(at, 0, f"・{text}", looks["note"])
        at += 1


def _list(
    sheet: Any,
    columns: Mapping[str, str],
    records: Iterable[Record],
    looks: Mapping[str, Any],
    before: int = 0,
) -> None:
    """Write a heading, and a line for each record, from column ``before`` on."""
    for column, (name, heading) in enumerate(columns.items(), before):
        sheet.write_string(0, column, heading, looks["head"])
        sheet.set_column(column, column, _WIDE.get(name, 10))
    lines = 0
    for lines, record in enumerate(records, 1):
        for column, name in enumerate(columns, before):
            _write(sheet, lines, column, record[name], looks["plain"])
    sheet.freeze_panes(1, before)
    sheet.autofilter(0, 0, max(lines, 1), before + len(columns) - 1)
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(0)


def _cluster_sheet(
    sheet: Any, collected: Collected, clusters: Sequence[Cluster], looks: Mapping[str, Any]
) -> None:
    import numpy as np

    records = cluster_records(clusters, collected.unknown, collected.places)
    _list(sheet, CLUSTER_COLUMNS, records, looks, before=1)
    sheet.write_string(0, 0, "図形", looks["head"])
    sheet.set_column(0, 0, 7)
    for row, each in enumerate(clusters, 1):
        (picture,) = collected.unknown.squares(np.array(each.members[:1]))
        sheet.set_row(row, _PICTURE_PT + 6)
        options = {
            "image_data": io.BytesIO(png(picture)),
            "x_scale": _PICTURE_PT * 96 / 72 / picture.shape[1],
            "y_scale": _PICTURE_PT * 96 / 72 / picture.shape[0],
            "x_offset": 4,
            "y_offset": 3,
            "description": f"不明の字 {row}",
            "object_position": 1,
        }
        sheet.insert_image(row, 0, "glyph.png", options)
