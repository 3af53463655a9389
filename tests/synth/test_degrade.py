"""What degrade does to small pictures one can check by hand."""

from __future__ import annotations

import numpy as np
import pytest

from engine.synth import degrade


def bar(height: int = 64, width: int = 64, *, thick: int = 8) -> np.ndarray:
    ink = np.zeros((height, width), np.uint8)
    middle = height // 2
    ink[middle - thick // 2 : middle + thick // 2, 4 : width - 4] = 255
    return ink


def test_picture_turns_ink_into_black_on_white() -> None:
    assert degrade.picture(np.array([[0, 255, 100]], np.uint8)).tolist() == [[255, 0, 155]]


def test_crop_finds_the_box_and_an_empty_page_has_none() -> None:
    ink = np.zeros((9, 9), np.uint8)
    ink[2:5, 3:8] = 255
    assert degrade.crop(ink).shape == (3, 5)
    assert degrade.crop(np.zeros((4, 4), np.uint8)).shape == (0, 0)


def test_resize_keeps_the_aspect_ratio_and_refuses_nothing() -> None:
    assert degrade.resize(np.zeros((100, 50), np.uint8), 20).shape == (20, 10)
    with pytest.raises(ValueError, match="empty"):
        degrade.resize(np.zeros((0, 0), np.uint8), 20)


def test_dots_are_binary_and_plain_halves_follow_the_threshold() -> None:
    ink = np.zeros((64, 64), np.uint8)
    ink[:32] = 255
    drawn = degrade.dots(ink, 16)
    assert np.unique(drawn).tolist() == [0, 255]
    assert drawn[:8].all()
    assert not drawn[8:].any()


@pytest.mark.parametrize("offset", range(0, 16, 3))
@pytest.mark.parametrize("turned", [False, True])
def test_dots_keep_a_stroke_of_a_third_of_a_dot_one_dot_wide(offset: int, turned: bool) -> None:
    ink = np.zeros((256, 256), np.uint8)
    ink[112 + offset : 112 + offset + 6, 16:240] = 255  # 16 px a dot, so 0.375 of a dot
    drawn = degrade.dots(ink.T if turned else ink, 16)
    drawn = drawn.T if turned else drawn
    assert (drawn > 0).any(axis=0)[1:15].all(), "the stroke must not break"
    assert (drawn > 0).sum(axis=0).max() == 1, "nor become two dots thick"


def test_dots_of_a_wide_picture_stay_centred() -> None:
    drawn = degrade.dots(np.full((20, 80), 255, np.uint8), 16)
    assert np.flatnonzero(drawn.any(axis=1)).tolist() == [6, 7, 8, 9]


@pytest.mark.parametrize(("px", "thick"), [(2.0, 12), (-2.0, 4), (1.0, 10)])
def test_weight_moves_both_edges(px: float, thick: int) -> None:
    changed = degrade.weight(bar(), px)
    middle = changed[:, changed.shape[1] // 2]
    assert int((middle > 127).sum()) == thick


def test_weight_of_a_fraction_lies_between() -> None:
    column = degrade.weight(bar(), 0.5)[:, 32].astype(int)
    assert column.sum() == pytest.approx(9 * 255, abs=4)


def test_rotate_keeps_all_ink_and_a_quarter_turn_is_exact() -> None:
    ink = bar(40, 60)
    assert int(degrade.rotate(ink, 10).sum()) == pytest.approx(int(ink.sum()), rel=0.01)
    quarter = degrade.rotate(ink, 90)
    assert int(quarter.sum()) == pytest.approx(int(ink.sum()), rel=0.02)
    assert degrade.crop(quarter, threshold=128).shape == (52, 8)


def test_rotate_turns_counter_clockwise() -> None:
    rows, cols = np.nonzero(degrade.rotate(bar(), 20) > 128)
    assert rows[cols.argmax()] < rows[cols.argmin()]


def test_scan_is_a_grey_picture_with_light_paper() -> None:
    grey = degrade.scan(bar(200, 200, thick=24), np.random.default_rng(3), size_px=50)
    border = np.concatenate([grey[0], grey[-1], grey[:, 0], grey[:, -1]])
    assert np.median(border) > 170
    assert grey[grey.shape[0] // 2, grey.shape[1] // 2] < 130
    assert len(np.unique(grey)) > 20


def test_scan_depends_on_the_seed_only() -> None:
    ink = bar()
    first, again, other = (degrade.scan(ink, np.random.default_rng(seed)) for seed in (1, 1, 2))
    assert np.array_equal(first, again)
    assert first.shape != other.shape or not np.array_equal(first, other)


def test_salt_and_pepper_touches_the_asked_share() -> None:
    grey = np.full((200, 200), 128, np.uint8)
    out = degrade.salt_and_pepper(grey, np.random.default_rng(0), share=0.1)
    assert (out == 255).mean() == pytest.approx(0.05, abs=0.01)
    assert (out == 0).mean() == pytest.approx(0.05, abs=0.01)


def test_jpeg_keeps_the_shape_and_roughly_the_grey() -> None:
    grey = degrade.picture(bar())
    again = degrade.jpeg(grey, 60)
    assert again.shape == grey.shape
    assert not np.array_equal(again, grey)
    assert np.abs(again.astype(int) - grey).mean() < 8
