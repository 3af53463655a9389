import numpy as np
import pytest

from engine.compare.network import load_pair_network
from engine.compare.pair import load_pair_model
from engine.compare.shortlist import FIRST_MOST, NETWORK_MOST, compare_shortlists, worth_comparing
from engine.describe.model import load_model
from engine.reference.index import open_index
from engine.search.retrieve import Retriever


class Network:
    """Says the same of every candidate, and keeps what it was shown."""

    def __init__(self, same, related):
        self.odds = (same, -9.0, related)
        self.seen = []

    def log_odds(self, gaiji, warped, inputs):
        self.seen += [picture.tobytes() for picture in warped]
        return np.tile(np.array(self.odds, np.float32), (len(warped), 1))


@pytest.fixture(scope="module")
def model():
    return load_model()


@pytest.fixture(scope="module")
def index(refset, settings, model):
    return open_index(refset, settings, model=model)


@pytest.fixture(scope="module")
def listed(index, model):
    """Pictures of 48 MJ, of every other with a hole, and their shortlists."""
    rows = np.flatnonzero(np.asarray(index.drawing) >= 0)[100:50_000:1_040]
    squares = index.squares(rows)
    squares[::2, 18:40, 22:48] = 0
    return squares, Retriever(index, model, np.asarray(index.drawing) >= 0).shortlists(squares)


def compared(index, network, listed):
    squares, lists = listed
    return list(compare_shortlists(index, load_pair_model(), network, lists, squares, [64] * len(squares)))


def every_row(index, listed):
    return [set(each.rows[worth_comparing(index, each)].tolist()) for each in listed[1]]


@pytest.mark.parametrize("related", [5, -5])
def test_a_gaiji_only_similar_or_like_nothing_is_not_looked_at_again(index, listed, related):
    network = Network(-5, related)
    found = compared(index, network, listed)
    assert max(len(each.rows) for each in found) <= FIRST_MOST
    assert len(network.seen) <= 2 * len(found)
    assert sum(map(len, every_row(index, listed))) > 1.3 * sum(len(each.rows) for each in found)


@pytest.mark.parametrize(("same", "related"), [(-2.9, 5), (3, 5), (-5, 1.9), (-3.9, -5), (-5, -1.9)])
def test_what_may_be_accepted_or_is_in_doubt_is_compared_with_every_rival(index, listed, same, related):
    network = Network(same, related)
    found = compared(index, network, listed)
    assert [set(each.rows.tolist()) for each in found] == every_row(index, listed)
    assert len(network.seen) == len(set(network.seen))  # no candidate is looked at twice
    looked = [np.count_nonzero(each.related == np.float32(related)) for each in found]
    assert max(looked) == NETWORK_MOST


def test_without_a_network_all_are_measured(index, listed):
    found = compared(index, None, listed)
    assert [set(each.rows.tolist()) for each in found] == every_row(index, listed)


def test_a_gaiji_is_compared_alike_whatever_is_beside_it(index, listed):
    squares, lists = listed
    network = load_pair_network()
    together = compared(index, network, listed)
    for place in range(0, len(squares), 7):
        (alone,) = compared(index, network, (squares[place : place + 1], lists[place : place + 1]))
        for name in ("rows", "inputs", "log_odds", "identical", "related", "registered"):
            np.testing.assert_array_equal(getattr(alone, name), getattr(together[place], name))


def test_what_may_be_a_sign_is_compared_with_every_rival(index, model):
    signs = np.arange(index.non_kanji_start, len(index.drawing))[5:600:40]
    squares = index.squares(signs)
    squares[:, 24:34, 20:44] = 0
    listed = squares, Retriever(index, model, np.asarray(index.drawing) >= 0).shortlists(squares)
    found = compared(index, Network(-5, -5), listed)
    near = [set(each.rows.tolist()) & set(signs.tolist()) for each in found]
    rows = every_row(index, listed)
    assert any(near)
    assert all(
        set(each.rows.tolist()) == every for each, every, sign in zip(found, rows, near, strict=True) if sign
    )
