"""Contact sheets hold any input, and say what they are told."""

import numpy as np
import pytest

from engine.glyph.model import Glyph
from engine.result import Identification, Review, Subclass, Verdict
from engine.sheet.candidates import CandidateCard, candidates_sheet
from engine.sheet.canvas import Canvas, printable
from engine.sheet.face import ReferenceFace
from engine.sheet.overlay import CANDIDATE_ONLY, GAIJI_ONLY
from engine.sheet.results import results_sheet, results_sheets
from engine.sheet.verdict import verdict_text


@pytest.fixture(scope="module")
def face(reference_font) -> ReferenceFace:
    return ReferenceFace(reference_font)


def glyph(source: str = "a.png", side: int = 40) -> Glyph:
    ink = np.zeros((side, side), np.uint8)
    ink[side // 2] = ink[:, side // 2] = 255
    return Glyph(ink, source, "U+E000")


def row(verdict: Verdict | None = Verdict.SIMILAR, **values: object) -> Identification:
    return Identification("a.png", "U+E000", verdict, **values)


def has(image, colour) -> bool:
    return bool((np.asarray(image) == np.array(colour)).all(axis=-1).any())


def test_candidates_have_tiles_and_colours(face):
    cards = [CandidateCard("MJ026190", "邉", 0.9), CandidateCard("MJ999999", "", 0.1)]
    sheet = candidates_sheet(glyph(), row(mj="MJ026190", confidence=0.5), cards, face)
    assert has(sheet, GAIJI_ONLY)
    assert has(sheet, CANDIDATE_ONLY)
    assert candidates_sheet(glyph(), row(), cards * 10, face).height > sheet.height
    assert candidates_sheet(glyph(), row(), [], face).size == sheet.size


@pytest.mark.parametrize("source", ["x" * 5000, "改\n行\t\x00.png", "\u202egnp.exe", "\udcff.png", ""])
def test_any_name_is_shown_in_its_place(face, source):
    sheet = candidates_sheet(glyph(source), row(mj=source), [], face)
    assert sheet.size == candidates_sheet(glyph(), row(), [], face).size


def test_control_and_direction_characters_are_made_visible():
    assert printable("a\u202eb\n") == "a�b�"


def test_long_text_is_cut_in_the_middle(face):
    canvas = Canvas(200, 40, face)
    assert canvas.text(0, 0, "長い名前" * 50, 16, width_px=150) <= 150
    assert canvas.text(0, 0, "", 16) == 0


def test_a_paragraph_takes_the_lines_it_needs(face):
    canvas = Canvas(300, 400, face)
    one = canvas.paragraph(10, 10, "短い", 16, width_px=200)
    many = canvas.paragraph(10, 60, "長い文を幅に合わせて折り返します。" * 4, 16, width_px=200)
    assert many > 3 * one
    pixels = np.asarray(canvas.image)
    assert (pixels[60 : 60 + many, :200] < 128).any()
    assert (pixels[:, 215:] == 255).all()


def test_a_page_grows_and_keeps_what_is_on_it(face):
    canvas = Canvas(100, 50, face)
    canvas.badge(30, 25, "1")
    before = np.asarray(canvas.image).copy()
    canvas.reach(20)
    canvas.reach(120)
    assert canvas.image.height == 120
    assert np.array_equal(np.asarray(canvas.image)[:50], before)
    canvas.ring(30, 90, 12)
    assert (np.asarray(canvas.image)[70:] < 80).any()
    assert canvas.cropped(60).height == 60
    assert canvas.cropped(900).height == 120


def test_results_over_pages(face):
    rows = [row(mj="MJ026190", confidence=0.9, review=Review.AUTO)] * 5 + [row(None, status="empty-glyph")]
    glyphs = [glyph()] * 5 + [None]
    pages = list(results_sheets(rows, glyphs, face, rows_per_page=2))
    assert len(pages) == 2
    assert pages[0].height == pages[1].height or len(rows) % 4
    assert list(results_sheets([], [], face)) == []
    with pytest.raises(ValueError, match=r"shorter|longer"):
        list(results_sheets(rows, glyphs[:-1], face))


def test_results_on_one_page_are_limited(face):
    small = results_sheet([row()] * 3, [glyph()] * 3, face, limit=2)
    large = results_sheet([row()] * 30, [glyph()] * 30, face, limit=30)
    assert large.height > small.height
    assert results_sheet([], [], face).width > 0


def test_verdicts_in_words():
    assert verdict_text(row(Verdict.UNIDENTIFIED, subclass=Subclass.HENTAIGANA)) == "同定不可能（変体仮名）"
    assert verdict_text(row(None, status="empty-glyph")) == "字が描かれていません。"
    assert verdict_text(row(None, status="x-new")) == "x-new"
