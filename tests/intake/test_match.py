"""Lines and glyphs find each other by file, code and font; what is left over is told."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from engine.glyph.model import Glyph, GlyphKind, ReadFailure
from engine.intake.key import DeliveryKey
from engine.intake.ledger import Ledger, LedgerLine
from engine.intake.match import Intake

INK = np.ones((2, 2), np.uint8)
DEFAULT = DeliveryKey("131016", "住基")


def line(number: int, code: str = "", image: str = "", **key: str) -> LedgerLine:
    return LedgerLine(number, DeliveryKey(**key), code, tuple(image.split("/")) if image else ())


def glyph(source: str, code: str = "", font: str = "") -> Glyph:
    return Glyph(INK, source, code, GlyphKind.OUTLINE if font else GlyphKind.IMAGE, font)


def delivered(
    lines: list[LedgerLine], *items: Glyph | ReadFailure
) -> tuple[list[tuple[str, ...]], list[str]]:
    intake = Intake(DEFAULT, Ledger(Path("台帳.csv"), tuple(lines)))
    rows = [
        (each.item.source, each.item.gaiji_code, each.key.system, each.key.font)
        for each in intake.deliver(items)
    ]
    return rows, intake.notices()


def test_without_a_ledger_all_have_the_default_key():
    intake = Intake(DEFAULT)
    (each,) = intake.deliver([glyph("EUDC.TTE", "U+E000", "EUDC")])
    assert each.key == DeliveryKey("131016", "住基", "EUDC")
    assert intake.notices() == []


@pytest.mark.parametrize(
    "source", ["img/e000.BMP", "/d/img/E000.bmp", "c:\\d\\img\\E000.bmp", "x.zip#img/E000.bmp"]
)
def test_by_file(source):
    rows, told = delivered([line(2, "U+E005", "img/E000.bmp", system="税")], glyph(source, "U+E000"))
    assert rows == [(source, "U+E005", "税", "")]  # the ledger's code, not the name's
    assert told == []


def test_a_file_of_the_same_name_elsewhere_is_not_meant():
    rows, told = delivered([line(2, "", "a/x.png", system="税")], glyph("b/x.png"))
    assert rows == [("b/x.png", "", "住基", ""), ("台帳.csv#2 行目", "", "税", "")]
    assert "b/x.png" in told[0]


def test_by_font_file_and_code():
    lines = [
        line(2, "U+E000", "EUDC.TTE", system="税", font="MS明朝"),
        line(3, "", "EUDC.TTE", system="福祉"),
        line(4, "U+E009", "EUDC.TTE"),
    ]
    rows, told = delivered(
        lines, glyph("f/EUDC.TTE", "U+E000", "EUDC"), glyph("f/EUDC.TTE", "U+E001", "EUDC")
    )
    assert rows == [
        ("f/EUDC.TTE", "U+E000", "税", "MS明朝"),
        ("f/EUDC.TTE", "U+E001", "福祉", "EUDC"),
        ("台帳.csv#4 行目", "U+E009", "住基", ""),
    ]
    assert told == []


def test_members_and_faces_belong_to_their_container():
    lines = [line(2, "U+E000", "外字.zip", system="税"), line(3, "U+E000", "x.ttc", system="福祉")]
    rows, _ = delivered(
        lines, glyph("外字.zip#E000.png", "U+E000"), glyph("x.ttc#face2", "U+E000", "MS ゴシック")
    )
    assert [row[2] for row in rows] == ["税", "福祉"]


def test_by_code_and_font():
    lines = [line(2, "U+E000", font="EUDC", system="税"), line(3, "U+E000", font="別", system="福祉")]
    rows, told = delivered(lines, glyph("1.tte", "U+E000", "eudc"), glyph("2.tte", "U+E000", "別"))
    assert [row[2] for row in rows] == ["税", "福祉"]
    assert told == []


def test_no_line_is_chosen_where_two_would_do():
    lines = [line(2, "U+E000", system="税"), line(3, "U+E000", system="福祉")]
    rows, told = delivered(lines, glyph("E000.png", "U+E000"))
    assert rows == [("E000.png", "U+E000", "住基", "")]
    assert len(told) == 1
    assert "二つ以上の行" in told[0]


def test_one_picture_for_two_codes_gives_two_rows():
    lines = [line(2, "U+E000", "a.png"), line(3, "U+E001", "a.png")]
    rows, _ = delivered(lines, glyph("a.png"))
    assert [row[1] for row in rows] == ["U+E000", "U+E001"]


def test_a_missing_file_meets_its_line():
    failure = ReadFailure("d/a.png", "not-found", "ない")
    rows, told = delivered([line(2, "U+E000", "a.png", system="税")], failure)
    assert rows == [("d/a.png", "U+E000", "税", "")]
    assert told == []


def test_one_key_for_two_glyphs_is_told():
    intake = Intake(DEFAULT)
    items = [glyph("a/E000.png", "U+E000"), glyph("b/E000.png", "U+E000"), glyph("c.png"), glyph("d.png")]
    items += [glyph("EUDC.TTE", "U+E000", "EUDC"), glyph("MINCHO.TTE", "U+E000", "MINCHO")]
    assert len(list(intake.deliver(items))) == 6
    (told,) = intake.notices()
    assert "1 件" in told
    assert "b/E000.png U+E000" in told


def test_left_over_lines_say_why():
    intake = Intake(DEFAULT, Ledger(Path("台帳.csv"), (line(7, "U+E000", kind="3"),)))
    (each,) = intake.deliver([])
    assert each.item.code == "not-delivered"
    assert "渡された入力の中にありません" in each.item.message
    assert each.key == DeliveryKey("131016", "住基", "", "3")


def test_many_strangers_are_counted_and_a_few_named():
    _, (told,) = delivered(
        [line(2, "U+E000")], glyph("E000.png", "U+E000"), *[glyph(f"{n}.png") for n in range(9)]
    )
    assert "9 件" in told
    assert "4.png など" in told
    assert "5.png" not in told
