"""The counter sheet: what would change in plain words, and one page that holds it all."""

from __future__ import annotations

import io
from types import SimpleNamespace

import numpy as np
import pypdfium2
import pytest

from engine.difference import Difference, DifferenceKind
from engine.explain.place import Place
from engine.glyph.model import Glyph
from engine.reference.record import Radical
from engine.report.counter import (
    BY_MACHINE,
    NO_CHANGE,
    NOT_COMPARED,
    UNNAMED,
    CounterSheet,
    changes_in_words,
    radical_in_words,
    sentences,
)
from engine.report.counter_pdf import write_counter_sheet
from tests.report.material import DAY, row


def place(kind: DifferenceKind, x: float = 10, y: float = 10, number: int = 1) -> Place:
    return Place(number, Difference(kind, x, y, 5, 2))


def explanation(*places: Place, probability: float = 0.9) -> SimpleNamespace:
    return SimpleNamespace(
        candidates=(SimpleNamespace(name="MJ026190", places=places, probability=probability),)
    )


def test_changes_go_from_the_gaiji_to_the_mj_glyph():
    added = changes_in_words(explanation(place(DifferenceKind.STROKE_ADDED)), "MJ026190")
    assert added == ("左上: 今の字にある点や画が、なくなります。", BY_MACHINE)
    missing = changes_in_words(explanation(place(DifferenceKind.STROKE_MISSING, 60, 60)), "MJ026190")
    assert missing[0] == "右下: 今の字にない点や画が、加わります。"


def test_what_is_known_of_no_difference():
    assert changes_in_words(explanation(), "MJ026190") == (NO_CHANGE,)
    assert changes_in_words(explanation(probability=0.2), "MJ026190") == (UNNAMED,)
    assert changes_in_words(explanation(), "MJ000001") == (NOT_COMPARED,)


def test_differences_of_one_kind_are_one_sentence():
    places = [place(DifferenceKind.LENGTH), place(DifferenceKind.LENGTH, 60), place(DifferenceKind.LENGTH)]
    assert sentences(places) == ("左上・右上: 点や画の長さが変わります。",)


def test_every_kind_has_a_sentence_and_a_sheet_has_room_for_some():
    told = sentences([place(kind) for kind in DifferenceKind])
    assert len(told) == 9
    assert told[-1] == f"ほかに {len(DifferenceKind) - 8} 種類の違いがあります。"


@pytest.mark.parametrize(
    ("radical", "words"),
    [
        (Radical(162, 14), "辵（162） 内画数 14 画"),
        (Radical(1, None), "一（1）"),
        (Radical(900, 0), "900 内画数 0 画"),
    ],
)
def test_radicals(radical, words):
    assert radical_in_words(radical) == words


def test_one_page_with_both_glyphs_codes_readings_and_the_place_to_mark(face, table):
    glyph = Glyph(np.full((96, 90), 255, np.uint8), "a.png", "U+E005")
    changes = sentences([place(kind) for kind in DifferenceKind])
    sheet = CounterSheet(row(5, system="住基\x00" * 99), glyph, table.record("MJ026190"), changes)
    stream = io.BytesIO()
    write_counter_sheet(sheet, stream, face, day=DAY, municipality="見本市")
    with pypdfium2.PdfDocument(stream.getvalue()) as document:
        assert len(document) == 1
        text = document[0].get_textpage().get_text_bounded()
        images = [item for item in document[0].get_objects() if item.type == pypdfium2.raw.FPDF_PAGEOBJ_IMAGE]
    assert len(images) == 2
    for words in (
        "U+E005",
        "MJ026190",
        "U+9089_E010F",
        "J+9089",
        "ヘン",
        "17 画",
        "辵",
        "確認した日",
        "見本市",
        "1 / 1",
    ):
        assert words in text
    again = io.BytesIO()
    write_counter_sheet(sheet, again, face, day=DAY, municipality="見本市")
    assert again.getvalue() == stream.getvalue()


def test_the_machines_opinion_is_about_its_own_proposal_only(table):
    glyph = Glyph(np.full((9, 9), 255, np.uint8), "a.png")
    own = CounterSheet(row(), glyph, table.record("MJ026190"), ())
    other = CounterSheet(row(), glyph, table.record("MJ026191"), ())
    assert "機械の判定" in dict(own.gaiji_facts)
    assert "機械の判定" not in dict(other.gaiji_facts)
