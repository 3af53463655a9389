import numpy as np

from engine.compare.ragged import every_pair, first_least


def test_every_query_meets_every_item_of_its_group():
    query, item = every_pair(np.array([2, 0, 1]), np.array([0, 2, 2, 5]))
    assert query.tolist() == [0, 0, 0, 1, 1]
    assert item.tolist() == [2, 3, 4, 0, 1]


def test_no_query_meets_nothing():
    query, item = every_pair(np.zeros(0, np.int64), np.array([0, 3]))
    assert len(query) == len(item) == 0


def test_the_first_of_the_least():
    values = np.array([3.0, 1.0, 1.0, 5.0, 4.0, 4.0])
    assert first_least(values, np.array([0, 0, 0, 2, 2, 2]), 4).tolist() == [1, -1, 4, -1]
    assert first_least(np.zeros(0), np.zeros(0, np.int64), 2).tolist() == [-1, -1]
