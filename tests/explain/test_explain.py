"""Explanations: the rules that fired, the places that differ, why the runner-up lost."""

import json

import numpy as np
import pytest

import engine.compare.differences
from engine.difference import Difference, DifferenceKind
from engine.errors import UsageError
from engine.explain.document import as_json
from engine.explain.explain import explain
from engine.explain.explanation import percent
from engine.explain.place import TOLD, place_in_words, places_in_words
from engine.glyph.model import Glyph
from engine.identify import Identifier
from engine.result import COLUMNS, Subclass, Verdict
from engine.sheet.face import ReferenceFace


@pytest.fixture(scope="module")
def identifier(settings, reference_font):
    return Identifier.open(settings)


@pytest.fixture(scope="module")
def drawn(reference_font):
    face = ReferenceFace(reference_font)
    return lambda mj: Glyph(face.ink(mj), f"{mj}.png", "U+E000")


def difference(kind="2-1", x=32.0, y=32.0, radius=5.0, strength=1.0):
    return Difference(DifferenceKind(kind), x, y, radius, strength)


@pytest.fixture
def found(monkeypatch):
    """Say which differences are found, whatever is compared."""

    def use(*per_call):
        calls = iter(per_call)
        monkeypatch.setattr(engine.compare.differences, "differences", lambda *_: next(calls))

    return use


def test_a_sure_match(identifier, drawn):
    explanation = explain(identifier, drawn("MJ026190"))
    assert explanation.row == identifier.identify([drawn("MJ026190")])[0]
    assert (explanation.row.verdict, explanation.decided.name) == (Verdict.SAME, "MJ026190")
    assert explanation.decided.label == "MJ026190（邉）"
    assert explanation.role == "同定した文字"
    rules = [traced.rule.id for traced in explanation.fired]
    assert rules == [each for each in explanation.row.evidence if ":" not in each]
    assert all(each.holds for traced in explanation.fired for each in traced.conditions)
    assert explanation.runner_up.name != "MJ026190"
    assert explanation.runner_up.probability < explanation.decided.probability
    assert explanation.runner_up_lost
    assert explanation.runner_up.label in explanation.runner_up_sentence
    assert [each.probability for each in explanation.candidates[1:]] == sorted(
        (each.probability for each in explanation.candidates[1:]), reverse=True
    )


def test_what_is_only_similar_names_the_rules_that_it_missed(identifier, drawn):
    explanation = explain(identifier.excluding(["MJ004196"]), drawn("MJ004196"))
    assert explanation.row.verdict is Verdict.SIMILAR
    assert explanation.role == "最も近い文字"
    missed = {traced.rule.verdict for traced in explanation.missed}
    assert missed
    assert missed <= {Verdict.SAME, Verdict.DESIGN}
    assert all(traced.failed for traced in explanation.missed)
    assert "人が" in explanation.review


def test_ties_are_explained(identifier, drawn):
    explanation = explain(identifier, drawn("MJ003718"))
    assert set(explanation.ties) | {explanation.row.mj} >= {"MJ003718", "MJ003719"}
    assert explanation.ties[0] in explanation.tie_sentence
    assert explanation.runner_up is None or not explanation.runner_up.tied


def test_what_the_evidence_names_is_told(identifier, drawn):
    from dataclasses import replace

    plain = explain(identifier, drawn("MJ026190"))
    row = replace(
        plain.row, evidence=("D1", "tie:MJ000001", "near:MJ000002", "near:MJ000003", "hosetsu:U128")
    )
    told = replace(plain, row=row)
    assert [note.partition(" は")[0] for note in told.notes[:2]] == ["MJ000001", "MJ000002・MJ000003"]
    assert "U128" in told.notes[2]
    assert replace(plain, row=replace(row, evidence=("D1",))).notes == ()


def test_the_runner_up_is_a_sibling_or_another_character(identifier, drawn):
    assert explain(identifier, drawn("MJ026190")).runner_up_role == "次点（同じ文字の別の字形）"
    assert explain(identifier, drawn("MJ008892")).runner_up_role == "次点（別の文字）"  # 土: 士


def test_what_is_hardly_visible_is_not_told(identifier, drawn, found):
    found([difference(strength=0.9)], *[()] * 9)
    assert explain(identifier, drawn("MJ026190")).decided.places == ()


def test_the_nearest_glyph_outside_the_character_set_is_named(settings, drawn, table):
    small = Identifier.open(settings, charset="jisx0213")
    inside = table.charset_mask("jisx0213")
    outside = next(
        table.mj[row]
        for row in range(30000, 40000, 7)
        if not inside[table.rows_of_ucs(f"U+{table.code_points[row]:04X}")].any()
        and explain(small, drawn(table.mj[row])).row.verdict is Verdict.SIMILAR
    )
    explanation = explain(small, drawn(outside))
    assert not explanation.decided.offered
    assert explanation.row.mj in explanation.outside_sentence
    assert explanation.decided.label in explanation.outside_sentence
    assert explain(Identifier.open(settings), drawn(outside)).outside_sentence == ""


def test_a_kana_is_named_by_itself(identifier, debian_font):
    from engine.synth.fonts import OutlineFont

    font = OutlineFont(debian_font("fonts-takao-mincho", "TakaoMincho.ttf"), em_px=96)
    explanation = explain(identifier, Glyph(font.body(ord("ね")), "ね.png"))
    assert explanation.row.subclass is Subclass.SYMBOL
    assert explanation.decided.label == "「ね」（U+306D）"
    assert explanation.role == "当てはまる図形"
    assert explanation.missed == ()


@pytest.mark.parametrize("mj", ["MJ013917", "MJ030196"])  # far from anything; with a tie
def test_there_is_a_runner_up_even_where_nothing_came_near(identifier, drawn, mj):
    glyph = drawn(mj)
    inspection = identifier.inspect(glyph)
    assert inspection.row == identifier.identify([glyph])[0]
    assert (inspection.kinds.shape != inspection.kinds.shape[inspection.judgement.best]).any()
    assert explain(identifier, glyph).runner_up is not None


def test_what_is_offered_instead_is_the_runner_up(settings, drawn):
    explanation = explain(Identifier.open(settings, charset="jisx0213"), drawn("MJ025759"))
    assert (explanation.decided.name, explanation.runner_up.name) == ("MJ025759", explanation.row.mj)
    assert explanation.runner_up_role == "文字集合の中で最も近い文字"
    assert "MJ025759（辺）ですが" in explanation.outside_sentence


def test_noise_resembles_nothing(identifier):
    noise = (np.random.default_rng(1).random((48, 48)) > 0.5).astype(np.uint8) * 255
    explanation = explain(identifier, Glyph(noise, "noise.png"))
    assert explanation.row.subclass is Subclass.UNKNOWN
    assert explanation.role == "最も近い文字"
    if explanation.runner_up is not None:
        assert "似ていません" in explanation.runner_up_sentence


def test_paper_cannot_be_explained(identifier):
    with pytest.raises(UsageError):
        explain(identifier, Glyph(np.zeros((9, 9), np.uint8), "blank.png"))


def test_places_are_numbered_the_plainest_first(identifier, drawn, found):
    found([difference(strength=1.2), difference("f-1", strength=4)], *[()] * 9)
    decided = explain(identifier, drawn("MJ026190")).decided
    assert [(place.number, place.difference.strength) for place in decided.places] == [(1, 4), (2, 1.2)]
    assert decided.changes_form
    assert places_in_words(decided.places) == [
        "1. 中央: 外字のほうが、画が多い（字形の違い）",
        "2. 中央: 長短（デザインの違い 2-1）",
    ]


def test_more_places_than_anyone_reads_are_counted(identifier, drawn, found):
    found([difference()] * (TOLD + 3), *[()] * 9)
    lines = places_in_words(explain(identifier, drawn("MJ026190")).decided.places)
    assert len(lines) == TOLD + 1
    assert lines[-1] == "ほか 3 か所"


@pytest.mark.parametrize(
    ("first", "second", "said"),
    [
        ([], [difference("f-1")], "字形を変える違いがあります"),
        ([difference()], [difference(), difference()], "MJ026190 とは 1 か所"),
        ([difference()], [difference()], "数は同じくらい"),
        ([], [], "種類を言えるほどの違いはありません"),
    ],
)
def test_why_the_runner_up_lost(identifier, drawn, found, first, second, said):
    found(first, second, *[()] * 9)
    assert said in explain(identifier, drawn("MJ026190"), top=2).runner_up_sentence


def test_a_runner_up_that_a_rule_refuses_for_has_not_lost(identifier, drawn):
    """The rule on what tells two characters apart looks at the runner-up."""
    from dataclasses import replace

    from engine.explain.explanation import TracedRule
    from engine.judge.criteria import load_criteria
    from engine.judge.measure import MEASURES

    explanation = explain(identifier, drawn("MJ026190"))
    rule = load_criteria("v1").rule("C1")
    refused = replace(
        explanation,
        row=replace(explanation.row, verdict=Verdict.SIMILAR),
        fired=(TracedRule(rule, rule.trace(dict.fromkeys(MEASURES, 0.5))),),
    )
    assert not refused.runner_up_lost
    assert "一方に決められません" in refused.runner_up_sentence


def test_at_least_the_two_that_matter_are_explained(identifier, drawn):
    few = explain(identifier, drawn("MJ026190"), top=2)
    assert few.candidates == (few.decided, few.runner_up)
    many = explain(identifier, drawn("MJ026190"), top=50)
    assert len(many.candidates) > 2


@pytest.mark.parametrize(
    ("x", "y", "radius", "place"),
    [
        (5, 5, 4, "左上"), (32, 5, 4, "上"), (60, 5, 4, "右上"),
        (5, 32, 4, "左"), (32, 32, 4, "中央"), (60, 32, 4, "右"),
        (5, 60, 4, "左下"), (32, 60, 4, "下"), (60, 60, 4, "右下"),
        (32, 32, 30, "全体"),
    ],
)  # fmt: skip
def test_places_in_words(x, y, radius, place):
    assert place_in_words(difference(x=x, y=y, radius=radius)) == place


def test_probabilities_are_never_certain():
    said = [percent(share) for share in (0.0, 0.0004, 0.0006, 0.5, 0.9994, 0.9996, 1.0)]
    assert said == ["0.1 % 未満", "0.1 % 未満", "0.1 %", "50 %", "99.9 %", "99.9 % 超", "99.9 % 超"]


def test_as_json_begins_with_the_contracts_columns(identifier, drawn, found):
    found([difference("3-7", x=50, y=60)], *[()] * 9)
    document = as_json(explain(identifier, drawn("MJ026190")))
    again = json.loads(json.dumps(document, ensure_ascii=False, allow_nan=False))
    assert tuple(again)[: len(COLUMNS)] == COLUMNS
    assert [each["role"] for each in again["compared"]][:2] == ["decided", "runner-up"]
    assert again["runner_up"] == again["compared"][1]["name"]
    assert again["compared"][0]["differences"] == [
        {
            "number": 1, "kind": "3-7", "title": "はねるか、とめるか", "within_design": True,
            "place": "右下", "x_px": 50.0, "y_px": 60.0, "radius_px": 5.0, "strength": 1.0,
        }
    ]  # fmt: skip
    condition = again["rules_fired"][0]["conditions"][0]
    assert condition["holds"] is True
    assert condition["text"]
