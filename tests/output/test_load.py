"""What the writers wrote is read back; what people filled in is understood; hostile files are refused."""

import csv
import dataclasses
import io
import json
import zipfile
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import xlsxwriter
from hypothesis import HealthCheck, given, settings

from engine.errors import UsageError
from engine.output import tabular, workbook
from engine.output.csv_text import PATH_COLUMNS
from engine.output.headings import HEADINGS
from engine.output.load import Ruling, read_decisions, read_results
from engine.output.record import to_record
from engine.output.sink import RowSink
from engine.output.tabular import LoadError
from engine.output.workbook import WorkbookError, read_sheets
from engine.result import COLUMNS, Identification, Review, Verdict
from tests.output.test_writers import ROWS, xlsx_text

quick = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
SUFFIXES = (".csv", ".jsonl", ".parquet", ".xlsx")
ROW = Identification("a/E000.bmp", "U+E000", Verdict.SAME, mj="MJ026190", confidence=0.9, review=Review.AUTO)
LIST = ["入力元", "外字コード", "MJ文字図形名", "確認", "確定MJ", "備考"]


def written(path: Path, rows: list[Identification]) -> Path:
    with RowSink(path, force=True) as sink:
        for row in rows:
            sink.write(row)
    return path


def expected(row: Identification, suffix: str) -> Identification:
    """What a format can hold of a row: ``./=x`` is ``=x``, and Excel's texts are of one kind of line end."""
    values = dict(to_record(row))
    for name, value in values.items():
        if isinstance(value, str):
            text = xlsx_text(value) if suffix == ".xlsx" else value
            plain = name in PATH_COLUMNS and text[:2] == "./" and text[2:3] in set("=+-@\t\r\n＝＋－＠")
            values[name] = text[2:] if plain else text
    confidence = values.pop("confidence")
    typed = ("class", "subclass", "review", "candidates", "evidence")
    texts = {name: value for name, value in values.items() if name not in typed}
    return dataclasses.replace(row, **texts, confidence=confidence)


@quick
@given(ROWS)
@pytest.mark.parametrize("suffix", SUFFIXES)
def test_round_trip(tmp_path: Path, suffix: str, rows: list[Identification]) -> None:
    read = read_results(written(tmp_path / f"a{suffix}", rows))
    if suffix == ".xlsx":
        paths = [{name: xlsx_text(getattr(row, name)) for name in PATH_COLUMNS} for row in read]
        read = [dataclasses.replace(row, **texts) for row, texts in zip(read, paths, strict=True)]
    assert read == [expected(row, suffix) for row in rows]


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_files_of_an_older_engine(tmp_path: Path, suffix: str) -> None:
    old = COLUMNS[:18]
    values = {name: value for name, value in to_record(ROW).items() if name in old}
    path = tmp_path / f"a{suffix}"
    match suffix:
        case ".csv":
            with path.open("w", encoding="utf-8-sig", newline="") as stream:
                csv.writer(stream).writerows([old, values.values()])
        case ".jsonl":
            path.write_text(json.dumps(values), encoding="utf-8")
        case ".parquet":
            pq.write_table(pa.Table.from_pylist([values]), path)
        case ".xlsx":
            save(path, {"同定結果": [old, values.values()]})
    assert read_results(path) == [ROW]


def save(path: Path, sheets: dict[str, list]) -> Path:
    with xlsxwriter.Workbook(path) as book:
        for name, rows in sheets.items():
            sheet = book.add_worksheet(name)
            for number, row in enumerate(rows):
                sheet.write_row(number, 0, list(row))
    return path


def test_a_list_for_people_is_read_by_its_headings(tmp_path: Path) -> None:
    headings = [
        HEADINGS[name] for name in ("source", "gaiji_code", "class", "mj", "review", "kind", "municipality")
    ]
    rows = [["題"], [], headings, ["a.bmp", "U+E000", "類似", "mj026190", "要確認", "② 既存", 131016]]
    path = save(tmp_path / "a.xlsx", {"まとめ": [["字形一致", 3]], "リスト": rows})
    assert read_results(path) == [
        Identification(
            "a.bmp", "U+E000", Verdict.SIMILAR, mj="MJ026190", kind="2", municipality="131016"
        )
    ]  # fmt: skip


@pytest.mark.parametrize("suffix", [".csv", ".xlsx"])
def test_decisions(tmp_path: Path, suffix: str) -> None:
    rows = [
        LIST,
        ["a", "U+E000", "MJ000001", "○", "", ""],
        ["a", "U+E001", "MJ000001", "〇", "MJ000001", "同じ"],
        ["a", "U+E002", "MJ000001", " ", "mj000002", ""],
        ["a", "U+E003", "MJ000001", "×", "", ""],
        ["a", "U+E004", "MJ000001", "✕", "MJ000003", ""],
        ["a", "U+E005", "", "○", "", ""],
        ["a", "U+E006", "MJ000001", "？", "", "要調査"],
        ["a", "U+E007", "MJ000001", "", "", "見ていない"],
        ["a", "U+E008", "MJ000001", "？", "MJ000002", ""],
    ]
    path = tmp_path / f"a{suffix}"
    if suffix == ".xlsx":
        save(path, {"表": [[1]], "リスト": rows})
    else:  # as a Japanese Excel saves it
        rows[5][3] = "×"
        with path.open("w", encoding="cp932", newline="") as stream:
            csv.writer(stream).writerows(rows)
    found = [(d.gaiji_code[-1], d.mj, d.verdict, d.note) for d in read_decisions(path)]
    assert found == [
        ("0", "MJ000001", Ruling.ACCEPTED, ""),
        ("1", "MJ000001", Ruling.ACCEPTED, "同じ"),
        ("2", "MJ000002", Ruling.OTHER, ""),
        ("3", "", Ruling.REJECTED, ""),
        ("4", "MJ000003", Ruling.OTHER, ""),
        ("5", "", Ruling.ACCEPTED, ""),
        ("6", "", Ruling.OPEN, "要調査"),
        ("8", "", Ruling.OPEN, ""),
    ]


@pytest.mark.parametrize(
    ("mark", "other"), [("○", "MJ000002"), ("×", "MJ000001"), ("", "辻"), ("", "MJ1"), ("○", 5.5)]
)
def test_a_contradiction_names_the_row(tmp_path: Path, mark: str, other: object) -> None:
    path = save(tmp_path / "a.xlsx", {"s": [["題"], LIST, ["a", "U+E000", "MJ000001", mark, other, "秘密"]]})
    with pytest.raises(LoadError, match="3 行目") as caught:
        read_decisions(path)
    assert caught.value.row == 3
    assert "秘密" not in str(caught.value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("class", "同一"),
        ("confidence", "2"),
        ("confidence", "nan"),
        ("confidence", "x"),
        ("review", "maybe"),
        ("mj", "x"),
    ],
)
def test_a_wrong_value_names_the_row(tmp_path: Path, name: str, value: str) -> None:
    path = tmp_path / "a.csv"
    with path.open("w", encoding="utf-8-sig", newline="") as stream:
        writer = csv.DictWriter(stream, COLUMNS)
        writer.writeheader()
        writer.writerow(to_record(dataclasses.replace(ROW, source="a\nb")))
        writer.writerow(to_record(ROW) | {name: value})
    with pytest.raises(LoadError, match="4 行目"):
        read_results(path)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.csv", b""),
        ("a.csv", b"x,y\r\n1,2\r\n"),
        ("a.csv", "source,gaiji_code,class,mj,review\r\n氏名,,,,\r\n".encode("cp932")),
        ("a.csv", b"source,gaiji_code,class,mj,review\r\na,,,\r\n"),
        ("a.csv", b'source,gaiji_code,class,mj,review\r\n"a,,,,\r\n'),
        ("a.csv", b"source,source,gaiji_code,class,mj,review\r\na,,,,,\r\n"),
        ("a.csv", b"source,gaiji_code,class,mj,review\r\n" + b"a" * 140_000 + b",,,,\r\n"),
        ("a.csv", b"source,gaiji_code,class,mj,review\r\n" + b"a" * 110_000 + b",,,,\r\n"),
        ("a.jsonl", b"{}\n"),
        ("a.jsonl", b"[1]\n"),
        ("a.jsonl", b"{" * 100_000),
        ("a.jsonl", b"[" * 100_000),
        ("a.jsonl", b"\xff\n"),
        ("a.jsonl", b'{"source":{},"gaiji_code":"","class":"","mj":"","review":""}'),
        ("a.parquet", b"PAR1"),
        ("a.parquet", b"PAR1" + b"\0" * 100 + b"PAR1"),
    ],
)
def test_what_is_no_result_is_refused(tmp_path: Path, name: str, content: bytes) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(LoadError, match=name):
        read_results(tmp_path / name)


def test_other_files_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"\.csv"):
        read_results(tmp_path / "a.ods")
    with pytest.raises(LoadError, match="開けません"):
        read_results(tmp_path / "a.csv")
    with pytest.raises(WorkbookError, match="開けません"):
        list(read_sheets(tmp_path / "a.xlsx"))


def test_limits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = written(tmp_path / "a.csv", [ROW, ROW, ROW])
    monkeypatch.setattr(tabular, "ROWS", 2)
    with pytest.raises(LoadError, match="行が多すぎます"):
        read_results(path)
    monkeypatch.setattr(tabular, "ROWS", 10)
    monkeypatch.setattr(tabular, "TEXT_MB", 0)
    with pytest.raises(LoadError, match="中身が大きすぎます"):
        read_results(path)
    monkeypatch.setattr(tabular, "FILE_MB", 0)
    with pytest.raises(LoadError, match="ファイルが大きすぎます"):
        read_results(path)


# --- Hostile workbooks ---


def doctored(path: Path, changes: dict[str, bytes], *, size: int | None = None) -> Path:
    """Save a good workbook with some members changed; ``size``: what it says of the sheet's size."""
    good = save(path.with_name("good.xlsx"), {"s": [LIST, ["a", "U+E000", "MJ000001", "○", "", ""]]})
    with zipfile.ZipFile(good) as source, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            target.writestr(name, changes.get(name, source.read(name)))
        if size is not None:
            target.getinfo("xl/worksheets/sheet1.xml").file_size = size
    return path


SHEET = "xl/worksheets/sheet1.xml"


def sheet(cells: bytes) -> bytes:
    return b"<worksheet><sheetData>" + cells + b"</sheetData></worksheet>"


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<worksheet>",
        b'<!DOCTYPE w [<!ENTITY a "aaaa">]><worksheet>&a;</worksheet>',
        sheet(b'<row r="1"><c r="A1" t="s"><v>99999</v></c></row>'),
        sheet(b'<row r="1"><c r="A1" t="s"><v>-1</v></c></row>'),
        sheet(b'<row r="1"><c r="ZZZ1"><v>1</v></c></row>'),
        sheet(b'<row r="99999999"><c><v>1</v></c></row>'),
        sheet(b'<row r="1"><c r="A1"><v>x</v></c></row>'),
    ],
)
def test_a_damaged_sheet_is_refused(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(WorkbookError, match=r"a\.xlsx"):
        read_decisions(doctored(tmp_path / "a.xlsx", {SHEET: content}))


def test_a_bomb_is_refused_whatever_it_says_of_its_size(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workbook, "XML_MB", 1)
    bomb = sheet(b'<row r="1"><c r="A1"><v>1</v></c></row>' * 100_000)
    with pytest.raises(WorkbookError, match="大きすぎます"):
        read_decisions(doctored(tmp_path / "a.xlsx", {SHEET: bomb}, size=100))


def test_far_corners_cost_nothing(tmp_path: Path) -> None:
    corners = sheet(
        b'<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>2</v></c></row>'
    )
    rows = list(read_sheets(doctored(tmp_path / "a.xlsx", {SHEET: corners})))
    assert [(name, number, len(cells)) for name, number, cells in rows] == [
        ("s", 1, 1),
        ("s", 1_048_576, 16_384),
    ]


def test_furigana_is_no_text(tmp_path: Path) -> None:
    texts = "<sst><si><t>外</t><rPh><t>ガイ</t></rPh><r><t>字_x0041_</t></r></si></sst>".encode()
    one = sheet(
        b'<row r="1"><c t="s"><v>0</v></c><c r="C1" t="b"><v>1</v></c>'
        b'<c t="inlineStr"><is><t>x</t></is></c></row>'
    )
    path = doctored(tmp_path / "a.xlsx", {SHEET: one, "xl/sharedStrings.xml": texts})
    assert list(read_sheets(path)) == [("s", 1, ["外字A", "", "TRUE", "x"])]


def test_an_archive_of_something_else_is_refused(tmp_path: Path) -> None:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("a.txt", "x")
    for content in (b"", b"x" * 100, stream.getvalue(), stream.getvalue()[:-5]):
        (tmp_path / "a.xlsx").write_bytes(content)
        with pytest.raises(WorkbookError, match="読めません"):
            read_results(tmp_path / "a.xlsx")


def batch_folder(folder: Path, *, state: str) -> Path:
    folder.mkdir()
    for number in range(2):
        written(folder / f"part-{number:05d}.parquet", [dataclasses.replace(ROW, source=f"{number}.bmp")])
    manifest = {"state": state, "parts": [{"rows": 1}, {"rows": 1}]}
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    return folder


def test_the_folder_of_a_batch_run_is_read_in_order(tmp_path: Path) -> None:
    rows = read_results(batch_folder(tmp_path / "done", state="complete"))
    assert [row.source for row in rows] == ["0.bmp", "1.bmp"]


def test_a_folder_that_is_no_finished_batch_run_is_refused(tmp_path: Path) -> None:
    with pytest.raises(LoadError, match="--resume"):
        read_results(batch_folder(tmp_path / "running", state="running"))
    (folder := batch_folder(tmp_path / "lost", state="complete")).joinpath("part-00000.parquet").unlink()
    with pytest.raises(LoadError, match="--resume"):
        read_results(folder)
    with pytest.raises(LoadError, match="フォルダーではありません"):
        read_results(tmp_path)
