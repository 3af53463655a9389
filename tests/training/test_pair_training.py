import numpy as np
import pytest

from engine.compare.pair import INPUTS, probability
from engine.training.pair import Pairs, PairTraining, platt, train_pair_model


def test_platt_scaling_undoes_a_wrong_scale():
    rng = np.random.default_rng(1)
    true = rng.normal(0, 2, 20000)
    same = rng.random(20000) < 1 / (1 + np.exp(-true))
    slope, offset = platt(3 * true + 1, same)
    assert slope == pytest.approx(1 / 3, rel=0.05)
    assert offset == pytest.approx(-1 / 3, abs=0.06)


def test_the_model_learns_and_is_calibrated():
    pytest.importorskip("torch", reason="training only: `make train` installs it")
    rng = np.random.default_rng(2)
    count = 6000
    inputs = rng.random((count, len(INPUTS))).astype(np.float32)
    same = rng.random(count) < probability(14 * (inputs[:, 0] - 0.5))
    numbers = np.arange(count)
    pairs = Pairs(inputs, same, numbers, numbers, numbers, numbers * 0)
    model, report = train_pair_model(pairs, PairTraining(epochs=12, batch=256))
    said = probability(model.log_odds(inputs))
    assert said[inputs[:, 0] > 0.8].mean() > 0.9
    assert said[inputs[:, 0] < 0.2].mean() < 0.1
    assert said.mean() == pytest.approx(same.mean(), abs=0.03)
    assert report["pairs"] == count
