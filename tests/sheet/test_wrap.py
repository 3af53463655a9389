"""Line breaks in Japanese."""

from hypothesis import given
from hypothesis import strategies as st

from engine.cli.terminal import width
from engine.sheet.wrap import wrapped


def test_short_text_stays_on_one_line():
    assert wrapped("字形一致", 10, width) == ["字形一致"]
    assert wrapped("", 10, width) == [""]


def test_a_line_begins_with_no_closing_mark_and_ends_with_no_opening_one():
    assert wrapped("ここで終わる。次", 12, width) == ["ここで終わ", "る。次"]
    assert wrapped("この字は（千）です", 10, width) == ["この字は", "（千）です"]


def test_numbers_and_their_unit_stay_together():
    assert wrapped("確率が 70 % 以上", 10, width) == ["確率が", "70 % 以上"]
    assert wrapped("図形 MJ026190 です", 12, width) == ["図形", "MJ026190 で", "す"]


def test_what_fits_nowhere_is_broken_anywhere():
    assert wrapped("A" * 25, 10, width) == ["A" * 10, "A" * 10, "A" * 5]
    assert wrapped("、、、、、、", 4, width) == ["、、"] * 3


@given(st.text(max_size=60), st.integers(2, 30))
def test_nothing_is_lost_but_spaces_at_breaks(text, room):
    lines = wrapped(text, room, width)
    assert "".join("".join(lines).split()) == "".join(text.split())
    assert all(width(line) <= room for line in lines)
