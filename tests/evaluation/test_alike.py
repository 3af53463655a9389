"""Look-alikes are found, strokes are seen."""

from __future__ import annotations

import numpy as np

from engine.evaluation.alike import VISIBLE_PX, ShapeIndex, differing_share, visible_difference_px


def cross(*, dot: bool = False, thick: int = 8) -> np.ndarray:
    ink = np.zeros((96, 96), np.uint8)
    ink[46 : 46 + thick, 4:92] = 255
    ink[4:92, 46 : 46 + thick] = 255
    if dot:
        ink[12:20, 64:84] = 255
    return ink


def test_equal_shapes_do_not_differ_whatever_their_size_and_place() -> None:
    small = np.pad(cross()[::2, ::2], ((5, 20), (11, 3)))
    assert visible_difference_px(cross(), small) < VISIBLE_PX
    assert visible_difference_px(cross(), cross(thick=11)) < VISIBLE_PX


def test_a_dot_is_seen_from_both_sides() -> None:
    there, back = (
        visible_difference_px(cross(), cross(dot=True)),
        visible_difference_px(cross(dot=True), cross()),
    )
    assert there == back
    assert there >= 10


def test_blank_against_ink_differs_by_all_of_it() -> None:
    assert visible_difference_px(np.zeros((20, 20), np.uint8), cross()) > 80


def test_the_index_names_the_look_alike_only() -> None:
    bar = np.zeros((96, 96), np.uint8)
    bar[44:52] = 255
    drawings = {"MJ000001": cross(), "MJ000002": cross(dot=True), "MJ000003": bar}
    index = ShapeIndex(list(drawings), lambda name, em_px: drawings[name])
    assert index.look_alikes(cross(thick=6)) == ["MJ000001"]
    assert index.look_alikes(cross(dot=True)) == ["MJ000002"]
    assert index.look_alikes(255 - cross()) == []
    assert index.look_alikes(cross(), below_px=0) == []


def test_the_share_of_ink_that_differs_does_not_depend_on_size() -> None:
    assert differing_share(cross(), cross()) == 0
    assert differing_share(cross(), np.kron(cross(), np.ones((2, 2), np.uint8))) < 0.05
    half, whole = np.zeros((96, 96), np.uint8), np.full((96, 96), 255, np.uint8)
    half[:, :48] = half[0] = half[-1] = 255
    half[:, -1] = 255
    assert 0.4 < differing_share(half, whole) < 0.5


def comb(bars: int, gap_px: int, *, dot: bool = False) -> np.ndarray:
    """Horizontal bars, so far apart, on a stem that reaches down to a base line."""
    ink = np.zeros((96, 96), np.uint8)
    for row in range(4, 4 + bars * gap_px, gap_px):
        ink[row : row + 4, 12:84] = 255
    ink[4:92, 46:50] = 255
    ink[88:92, 4:92] = 255
    if dot:
        ink[60:84, 66:72] = 255
    return ink


def test_other_proportions_are_seen_through() -> None:
    narrow, wide = comb(7, 7), comb(7, 8)
    assert visible_difference_px(narrow, wide) >= VISIBLE_PX
    assert visible_difference_px(narrow, wide, evenly_spread=True) < VISIBLE_PX
    dotted = comb(7, 7, dot=True)
    assert visible_difference_px(dotted, wide, evenly_spread=True) >= VISIBLE_PX
    index = ShapeIndex(["MJ000001"], lambda name, em_px: wide)
    assert index.look_alikes(narrow) == ["MJ000001"]
    assert index.look_alikes(dotted) == []
