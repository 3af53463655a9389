import cv2
import numpy as np
import pytest

from engine.compare.differences import MOST, differences, differences_of_pairs
from engine.difference import DifferenceKind as Kind


def drawn(*bars):
    """Draw lines (x1, y1, x2, y2), four pixels thick, smoothly."""
    large = np.zeros((256, 256), np.uint8)
    for x1, y1, x2, y2 in bars:
        cv2.line(large, (x1 * 4, y1 * 4), (x2 * 4, y2 * 4), 255, 14)
    return cv2.resize(large, (64, 64), interpolation=cv2.INTER_AREA)


FRAME = ((8, 8, 56, 8), (8, 56, 56, 56), (20, 8, 20, 56), (44, 8, 44, 56))
MIDDLE = (20, 32, 44, 32)
DOT = (30, 30, 35, 35)


def only(gaiji, candidate):
    (found,) = differences(gaiji, candidate)
    return found


def test_the_same_drawing_differs_nowhere():
    assert differences(drawn(*FRAME), drawn(*FRAME)) == ()


def test_a_heavier_drawing_differs_nowhere():
    heavy = cv2.dilate(drawn(*FRAME, MIDDLE), np.ones((3, 3), np.uint8))
    assert differences(drawn(*FRAME, MIDDLE), heavy) == ()


@pytest.mark.parametrize("stroke", [MIDDLE, DOT])
def test_a_stroke_more_or_less_is_named_from_the_gaiji(stroke):
    more, less = drawn(*FRAME, stroke), drawn(*FRAME)
    added, missing = only(more, less), only(less, more)
    assert (added.kind, missing.kind) == (Kind.STROKE_ADDED, Kind.STROKE_MISSING)
    for found in (added, missing):
        assert np.hypot(found.x_px - 32, found.y_px - 32) <= 4
        assert found.strength >= 1.5


def test_three_strokes_of_four_in_the_same_room():
    four = drawn(*FRAME, *((20, y, 44, y) for y in (17, 27, 37, 47)))
    three = drawn(*FRAME, *((20, y, 44, y) for y in (20, 32, 44)))
    kinds = {each.kind for each in differences(four, three)}
    assert Kind.STROKE_ADDED in kinds
    assert Kind.STROKE_MISSING not in kinds


def test_several_strokes_together_are_a_component():
    part = ((24, 20, 40, 20), (24, 32, 40, 32), (24, 44, 40, 44), (32, 20, 32, 44))
    assert only(drawn(*FRAME, *part), drawn(*FRAME)).kind is Kind.PART_ADDED
    assert only(drawn(*FRAME), drawn(*FRAME, *part)).kind is Kind.PART_MISSING


def test_a_longer_line_is_no_other_stroke():
    line, longer = drawn((8, 20, 56, 20), (8, 50, 40, 50)), drawn((8, 20, 56, 20), (8, 50, 50, 50))
    found = only(longer, line)
    assert found.kind is Kind.LENGTH
    assert np.hypot(found.x_px - 46, found.y_px - 50) <= 4


def test_a_line_that_goes_through_or_stops():
    stops = drawn((8, 30, 56, 30), (32, 30, 32, 56))
    through = drawn((8, 30, 56, 30), (32, 20, 32, 56))
    assert only(through, stops).kind is Kind.CROSSING
    assert only(stops, through).kind is Kind.CROSSING


def test_a_hook_is_no_stroke():
    stops = drawn((8, 8, 56, 8), (40, 8, 40, 54))
    hooked = drawn((8, 8, 56, 8), (40, 8, 40, 54), (40, 54, 28, 48))
    for found in (only(hooked, stops), only(stops, hooked)):
        assert found.kind is Kind.HOOK
        assert np.hypot(found.x_px - 33, found.y_px - 51) <= 4


def test_a_long_line_that_falls_from_the_end_of_another_is_a_stroke():
    stops = drawn((8, 8, 56, 8), (40, 8, 40, 40))
    falling = drawn((8, 8, 56, 8), (40, 8, 40, 40), (40, 40, 26, 46))
    assert only(falling, stops).kind is Kind.STROKE_ADDED
    assert only(stops, falling).kind is Kind.STROKE_MISSING


def test_a_gap():
    touching = drawn((8, 12, 56, 12), (32, 12, 32, 56))
    free = drawn((8, 12, 56, 12), (32, 18, 32, 56))
    for found in (only(touching, free), only(free, touching)):
        assert found.kind is Kind.JOINED
        assert np.hypot(found.x_px - 32, found.y_px - 15) <= 3


def test_the_strongest_comes_first_and_not_too_many():
    many = drawn(*((x, y, x + 6, y) for x in (8, 20, 32, 44) for y in (20, 36, 52)), (8, 6, 56, 6))
    found = differences(many, drawn((8, 6, 56, 6)))
    assert 1 <= len(found) <= MOST
    strengths = [each.strength for each in found]
    assert strengths == sorted(strengths, reverse=True)


def test_no_ink_at_all():
    nothing = np.zeros((64, 64), np.uint8)
    assert differences(nothing, nothing) == ()
    assert {each.kind.within_design for each in differences(drawn(*FRAME), nothing)} == {False}


@pytest.mark.parametrize("seed", range(8))
def test_whatever_is_drawn_there_is_an_answer_in_the_picture(seed):
    rng = np.random.default_rng(seed)
    pair = [np.zeros((64, 64), np.uint8), np.zeros((64, 64), np.uint8)]
    for picture in pair:
        inner = (rng.random((62, 62)) < rng.uniform(0.001, 0.9)) * rng.integers(0, 256, (62, 62))
        picture[1:-1, 1:-1] = inner
    found = differences(*pair)
    assert found == differences(*pair)
    for each in found:
        assert -2 <= each.x_px <= 66
        assert -2 <= each.y_px <= 66
        assert np.isfinite(each.strength)
        assert 0 < each.radius_px < 64


def test_several_pairs_are_described_as_each_would_be_alone():
    pictures = [drawn(*FRAME, MIDDLE), drawn(*FRAME), drawn((8, 6, 56, 6)), drawn()]
    pairs = [(one, other) for one in pictures for other in pictures] * 2
    together = differences_of_pairs(*(np.stack(side) for side in zip(*pairs, strict=True)))
    assert together == [differences(*pair) for pair in pairs]
    assert any(together)
