import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.search.exact import nearest


def unit(rng, rows, columns=16):
    vectors = rng.normal(size=(rows, columns)).astype(np.float32)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


@settings(deadline=None, max_examples=25)
@given(st.integers(0, 2**32 - 1), st.sampled_from([5, 40, 3000, 20_000]), st.integers(1, 12))
def test_as_faiss_does(seed, size, count):
    import faiss

    rng = np.random.default_rng(seed)
    vectors, asked = unit(rng, size), unit(rng, 5)
    products, rows = nearest(vectors, asked, count)
    theirs, their_rows = faiss.knn(asked, vectors, min(count, size), metric=faiss.METRIC_INNER_PRODUCT)
    np.testing.assert_allclose(products, theirs, atol=1e-5)
    # Ties may come in any order: compare products, and rows as sets where there are no ties.
    np.testing.assert_allclose(np.take_along_axis(asked @ vectors.T, rows, axis=1), theirs, atol=1e-5)
    assert [len(set(row)) for row in rows.tolist()] == [min(count, size)] * 5
    assert np.mean(rows == their_rows) > 0.9


def test_equal_products_come_by_row():
    vectors = np.tile(np.array([[1, 0]], np.float32), (4000, 1))
    _, rows = nearest(vectors, np.array([[1, 0]], np.float32), 7)
    assert rows.tolist() == [list(range(7))]


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
