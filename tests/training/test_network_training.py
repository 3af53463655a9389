"""The training of the pair network, on a toy task: are two blobs at the same place?"""

import numpy as np
import pytest

from engine.compare.network import MEASURES, load_pair_network
from engine.compare.pair import INPUTS
from engine.errors import ArtefactMismatchError
from engine.training.network import NetworkTraining, kept_out, save_network, train_network
from engine.training.pairs import UNKNOWN, PairSet


def blobs(count, seed):
    rng = np.random.default_rng(seed)
    gaiji = np.zeros((count, 64, 64), np.uint8)
    warped = np.zeros((2 * count, 64, 64), np.uint8)
    for i, (y, x) in enumerate(rng.integers(8, 40, (count, 2))):
        gaiji[i, y : y + 12, x : x + 12] = 255
        warped[2 * i, y : y + 12, x : x + 12] = 255
        warped[2 * i + 1, (y + 14) % 48 : (y + 14) % 48 + 12, x : x + 12] = 255
    same = np.tile([1, 0], count)
    return PairSet(
        gaiji=gaiji,
        family=np.arange(count),
        shows=np.zeros(count, np.int8),
        picture=np.repeat(np.arange(count), 2).astype(np.int32),
        row=np.arange(2 * count, dtype=np.int32),
        warped=warped,
        measures=rng.random((2 * count, len(MEASURES))).astype(np.float32) + 1,
        labels=np.stack([same, same, np.where(same, 1, UNKNOWN)], axis=1).astype(np.int8),
    )


def test_characters_kept_out_are_a_steady_share():
    family = np.arange(20000)
    out = kept_out(family, 0.08)
    assert out.mean() == pytest.approx(0.08, abs=0.01)
    assert np.array_equal(out, kept_out(family, 0.08))
    assert not kept_out(np.array([-1, -5]), 1.0).any()


def test_the_network_learns_and_its_file_says_the_same(tmp_path):
    torch = pytest.importorskip("torch", reason="training only: `make train` installs it")
    pytest.importorskip("onnx", reason="training only: `make train` installs it")
    training = NetworkTraining(
        stem=4, middle=6, deep=8, joint=8, wide=8, hidden=8, epochs=6, again=3, pictures=16
    )
    network, report = train_network([blobs(160, 1), blobs(40, 3)], blobs(40, 2), training, lambda _: None)
    path = tmp_path / "network.npz"
    save_network(path, network, training, report)
    loaded = load_pair_network(path)
    seen = blobs(30, 3)
    inputs = np.zeros((2, len(INPUTS)), np.float32)
    odds = np.stack(
        [loaded.log_odds(seen.gaiji[i], seen.warped[2 * i : 2 * i + 2], inputs) for i in range(30)]
    )
    assert (odds[:, 0, 0] > odds[:, 1, 0]).mean() > 0.9
    with torch.no_grad():
        direct = network(
            torch.from_numpy(seen.gaiji[:1, None].astype(np.float32) / 255),
            torch.from_numpy(seen.warped[:2, None].astype(np.float32) / 255),
            torch.zeros(2, len(MEASURES)),
        )
    assert np.allclose(direct.numpy(), odds[0], atol=1e-3)
    assert report["pairs"] > 300
    path.write_bytes(path.read_bytes()[:2000])
    with pytest.raises(ArtefactMismatchError, match=r"network\.npz"):
        load_pair_network(path)
