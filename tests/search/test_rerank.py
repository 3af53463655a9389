import numpy as np

from engine.search.rerank import FINE_SHARE, fine_similarities, fused


def test_products_with_the_chosen_rows_only():
    fine = np.array([[1, 0], [0, 1], [0.6, 0.8]], np.float16)
    queries = np.array([[1, 0], [0, 1]], np.float32)
    rows = np.array([[2, 0], [1, 2]])
    expected = [[0.6, 1], [1, 0.8]]
    np.testing.assert_allclose(fine_similarities(fine, queries, rows), expected, atol=1e-3)


def test_fused_lies_between():
    coarse, fine = np.array([0.2], np.float32), np.array([0.6], np.float32)
    np.testing.assert_allclose(fused(coarse, fine), 0.2 + 0.4 * FINE_SHARE, rtol=1e-6)
