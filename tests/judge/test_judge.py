"""Each rule of the criteria: one case where it fires and one near miss."""

from dataclasses import replace

import numpy as np
import pytest
from judge_cases import case

from engine.judge.criteria import load_criteria
from engine.judge.judge import decided_on, judge
from engine.result import Review, Subclass, Verdict

CRITERIA = load_criteria("v1")


def said(*args, **kwargs):
    return judge(*case(*args, **kwargs), CRITERIA)


FIRES = {
    "N1": (said(3, -4, kind="non_kanji"), Verdict.UNIDENTIFIED, Subclass.SYMBOL),
    "H1": (said(3, -4, kind="hentaigana"), Verdict.UNIDENTIFIED, Subclass.HENTAIGANA),
    "H2": (said(-3, -4, kind="hentaigana", others=0.5), Verdict.UNIDENTIFIED, Subclass.HENTAIGANA),
    "N2": (said(-3, -4, kind="non_kanji", others=0.5), Verdict.UNIDENTIFIED, Subclass.SYMBOL),
    "R2": (said(3, -4, offered=False), Verdict.SIMILAR, None),
    "C1": (said(2, 1), Verdict.SIMILAR, None),
    "S1": (said(5, -4), Verdict.SAME, None),
    "D1": (said(5, -4, share=0.1), Verdict.DESIGN, None),
    "R1": (said(-1, -4), Verdict.SIMILAR, None),
    "U1": (said(-6, -7, similarity=0.2), Verdict.UNIDENTIFIED, Subclass.UNKNOWN),
}

NEAR_MISS = {
    "N1": said(-1, -4, kind="non_kanji"),
    "H1": said(-2, -4, kind="hentaigana"),
    "H2": said(-3, -4, kind="hentaigana", others=0.5, correlation=0.49),
    "N2": said(-3, -4, kind="non_kanji", others=0.5, correlation=0.49),
    "R2": said(3, -4, offered=False, correlation=0.59),
    "C1": said(4, 1),
    "S1": said(5, -4, stroke=4),
    "D1": said(0.8, -4, share=0.1),
    "R1": said(-6, -7, share=0.28),
    "U1": said(-6, -7, similarity=0.46),
}


@pytest.mark.parametrize("rule", [rule.id for rule in CRITERIA.class_rules])
def test_a_class_rule_fires_and_nearly_fires(rule):
    judgement, verdict, subclass = FIRES[rule]
    assert judgement.evidence[0] == rule
    assert (judgement.verdict, judgement.subclass) == (verdict, subclass)
    assert NEAR_MISS[rule].evidence[0] != rule


@pytest.mark.parametrize(
    ("judgement", "rule", "review"),
    [
        (said(6, -4, size=4.0), "A0", Review.REQUIRED),
        (said(6, -4, size=4.4), "A1", Review.AUTO),
        (said(3, -4), "A9", Review.REQUIRED),
        (said(6, 2.5), "A9", Review.REQUIRED),
        (said(6, -4, share=0.1), "A9", Review.REQUIRED),
    ],
)
def test_review_rules(judgement, rule, review):
    assert judgement.evidence[1:] == (rule,)
    assert judgement.review is review


@pytest.mark.parametrize("kind", ["non_kanji", "hentaigana"])
def test_only_accepted_classes_are_ever_automatic(kind):
    assert said(9, -9, kind=kind).review is Review.REQUIRED
    assert said(-9, -12).review is Review.REQUIRED


@pytest.mark.parametrize("correlation", [0.3, 0.59, 0.9])
@pytest.mark.parametrize("similarity", [0.3, 0.9])
def test_what_is_not_on_offer_is_never_accepted(correlation, similarity):
    judgement = said(9, -9, offered=False, correlation=correlation, similarity=similarity)
    assert judgement.verdict in {Verdict.SIMILAR, Verdict.UNIDENTIFIED}
    assert judgement.review is Review.REQUIRED


def test_identical_shapes_are_no_rivals():
    tied = said(6, 5.9, shapes=[7, 7])
    assert tied.verdict is Verdict.SAME
    assert said(6, 5.9, shapes=[7, 8]).evidence[0] == "C1"


def test_a_vague_resemblance_to_a_kana_is_judged_by_the_nearest_kanji():
    judgement = said(-3, -4, kind="non_kanji")
    assert judgement.best == 1
    assert judgement.verdict is Verdict.SIMILAR
    assert said(-3, -4, kind="non_kanji", others=0.7).best == 0


def test_confidence_is_shared_with_the_rival():
    assert said(5, -9).confidence == pytest.approx(1 / (1 + np.exp(-5)), abs=1e-3)
    assert said(5, 3.4).confidence < 0.85
    assert said(-5, -9).confidence == pytest.approx(1 - 1 / (1 + np.exp(5)), abs=1e-3)


def test_doubt_whether_it_is_similar_lowers_the_confidence():
    assert said(-5, -9, correlation=0.62).verdict is Verdict.SIMILAR
    assert said(-5, -9, correlation=0.62).confidence < 0.75


def test_every_declared_measure_is_measured():
    from engine.judge.criteria import MEASURES

    assert set(said(1, 2).measures) == set(MEASURES)


def test_the_most_similar_hentaigana_is_decided_on_where_nothing_is_likely():
    compared, kinds = case(-2.0, -3.0, -4.0, similarity=0.5, others=0.7)
    kinds = replace(kinds, hentaigana=np.array([False, True, False]))
    assert decided_on(compared, kinds) == 1
    assert decided_on(compared, replace(kinds, hentaigana=np.array([False, False, False]))) == 0


def test_a_likely_kanji_is_decided_on_before_a_hentaigana():
    compared, kinds = case(2.0, -3.0, similarity=0.5, others=0.7)
    assert decided_on(compared, replace(kinds, hentaigana=np.array([False, True]))) == 0
