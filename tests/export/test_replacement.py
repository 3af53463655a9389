"""Settled gaiji get a glyph; every other one is listed with its reason; contradictions stop everything."""

import dataclasses

import pytest

from engine.convert.settle import Basis, GaijiKey, Reason, Settled, Unsettled
from engine.errors import UsageError
from engine.export.listing import COLUMNS, glyph_list, left_out_lines
from engine.export.replacement import ExportError, NoGlyph, plan

GLYPHS = {"MJ000001": 11, "MJ000002": 12, "MJ000003": 0}


def settled(code: str, mj: str = "MJ000001", *, font: str = "EUDC", system: str = "") -> Settled:
    return Settled(GaijiKey("", system, font, code), "EUDC.TTE", mj, "字", "", Basis.AUTO)


def unsettled(code: str, reason: Reason, *proposed: str) -> Unsettled:
    return Unsettled(GaijiKey("", "", "EUDC", code), "EUDC.TTE", reason, proposed)


def test_codes_come_in_order_each_with_its_glyph():
    made = plan([settled("U+E001", "MJ000002"), settled("U+E000")], [], GLYPHS.__getitem__)
    assert [(r.code, r.mj, r.glyph_id) for r in made.replacements] == [
        (0xE000, "MJ000001", 11),
        (0xE001, "MJ000002", 12),
    ]
    assert [row.key.code for row in made.settled] == ["U+E000", "U+E001"]
    assert made.left_out == ()


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (settled("80A1"), NoGlyph.NOT_PRIVATE),
        (settled("U+9089"), NoGlyph.NOT_PRIVATE),
        (settled("U+F900"), NoGlyph.NOT_PRIVATE),
        (settled("U+F0000"), NoGlyph.NOT_PRIVATE),
        (settled("U+F8FF", "MJ000003"), NoGlyph.NOT_DRAWN),
    ],
)
def test_what_cannot_be_exported_is_listed(row, reason):
    made = plan([settled("U+E000"), row], [], GLYPHS.__getitem__)
    assert [r.code for r in made.replacements] == [0xE000]
    assert [(each.key, each.reason) for each in made.left_out] == [(row.key, reason.value)]


def test_the_last_private_code_is_one():
    assert plan([settled("U+F8FF")], [], GLYPHS.__getitem__).replacements[0].code == 0xF8FF


@pytest.mark.parametrize("reason", [Reason.UNCONFIRMED, Reason.KEPT, Reason.UNREADABLE, Reason.NO_CODE])
def test_unsettled_gaiji_are_listed_and_never_drawn(reason):
    made = plan([settled("U+E000")], [unsettled("U+E001", reason, "MJ000002")], GLYPHS.__getitem__)
    assert len(made.replacements) == 1
    assert [(each.key.code, each.reason, each.choices) for each in made.left_out] == [
        ("U+E001", reason.value, ("MJ000002",))
    ]
    assert left_out_lines(made.left_out) == [f"  {reason.value}: 1 字（U+E001）"]


@pytest.mark.parametrize("reason", [Reason.CONFLICT, Reason.CONFLICTING_DECISIONS])
def test_two_mj_for_one_gaiji_stop_the_export(reason):
    rows = [unsettled("U+E001", reason, "MJ000001", "MJ000002")]
    with pytest.raises(ExportError, match=r"U\+E001（MJ000001・MJ000002）"):
        plan([settled("U+E000")], rows, GLYPHS.__getitem__)


def test_fonts_are_not_mixed():
    rows = [settled("U+E000"), settled("U+E001", font="外字2")]
    with pytest.raises(UsageError, match="--font"):
        plan(rows, [], GLYPHS.__getitem__)


def test_nothing_settled_is_an_error():
    with pytest.raises(ExportError, match="書き出せる外字がありません"):
        plan([], [unsettled("U+E000", Reason.UNCONFIRMED)], GLYPHS.__getitem__)


def test_the_list_is_text_for_a_spreadsheet():
    row = dataclasses.replace(settled("U+E000", system="=1+1"), source="=x.tte", tied=("MJ000002",))
    head, line, end = glyph_list(plan([row], [], GLYPHS.__getitem__)).split("\r\n")
    assert tuple(head.split(",")) == COLUMNS
    assert line == ",'=1+1,EUDC,U+E000,MJ000001,字,,自動,MJ000002,./=x.tte"
    assert end == ""
