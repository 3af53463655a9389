import numpy as np

from engine.compare.register import Registration
from engine.compare.residual import FEATURES, residual_features, residuals_of_pairs


def strokes(*rows: int) -> np.ndarray:
    """Draw horizontal strokes, four pixels high and 40 long, starting at these rows."""
    square = np.zeros((64, 64), np.uint8)
    for row in rows:
        square[row : row + 4, 12:52] = 255
    return square


def still(*candidates):
    """Lay candidates over a gaiji without moving anything."""
    zero = np.zeros(len(candidates), np.float32)
    return Registration(np.stack(candidates), np.zeros((len(candidates), 6), np.float32), zero, zero, zero)


def measured(gaiji, *candidates):
    """Measure without moving anything."""
    rows = residual_features(gaiji, still(*candidates))
    return [dict(zip(FEATURES, row.tolist(), strict=True)) for row in rows]


def test_nothing_is_left_of_the_same_drawing():
    (same,) = measured(strokes(10, 30, 50), strokes(10, 30, 50))
    assert same["correlation"] > 0.999
    left = ("far_run", "near_run", "far_share", "near_share", "blob")
    assert all(same[f"{side}_{name}"] == 0 for side in ("gaiji", "candidate") for name in left)
    assert same["parts_apart"] == same["holes_apart"] == 0


def test_a_missing_stroke_shows_on_the_side_that_has_it():
    fewer = measured(strokes(10, 50), strokes(10, 30, 50))
    more = measured(strokes(10, 30, 50), strokes(10, 50))
    assert 30 <= fewer[0]["candidate_far_run"] <= 44
    assert fewer[0]["gaiji_far_run"] == 0
    assert more[0]["gaiji_far_run"] == fewer[0]["candidate_far_run"]
    assert more[0]["candidate_far_run"] == 0
    assert (fewer[0]["parts_apart"], more[0]["parts_apart"]) == (1, -1)
    assert fewer[0]["candidate_blob"] == 4 * 40


def test_weight_is_not_a_missing_stroke():
    thin = strokes(10, 30, 50)
    bold = np.zeros_like(thin)
    for row in (9, 29, 49):
        bold[row : row + 6, 11:53] = 255
    (compared,) = measured(thin, bold)
    assert compared["gaiji_far_run"] == compared["candidate_far_run"] == 0
    assert compared["weight_ratio"] > 0.3


def test_a_closed_gap_changes_the_holes():
    ring = np.zeros((64, 64), np.uint8)
    ring[10:54, 10:54] = 255
    ring[14:50, 14:50] = 0
    opened = ring.copy()
    opened[50:54, 20:40] = 0
    (compared,) = measured(ring, opened)
    assert compared["holes_apart"] == -1
    assert compared["gaiji_near_run"] > 10


def test_pairs_of_several_gaiji_are_measured_as_they_would_be_alone():
    ring = strokes(10, 30, 50)
    ring[10:54, 12:16] = ring[10:54, 48:52] = 255
    nothing = np.zeros_like(ring)
    gaiji = np.stack([ring, strokes(10, 50), nothing])
    candidates = (strokes(10, 30, 50), nothing, ring, strokes(10, 30), strokes(10, 50))
    of = np.array([0, 0, 1, 2, 2])
    together = residuals_of_pairs(gaiji, of, still(*candidates))
    alone = [
        residual_features(
            gaiji[g], still(*(each for each, of_it in zip(candidates, of, strict=True) if of_it == g))
        )
        for g in range(3)
    ]
    np.testing.assert_array_equal(together, np.concatenate(alone))
    at = {name: i for i, name in enumerate(FEATURES)}
    assert together[:, at["holes_apart"]].tolist() == [-2, -2, 2, 0, 0]
    assert together[:, at["parts_apart"]].tolist() == [2, -1, -1, 2, 2]
