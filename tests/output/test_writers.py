"""Every writer gives back the rows it was handed, whatever the file names hold."""

import csv
import io
import json
import os.path
import string
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from engine.output.csv_text import PATH_COLUMNS, CsvWriter, plain_text
from engine.output.record import to_record
from engine.output.sink import RowSink
from engine.output.xlsx import CELL_CHARACTERS, XlsxWriter
from engine.result import COLUMNS, Identification, Review, Subclass, Verdict

HOSTILE = [
    "=1+1",
    "+1",
    "-1",
    "@x",
    "\tx",
    "\rx",
    "\nx",
    "＝1",
    "a,b",
    'a"b',
    "a\r\nb",
    " a ",
    "http://a/",
    "_x000D_",
    "",
    "0012",
    "1e5",
    "TRUE",
    "#N/A",
    "𠮟󠄀",
    "\ue000",
    "\u2028",
    "mailto:a@b",
    "internal:x",
    "{=1}",
    "\x00\x01\x1f",
    "\ufffe",
    "\uffff",
    "a\udcb3\udcb0.png",
    "x" * 40_000,
]
PATHS = st.one_of(
    st.sampled_from(HOSTILE),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=12),
    st.binary(max_size=6).map(lambda name: name.decode("utf-8", "surrogateescape")),  # as os.fsdecode does
    st.text(string.printable, max_size=8),
)
NAMES = st.sampled_from(
    [text for text in HOSTILE if len(text) < 100 and not set(text) & set("\r\ufffe\uffff")]
)
NAMES |= st.sampled_from(["住基", "'", "''=1", "'=1"])
ROWS = st.lists(
    st.builds(
        Identification,
        source=PATHS,
        gaiji_code=st.sampled_from(["", "U+E000"]),
        verdict=st.sampled_from([None, *Verdict]),
        subclass=st.sampled_from([None, *Subclass]),
        mj=st.sampled_from(["", "MJ000001"]),
        confidence=st.none() | st.floats(0, 1),
        review=st.sampled_from(list(Review)),
        candidates=st.lists(st.sampled_from(["MJ000001", "MJ090001"]), max_size=3).map(tuple),
        ucs=st.sampled_from(["", "辻", "𠮟"]),
        ivs=st.sampled_from(["", "辻󠄂"]),
        juki=st.sampled_from(["", "J+8FBB"]),
        koseki=st.sampled_from(["", "001234"]),
        evidence=st.lists(st.text(string.ascii_lowercase, min_size=1, max_size=4), max_size=2).map(tuple),
        status=st.sampled_from(["ok", "empty-glyph"]),
        municipality=st.sampled_from(["", "131016"]),
        system=NAMES,
        font=NAMES,
        kind=st.sampled_from(["", "1", "3"]),
        same_as=PATHS,
        near_same=PATHS,
    ),
    max_size=6,
)
quick = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def write(path: Path, rows: list[Identification]) -> Path:
    with RowSink(path, force=True) as sink:
        for row in rows:
            sink.write(row)
    return path


def as_text(row: Identification) -> list[str]:
    return ["" if value is None else str(value) for value in to_record(row).values()]


@quick
@given(ROWS)
def test_csv_round_trip(tmp_path: Path, rows: list[Identification]) -> None:
    data = write(tmp_path / "a.csv", rows).read_bytes()
    assert data.startswith(b"\xef\xbb\xbfsource,gaiji_code,class")
    header, *lines = list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")))
    assert tuple(header) == COLUMNS
    for cells, row in zip(lines, rows, strict=True):
        expected = as_text(row)
        for name, cell, value in zip(COLUMNS, cells, expected, strict=True):
            if name in PATH_COLUMNS:
                assert cell in (value, "./" + value)
            else:
                assert plain_text(name, cell) == value
            assert cell[:1] not in tuple("=+-@\t\r\n＝＋－＠")


@quick
@given(ROWS)
def test_jsonl_round_trip(tmp_path: Path, rows: list[Identification]) -> None:
    lines = write(tmp_path / "a.jsonl", rows).read_bytes().decode("utf-8").split("\n")
    assert lines.pop() == ""
    assert [json.loads(line) for line in lines] == [to_record(row) for row in rows]


@quick
@given(ROWS)
def test_parquet_round_trip(tmp_path: Path, rows: list[Identification]) -> None:
    table = pq.read_table(write(tmp_path / "a.parquet", rows))
    assert tuple(table.column_names) == COLUMNS
    assert table.to_pylist() == [to_record(row) for row in rows]


@quick
@given(ROWS)
def test_xlsx_round_trip(tmp_path: Path, rows: list[Identification]) -> None:
    book = CalamineWorkbook.from_path(str(write(tmp_path / "a.xlsx", rows)))
    header, *lines = book.get_sheet_by_index(0).to_python(skip_empty_area=False)
    assert tuple(header) == COLUMNS
    for cells, row in zip(lines, rows, strict=True):
        expected = ["" if value is None else value for value in to_record(row).values()]
        for cell, value in zip(cells, expected, strict=True):
            assert type(cell) is type(value)
            assert xlsx_text(cell) == xlsx_text(value) if isinstance(value, str) else cell == value


def xlsx_text(text: str) -> str:
    """What survives an XML file: one kind of line end, long text cut, two non-characters spelled out."""
    text = text.replace("\ufffe", "\\ufffe").replace("\uffff", "\\uffff")
    return text.replace("\r\n", "\n").replace("\r", "\n")[: CELL_CHARACTERS - 1]


def test_same_path_after_neutralising(tmp_path: Path) -> None:
    (tmp_path / "=a.png").write_bytes(b"x")
    stream = io.BytesIO()
    CsvWriter(stream, bom=False, newline="\n").write(to_record(Identification("=a.png")))
    cell = stream.getvalue().decode().splitlines()[1].split(",")[0]
    assert cell == "./=a.png"
    assert os.path.normpath(cell) == "=a.png"
    assert (tmp_path / cell).is_file()


def test_every_carriage_return_is_quoted() -> None:
    stream = io.BytesIO()
    CsvWriter(stream, bom=False, newline="\n").write(to_record(Identification("a\rb")))
    assert stream.getvalue().split(b"\n")[1].startswith(b'"a\rb",')


def test_undecodable_file_name_stays_recognisable() -> None:
    name = b"\xb3\xb0.png".decode("utf-8", "surrogateescape")
    assert to_record(Identification(name))["source"] == "\\udcb3\\udcb0.png"


def test_confidence_has_four_decimals() -> None:
    assert to_record(Identification("a", confidence=0.123456))["confidence"] == 0.1235


def test_xlsx_has_no_formula_and_no_link(tmp_path: Path) -> None:
    import zipfile

    path = write(tmp_path / "a.xlsx", [Identification(text) for text in HOSTILE])
    with zipfile.ZipFile(path) as archive:
        sheet = archive.read("xl/worksheets/sheet1.xml").decode()
        assert not any(
            "hyperlink" in archive.read(name).decode() for name in archive.namelist() if "rels" in name
        )
    assert "<f>" not in sheet
    assert "<hyperlink" not in sheet
    assert '<pane xSplit="1" ySplit="1"' in sheet
    assert "<autoFilter" in sheet


def test_xlsx_begins_another_sheet_when_one_is_full(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    with path.open("wb") as stream:
        writer = XlsxWriter(stream, sheet_rows=3)
        for number in range(5):
            writer.write(to_record(Identification(f"{number}.png")))
        writer.close()
    book = CalamineWorkbook.from_path(str(path))
    sheets = [book.get_sheet_by_index(index).to_python() for index in range(3)]
    assert [[row[0] for row in sheet[1:]] for sheet in sheets] == [
        ["0.png", "1.png"],
        ["2.png", "3.png"],
        ["4.png"],
    ]


@pytest.mark.parametrize("suffix", ["csv", "jsonl", "parquet", "xlsx"])
def test_no_rows_is_a_valid_file(tmp_path: Path, suffix: str) -> None:
    assert write(tmp_path / f"a.{suffix}", []).stat().st_size >= 0
