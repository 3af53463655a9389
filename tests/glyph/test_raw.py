"""Raw dot patterns: dots come back as they were packed, codes run on as the host counts."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from engine.errors import ReadError, UsageError
from engine.glyph.limits import Limits
from engine.glyph.model import Glyph, GlyphKind
from engine.glyph.options import ReadOptions
from engine.glyph.raw import BitOrder, RawLayout, RowPacking, parse_size, parse_trails, read_raw
from engine.glyph.read import read_glyphs


def packed(dots: np.ndarray, layout: RawLayout) -> bytes:
    """Write cells (N, height, width) bool as a host would."""
    order = "big" if layout.order is BitOrder.MSB else "little"
    if layout.rows is RowPacking.BITS:
        return np.packbits(dots.reshape(len(dots), -1), axis=1, bitorder=order).tobytes()
    return np.packbits(dots, axis=2, bitorder=order).tobytes()


layouts = st.builds(
    RawLayout,
    width=st.integers(8, 40),
    height=st.integers(8, 40),
    order=st.sampled_from(BitOrder),
    rows=st.sampled_from(RowPacking),
    skip=st.integers(0, 9),
)


@settings(deadline=None, max_examples=60)
@given(st.data(), layouts)
def test_round_trip(data, layout):
    shape = (data.draw(st.integers(1, 4)), layout.height, layout.width)
    dots = data.draw(npst.arrays(np.bool_, shape))
    rows = list(read_raw(bytes(layout.skip) + packed(dots, layout), "d.bin", layout, Limits()))
    assert [row.source for row in rows] == [f"d.bin#{number}" for number in range(1, len(dots) + 1)]
    for row, cell in zip(rows, dots, strict=True):
        if cell.any():
            assert isinstance(row, Glyph)
            assert row.kind is GlyphKind.DOTS
            np.testing.assert_array_equal(row.ink, cell * np.uint8(255))
        else:
            assert row.code == "empty-glyph"


@settings(deadline=None, max_examples=60)
@given(st.binary(max_size=300), layouts, st.sampled_from(["", "80A1", "FFFE", "U+10FFFE"]))
def test_any_bytes_give_rows_or_a_reason(data, layout, first_code):
    layout = replace(layout, first_code=first_code)
    try:
        rows = list(read_raw(data, "d.bin", layout, Limits(characters=3)))
    except ReadError as error:
        assert error.code in ("too-small", "unsupported-format")
    else:
        assert rows
        assert len(rows) <= 4


def codes(count: int, **layout) -> list[str]:
    it = RawLayout(24, 24, **layout).codes()
    return [next(it) for _ in range(count)]


def test_codes_run_on_in_rows_of_94_cells():
    found = codes(95, first_code="80A1")
    assert (found[0], found[93], found[94]) == ("80A1", "80FE", "81A1")
    assert codes(2, first_code="80fe") == ["80FE", "81A1"]


def test_codes_of_other_hosts():
    assert codes(191, first_code="6941", trails=((0x41, 0xFE),))[-2:] == ["69FE", "6A41"]
    assert codes(2, first_code="U+E0FF") == ["U+E0FF", "U+E100"]
    sjis = codes(189, first_code="F040", trails=((0x40, 0x7E), (0x80, 0xFC)))
    assert (sjis[0], sjis[63], sjis[188]) == ("U+E000", "U+E03F", "U+E0BC")


@pytest.mark.parametrize(
    "layout",
    [
        {"width": 7},
        {"height": 1000},
        {"skip": -1},
        {"first_code": "8041"},
        {"first_code": "外字"},
        {"first_code": "80A"},
        {"trails": ()},
        {"trails": ((0xFE, 0xA1),)},
    ],
)
def test_layouts_that_make_no_sense(layout):
    with pytest.raises(UsageError):
        RawLayout(**{"width": 24, "height": 24, **layout})


def test_sizes_and_ranges_as_typed():
    assert parse_size("24x24") == parse_size("24×24") == parse_size(" 24 X 24 ") == (24, 24)
    assert parse_trails("40-7e, 80-FC") == ((0x40, 0x7E), (0x80, 0xFC))
    for wrong in ("24", "x24", "24x", "24x24x24", "999999x1"):
        with pytest.raises(UsageError, match="24x24"):
            parse_size(wrong)
    with pytest.raises(UsageError, match="A1-FE"):
        parse_trails("A1..FE")


def dump(cells: int, layout: RawLayout) -> bytes:
    dots = np.zeros((cells, layout.height, layout.width), np.bool_)
    dots[:, 2, 3:] = True
    return packed(dots, layout)


def test_what_is_left_over_at_the_end_is_told():
    layout = RawLayout(24, 24, first_code="80A1")
    *glyphs, last = read_raw(dump(3, layout) + b"12345", "d.bin", layout, Limits())
    assert [glyph.gaiji_code for glyph in glyphs] == ["80A1", "80A2", "80A3"]
    assert {glyph.source for glyph in glyphs} == {"d.bin"}
    assert "5 バイト余りました" in last.message


def test_more_cells_than_allowed_or_than_codes():
    layout = RawLayout(24, 24)
    *glyphs, last = read_raw(dump(5, layout), "d.bin", layout, Limits(characters=3))
    assert (len(glyphs), last.code) == (3, "too-many")
    layout = RawLayout(24, 24, first_code="FFFD")
    *glyphs, last = read_raw(dump(5, layout), "d.bin", layout, Limits())
    assert ([glyph.gaiji_code for glyph in glyphs], last.code) == (["FFFD", "FFFE"], "too-many")


@pytest.mark.parametrize(
    ("data", "code"),
    [(b"", "too-small"), (bytes(71), "too-small"), (b"PK\3\4" + bytes(99), "unsupported-format")],
)
def test_files_that_are_no_dump(data, code):
    with pytest.raises(ReadError) as caught:
        list(read_raw(data, "d.bin", RawLayout(24, 24), Limits()))
    assert caught.value.code == code


def test_a_dump_is_read_from_a_file_whatever_its_first_bytes_look_like(tmp_path):
    layout = RawLayout(16, 16, first_code="80A1")
    data = b"BM" + bytes(30)
    (tmp_path / "USER.FNT").write_bytes(data)
    (row,) = read_glyphs([tmp_path / "USER.FNT"], ReadOptions(raw=layout))
    assert (row.gaiji_code, row.font, row.ink.sum()) == ("80A1", "USER", 255 * 6)
    (row,) = read_glyphs([tmp_path / "gone"], ReadOptions(raw=layout))
    assert row.code == "not-found"
