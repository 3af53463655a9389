import cv2
import numpy as np
import pytest

from engine.compare.cursive import LAID_OVER, hentaigana_of, looks_cursive, ranked_as_handwriting
from engine.describe.model import load_model
from engine.describe.normalise import normalise
from engine.reference.index import open_index
from engine.search.retrieve import Retriever

CHOSEN = (0, 40, 90, 140, 190, 240, 290)
"""Which of the 299 hentaigana the tests look at."""


@pytest.fixture(scope="module")
def model():
    return load_model()


@pytest.fixture(scope="module")
def index(refset, settings, model):
    return open_index(refset, settings, model=model)


@pytest.fixture(scope="module")
def rows(table):
    """Index rows of the hentaigana."""
    return np.flatnonzero(table.is_hentaigana)


@pytest.fixture(scope="module")
def hentaigana(index, rows):
    return hentaigana_of(index, rows)


@pytest.fixture(scope="module")
def retriever(index, model):
    return Retriever(index, model, np.asarray(index.drawing) >= 0)


def another_hand(square):
    """Slanted by 11° and narrowed by a tenth: beyond what print may do."""
    slant = np.array([[0.9, -0.2, 9.6], [0.0, 1.0, 0.0]])
    return normalise(cv2.warpAffine(square, slant, (80, 64)))


def ranked(index, model, hentaigana, retriever, square):
    (shortlist,) = retriever.shortlists(square[None])
    return shortlist, *ranked_as_handwriting(index, model, hentaigana, [shortlist], square[None], [()])


def test_another_hand_is_recognised(index, model, hentaigana, retriever):
    first = []
    for place in CHOSEN:
        square = another_hand(hentaigana.squares[place])
        _, found = ranked(index, model, hentaigana, retriever, square)
        first.append(found.rows[0] == hentaigana.rows[place])
    assert all(first)


def test_a_kanji_in_print_is_left_as_it_was(index, model, table, hentaigana, retriever):
    kanji = np.flatnonzero(~table.is_hentaigana)[::9000]
    for square in index.squares(kanji[np.asarray(index.drawing[kanji]) >= 0]):
        before, after = ranked(index, model, hentaigana, retriever, square)
        assert not looks_cursive(before, hentaigana)
        assert after is before


def test_what_is_barred_is_not_brought_back(index, model, hentaigana, retriever):
    row = int(hentaigana.rows[CHOSEN[3]])
    square = another_hand(hentaigana.squares[CHOSEN[3]])
    (shortlist,) = retriever.shortlists(square[None])
    assert looks_cursive(shortlist, hentaigana)
    (after,) = ranked_as_handwriting(index, model, hentaigana, [shortlist], square[None], [[row]])
    assert row in shortlist.rows
    assert row not in after.rows
    assert len(after.rows) >= LAID_OVER


def test_the_rest_of_the_list_keeps_its_similarity(index, model, hentaigana, retriever):
    before, after = ranked(index, model, hentaigana, retriever, hentaigana.squares[CHOSEN[1]])
    others = {
        row: similarity
        for row, similarity in zip(before.rows.tolist(), before.similarity.tolist(), strict=True)
        if row not in hentaigana.rows
    }
    kept = dict(zip(after.rows.tolist(), after.similarity.tolist(), strict=True))
    assert {row: kept[row] for row in others} == others
    assert (np.diff(after.similarity) <= 1e-5).all()
    assert len(set(after.rows.tolist())) == len(after.rows)


def test_gaiji_are_ranked_alike_whatever_is_beside_them(index, model, hentaigana, retriever):
    squares = np.stack(
        [another_hand(hentaigana.squares[place]) for place in CHOSEN] + [index.squares([5_000])[0]]
    )
    lists = retriever.shortlists(squares)
    together = ranked_as_handwriting(index, model, hentaigana, lists, squares, [()] * len(lists))
    assert together[-1] is lists[-1]  # a kanji
    for square, shortlist, beside in zip(squares[:-1], lists, together, strict=False):
        (alone,) = ranked_as_handwriting(index, model, hentaigana, [shortlist], square[None], [()])
        assert (alone.rows == beside.rows).all()
        np.testing.assert_allclose(alone.similarity, beside.similarity, atol=1e-5)
