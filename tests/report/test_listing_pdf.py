"""The list as PDF: every line on a page, numbers of pages, an embedded font, nothing that acts."""

from __future__ import annotations

import io

import pypdfium2
import pytest
from hypothesis import HealthCheck, given, settings

from engine.errors import UsageError
from engine.report import listing_pdf
from engine.report.entries import Entry
from engine.report.listing_pdf import file_name, write_listing
from engine.report.paper import Labels
from engine.report.pictures import read_pictures
from tests.report.material import RESULTS, ROWS, draw, listing, row


def written(face, rows=RESULTS, **options) -> bytes:
    stream = io.BytesIO()
    write_listing(listing(face, rows, **options), stream)
    assert not stream.closed
    return stream.getvalue()


def texts(data: bytes) -> list[str]:
    with pypdfium2.PdfDocument(data) as document:
        return [page.get_textpage().get_text_bounded() for page in document]


def test_summary_lines_legend_and_the_number_of_each_page(face):
    pages = texts(written(face))
    assert [f"{number} / {len(pages)}" in page for number, page in enumerate(pages, 1)] == [True] * len(pages)
    assert "区分ごとの字数" in pages[0]
    assert "見本市" in pages[0]
    for words in ("U+E000", "MJ026190", "同じ図形: U+E002", "要確認", "2-1 長短", "字が描かれていません"):
        assert words in pages[1]
    assert "凡例" in pages[2]
    assert all("2026-04-01" in page for page in pages)


def test_every_line_is_on_a_page_under_a_header(face):
    rows = [row(number, evidence=("R1",) * (1 + number % 7)) for number in range(60)]
    pages = texts(written(face, rows))
    lists = [page for page in pages[1:] if "外字コード" in page]
    assert len(lists) > 3
    for each in rows:
        assert sum(each.gaiji_code in page for page in lists) == 1


def test_gaiji_are_pictures_and_mj_glyphs_are_outlines(face, tmp_path):
    rows = [
        row(number, source=str(draw(tmp_path / f"{number}.png", 20 * number + 20))) for number in range(2)
    ]
    data = written(face, [*rows, row(2, source="gone.png")], pictures=read_pictures(rows))
    with pypdfium2.PdfDocument(data) as document:
        kinds = [item.type for item in document[1].get_objects()]
        assert kinds.count(pypdfium2.raw.FPDF_PAGEOBJ_IMAGE) == 2
        bitmap = document[1].render(scale=2).to_pil().convert("L")
    assert "画像なし" in texts(data)[1]
    assert sum(bitmap.histogram()[:64]) > 3_000


def test_only_the_embedded_font_is_used(face):
    data = written(face)
    assert b"IPAmjMincho" in data
    assert b"Helvetica" not in data
    assert len(data) < 400_000


def test_the_same_input_gives_the_same_bytes(face):
    assert written(face) == written(face)


@settings(max_examples=4, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(ROWS)
def test_whatever_the_rows_hold_it_is_a_pdf_without_actions(face, rows):
    data = written(face, rows, title="\ud800=1\n" * 200)
    for word in (b"/JavaScript", b"/JS", b"/URI", b"/Launch", b"/OpenAction"):
        assert word not in data
    assert texts(data)[0]


def test_what_the_font_lacks_is_told_by_a_geta(face):
    labels = Labels(face)
    assert labels.shown("a\x00b\u202ec\ud800\U0010fffe\t邉") == "a〓b〓c〓〓 邉"
    assert labels.shown("字" * 1_000) == "字" * 400 + "…"
    assert labels.width(labels.cut("あ" * 50, 8, 60), 8) <= 60
    assert labels.lines("一\n二", 8, 60) == ("一", "二")


def test_a_line_as_tall_as_a_page_is_cut_and_does_not_run_on(face):
    same = tuple(row(number, gaiji_code="", source="長い名前" * 60 + f"{number}.png") for number in range(40))
    assert len(texts(written(face, entries=[Entry(row(), same)]))) == 3


def test_too_many_lines_are_refused(face, monkeypatch):
    monkeypatch.setattr(listing_pdf, "MOST_ENTRIES", 2)
    with pytest.raises(UsageError, match=r"\.xlsx"):
        written(face)


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ("a/b/EUDC.TTE", "EUDC.TTE"),
        ("C:\\外字\\EUDC.TTE", "EUDC.TTE"),
        ("a/外字.zip#字/001.png", "外字.zip#字/001.png"),
        ("#", "#"),
        ("", ""),
    ],
)
def test_a_file_is_called_by_its_name(source, name):
    assert file_name(source) == name


def test_a_duplicate_is_told_with_what_sets_it_apart(face):
    first, second = row(font="A", system="住基"), row(font="B", system="住基")
    assert "同じ図形: B U+E000" in texts(written(face, entries=[Entry(first, (second,))]))[1]
