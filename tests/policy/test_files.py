"""Tables in files: nothing from outside is run by a spreadsheet, nothing is cut off silently."""

from __future__ import annotations

import csv
import io

import pytest
from python_calamine import CalamineWorkbook

from engine.errors import UsageError
from engine.policy import files
from engine.policy.files import write_tables
from engine.report.survey_table import Table

HOSTILE = "=cmd|'/c calc'!A0"
TABLE = Table(
    "違反[一覧]",
    ("外字", "字数", "時間の差"),
    ((HOSTILE, 3, "-1.5"), ("a|b<c>", 4, "")),
    (False, True),
    ("注",),
)


def written(suffix: str, tables=(TABLE,)) -> bytes:
    stream = io.BytesIO()
    write_tables(suffix, "題", tables, ("数え方",), {"rows": 2}, stream)
    return stream.getvalue()


def test_csv_keeps_numbers_and_disarms_formulas():
    lines = list(csv.reader(io.StringIO(written(".csv").decode("utf-8-sig"))))
    assert lines == [["外字", "字数", "時間の差"], [f"'{HOSTILE}", "3", "-1.5"], ["a|b<c>", "4", ""]]
    sneaky = Table("x", ("a",), (("=1+1",), ("+2",)), (False, False), ())
    assert written(".csv", (sneaky,)).decode("utf-8-sig").splitlines() == ["a", "'=1+1", "+2"]
    several = written(".csv", (TABLE, TABLE)).decode("utf-8-sig").splitlines()
    assert several.count("違反[一覧]") == 2


def test_excel_holds_text_as_text_and_numbers_as_numbers():
    book = CalamineWorkbook.from_filelike(io.BytesIO(written(".xlsx")))
    assert book.sheet_names == ["1 違反一覧"]
    rows = book.get_sheet_by_name("1 違反一覧").to_python()
    assert [HOSTILE, 3.0, "-1.5"] in rows
    assert any(row[0] == "・数え方" for row in rows)


def test_excel_is_refused_where_it_would_cut_off(monkeypatch):
    monkeypatch.setattr(files, "MOST_LINES", 1)
    with pytest.raises(UsageError, match="csv"):
        written(".xlsx")


def test_markdown_escapes_what_would_break_a_table():
    text = written(".md").decode()
    assert "| **a\\|b&lt;c>** | **4** |" in text
    assert "* 注" in text


def test_json_holds_the_data():
    assert written(".json") == b'{\n  "rows": 2\n}\n'
