"""Criteria v2, made for the pair network: each rule with a case where it fires and one near miss."""

from dataclasses import replace

import pytest
from judge_cases import case

from engine.judge.criteria import load_criteria
from engine.judge.judge import judge
from engine.result import Review, Subclass, Verdict

CRITERIA = load_criteria("v2")
AUTO_FROM = next(
    condition.at_least for condition in CRITERIA.rule("A1").conditions if condition.measure == "certainty"
)


def said(*args, **kwargs):
    return judge(*case(*args, **kwargs), CRITERIA)


FIRES = {
    "N1": (said(3, -4, kind="non_kanji"), Verdict.UNIDENTIFIED, Subclass.SYMBOL),
    "H1": (said(3, -4, kind="hentaigana"), Verdict.UNIDENTIFIED, Subclass.HENTAIGANA),
    "H2": (
        said(-3, -4, kind="hentaigana", similarity=0.6, others=0.5),
        Verdict.UNIDENTIFIED,
        Subclass.HENTAIGANA,
    ),
    "N2": (said(-3, -4, kind="non_kanji", others=0.5), Verdict.UNIDENTIFIED, Subclass.SYMBOL),
    "R2": (said(3, -4, offered=False), Verdict.SIMILAR, None),
    "C1": (said(2, 1.5), Verdict.SIMILAR, None),
    "S1": (said(5, -4), Verdict.SAME, None),
    "S2": (said(6, -4, identical=[-4, -9]), Verdict.SAME, None),
    "D1": (said(6, -4, identical=[-4, -9], share=0.1), Verdict.DESIGN, None),
    "D2": (said(4, -4, identical=[-4, -9], share=0.1, strokes=4), Verdict.DESIGN, None),
    "R1": (said(-4, -6, related=[2, -3]), Verdict.SIMILAR, None),
    "U1": (said(-6, -7, related=[-6, -7]), Verdict.UNIDENTIFIED, Subclass.UNKNOWN),
}

NEAR_MISS = {
    "N1": said(-1, -4, kind="non_kanji"),
    "H1": said(-2, -4, kind="hentaigana"),
    "H2": said(-3, -4, kind="hentaigana", similarity=0.3, others=0.3),
    "N2": said(-3, -4, kind="non_kanji", others=0.5, correlation=0.49),
    "R2": said(3, -4),
    "C1": said(3.5, 1.5),
    "S1": said(5, -4, identical=[-1, -9], share=0.1),
    "S2": said(6, -4, identical=[-4, -9], stroke=4),
    "D1": said(-2, -4),
    "D2": said(0.5, -4, identical=[-4, -9], related=[4, -9], share=0.1, strokes=4),
    "R1": said(-4, -6, related=[-4, -5]),
    "U1": said(-6, -7, related=[3, -7]),
}


@pytest.mark.parametrize("rule", [rule.id for rule in CRITERIA.class_rules])
def test_a_class_rule_fires_and_nearly_fires(rule):
    judgement, verdict, subclass = FIRES[rule]
    assert judgement.evidence[0] == rule
    assert (judgement.verdict, judgement.subclass) == (verdict, subclass)
    assert NEAR_MISS[rule].evidence[0] != rule


def test_a_sibling_that_fits_as_well_is_no_other_character():
    """Two forms of one character explain it alike: not the counter-rule, but never without a look."""
    judgement = said(3, 2.8, families=[1, 1])
    assert judgement.verdict in {Verdict.SAME, Verdict.DESIGN}
    assert judgement.review is Review.REQUIRED
    assert said(3, 2.8).evidence[0] == "C1"


def test_only_what_is_sure_goes_without_a_look():
    assert said(12, -9).review is Review.AUTO
    assert said(12, -9).evidence == ("S1", "A1")
    assert said(12, -9, size=4.0).evidence == ("S1", "A0")
    assert AUTO_FROM >= 0.9
    assert said(1.5, -9).review is Review.REQUIRED


def test_measurement_that_agrees_lets_a_little_less_pass():
    assert said(2.2, -9, identical=[-4, -9], stroke=2, share=0.01).evidence == ("D1", "A4")
    assert said(2.2, -9, identical=[-4, -9], stroke=3, share=0.01).review is Review.REQUIRED
    assert said(2.2, -9, identical=[-4, -9], stroke=2, share=0.03).review is Review.REQUIRED
    assert said(1.5, -9, identical=[-4, -9], stroke=2, share=0.01).review is Review.REQUIRED


def test_a_character_of_few_strokes_must_be_surer():
    """Between 土 and 士 there is as little as between two designs of 榊."""
    assert said(0.5, -9, identical=[-4, -9], related=[4, -9], share=0.1).verdict is Verdict.DESIGN
    assert said(0.5, -9, identical=[-4, -9], related=[4, -9], share=0.1, strokes=3).verdict is Verdict.SIMILAR
    assert said(3, -9, share=0.1).review is Review.AUTO
    assert said(3, -9, share=0.1, strokes=3).review is Review.REQUIRED


@pytest.mark.parametrize("odds", [-12, -2, 2, 12])
def test_similar_is_always_looked_at(odds):
    for judgement in (said(odds, odds), said(-5, -9, related=[odds, -9]), said(odds, -9, offered=False)):
        if judgement.verdict is Verdict.SIMILAR:
            assert judgement.review is Review.REQUIRED


def test_confidence_is_read_from_the_calibration():
    table = replace(CRITERIA, calibration={"S1": ((0.5, 0.2), (1.0, 0.8))})
    assert table.confidence("S1", 0.75) == pytest.approx(0.5)
    assert table.confidence("S1", 0.1) == pytest.approx(0.2)
    assert table.confidence("D1", 0.75) == 0.75
    compared, kinds = case(12, -9)
    assert judge(compared, kinds, table).confidence == pytest.approx(0.8, abs=1e-3)
