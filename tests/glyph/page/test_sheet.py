"""Whole files through the worker: pages, codes, failures, hostile PDFs and pictures."""

from __future__ import annotations

import io
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image
from printed import STYLE, file_bytes, scans
from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.pdfgen.canvas import Canvas

from engine.glyph.formats import Format
from engine.glyph.limits import Limits
from engine.glyph.model import Glyph, ReadFailure
from engine.glyph.page.images import image_pages
from engine.glyph.page.options import PlacedCode, SheetOptions
from engine.glyph.page.pdf import pdf_pages
from engine.glyph.page.sheet import read_sheet
from engine.glyph.progress import Progress
from engine.glyph.read import ReadOptions, read_glyphs
from engine.glyph.worker import GlyphWorker
from engine.synth.printed_list import Caption

SHEET = SheetOptions()


@pytest.fixture(scope="module")
def worker():
    with GlyphWorker() as worker:
        yield worker


@pytest.fixture
def read(tmp_path, worker):
    def run(data: bytes, sheet: SheetOptions | None = SHEET, name: str = "一覧", **limits):
        path = tmp_path / name
        path.write_bytes(data)
        options = ReadOptions(sheet=sheet, limits=Limits(**limits))
        return list(read_glyphs([path], options, worker=worker))

    return run


@pytest.fixture(scope="module")
def two_pages(hanazono, glyphs):
    """Two pages of 4 × 4 cells, 25 glyphs."""
    return scans(hanazono, glyphs[:25], replace(STYLE, rows=4, cols=4, caption=Caption.NONE))


def places(rows) -> list[str]:
    return [row.source.rpartition("#")[2] for row in rows]


@pytest.mark.parametrize("kind", ["TIFF", "PDF"])
def test_every_page_is_read(read, two_pages, kind):
    rows = read(file_bytes(two_pages, kind), SheetOptions(first_code=0xE000))
    assert all(isinstance(row, Glyph) for row in rows)
    assert places(rows)[:5] == ["p1r1c1", "p1r1c2", "p1r1c3", "p1r1c4", "p1r2c1"]
    assert (places(rows)[-1], rows[-1].gaiji_code) == ("p2r3c1", "U+E018")
    assert len({row.gaiji_code for row in rows}) == len(rows) == 25


def test_a_pdf_is_a_list_without_being_told(read, two_pages):
    assert len(read(file_bytes(two_pages, "PDF"), None)) == 25


def test_a_picture_is_one_glyph_without_being_told(read, two_pages):
    (row,) = read(file_bytes(two_pages, "TIFF"), None)
    assert "#" not in row.source


def test_a_list_in_a_zip(read, two_pages):
    import zipfile

    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("a.png", file_bytes(two_pages[:1], "PNG"))
        archive.writestr("b.pdf", file_bytes(two_pages[:1], "PDF"))
    rows = read(stream.getvalue())
    assert rows[0].source.endswith("#a.png#p1r1c1")
    assert [type(row) for row in rows] == [Glyph] * 16 + [ReadFailure]
    assert rows[-1].code == "unsupported-format"


def test_a_page_without_a_grid_costs_one_row(read, two_pages):
    blank = np.full((800, 600), 255, np.uint8)
    rows = read(file_bytes([two_pages[0], blank, two_pages[1]], "TIFF"), SheetOptions(first_code=0xE000))
    failures = [row for row in rows if isinstance(row, ReadFailure)]
    assert [(row.code, row.source.rpartition("/")[2]) for row in failures] == [
        ("no-grid", "一覧#p2"),
        ("code-mismatch", "一覧"),
    ]
    assert len(rows) == 27
    assert {row.gaiji_code for row in rows if row.source.rpartition("#")[2].startswith("p3")} == {""}


def test_a_code_without_a_glyph_is_a_row(read, two_pages):
    placed = (PlacedCode(2, 1, 1, "U+E000"), PlacedCode(2, 4, 4, "U+E001"))
    rows = read(file_bytes(two_pages, "TIFF"), SheetOptions(placed=placed))
    coded = {row.gaiji_code: row for row in rows if row.gaiji_code}
    assert isinstance(coded["U+E000"], Glyph)
    assert (coded["U+E001"].code, places([coded["U+E001"]])) == ("empty-glyph", ["p2r4c4"])
    assert rows[-1].code == "code-mismatch"


def test_an_empty_list_says_so(read, hanazono):
    (page,) = scans(hanazono, [(None, "")], replace(STYLE, rows=4, cols=4, caption=Caption.NONE))
    (row,) = read(file_bytes([page], "PNG"))
    assert (row.code, places([row])) == ("empty-glyph", ["p1"])


def test_what_was_cut_is_what_was_printed(read, hanazono, glyphs, two_pages):
    """Each cell's ink overlaps its own glyph more than any other one."""
    from engine.describe.normalise import normalise

    rows = read(file_bytes(two_pages, "TIFF"))
    cut = np.stack([normalise(row.ink) for row in rows]).reshape(25, -1).astype(np.float32)
    drawn = np.stack([normalise(ink) for ink, _ in glyphs[:25]]).reshape(25, -1).astype(np.float32)
    cut /= np.linalg.norm(cut, axis=1, keepdims=True)
    drawn /= np.linalg.norm(drawn, axis=1, keepdims=True)
    assert (np.argmax(cut @ drawn.T, axis=1) == np.arange(25)).all()


def test_behind_a_fatal_page_reading_goes_on_without_guessing_codes(two_pages):
    """The first page has killed an earlier worker: it is not touched again."""
    options = SheetOptions(first_code=0xE000)
    rows = list(read_sheet(file_bytes(two_pages, "TIFF"), "a", Limits(), options, Progress(resume_at=1)))
    assert places(rows[:-1]) == [f"p2r{row}c{col}" for row in (1, 2, 3) for col in (1, 2, 3, 4)][:9]
    assert {row.gaiji_code for row in rows} == {""}
    assert rows[-1].code == "code-mismatch"


# --- Hostile files ---


def pdf_bytes(pages: int = 1, encrypt: StandardEncryption | None = None) -> bytes:
    stream = io.BytesIO()
    canvas = Canvas(stream, encrypt=encrypt, invariant=1)
    for _ in range(pages):
        canvas.rect(100, 100, 200, 200)
        canvas.showPage()
    canvas.save()
    return stream.getvalue()


def raw_pdf(page: bytes, catalog: bytes = b"") -> bytes:
    """Write a PDF by hand, without a table of objects: readers mend that."""
    return (
        b"%PDF-1.7\n1 0 obj<</Type/Catalog/Pages 2 0 R" + catalog + b">>endobj\n"
        b"2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
        b"3 0 obj<</Type/Page/Parent 2 0 R" + page + b">>endobj\n"
        b"trailer<</Root 1 0 R/Size 4>>\n%%EOF\n"
    )


def test_a_pdf_with_a_password(read):
    (row,) = read(pdf_bytes(encrypt=StandardEncryption("secret", "owner")))
    assert (row.code, "パスワード" in row.message) == ("encrypted", True)


def test_a_pdf_of_too_many_pages(read):
    (row,) = read(pdf_bytes(40), pages=20)
    assert row.code == "too-many"
    assert "40 ページ" in row.message


def test_scripts_in_a_pdf_are_not_run(read):
    """The script would add a page; it is a drawing like any other, and has no grid."""
    script = b"/OpenAction<</S/JavaScript/JS(while(true){app.alert(1);this.newPage()})>>"
    (row,) = read(raw_pdf(b"/MediaBox[0 0 595 842]", script))
    assert (row.code, places([row])) == ("no-grid", ["p1"])


@pytest.mark.parametrize(
    "data",
    [b"%PDF-", b"%PDF-1.7\n" + bytes(range(256)) * 40, pdf_bytes()[:300], b"%PDF-1.4\n%%EOF\n"],
    ids=["head", "noise", "cut", "nothing"],
)
def test_a_damaged_pdf(read, data):
    (row,) = read(data)
    assert row.code == "unreadable-pdf"


def test_a_pdf_page_of_the_size_of_a_house(read):
    (row,) = read(raw_pdf(b"/MediaBox[0 0 1000000 1000000]"))
    assert (row.code, places([row])) == ("too-large", ["p1"])


def test_a_large_pdf_page_is_drawn_coarser():
    (page,) = pdf_pages(raw_pdf(b"/MediaBox[0 0 1684 2384]"), Limits(page_pixels=9_000_000))
    assert 8_000_000 <= page.size <= 9_000_000


def test_pages_of_too_many_pixels_and_too_few(read, two_pages):
    rows = read(file_bytes([two_pages[0], two_pages[0][:50, :50]], "TIFF"), page_pixels=1_000_000)
    assert [(row.code, places([row])) for row in rows] == [("too-large", ["p1"]), ("too-small", ["p2"])]


def test_a_tiff_of_many_pages(read):
    (row,) = read(file_bytes([np.full((8, 8), 255, np.uint8)] * 30, "TIFF"), pages=20)
    assert row.code == "too-many"


@pytest.mark.parametrize("kind", ["PNG", "TIFF"])
def test_a_picture_cut_short(read, two_pages, kind):
    data = file_bytes(two_pages, kind)
    rows = read(data[: len(data) // 3])
    assert {row.code for row in rows if isinstance(row, ReadFailure)} == {"unreadable-image"}


def test_deep_coloured_and_transparent_pages_look_the_same(two_pages):
    grey = two_pages[0][:400, :400]
    page = Image.fromarray(grey)
    clear = Image.new("RGBA", page.size, (0, 0, 0, 0))
    clear.putalpha(Image.fromarray(255 - grey))
    deep = Image.fromarray(grey.astype(np.uint16) * 200)
    for picture in (page, page.convert("RGB"), page.convert("P"), clear, deep):
        stream = io.BytesIO()
        picture.save(stream, "PNG")
        (read,) = image_pages(stream.getvalue(), Format.PNG, Limits())
        assert np.corrcoef(read.ravel(), grey.ravel())[0, 1] > 0.999
        assert read[grey > 200].mean() > 190
