import numpy as np
import pytest

from engine.compare.pair import (
    CONTEXT,
    INPUTS,
    PairModel,
    context,
    load_pair_model,
    probability,
    save_pair_model,
    spread,
)
from engine.errors import ArtefactMismatchError


def linear_model(weights: dict[str, float]) -> PairModel:
    weight = np.zeros((len(INPUTS), 1), np.float32)
    for name, value in weights.items():
        weight[INPUTS.index(name)] = value
    one = np.ones(len(INPUTS), np.float32)
    return PairModel(one * 0, one, (weight,), (np.zeros(1, np.float32),), "test")


def test_only_counts_of_pixels_are_spread():
    row = np.full((1, len(INPUTS)), 3, np.float32)
    out = dict(zip(INPUTS, spread(row)[0].tolist(), strict=True))
    assert out["gaiji_far_run"] == pytest.approx(np.log(4))
    assert out["correlation"] == 3
    assert row.min() == 3  # the input is not changed


def test_log_odds_of_one_layer_by_hand():
    inputs = np.zeros((2, len(INPUTS)), np.float32)
    inputs[:, INPUTS.index("correlation")] = 0.5, 1
    inputs[1, INPUTS.index("gaiji_far_run")] = np.e - 1
    model = linear_model({"correlation": 4, "gaiji_far_run": -3})
    np.testing.assert_allclose(model.log_odds(inputs), [2, 1], rtol=1e-5)


def test_probability_is_logistic_and_does_not_overflow():
    np.testing.assert_allclose(probability(np.array([-1e6, 0, 1e6])), [0, 0.5, 1], atol=1e-6)


def test_context_measures_the_distance_to_the_best():
    rows = context(
        np.array([0.5, 0.8], np.float32),
        np.array([0.9, 0.6], np.float32),
        np.full((64, 64), 51, np.uint8),
        16,
    )
    best = dict(zip(CONTEXT, rows[1].tolist(), strict=True))
    assert best["coarse_behind"] == 0
    assert best["fine_behind"] == pytest.approx(0.3)
    assert best["gaiji_ink"] == pytest.approx(0.2)
    assert best["gaiji_size"] == 4


def test_a_saved_model_comes_back(tmp_path):
    model = linear_model({"fine": 2})
    save_pair_model(tmp_path / "p.npz", model, {"seed": 1})
    loaded = load_pair_model(tmp_path / "p.npz")
    np.testing.assert_array_equal(loaded.weights[0], model.weights[0])


def test_a_damaged_file_is_refused_with_a_message(tmp_path):
    (tmp_path / "p.npz").write_bytes(b"torn")
    with pytest.raises(ArtefactMismatchError, match="入れ直してください"):
        load_pair_model(tmp_path / "p.npz")


def test_the_shipped_model_fits_this_engine():
    model = load_pair_model()
    assert model.log_odds(np.zeros((3, len(INPUTS)), np.float32)).shape == (3,)
