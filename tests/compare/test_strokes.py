import cv2
import numpy as np
import pytest

from engine.compare.strokes import describe_strokes


def drawn(*bars, thick_px=4):
    """Draw lines (x1, y1, x2, y2) with square ends, smoothly."""
    large = np.zeros((256, 256), np.uint8)
    half = thick_px * 2
    for x1, y1, x2, y2 in bars:
        cv2.rectangle(large, (x1 * 4 - half, y1 * 4 - half), (x2 * 4 + half, y2 * 4 + half), 255, -1)
    return cv2.resize(large, (64, 64), interpolation=cv2.INTER_AREA)


def described(*bars, **options):
    return describe_strokes(drawn(*bars, **options)[None])


def nearest_px(places, x, y):
    return float(np.hypot(*(places - (x, y)).T).min())


def test_a_line_has_two_ends_and_no_joint():
    line = described((10, 32, 54, 32))
    assert len(line.joints[0]) == 0
    assert len(line.ends) == 2
    assert nearest_px(line.ends, 10, 32) <= 3
    assert nearest_px(line.ends, 54, 32) <= 3
    assert set(line.piece.tolist()) == {int(line.end_pieces[0])}
    assert line.lengths_px[line.end_pieces[0]] == pytest.approx(44, abs=4)


def test_directions_are_doubled_angles():
    level, upright = described((10, 32, 54, 32)), described((32, 10, 32, 54))
    assert np.median(level.turn[:, 0]) > 0.9
    assert np.median(upright.turn[:, 0]) < -0.9


def test_an_end_points_outward():
    line = described((10, 32, 54, 32))
    left = line.ends[:, 0].argmin()
    assert line.ways[left] @ (-1, 0) > 0.95
    assert line.ways[1 - left] @ (1, 0) > 0.95


def test_a_stroke_that_meets_another_has_a_joint_there():
    found = described((10, 12, 54, 12), (32, 12, 32, 54))
    assert len(found.ends) == 3
    assert nearest_px(found.joints[0], 32, 12) <= 2.5
    assert len(set(found.part.tolist())) == 1
    assert len(set(found.piece[found.piece > 0].tolist())) == 3


def test_strokes_that_do_not_touch_are_two_parts():
    found = described((10, 12, 54, 12), (32, 20, 32, 54))
    assert len(set(found.part.tolist())) == 2
    assert len(found.joints[0]) == 0


def test_half_of_the_thickness():
    assert np.median(described((10, 32, 54, 32), thick_px=6).half_px) == pytest.approx(3, abs=0.5)
    assert np.median(described((10, 32, 54, 32), thick_px=2).half_px) == pytest.approx(1, abs=0.5)


def test_a_serif_is_no_stroke():
    picture = drawn((10, 32, 54, 32), thick_px=2)
    triangle = np.array([[46, 31], [53, 27], [55, 31]], np.int32)
    cv2.fillPoly(picture, [triangle], 255)
    assert len(describe_strokes(picture[None]).ends) == 2


def test_pictures_described_together_are_described_alike():
    one, other = drawn((10, 12, 54, 12), (32, 12, 32, 54)), drawn((10, 50, 54, 50))
    both = describe_strokes(np.stack([one, other]))
    for number, picture in enumerate((one, other)):
        alone = describe_strokes(picture[None])
        of_point, of_end = slice(*both.cuts[number : number + 2]), slice(*both.end_cuts[number : number + 2])
        for name, some in (("points", of_point), ("turn", of_point), ("half_px", of_point), ("ends", of_end)):
            np.testing.assert_array_equal(getattr(both, name)[some], getattr(alone, name))
        np.testing.assert_array_equal(both.cells[of_point] - number * picture.size, alone.cells)
        np.testing.assert_array_equal(both.joints[number], alone.joints[0])
        assert set(both.drawing[of_point].tolist()) == set(both.end_drawing[of_end].tolist()) == {number}
    assert not set(both.piece[both.drawing == 0].tolist()) & set(both.piece[both.drawing == 1].tolist()) - {0}


def test_paper_has_no_strokes():
    found = describe_strokes(np.zeros((1, 64, 64), np.uint8))
    assert len(found.points) == len(found.ends) == len(found.joints[0]) == 0
