"""Every example that ``gaiji rules`` draws, put through the real judge, fires the rule that it is of."""

import pytest

from engine.glyph.model import Glyph
from engine.identify import Identifier
from engine.judge.criteria import load_criteria
from engine.judge.example import CharacterExample, SiblingExample
from engine.sheet.example import ExamplePainter
from engine.sheet.face import ReferenceFace

VERSION = "v2"
CRITERIA = load_criteria(VERSION)
ABOUT_THE_CHARSET = "R2"
"""Its examples say what happens where the gaiji's own form is known, but not on offer."""
EXAMPLES = [
    pytest.param(rule.id, each, id=f"{rule.id}-{number}")
    for rule in CRITERIA.rules
    for number, each in enumerate(rule.examples, 1)
]


@pytest.fixture(scope="module")
def painter(reference_font):
    return ExamplePainter(ReferenceFace(reference_font))


@pytest.fixture(scope="module")
def identifiers(settings, reference_font):
    return {
        charset: Identifier.open(settings, criteria=VERSION, charset=charset)
        for charset in ("mj", "jisx0213")
    }


def test_every_rule_has_an_example():
    assert [rule.id for rule in CRITERIA.rules if not rule.examples] == []


@pytest.mark.parametrize(("rule", "example"), EXAMPLES)
def test_an_example_fires_its_rule(identifiers, painter, rule, example):
    glyph = Glyph(painter.draw(example).gaiji, "例", "")
    within = rule == ABOUT_THE_CHARSET
    barred = [example.gaiji] if isinstance(example, SiblingExample) and not within else []
    (row,) = identifiers["jisx0213" if within else "mj"].identify_leave_out([glyph], [barred])
    assert rule in row.evidence, row
    if not isinstance(example, CharacterExample):
        assert row.mj == example.reference
