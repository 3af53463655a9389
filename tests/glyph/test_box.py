import numpy as np
import pytest

from engine.glyph.box import Box, bounding_box


def test_the_box_is_half_open_and_tight():
    mask = np.zeros((10, 20), bool)
    mask[3, 7] = mask[5, 15] = True
    box = bounding_box(mask)
    assert box == (3, 6, 7, 16)
    assert (box.height, box.width) == (3, 9)


@pytest.mark.parametrize("dtype", [bool, np.uint8, np.float32])
def test_any_number_but_zero_counts(dtype):
    mask = np.zeros((4, 5), dtype)
    mask[0, 4] = 1
    assert bounding_box(mask) == Box(0, 1, 4, 5)


@pytest.mark.parametrize("shape", [(0, 0), (0, 5), (5, 0), (3, 3)])
def test_without_marks_there_is_no_box(shape):
    assert bounding_box(np.zeros(shape, np.uint8)) is None


def test_a_cut_is_a_view_of_what_is_inside():
    picture = np.arange(60, dtype=np.uint8).reshape(5, 4, 3)
    cut = Box(1, 3, 0, 2).cut(picture)
    assert cut.shape == (2, 2, 3)
    assert cut.base is not None
    assert cut[0, 0].tolist() == picture[1, 0].tolist()
    assert bounding_box(Box(2, 5, 1, 4).cut(picture[..., 0])) == (0, 3, 0, 3)


def test_everything_marked_is_the_whole_picture():
    assert bounding_box(np.ones((6, 2), bool)) == (0, 6, 0, 2)
