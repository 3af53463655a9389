"""The shipped pair network on what it was not trained on: the evaluation fonts."""

import numpy as np
import pytest

from engine.compare.network import IDENTICAL, MEASURES, RELATED, SAME, from_inputs, load_pair_network
from engine.compare.pair import INPUTS, context
from engine.compare.register import register
from engine.compare.residual import residual_features
from engine.describe.model import load_model
from engine.describe.normalise import normalise
from engine.errors import ArtefactMismatchError
from engine.synth.fonts import OutlineFont


@pytest.fixture(scope="module")
def network():
    return load_pair_network()


@pytest.fixture(scope="module")
def square(debian_font, reference_font):
    fonts = {
        "ipamj": OutlineFont(reference_font, em_px=96),
        "ume": OutlineFont(debian_font("fonts-horai-umefont", "ume-tmo3.ttf"), em_px=96),
    }
    return lambda font, character: normalise(fonts[font].body(ord(character)))


def odds(network, gaiji, candidates):
    registration = register(gaiji, candidates)
    model = load_model()
    coarse, fine = (
        np.asarray(part.apply(candidates) @ part.apply(gaiji[None])[0], np.float32)
        for part in (model.coarse, model.fine)
    )
    numbers = context(coarse, fine, gaiji, 64)
    inputs = np.concatenate([residual_features(gaiji, registration), numbers], axis=1)
    return network.log_odds(gaiji, registration.warped, inputs)


def test_inputs_are_reduced_to_what_does_not_depend_on_other_candidates():
    inputs = np.arange(len(INPUTS), dtype=np.float32)[None]
    taken = from_inputs(inputs)
    assert taken.shape == (1, len(MEASURES))
    assert "coarse_behind" not in MEASURES
    assert taken[0, MEASURES.index("fine")] == INPUTS.index("fine")
    run = MEASURES.index("gaiji_far_run")
    assert taken[0, run] == pytest.approx(np.log1p(INPUTS.index("gaiji_far_run")))


COMMON = "辻榊永東国愛語業書馬魚鳥海山川島田村橋藤斎高崎浜沢広徳鉄塩竜"


def test_another_mincho_is_the_same_form(network, square):
    found = np.stack(
        [odds(network, square("ume", character), square("ipamj", character)[None])[0] for character in COMMON]
    )
    assert (found[:, SAME] > 0).sum() >= 26  # of 30
    assert (found[:, RELATED] > 3).all()


def test_the_very_drawing_is_identical(network, square):
    for character in COMMON:
        drawing = square("ipamj", character)
        (found,) = odds(network, drawing, drawing[None])
        assert found[IDENTICAL] > 2
        assert found[SAME] > 2.5


@pytest.mark.parametrize("pair", ["土士", "未末", "千干", "己巳", "渡度", "櫻嬰"])
def test_another_character_is_not(network, square, pair):
    gaiji = square("ume", pair[0])
    own, other = odds(network, gaiji, np.stack([square("ipamj", character) for character in pair]))
    assert own[SAME] > other[SAME] + 1
    assert other[SAME] < 1


def test_many_candidates_are_judged_as_each_alone(network, square):
    gaiji = square("ume", "榊")
    candidates = np.stack([square("ipamj", character) for character in "榊神辻"])
    together = odds(network, gaiji, candidates)
    alone = np.concatenate([odds(network, gaiji, one[None]) for one in candidates])
    assert np.allclose(together, alone, atol=1e-3)


def test_another_file_is_refused(tmp_path):
    path = tmp_path / "network.npz"
    with pytest.raises(ArtefactMismatchError, match=r"network\.npz"):
        load_pair_network(path)
    path.write_bytes(b"PK no archive")
    with pytest.raises(ArtefactMismatchError, match=r"network\.npz"):
        load_pair_network(path)
