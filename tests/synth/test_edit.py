"""Editing outlines: strokes that are strokes, and changes that show."""

from __future__ import annotations

import numpy as np
import pytest

from engine.synth.edit import (
    Edit,
    add_stroke,
    borrowed_strokes,
    contours,
    draw,
    loose_strokes,
    remove_stroke,
    signed_area,
    stroke_length_em,
)
from engine.synth.fonts import OutlineFont


def box(left: float, top: float, width: float, height: float) -> np.ndarray:
    return np.array([[left, top], [left + width, top], [left + width, top + height], [left, top + height]])


@pytest.fixture(scope="module")
def ume(debian_font) -> OutlineFont:
    return OutlineFont(debian_font("fonts-horai-umefont", "ume-tmo3.ttf"))


def test_draw_fills_by_winding_so_that_holes_stay_open() -> None:
    ring = [box(0.1, 0.1, 0.8, 0.8), box(0.3, 0.3, 0.4, 0.4)[::-1]]
    drawn = draw(ring, 100)
    assert drawn[20, 50] == 255
    assert drawn[50, 50] == 0
    overlapping = [box(0.1, 0.1, 0.5, 0.5), box(0.3, 0.3, 0.5, 0.5)]
    assert draw(overlapping, 100)[45, 45] == 255, "two strokes that cross do not cancel each other"


def test_draw_agrees_with_freetype(ume) -> None:
    own = draw(contours(ume, ord("鬱")), 192)
    theirs = ume.body(ord("鬱"))
    assert np.abs(own.astype(int) - theirs).mean() < 6


def test_signed_area_of_a_box() -> None:
    assert signed_area(box(0, 0, 0.5, 0.2)) == pytest.approx(0.1)
    assert signed_area(box(0, 0, 0.5, 0.2)[::-1]) == pytest.approx(-0.1)


@pytest.mark.parametrize(
    ("polygon", "length"),
    [
        (box(0, 0, 0.5, 0.05), 0.5),
        (box(0, 0, 0.04, 0.3), 0.3),
        (box(0, 0, 0.05, 0.05), None),
        (box(0, 0, 0.5, 0.4), None),
    ],
)
def test_a_bar_is_a_stroke_a_speck_and_a_block_are_not(polygon: np.ndarray, length: float | None) -> None:
    assert stroke_length_em(polygon) == (pytest.approx(length) if length else None)


def test_a_cross_is_more_than_one_stroke() -> None:
    cross = np.array(
        [[4, 0], [5, 0], [5, 4], [9, 4], [9, 5], [5, 5], [5, 9], [4, 9], [4, 5], [0, 5], [0, 4], [4, 4]],
        np.float64,
    )
    assert stroke_length_em(cross / 16) is None


def test_loose_strokes_leave_out_what_has_a_hole() -> None:
    ring = [box(0.1, 0.5, 0.4, 0.09), box(0.2, 0.53, 0.2, 0.02)[::-1]]
    bar = box(0.1, 0.2, 0.4, 0.05)
    assert [index for index, _ in loose_strokes([*ring, bar])] == [2]


def test_three_bars_of_three_are_loose(ume) -> None:
    assert len(loose_strokes(contours(ume, ord("三")))) >= 2


def test_removing_takes_ink_away_and_adds_none(ume) -> None:
    change = remove_stroke(ume, ord("鬱"), np.random.default_rng(1))
    assert change is not None
    assert change.edit is Edit.REMOVED
    assert (change.ink <= change.original).all()
    gone = (change.original > 127) & (change.ink < 128)
    assert gone.sum() >= 0.02 * (change.original > 127).sum()
    assert max(np.ptp(axis) for axis in np.nonzero(gone)) >= 0.07 * change.ink.shape[0]


def test_adding_takes_no_ink_away_and_keeps_clear_of_the_rest(ume) -> None:
    strokes = borrowed_strokes(ume, [ord(char) for char in "訂汀池忙点"])
    assert strokes
    change = add_stroke(ume, ord("国"), strokes, np.random.default_rng(1)) or add_stroke(
        ume, ord("化"), strokes, np.random.default_rng(1)
    )
    assert change is not None
    assert change.edit is Edit.ADDED
    assert (change.ink >= change.original).all()
    new = (change.ink > 127) & (change.original < 128)
    rows, cols = np.nonzero(new)
    around = change.original[rows.min() - 1 : rows.max() + 2, cols.min() - 1 : cols.max() + 2]
    assert not (around[1:-1, 1:-1][new[rows.min() : rows.max() + 1, cols.min() : cols.max() + 1]] > 0).any()


def test_a_character_without_loose_strokes_is_left_alone(ume) -> None:
    assert remove_stroke(ume, ord("一"), np.random.default_rng(0)) is None


def test_the_same_seed_gives_the_same_edit(ume) -> None:
    first, again = (remove_stroke(ume, ord("靈"), np.random.default_rng(7)) for _ in range(2))
    assert first is not None
    assert again is not None
    assert np.array_equal(first.ink, again.ink)
