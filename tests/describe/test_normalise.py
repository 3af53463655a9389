import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.describe.normalise import MARGIN_PX, SIDE_PX, EmptyInkError, ink_box, normalise, target_size


def bar(height: int, width: int) -> np.ndarray:
    ink = np.zeros((60, 60), np.uint8)
    ink[10 : 10 + height, 5 : 5 + width] = 255
    return ink


def test_ink_box_is_half_open():
    assert ink_box(bar(7, 20)) == (10, 17, 5, 25)


def test_ink_box_ignores_the_faint_skirt_of_a_scan():
    ink = bar(7, 20)
    ink[0, 0] = 40
    assert ink_box(ink) == (10, 17, 5, 25)


def test_faint_ink_counts_where_there_is_nothing_darker():
    assert ink_box(bar(7, 20) // 8) == (10, 17, 5, 25)


def test_no_ink_is_refused():
    with pytest.raises(EmptyInkError):
        normalise(np.zeros((9, 9), np.uint8))


def test_a_square_fills_the_square_and_a_line_stays_a_line():
    assert target_size(30, 30, 60) == (60, 60)
    height, width = target_size(2, 60, 60)
    assert width == 60
    assert 10 <= height <= 16  # 60 · sqrt(sin(π/60)) = 13.7


@given(st.integers(1, 50), st.integers(1, 50))
def test_the_margin_stays_paper(height, width):
    square = normalise(bar(height, width))
    assert square.shape == (SIDE_PX, SIDE_PX)
    frame = square.copy()
    frame[MARGIN_PX:-MARGIN_PX, MARGIN_PX:-MARGIN_PX] = 0
    assert not frame.any()
    assert square.max() >= 250


@given(st.integers(0, 9), st.integers(0, 9))
def test_where_the_glyph_stands_does_not_matter(down, right):
    moved = np.roll(bar(30, 20), (down, right), axis=(0, 1))
    assert np.array_equal(normalise(moved), normalise(bar(30, 20)))
