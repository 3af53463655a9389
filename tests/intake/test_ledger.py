"""Ledgers as municipalities keep them, and as somebody who means harm would."""

from __future__ import annotations

import csv
import io
import zipfile
from pathlib import Path

import pytest
import xlsxwriter
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.errors import GaijiError, UsageError
from engine.intake.key import DeliveryKey
from engine.intake.ledger import HEADINGS, read_ledger

HEADING = ["団体コード", "システム", "フォント", "外字コード", "画像ファイル", "種類"]
LINE = ["131016", "住基", "MS明朝", "E000", "img/E000.bmp", "②"]


def write_csv(path: Path, lines: list[list[str]], encoding: str = "utf-8-sig") -> Path:
    stream = io.StringIO(newline="")
    csv.writer(stream).writerows(lines)
    path.write_bytes(stream.getvalue().encode(encoding))
    return path


def write_xlsx(path: Path, lines: list[list[object]]) -> Path:
    options = {"strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(str(path), options) as book:
        sheet = book.add_worksheet("台帳")
        for number, line in enumerate(lines):
            sheet.write_row(number, 0, line)
    return path


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-8", "cp932"])
def test_csv(tmp_path, encoding):
    ledger = read_ledger(write_csv(tmp_path / "台帳.csv", [HEADING, LINE], encoding))
    (line,) = ledger.lines
    assert line.key == DeliveryKey("131016", "住基", "MS明朝", "2")
    assert (line.number, line.code, line.image) == (2, "U+E000", ("img", "E000.bmp"))
    assert ledger.files() == [tmp_path / "img" / "E000.bmp"]
    assert ledger.warnings == ()


def test_excel_with_numbers_where_text_was_meant(tmp_path):
    lines = [["台帳　令和六年"], HEADING, [131016, "住基", "", 6941, "a.png", 3], ["", "", "", "", "", ""]]
    (line,) = read_ledger(write_xlsx(tmp_path / "a.xlsx", lines)).lines
    assert (line.key.municipality, line.code, line.key.kind, line.number) == ("131016", "6941", "3", 3)


def test_headings_in_any_order_and_spelling_and_others_are_not_read(tmp_path):
    lines = [["備考", " ＣＯＤＥ ", "氏名", "ファイル名"], ["=1+1", "F040", "山田", "x\\y.png"]]
    (line,) = read_ledger(write_csv(tmp_path / "a.csv", lines)).lines
    assert (line.code, line.image, line.key) == ("U+E000", ("x", "y.png"), DeliveryKey())


def test_english_headings_are_the_columns_of_the_results():
    assert {"municipality", "system", "font", "kind"} <= set(HEADINGS)
    assert all(name in headings for name, headings in HEADINGS.items())


def test_a_code_without_its_check_digit_is_told_once(tmp_path):
    lines = [HEADING, ["13101", *LINE[1:]], ["13101", *LINE[1:]]]
    ledger = read_ledger(write_csv(tmp_path / "a.csv", lines))
    assert [line.key.municipality for line in ledger.lines] == ["131016"] * 2
    assert len(ledger.warnings) == 1


names = st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"]), max_size=8).map(str.strip)
codes = st.integers(0xE000, 0xF8FF).map(lambda code: f"U+{code:04X}")


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(names.filter(str.isprintable), codes), min_size=1, max_size=5))
def test_round_trip(tmp_path, rows):
    lines = [["システム", "外字コード"], *[list(row) for row in rows]]
    for path in (write_csv(tmp_path / "a.csv", lines), write_xlsx(tmp_path / "a.xlsx", lines)):
        found = [(line.key.system, line.code) for line in read_ledger(path).lines]
        assert found == rows


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (["131015", *LINE[1:]], "2 行目.*検査数字"),
        ([*LINE[:5], "9"], "2 行目.*提出区分"),
        (["", "住基", "", "", "", ""], "2 行目.*外字コードも画像ファイルもありません"),
        ([*LINE[:4], "../a.png", ""], "相対パス"),
        ([*LINE[:4], "/etc/passwd", ""], "相対パス"),
        ([*LINE[:4], "C:\\a.png", ""], "相対パス"),
        ([*LINE[:4], "a/../../b.png", ""], "相対パス"),
        ([*LINE[:4], "\\\\server\\share\\a.png", ""], "相対パス"),
        ([*LINE[:3], "x" * 41, "", ""], "40 字"),
    ],
)
def test_lines_that_cannot_be_right_are_named(tmp_path, line, words):
    with pytest.raises(UsageError, match=words):
        read_ledger(write_csv(tmp_path / "a.csv", [HEADING, line]))


def test_a_link_out_of_the_folder_is_refused(tmp_path):
    (tmp_path / "in").mkdir()
    try:
        (tmp_path / "in" / "a.png").symlink_to(tmp_path / "secret.png")
    except OSError:
        pytest.skip("no links on this system")
    with pytest.raises(UsageError, match="外を指しています"):
        read_ledger(write_csv(tmp_path / "in" / "a.csv", [HEADING, [*LINE[:4], "a.png", ""]]))


def test_two_columns_of_one_meaning(tmp_path):
    with pytest.raises(UsageError, match="二つ"):
        read_ledger(write_csv(tmp_path / "a.csv", [["外字コード", "コード"], ["E000", "E001"]]))


@pytest.mark.parametrize("name", ["a.txt", "a.xls"])
def test_other_suffixes(tmp_path, name):
    (tmp_path / name).write_text("外字コード\nE000\n", encoding="utf-8")
    with pytest.raises(UsageError, match=r"\.xlsx"):
        read_ledger(tmp_path / name)


def zipped(members: dict[str, bytes]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return stream.getvalue()


def bomb(tmp_path: Path, before: str, after: bytes) -> bytes:
    """Replace a part of a sound workbook's sheet."""
    sound = write_xlsx(tmp_path / "sound.xlsx", [HEADING, LINE]).read_bytes()
    with zipfile.ZipFile(io.BytesIO(sound)) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    sheet = members["xl/worksheets/sheet1.xml"]
    assert before.encode() in sheet
    members["xl/worksheets/sheet1.xml"] = sheet.replace(before.encode(), after, 1)
    return zipped(members)


def test_xml_bombs(tmp_path, monkeypatch):
    monkeypatch.setattr("engine.output.workbook.XML_MB", 2)
    inflating = bomb(tmp_path, "<sheetData>", b"<sheetData>" + b" " * 3_000_000)
    entities = b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]><worksheet'
    for name, data in {"inflating": inflating, "entities": bomb(tmp_path, "<worksheet", entities)}.items():
        (tmp_path / f"{name}.xlsx").write_bytes(data)
        with pytest.raises(GaijiError):
            read_ledger(tmp_path / f"{name}.xlsx")


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x00" * 100,
        "外字コード,画像ファイル\nE0\x0000,a\x00.png\n".encode(),
        "外字コード\n".encode() + b"x" * 300_000,
        '外字コード\n"E000'.encode(),
        "外字コード\n".encode(),
        b"PK\x03\x04 rubbish",
        b"a,b\n1,2\n",
        "外字コード\n".encode() + b"\xff\xfe\xfd",
    ],
)
@pytest.mark.parametrize("suffix", ["csv", "xlsx"])
def test_hostile_files_are_refused_in_one_sentence(tmp_path, data, suffix):
    (tmp_path / f"a.{suffix}").write_bytes(data)
    with pytest.raises(GaijiError) as caught:
        read_ledger(tmp_path / f"a.{suffix}")
    assert "\n" not in str(caught.value)


def test_a_ledger_without_end(tmp_path, monkeypatch):
    monkeypatch.setattr("engine.intake.ledger.MOST_LINES", 3)
    with pytest.raises(UsageError, match="3 行まで"):
        read_ledger(write_csv(tmp_path / "a.csv", [HEADING, *[LINE] * 4]))
