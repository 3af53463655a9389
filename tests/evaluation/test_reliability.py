"""Bins of confidence, the error over them, and their picture."""

from __future__ import annotations

import math

import numpy as np
import pytest

from engine.evaluation.metrics import SetMetrics, combine, measure
from engine.evaluation.reliability import EDGES, Bin, calibration_error, mean_confidence, reliability
from engine.evaluation.reliability_sheet import reliability_sheet
from engine.sheet.face import ReferenceFace


def filled(confidences: list[float], rights: list[bool]) -> dict[tuple[float, float], Bin]:
    bins = reliability(np.array(confidences), np.array(rights, np.bool_))
    return {(each.low, each.high): each for each in bins if each.n}


def test_each_answer_is_in_the_bin_of_its_confidence() -> None:
    found = filled([0.0, 0.05, 0.1, 0.95, 0.999, 1.0], [False, True, False, True, True, False])
    assert found == {
        (0.0, 0.1): Bin(0.0, 0.1, 2, 0.05, 1),
        (0.1, 0.2): Bin(0.1, 0.2, 1, 0.1, 0),
        (0.95, 0.99): Bin(0.95, 0.99, 1, 0.95, 1),
        (0.999, 1.0): Bin(0.999, 1.0, 2, 1.999, 1),
    }


def test_calibration_error_by_hand() -> None:
    # Bin 0.95–0.99: mean confidence 0.95, half right → 0.45, weight 2/3.
    # Bin 0.2–0.3: 0.25, all right → 0.75, weight 1/3.
    bins = reliability(np.array([0.95, 0.95, 0.25]), np.array([True, False, True]))
    assert calibration_error(bins) == pytest.approx(2 / 3 * 0.45 + 1 / 3 * 0.75)
    assert mean_confidence(bins) == pytest.approx((0.95 + 0.95 + 0.25) / 3)
    assert calibration_error(reliability(np.array([1.0]), np.array([True]))) == 0


def test_nothing_has_no_error_and_no_mean() -> None:
    bins = reliability(np.zeros(0), np.zeros(0, np.bool_))
    assert len(bins) == len(EDGES) - 1
    assert math.isnan(calibration_error(bins))
    assert math.isnan(mean_confidence(bins))
    assert math.isnan(bins[0].share_right)


def test_a_well_calibrated_source_has_a_small_error() -> None:
    rng = np.random.default_rng(5)
    confidences = rng.random(20_000)
    rights = rng.random(20_000) < confidences
    assert calibration_error(reliability(confidences, rights)) < 0.01  # 0.004 seen
    assert calibration_error(reliability(np.sqrt(confidences), rights)) > 0.1


def test_only_bins_of_the_same_bounds_add_up() -> None:
    assert Bin(0.0, 0.1, 1, 0.05, 1) + Bin(0.0, 0.1, 2, 0.1, 0) == Bin(0.0, 0.1, 3, pytest.approx(0.15), 1)
    with pytest.raises(ValueError, match="do not match"):
        Bin(0.0, 0.1, 1, 0.05, 1) + Bin(0.1, 0.2, 1, 0.15, 1)


@pytest.fixture(scope="module")
def face(reference_font) -> ReferenceFace:
    return ReferenceFace(reference_font)


def part(name: str, confidences: list[float], rights: list[bool]) -> SetMetrics:
    import dataclasses

    bins = reliability(np.array(confidences), np.array(rights, np.bool_))
    return dataclasses.replace(measure(name, []), reliability=bins)


def test_a_plot_for_every_part_that_has_answers(face: ReferenceFace) -> None:
    full = [part(f"set{number}", [0.9, 0.4], [True, False]) for number in range(5)]
    silent = measure("silent", [])
    four = reliability_sheet(full[:4], face)
    assert reliability_sheet([*full[:4], silent], face).size == four.size
    assert reliability_sheet(full, face).height > four.height


def test_points_lie_where_the_shares_are(face: ReferenceFace) -> None:
    colour = np.array([15, 94, 129])

    def places(rights: list[bool]) -> np.ndarray:
        picture = np.asarray(reliability_sheet([part("x", [0.55] * len(rights), rights)], face))
        return np.argwhere((picture == colour).all(axis=2))

    good, bad = places([True] * 50), places([False] * 50)
    assert good[:, 1].mean() == pytest.approx(bad[:, 1].mean(), abs=1), "same confidence, same column"
    assert good[:, 0].mean() < bad[:, 0].mean() - 150, "right answers lie higher"


def test_no_answers_at_all_still_give_a_page(face: ReferenceFace) -> None:
    assert reliability_sheet([combine("all", [])], face).width > 300
