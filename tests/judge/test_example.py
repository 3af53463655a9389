"""Examples in the criteria file: four forms, and nothing else."""

import pytest

from engine.difference import DifferenceKind
from engine.judge.criteria import load_criteria
from engine.judge.example import (
    ChangedExample,
    CharacterExample,
    RenderedExample,
    Rendering,
    SiblingExample,
    example,
)
from tests.judge.test_criteria import SOUND

EXAMPLES = """
examples = [
  { reference = "MJ009454", change = "2-1", note = "横画が短い" },
  { reference = "MJ008095", rendering = "dots-24" },
  { gaiji = "MJ000022", reference = "MJ000023" },
  { character = "ア" },
]
"""


def test_examples_of_a_rule(tmp_path):
    (tmp_path / "t.toml").write_text(SOUND + EXAMPLES, encoding="utf-8")
    rule = load_criteria("t", tmp_path).rule("Z")
    assert rule.examples == (
        ChangedExample("MJ009454", DifferenceKind.LENGTH, "横画が短い"),
        RenderedExample("MJ008095", Rendering.DOTS_24),
        SiblingExample("MJ000022", "MJ000023"),
        CharacterExample("ア"),
    )


def test_a_rule_needs_no_examples():
    assert load_criteria("v1").rule("S1").examples == ()


@pytest.mark.parametrize(
    ("values", "caption"),
    [
        ({"reference": "MJ008095", "change": "3-7"}, "MJ008095 に違い「はねるか、とめるか」を加えた字"),
        ({"reference": "MJ008095", "rendering": "scan"}, "MJ008095 を印刷して読み取った字"),
        ({"reference": "MJ008095", "rendering": "dots-24"}, "MJ008095 を 24 ドットで描いた字"),
        ({"gaiji": "MJ000022", "reference": "MJ000023"}, "外字が MJ000022、相手が MJ000023 のとき"),
        ({"character": "ア"}, "「ア」（U+30A2）"),
    ],
)
def test_captions(values, caption):
    assert example(values).caption == caption
    assert example({**values, "note": "ここを見る"}).note == "ここを見る"


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({}, "空"),
        ({"note": "だけ"}, "note"),
        ({"reference": "MJ008095"}, "reference"),
        ({"reference": "MJ008095", "change": "2-1", "rendering": "bold"}, "rendering"),
        ({"reference": "MJ008095", "change": "9-9"}, "9-9"),
        ({"reference": "MJ008095", "rendering": "neon"}, "neon"),
        ({"reference": "mj8095", "change": "2-1"}, "mj8095"),
        ({"gaiji": 22, "reference": "MJ000023"}, "文字列"),
        ({"character": "アイ"}, "1 字"),
        ({"character": ""}, "1 字"),
        ({"character": "ア", "note": 1}, "文字列"),
    ],
)
def test_other_forms_are_refused_and_the_message_names_the_value(values, said):
    with pytest.raises(ValueError, match=said):
        example(values)
