"""Codes go to the right cells; what does not fit is told."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import UsageError
from engine.glyph.page.cells import cell_source, parse_cell_source
from engine.glyph.page.code_table import read_code_table
from engine.glyph.page.codes import Coder
from engine.glyph.page.options import CaptionSide, Order, PlacedCode, SheetOptions

CODE = st.text("0123456789ABCDEF", min_size=4, max_size=4)
NUMBER = st.integers(1, 99)


def test_codes_count_up_over_pages():
    coder = Coder("a.tif", SheetOptions(first_code=0xE000))
    assert coder.page(1, 2, 2) == {(1, 1): "U+E000", (1, 2): "U+E001", (2, 1): "U+E002", (2, 2): "U+E003"}
    assert coder.page(2, 1, 1) == {(1, 1): "U+E004"}
    assert coder.complaints() == []


def test_codes_in_columns():
    coder = Coder("a.tif", SheetOptions(sequence=("A", "B", "C", "D"), order=Order.COLUMNS))
    assert coder.page(1, 2, 2) == {(1, 1): "A", (2, 1): "B", (1, 2): "C", (2, 2): "D"}


def test_a_blank_in_the_sequence_is_a_cell_without_a_code():
    coder = Coder("a.tif", SheetOptions(sequence=("A", "", "C")))
    assert coder.page(1, 1, 3) == {(1, 1): "A", (1, 3): "C"}


def test_placed_codes_of_this_file_only():
    placed = (PlacedCode(1, 1, 2, "A"), PlacedCode(1, 2, 1, "B", "a.tif"), PlacedCode(1, 1, 1, "C", "b.tif"))
    coder = Coder("C:\\外字\\a.tif", SheetOptions(placed=placed))
    assert coder.page(1, 2, 2) == {(1, 2): "A", (2, 1): "B"}
    assert coder.complaints() == []


def test_codes_left_over_are_told():
    coder = Coder("a.tif", SheetOptions(sequence=("A", "B", "C")))
    coder.page(1, 1, 2)
    (problem,) = coder.complaints()
    assert (problem.code, problem.source) == ("code-mismatch", "a.tif")
    assert "1 件（C）" in problem.message
    coder = Coder("a.tif", SheetOptions(placed=(PlacedCode(1, 9, 9, "A"),)))
    coder.page(1, 2, 2)
    assert "A: p1r9c9" in coder.complaints()[0].message


def test_glyphs_without_a_code_are_told():
    coder = Coder("a.tif", SheetOptions(sequence=("A",)))
    coder.page(1, 1, 2)
    coder.note_uncoded("a.tif#p1r1c2")
    assert "1 字あります（p1r1c2）" in coder.complaints()[0].message


def test_behind_a_lost_page_no_code_is_guessed():
    coder = Coder("a.tif", SheetOptions(first_code=0xE000))
    coder.page(1, 1, 2)
    coder.lose_page()
    assert coder.page(3, 1, 2) == {}
    assert "--sheet-codes" in coder.complaints()[0].message
    placed = Coder("a.tif", SheetOptions(placed=(PlacedCode(3, 1, 1, "A"),)))
    placed.lose_page()
    assert placed.page(3, 1, 1) == {(1, 1): "A"}


def test_no_codes_no_complaints():
    coder = Coder("a.tif", SheetOptions())
    assert coder.page(1, 1, 1) == {}
    coder.note_uncoded("a.tif#p1r1c1")
    assert coder.complaints() == []


@given(st.text(), NUMBER, NUMBER, NUMBER)
def test_names_of_cells_round_trip(path, page, row, col):
    assert parse_cell_source(cell_source(path, page, row, col)) == (path, page, row, col)


@pytest.mark.parametrize("source", ["a.png", "a.zip#b.png", "a.pdf#p1", "a.pdf#p1r2", ""])
def test_other_names_are_not_of_cells(source):
    assert parse_cell_source(source) is None


@given(
    st.none() | st.tuples(NUMBER, NUMBER),
    st.lists(st.builds(PlacedCode, NUMBER, NUMBER, NUMBER, CODE, st.text())),
    st.sampled_from(Order),
    st.sampled_from(CaptionSide),
    st.floats(0, 0.5),
)
def test_options_survive_json(grid, placed, order, caption, share):
    options = SheetOptions(grid=grid, placed=tuple(placed), order=order, caption=caption, caption_share=share)
    assert SheetOptions.from_words(json.loads(json.dumps(options.to_words()))) == options


@pytest.mark.parametrize(
    "wrong",
    [{"grid": (0, 3)}, {"grid": (1, 999)}, {"sequence": ("A",), "first_code": 1}, {"caption_share": 0.9}],
)
def test_wrong_options(wrong):
    with pytest.raises(UsageError):
        SheetOptions(**wrong)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp932"])
@pytest.mark.parametrize("header", ["ページ,行,列,外字コード,備考", "page,row,col,code,x"])
def test_a_table_by_place(tmp_path, encoding, header):
    path = tmp_path / "c.csv"
    path.write_text(f"{header}\r\n1,2,3,E000,あ\r\n1,2,4,,\r\n2,1,1,F041,\r\n", encoding=encoding)
    assert read_code_table(path).placed == (PlacedCode(1, 2, 3, "U+E000"), PlacedCode(2, 1, 1, "U+E001"))


@given(codes=st.lists(CODE.map("U+{}".format) | st.just(""), min_size=1, unique=True))
def test_a_sequence_round_trips(tmp_path_factory, codes):
    path = tmp_path_factory.getbasetemp() / "sequence.csv"
    path.write_text("\n".join(["code", *codes]) + "\n", encoding="utf-8")
    while len(codes) > 0 and not codes[-1]:
        codes.pop()
    assert read_code_table(path).sequence == tuple(codes)


def test_tables_without_a_header(tmp_path):
    path = tmp_path / "c.csv"
    path.write_text("E000\nE001\n", encoding="utf-8")
    assert read_code_table(path).sequence == ("U+E000", "U+E001")
    path.write_text("1,1,E000\n1,2,80A1\n", encoding="utf-8")
    assert read_code_table(path).placed == (PlacedCode(1, 1, 1, "U+E000"), PlacedCode(1, 1, 2, "80A1"))
    path.write_text("3,1,1,E000\n", encoding="utf-8")
    assert read_code_table(path).placed == (PlacedCode(3, 1, 1, "U+E000"),)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "空"),
        ("E000\nE000\n", "1 行目と 2 行目に同じコード"),
        ("row,col,code\n1,1,E000\n1,1,E001\n", "2 行目と 3 行目が同じマス"),
        ("row,col,code\n0,1,E000\n", "2 行目の row"),
        ("row,code\n1,E000\n", "見出し"),
        ("a,b\nc,d\n", "2 列あり"),
        ("x" * 50, "1 行目のコード"),
    ],
)
def test_wrong_tables_are_told_with_the_line(tmp_path, text, words):
    path = tmp_path / "c.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(UsageError, match=words):
        read_code_table(path)


def test_a_table_that_is_not_there(tmp_path):
    with pytest.raises(UsageError, match="開けません"):
        read_code_table(tmp_path / "no.csv")
    (tmp_path / "b.csv").write_bytes(b"\xff\xfe\x00\x81\x20\xfd")
    with pytest.raises(UsageError, match="CSV として"):
        read_code_table(tmp_path / "b.csv")
