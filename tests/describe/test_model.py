import numpy as np
import pytest

from engine.describe.gradient import GradientParameters
from engine.describe.model import LinearMap, load_model, save_model
from engine.errors import ArtefactMismatchError


@pytest.fixture
def small_map():
    parameters = GradientParameters(grid=2)
    rng = np.random.default_rng(1)
    projection = rng.normal(size=(parameters.dimension, 5)).astype(np.float16).astype(np.float32)
    return LinearMap(parameters, rng.random(parameters.dimension).astype(np.float32), projection)


def test_a_saved_model_comes_back(tmp_path, small_map):
    save_model(tmp_path / "m.npz", small_map, small_map, {"seed": 1})
    model = load_model(tmp_path / "m.npz")
    assert model.fine.parameters == small_map.parameters
    np.testing.assert_array_equal(model.coarse.projection, small_map.projection)
    assert len(model.identity) == 12


def test_what_comes_out_has_unit_length(small_map):
    squares = np.random.default_rng(2).integers(0, 256, (3, 64, 64)).astype(np.uint8)
    np.testing.assert_allclose(np.linalg.norm(small_map.apply(squares), axis=1), 1, rtol=1e-5)


@pytest.mark.parametrize("content", [b"", b"not a zip", b"PK\x03\x04 torn"])
def test_a_damaged_file_is_refused_with_a_message(tmp_path, content):
    (tmp_path / "m.npz").write_bytes(content)
    with pytest.raises(ArtefactMismatchError, match="入れ直してください"):
        load_model(tmp_path / "m.npz")


def test_the_shipped_model_fits_this_engine():
    model = load_model()
    assert model.coarse.projection.shape == (model.coarse.parameters.dimension, model.coarse.dimension)
    assert model.coarse.dimension == 256
