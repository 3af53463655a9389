import numpy as np

from engine.compare.matching import match
from engine.compare.strokes import describe_strokes


def level(*rows, cols=(12, 52)):
    picture = np.zeros((64, 64), np.uint8)
    for row in rows:
        picture[row : row + 3, cols[0] : cols[1]] = 255
    return picture


def matched(one, other):
    first, second = describe_strokes(np.stack([one, other]))
    return (first, second, *match(first, second))


def test_the_same_drawing_matches_itself():
    first, _, there, back = matched(level(10, 40), level(10, 40))
    assert not there.alone.any()
    assert not back.alone.any()
    assert (there.nearest == np.arange(len(first.points))).all()
    assert there.distance_px.max() == 0


def test_a_small_shift_has_partners():
    _, _, there, back = matched(level(10, 40), level(11, 39))
    assert not there.alone.any()
    assert not back.alone.any()


def test_a_line_too_many_is_alone_though_near_others():
    first, _, there, back = matched(level(20, 25, 30, 35), level(20, 27, 35))
    assert not back.alone.any()
    rows = np.rint(first.points[there.alone][:, 1])
    assert 30 <= there.alone.sum() <= 44
    assert len(set(rows.tolist())) == 1


def test_a_crossing_line_is_no_partner():
    one, other = level(30), level(30).T.copy()
    _, _, there, _ = matched(one, other)
    assert there.alone.mean() > 0.8


def test_ink_run_together_is_not_paper():
    blurred = level(20, 30)
    blurred[20:33, 12:52] = np.maximum(blurred[20:33, 12:52], 100)
    _, _, _, back = matched(blurred, level(20, 25, 30))
    assert not back.alone.any()


def test_everything_is_alone_over_paper():
    first, second, there, back = matched(level(10), np.zeros((64, 64), np.uint8))
    assert there.alone.all()
    assert len(there.alone) == len(first.points)
    assert len(back.alone) == len(second.points) == 0
