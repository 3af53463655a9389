"""The counting, on answers made by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest

from engine.evaluation.case import Case, Expected, Outcome, is_right
from engine.evaluation.confusion import UNREAD
from engine.evaluation.metrics import Proportion, combine, measure
from engine.glyph.model import Glyph, ReadFailure
from engine.result import Identification, Review, Subclass, Verdict

KANJI = Expected(
    verdicts=frozenset({Verdict.SAME, Verdict.DESIGN}),
    exact=frozenset({"MJ000001"}),
    same_ucs=frozenset({"MJ000001", "MJ000002"}),
    nameable=frozenset({"MJ000001", "MJ000002"}),
)
SIBLING_GONE = Expected(verdicts=frozenset({Verdict.SIMILAR}), same_ucs=frozenset({"MJ000002"}))
KANA = Expected(
    verdicts=frozenset({Verdict.UNIDENTIFIED}),
    exact=frozenset({"MJ090001"}),
    same_ucs=frozenset({"MJ090001"}),
    nameable=frozenset({"MJ090001"}),
    subclass=Subclass.HENTAIGANA,
)
SYMBOL = Expected(verdicts=frozenset({Verdict.UNIDENTIFIED}), subclass=Subclass.SYMBOL)


def glyph() -> Glyph:
    return Glyph(np.zeros((4, 4), np.uint8), "x")


def said(verdict: Verdict | None, mj: str = "", **more) -> Identification:
    return Identification(source="x", verdict=verdict, mj=mj, **more)


def outcome(expected: Expected, answer: Identification, name: str = "x") -> Outcome:
    return Outcome(Case(name, glyph(), expected), answer)


@pytest.mark.parametrize(
    ("expected", "answer", "right"),
    [
        (KANJI, said(Verdict.SAME, "MJ000001"), True),
        (KANJI, said(Verdict.DESIGN, "MJ000002"), True),
        (KANJI, said(Verdict.SAME, "MJ000003"), False),
        (KANJI, said(Verdict.SIMILAR, "MJ000001"), False),
        (KANJI, said(None, status="empty-glyph"), False),
        (SIBLING_GONE, said(Verdict.SIMILAR, "MJ000002"), True),
        (SIBLING_GONE, said(Verdict.SIMILAR, "MJ000009"), True),
        (SIBLING_GONE, said(Verdict.SAME, "MJ000002"), False),
        (SIBLING_GONE, said(Verdict.DESIGN, "MJ000002"), False),
        (KANA, said(Verdict.UNIDENTIFIED, "MJ090001", subclass=Subclass.HENTAIGANA), True),
        (KANA, said(Verdict.UNIDENTIFIED, "MJ090002", subclass=Subclass.HENTAIGANA), False),
        (KANA, said(Verdict.UNIDENTIFIED, subclass=Subclass.SYMBOL), False),
        (KANA, said(None, status="empty-glyph"), False),
        (SYMBOL, said(Verdict.UNIDENTIFIED, subclass=Subclass.SYMBOL), True),
        (SYMBOL, said(Verdict.UNIDENTIFIED, subclass=Subclass.UNKNOWN), True),
        (SYMBOL, said(Verdict.UNIDENTIFIED, "MJ090002", subclass=Subclass.HENTAIGANA), False),
        (SYMBOL, said(Verdict.SIMILAR, "MJ000001"), False),
        (SYMBOL, said(None, status="empty-glyph"), True),
    ],
)
def test_right_means_class_and_mj(expected: Expected, answer: Identification, right: bool) -> None:
    assert is_right(expected, answer) is right


def test_measure_counts_each_column_of_a_small_set() -> None:
    outcomes = [
        outcome(  # first candidate is right, accepted
            KANJI,
            said(
                Verdict.SAME,
                "MJ000001",
                confidence=0.9,
                review=Review.AUTO,
                candidates=("MJ000001", "MJ000002"),
            ),
        ),
        outcome(  # the sibling comes first, accepted: still the same character
            KANJI,
            said(
                Verdict.DESIGN,
                "MJ000002",
                confidence=0.8,
                review=Review.AUTO,
                candidates=("MJ000002", "MJ000001"),
            ),
        ),
        outcome(  # another character, accepted: the worst error
            KANJI,
            said(Verdict.SAME, "MJ000003", confidence=0.95, review=Review.AUTO, candidates=("MJ000003",)),
        ),
        outcome(KANJI, said(Verdict.SIMILAR, "MJ000001", confidence=0.5, candidates=("MJ000001",))),
        outcome(KANJI, said(None, status="too-small")),
    ]
    found = measure("x", outcomes, seconds=2.0)
    assert (found.n, found.unread) == (5, 1)
    assert found.top1_exact == Proportion(2, 5)
    assert found.top1_ucs == Proportion(3, 5)
    assert found.recall10_exact == Proportion(3, 5)
    assert found.recall10_ucs == Proportion(3, 5)
    assert found.verdicts == {"字形一致": 2, "デザイン差": 1, "類似": 1, UNREAD: 1}
    assert found.right == Proportion(2, 5)
    assert found.auto == Proportion(3, 5)
    assert found.wrong_auto == Proportion(1, 5)
    assert found.wrong_among_auto == Proportion(1, 3)
    assert (found.same, found.design, found.similar) == (Proportion(2, 5), Proportion(1, 5), Proportion(1, 5))
    assert found.accepted_right == Proportion(2, 5)
    assert found.accepted_exact == Proportion(1, 5)
    assert found.accepted_wrong == Proportion(1, 5)
    assert found.subclass_right is None
    assert found.confidence == pytest.approx((0.9 + 0.8 + 0.95 + 0.5) / 4)
    assert found.glyphs_per_s == 2.5


def test_the_eleventh_candidate_is_not_among_the_first_ten() -> None:
    names = tuple(f"MJ0001{number:02}" for number in range(10))
    late = outcome(KANJI, said(Verdict.SIMILAR, candidates=(*names, "MJ000001")))
    in_time = outcome(KANJI, said(Verdict.SIMILAR, candidates=(*names[:9], "MJ000001")))
    assert measure("x", [late, in_time]).recall10_exact == Proportion(1, 2)


def test_a_set_without_truth_has_no_retrieval_figures() -> None:
    found = measure("x", [outcome(SYMBOL, said(Verdict.UNIDENTIFIED, subclass=Subclass.UNKNOWN))])
    assert found.top1_exact is None
    assert found.recall10_ucs is None
    assert found.subclass_right == Proportion(0, 1)
    assert found.as_json()["top1_exact"] is None


def test_an_empty_set_gives_no_division_by_zero() -> None:
    found = measure("x", [])
    assert math.isnan(found.right.share)
    assert found.as_json()["right"] == {"hits": 0, "n": 0, "share": None, "interval95": [0.0, 1.0]}


@pytest.mark.parametrize(
    ("hits", "n", "low", "high"),
    [(0, 10, 0.0, 0.2775), (10, 10, 0.7225, 1.0), (5, 10, 0.2366, 0.7634), (495, 500, 0.9768, 0.9957)],
)
def test_wilson_interval_against_published_values(hits: int, n: int, low: float, high: float) -> None:
    assert Proportion(hits, n).interval() == pytest.approx((low, high), abs=2e-4)


def test_no_acceptance_is_due_where_the_sibling_is_gone() -> None:
    found = measure(
        "x",
        [outcome(SIBLING_GONE, said(Verdict.SAME, "MJ000002")), outcome(SIBLING_GONE, said(Verdict.SIMILAR))],
    )
    assert found.accepted_right is None, "even where デザイン差 with a sibling were tolerated"
    assert found.accepted_exact is None
    assert found.accepted_wrong == Proportion(1, 2)
    assert found.wrong_among_auto is None


def test_a_subclass_counts_over_all_cases_that_have_one() -> None:
    answers = [
        said(Verdict.UNIDENTIFIED, "MJ090001", subclass=Subclass.HENTAIGANA),
        said(Verdict.UNIDENTIFIED, subclass=Subclass.SYMBOL),
        said(Verdict.SIMILAR, "MJ000001"),
        said(None, status="too-small"),
    ]
    assert measure("x", [outcome(KANA, answer) for answer in answers]).subclass_right == Proportion(1, 4)
    assert measure("x", [outcome(KANJI, answer) for answer in answers]).subclass_right is None


def test_the_figures_of_two_sets_add_up_to_those_of_all_their_cases() -> None:
    first = [
        outcome(KANJI, said(Verdict.SAME, "MJ000001", confidence=0.97, review=Review.AUTO)),
        outcome(KANJI, said(Verdict.SIMILAR, "MJ000001", confidence=0.31, candidates=("MJ000001",))),
        outcome(KANA, said(None, status="too-small")),
    ]
    second = [
        outcome(SIBLING_GONE, said(Verdict.DESIGN, "MJ000002", confidence=0.99, review=Review.AUTO)),
        outcome(SYMBOL, said(Verdict.UNIDENTIFIED, subclass=Subclass.SYMBOL, confidence=0.3)),
    ]
    together = measure("all", [*first, *second], seconds=3.0)
    added = combine("all", [measure("a", first, seconds=1.0), measure("b", second, seconds=2.0)])
    assert added == together
    assert combine("none", []) == measure("none", [])


def test_a_refused_input_is_an_outcome_like_any_other() -> None:
    case = Case("x", ReadFailure("x", "empty-glyph", ""), SYMBOL)
    found = measure("x", [Outcome(case, said(None, status="empty-glyph"))])
    assert found.right == Proportion(1, 1)
    assert found.verdicts == {UNREAD: 1}
