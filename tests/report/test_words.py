"""Short values in words."""

from __future__ import annotations

import pytest

from engine.judge.criteria import load_criteria
from engine.report.words import evidence_in_words, legend, status_in_words, submitted_in_words
from tests.report.material import REFERENCE, row


@pytest.mark.parametrize(
    ("evidence", "words"),
    [
        ("R1", "R1 似た文字がある"),
        ("diff:2-1", "2-1 長短（デザイン）"),
        ("diff:f-1", "f-1 外字のほうが、画が多い（字形）"),
        ("diff:f-5", "f-5 構成要素が違う（字形）"),
        ("tie:MJ000002", "MJ000002 と同じ図形"),
        ("near:MJ000002", "MJ000002 も同じくらい合う"),
        ("outside:MJ000002", "指定した範囲の外の MJ000002 のほうが近い"),
        ("hosetsu:U128", "JIS X 0213 の包摂規準 U128"),
        ("char:U+30A2", "「ア」（U+30A2）と同じか、似た形"),
    ],
)
def test_evidence(evidence, words):
    assert evidence_in_words(row(evidence=(evidence,))) == (words,)


@pytest.mark.parametrize("evidence", ["", "Z9", "diff:9-9", "diff:", ":x", "new:MJ000001", "{}", "tie"])
def test_what_nobody_knows_stays_as_it_is(evidence):
    assert evidence_in_words(row(evidence=(evidence,))) == (evidence,)


@pytest.mark.parametrize("code", ["U+0007", "U+D800", "U+FFFFFFFFFF", "xyz", "U+-1", "U+202E"])
def test_what_no_eye_should_meet_is_shown_by_its_code(code):
    (words,) = evidence_in_words(row(evidence=(f"char:{code}",)))
    assert words == f"{code}と同じか、似た形"


@pytest.mark.parametrize("reference", ["", "x+criteria-v999", "x+criteria-../v2", "v2"])
def test_rules_of_criteria_that_are_not_here_stay_ids(reference):
    assert evidence_in_words(row(reference=reference, evidence=("R1",))) == ("R1",)


def test_the_legend_has_every_rule_once_and_says_the_version_where_there_are_several():
    one = [entry.id for entry in legend([row(), row()])]
    assert {rule.id for rule in load_criteria("v2").rules} <= set(one)
    assert len(one) == len(set(one))
    assert {"diff:1-1", "char:U+…"} <= set(one)
    both = [entry.id for entry in legend([row(), row(reference=REFERENCE.replace("v2", "v1"))])]
    assert {"S1（v1）", "S1（v2）"} <= set(both)
    assert next(entry.id for entry in legend([])) == "diff:1-1"


def test_kinds_submitted_and_statuses():
    assert submitted_in_words("2") == "② 既存住基システム外字"
    assert (submitted_in_words(""), submitted_in_words("9")) == ("", "9")
    assert status_in_words(row(status="empty-glyph")) == "字が描かれていません。"
    assert status_in_words(row(status="new-code")) == "new-code"
