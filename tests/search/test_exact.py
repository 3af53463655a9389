import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.search.exact import nearest


def unit(rng, rows, columns=16):
    vectors = rng.normal(size=(rows, columns)).astype(np.float32)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


@settings(deadline=None, max_examples=25)
@given(st.integers(0, 2**32 - 1), st.sampled_from([1, 4, 5, 30]), st.integers(1, 12))
def test_both_ways_agree_with_sorting_everything(seed, queries, count):
    rng = np.random.default_rng(seed)
    vectors, asked = unit(rng, 40), unit(rng, queries)
    products, rows = nearest(vectors, asked, count)
    everything = asked @ vectors.T
    np.testing.assert_allclose(products, -np.sort(-everything, axis=1)[:, :count], atol=1e-5)
    np.testing.assert_allclose(np.take_along_axis(everything, rows, axis=1), products, atol=1e-5)


@pytest.mark.parametrize("queries", [1, 20])
def test_never_more_neighbours_than_there_are(queries):
    rng = np.random.default_rng(3)
    products, rows = nearest(unit(rng, 6), unit(rng, queries), 50)
    assert rows.shape == products.shape == (queries, 6)
    assert (rows >= 0).all()


@pytest.mark.parametrize("queries", [1, 20])
def test_nan_is_refused(queries):
    rng = np.random.default_rng(3)
    asked = unit(rng, queries)
    asked[0, 0] = np.nan
    with pytest.raises(ValueError, match="finite"):
        nearest(unit(rng, 6), asked, 3)
