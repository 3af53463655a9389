"""The list as Excel: pictures in the rows, no formula whatever the cells hold, and back again whole."""

from __future__ import annotations

import io
import re
import shutil
import subprocess
import zipfile
from xml.etree import ElementTree as ET

import pytest
from hypothesis import HealthCheck, given, settings

from engine.errors import UsageError
from engine.output.headings import CONFIRMED, CONFIRMED_MJ, GAIJI_CODE, SOURCE
from engine.output.load import read_decisions, read_results
from engine.output.record import to_record
from engine.output.workbook import read_sheets
from engine.output.xlsx import fitting
from engine.report import workbook
from engine.report.entries import Entry
from engine.report.pictures import read_pictures
from engine.report.workbook import DATA_SHEET, LEGEND_SHEET, LIST_SHEET, SUMMARY_SHEET, write_workbook
from tests.report.material import RESULTS, ROWS, draw, listing, row

NAMESPACE = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


def written(face, rows=RESULTS, **options) -> bytes:
    stream = io.BytesIO()
    write_workbook(listing(face, rows, **options), stream)
    assert not stream.closed
    return stream.getvalue()


def members(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def sheets(data: bytes, tmp_path) -> dict[str, list[list[object]]]:
    path = tmp_path / "read.xlsx"
    path.write_bytes(data)
    found: dict[str, list[list[object]]] = {}
    for name, _, cells in read_sheets(path):
        found.setdefault(name, []).append(cells)
    return found


@pytest.fixture
def drawn(tmp_path):
    """Rows with pictures of their own: two gaiji, and one that is gone."""
    rows = [
        row(number, source=str(draw(tmp_path / f"{number}.png", 20 + 20 * number))) for number in range(2)
    ]
    return [*rows, row(2, source=str(tmp_path / "gone.png"), mj="MJ013641")]


def test_each_row_has_the_gaiji_and_the_mj_glyph(face, drawn):
    parts = members(written(face, drawn, pictures=read_pictures(drawn)))
    anchors = ET.fromstring(parts["xl/drawings/drawing1.xml"])
    places = [
        tuple(int(each.text) for each in anchor[0] if each.tag.endswith(("}row", "}col")))
        for anchor in anchors
    ]
    assert sorted(places) == [(1, 1), (1, 2), (2, 1), (2, 2), (2, 3)]
    assert all(anchor.get("editAs", "twoCell") == "twoCell" for anchor in anchors)  # hidden with its row
    sizes = {
        (each.get("cx"), each.get("cy"))
        for each in anchors.iter()
        if each.tag.endswith("}ext") and each.get("cx")
    }
    assert len(sizes) == 1
    assert len([name for name in parts if name.startswith("xl/media/")]) == 4  # equal pictures are held once


def test_a_gaiji_without_a_picture_says_so(face, drawn, tmp_path):
    cells = sheets(written(face, drawn, pictures=read_pictures(drawn)), tmp_path)[LIST_SHEET]
    assert [line[1] for line in cells] == ["外字", "", "", "画像なし"]


def test_headings_entry_columns_and_print_setup(face, tmp_path):
    data = written(face)
    header = sheets(data, tmp_path)[LIST_SHEET][0]
    assert {SOURCE, GAIJI_CODE, CONFIRMED, CONFIRMED_MJ, "備考", "区分", "根拠の説明", "縮退先"} <= set(
        header
    )
    assert len(set(header)) == len(header)
    sheet = members(data)["xl/worksheets/sheet3.xml"].decode()
    for part in (
        '<pane xSplit="3" ySplit="1"',
        '<autoFilter ref="A1:',
        'orientation="landscape"',
        'paperSize="9"',
        'fitToHeight="0"',
        '<formula1>"○,×"</formula1>',
        "&amp;P / &amp;N",
    ):
        assert part in sheet
    book = members(data)["xl/workbook.xml"].decode()
    assert f"{LIST_SHEET}'!$1:$1" in book or f"{LIST_SHEET}!$1:$1" in book
    assert re.search(rf'<sheet name="{DATA_SHEET}"[^>]*state="hidden"', book)


def test_results_come_back_whole_duplicates_too(face, tmp_path):
    path = tmp_path / "一覧.xlsx"
    path.write_bytes(written(face, entries=[Entry(RESULTS[0])]))
    assert read_results(path) == list(RESULTS)
    assert read_decisions(path) == []


def test_the_summary_and_the_legend(face, tmp_path):
    found = sheets(written(face), tmp_path)
    assert list(found) == [DATA_SHEET, SUMMARY_SHEET, LIST_SHEET, LEGEND_SHEET]
    summary = {str(line[0]): line[1:] for line in found[SUMMARY_SHEET]}
    assert summary["類似"][:3] == [0, 2, 2]
    assert summary["計"][:3] == [1, 4, 6]
    assert summary["字が描かれていません。"][0] == 1
    assert summary["団体"][0] == "見本市"
    assert {"R1", "diff:2-1"} <= {line[0] for line in found[LEGEND_SHEET]}


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(ROWS)
def test_whatever_the_cells_hold_there_is_no_formula_and_no_link(face, tmp_path, rows):
    data = written(face, rows, title="=1+1")
    for name, part in members(data).items():
        if name.startswith("xl/worksheets/"):
            root = ET.fromstring(part)
            assert not list(root.iter(f"{NAMESPACE}f"))
            assert not list(root.iter(f"{NAMESPACE}hyperlink"))
        assert not name.startswith("xl/externalLinks")
    path = tmp_path / "a.xlsx"
    path.write_bytes(data)
    back = [list(to_record(each).values()) for each in read_results(path)] if rows else []
    for cells, each in zip(back, rows, strict=True):
        expected = [fitting(value) if isinstance(value, str) else value for value in to_record(each).values()]
        assert cells == expected


@pytest.mark.parametrize("text", ['=cmd|" /c calc"!A1', "+1", "-1", "@SUM(1)", "\t=1"])
def test_a_text_that_looks_like_a_formula_is_a_text_cell_of_text_format(face, tmp_path, text):
    data = written(face, [row(source=text, system=text)], title=text)
    assert text.strip() in {str(cell).strip() for line in sheets(data, tmp_path)[LIST_SHEET] for cell in line}
    parts = members(data)
    styles = ET.fromstring(parts["xl/styles.xml"]).find(f"{NAMESPACE}cellXfs")
    for cell in ET.fromstring(parts["xl/worksheets/sheet3.xml"]).iter(f"{NAMESPACE}c"):
        if cell.get("t") == "inlineStr" and "".join(cell.itertext()).strip() == text.strip():
            assert styles[int(cell.get("s"))].get("numFmtId") == "49"  # @


def test_the_same_input_gives_the_same_bytes(face, drawn):
    pictures = read_pictures(drawn)
    assert written(face, drawn, pictures=pictures) == written(face, drawn, pictures=pictures)


def test_too_many_lines_are_refused_before_any_is_written(face, monkeypatch):
    monkeypatch.setattr(workbook, "MOST_ENTRIES", 2)
    with pytest.raises(UsageError, match="--only"):
        written(face)


def test_nothing_to_list_is_a_list_of_nothing(face, tmp_path):
    assert len(sheets(written(face, []), tmp_path)[LIST_SHEET]) == 1


def test_what_is_kept_aside_goes_away_when_the_writing_is_interrupted(face, tmp_path, monkeypatch):
    monkeypatch.setattr(workbook.tempfile, "tempdir", str(tmp_path))

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_workbook(listing(face), io.BytesIO(), progress=interrupt)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("soffice") is None, reason="LibreOffice is not installed")
def test_libreoffice_opens_it_and_shows_every_picture(face, drawn, tmp_path):
    import pypdfium2

    (tmp_path / "a.xlsx").write_bytes(written(face, drawn, pictures=read_pictures(drawn)))
    subprocess.run(
        ["soffice", f"-env:UserInstallation={(tmp_path / 'home').as_uri()}", "--headless",
         "--convert-to", "pdf", "--outdir", str(tmp_path), str(tmp_path / "a.xlsx")],
        check=True, capture_output=True, timeout=120,
    )  # fmt: skip
    with pypdfium2.PdfDocument(tmp_path / "a.pdf") as document:
        images = [
            item
            for page in document
            for item in page.get_objects()
            if item.type == pypdfium2.raw.FPDF_PAGEOBJ_IMAGE
        ]
        assert len(images) == 5
        assert document[1].get_width() > document[1].get_height()


def test_what_a_person_fills_in_is_read_as_decisions(face, tmp_path):
    path = tmp_path / "一覧.xlsx"
    with zipfile.ZipFile(path, "w") as archive:
        for name, part in members(written(face)).items():
            if name == "xl/worksheets/sheet3.xml":
                part = filled(part.decode(), {"L2": "○", "L3": "×", "M5": "MJ013641"})  # noqa: PLW2901
            archive.writestr(name, part)
    found = [(decision.gaiji_code, decision.mj) for decision in read_decisions(path)]
    assert found == [("U+E000", "MJ026190"), ("U+E001", ""), ("U+E004", "MJ013641")]


def filled(sheet: str, cells: dict[str, str]) -> bytes:
    """Put texts into empty cells."""
    for place, text in cells.items():
        cell = re.compile(rf'<c r="{place}"( s="\d+")/>')
        assert cell.search(sheet)
        sheet = cell.sub(rf'<c r="{place}"\1 t="inlineStr"><is><t>{text}</t></is></c>', sheet)
    return sheet.encode()
