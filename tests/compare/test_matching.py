import numpy as np

from engine.compare.matching import match
from engine.compare.strokes import describe_strokes


def level(*rows, cols=(12, 52)):
    picture = np.zeros((64, 64), np.uint8)
    for row in rows:
        picture[row : row + 3, cols[0] : cols[1]] = 255
    return picture


def matched(*pairs):
    """Strokes of the pairs, their partners, and which points are the gaiji's and which the candidates'."""
    strokes = describe_strokes(np.stack([picture for side in zip(*pairs, strict=True) for picture in side]))
    there = strokes.drawing < len(pairs)
    return strokes, match(strokes), there, ~there


def test_the_same_drawing_matches_itself():
    _, found, there, _ = matched((level(10, 40), level(10, 40)))
    assert not found.alone.any()
    assert (found.nearest[there] == np.flatnonzero(~there)).all()
    assert (found.nearest[~there] == np.flatnonzero(there)).all()
    assert found.distance_px.max() == 0


def test_a_small_shift_has_partners():
    _, found, _, _ = matched((level(10, 40), level(11, 39)))
    assert not found.alone.any()


def test_a_line_too_many_is_alone_though_near_others():
    strokes, found, there, back = matched((level(20, 25, 30, 35), level(20, 27, 35)))
    assert not found.alone[back].any()
    rows = np.rint(strokes.points[there & found.alone][:, 1])
    assert 30 <= found.alone.sum() <= 44
    assert len(set(rows.tolist())) == 1


def test_a_crossing_line_is_no_partner():
    _, found, there, _ = matched((level(30), level(30).T.copy()))
    assert found.alone[there].mean() > 0.8


def test_ink_run_together_is_not_paper():
    blurred = level(20, 30)
    blurred[20:33, 12:52] = np.maximum(blurred[20:33, 12:52], 100)
    _, found, _, back = matched((blurred, level(20, 25, 30)))
    assert not found.alone[back].any()


def test_everything_is_alone_over_paper():
    _, found, there, back = matched((level(10), np.zeros((64, 64), np.uint8)))
    assert there.any()
    assert not back.any()
    assert found.alone.all()
    assert (found.nearest == -1).all()


def test_pairs_beside_each_other_do_not_meet():
    blank = np.zeros((64, 64), np.uint8)
    _, alike, _, _ = matched((level(10), level(10)), (level(40), level(40)))
    assert not alike.alone.any()
    strokes, crossed, _, _ = matched((level(10), blank), (blank, level(10)))
    assert len(set(strokes.drawing.tolist())) == 2
    assert crossed.alone.all()
