"""What was due × what was said."""

from __future__ import annotations

import numpy as np
import pytest

from engine.evaluation.case import Case, Expected, Outcome
from engine.evaluation.confusion import ANSWERS, added, answer_kind, confusion, expected_kind
from engine.glyph.model import Glyph
from engine.result import Identification, Subclass, Verdict

KANJI = Expected(frozenset({Verdict.DESIGN, Verdict.SAME}), nameable=frozenset({"MJ000001"}))
SIBLING_GONE = Expected(frozenset({Verdict.SIMILAR}))
KANA = Expected(frozenset({Verdict.UNIDENTIFIED}), subclass=Subclass.HENTAIGANA)


def said(verdict: Verdict | None, mj: str = "", subclass: Subclass | None = None) -> Identification:
    return Identification("x", verdict=verdict, mj=mj, subclass=subclass)


def case(expected: Expected, kind: str = "") -> Case:
    return Case("x", Glyph(np.zeros((2, 2), np.uint8), "x"), expected, kind)


@pytest.mark.parametrize(
    ("expected", "kind"),
    [(KANJI, "字形一致・デザイン差"), (SIBLING_GONE, "類似"), (KANA, "同定不可能（変体仮名）")],
)
def test_what_is_due_is_named_in_the_order_of_the_classes(expected: Expected, kind: str) -> None:
    assert expected_kind(case(expected)) == kind


def test_what_was_done_to_the_glyph_is_told_apart() -> None:
    assert expected_kind(case(KANJI, "長短")) == "字形一致・デザイン差（長短）"
    assert expected_kind(case(KANA, "長短")) == "同定不可能（変体仮名）"


@pytest.mark.parametrize(
    ("expected", "answer", "kind"),
    [
        (KANJI, said(Verdict.SAME, "MJ000001"), "字形一致"),
        (KANJI, said(Verdict.DESIGN, "MJ000002"), "デザイン差（別の字）"),
        (SIBLING_GONE, said(Verdict.SAME, "MJ000001"), "字形一致（別の字）"),
        (KANJI, said(Verdict.SIMILAR, "MJ000002"), "類似"),
        (KANA, said(Verdict.UNIDENTIFIED, "MJ090001", Subclass.HENTAIGANA), "変体仮名"),
        (KANA, said(None), "unread"),
    ],
)
def test_a_claim_is_told_apart_by_what_it_names(
    expected: Expected, answer: Identification, kind: str
) -> None:
    assert answer_kind(expected, answer) == kind
    assert kind in ANSWERS


def test_every_subclass_has_a_column() -> None:
    assert {subclass.value for subclass in Subclass} <= set(ANSWERS)


def test_counts_are_sorted_and_add_up() -> None:
    def outcome(expected: Expected, answer: Identification) -> Outcome:
        return Outcome(case(expected), answer)

    first = confusion([outcome(KANA, said(None)), outcome(KANJI, said(Verdict.SIMILAR))])
    second = confusion(
        [outcome(KANJI, said(Verdict.SAME, "MJ000001")), outcome(KANJI, said(Verdict.SIMILAR))]
    )
    total = added([first, second])
    assert list(total) == ["字形一致・デザイン差", "同定不可能（変体仮名）"]
    assert list(total["字形一致・デザイン差"].items()) == [("字形一致", 1), ("類似", 2)]
    assert total["同定不可能（変体仮名）"] == {"unread": 1}
