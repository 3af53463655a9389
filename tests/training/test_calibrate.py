import numpy as np
import pytest

from engine.training.calibrate import Said, calibration, least_certainty, upper_bound


def test_upper_bound_by_hand():
    assert upper_bound(0, 3000) == pytest.approx(1 - 0.05 ** (1 / 3000))
    assert upper_bound(0, 1) == pytest.approx(0.95)
    assert upper_bound(0, 0) == 1.0
    assert upper_bound(5, 5) == 1.0
    assert upper_bound(3, 3000) > 3 / 3000


def verdicts(count, certainty, *, wrong=0):
    return [Said("S1", True, certainty, 64, i >= wrong) for i in range(count)]


def test_the_least_certainty_is_the_lowest_that_keeps_the_risk():
    said = verdicts(4000, 0.995, wrong=2) + verdicts(2000, 0.96, wrong=1) + verdicts(500, 0.8, wrong=5)
    assert least_certainty(said, 6500, grid=(0.5, 0.9, 0.95, 0.99)) == 0.9  # (3 + 1) / 6501
    assert least_certainty(said, 3500, grid=(0.5, 0.9, 0.95, 0.99)) == 0.99  # (2 + 1) / 3501


def test_too_few_glyphs_bound_nothing():
    assert least_certainty(verdicts(100, 0.99), 100, grid=(0.5, 0.9)) is None
    assert least_certainty(verdicts(100, 0.99), 999, grid=(0.5, 0.9)) == 0.5


def test_calibration_rises_and_is_right_on_average():
    rng = np.random.default_rng(3)
    certainty = rng.random(20000)
    right = rng.random(20000) < certainty**2
    points = calibration(certainty, right)
    at, share = (np.array(column) for column in zip(*points, strict=True))
    assert (np.diff(at) > 0).all()
    assert (np.diff(share) > 0).all()
    assert len(points) < 60
    asked = np.linspace(0.1, 0.9, 9)
    assert np.interp(asked, at, share) == pytest.approx(asked**2, abs=0.08)
