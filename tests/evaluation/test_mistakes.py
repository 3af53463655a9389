"""Which error is worse, and the picture of the worst."""

from __future__ import annotations

import numpy as np
import pytest

from engine.evaluation.case import Case, Expected, Outcome
from engine.evaluation.error_sheet import error_sheet
from engine.evaluation.mistakes import Mistake, mistakes, worst
from engine.glyph.model import Glyph, ReadFailure
from engine.result import Identification, Review, Verdict
from engine.sheet.face import ReferenceFace

KANJI = Expected(
    verdicts=frozenset({Verdict.SAME, Verdict.DESIGN}),
    exact=frozenset({"MJ026190"}),
    same_ucs=frozenset({"MJ026190"}),
    nameable=frozenset({"MJ026190"}),
)
SIBLING_GONE = Expected(verdicts=frozenset({Verdict.SIMILAR}), same_ucs=frozenset({"MJ026191"}))


def outcome(name: str, expected: Expected, verdict: Verdict | None, mj: str = "", **more) -> Outcome:
    ink = np.zeros((40, 40), np.uint8)
    ink[18:22] = 255
    glyph = Glyph(ink, name) if verdict else ReadFailure(name, "empty-glyph", "")
    return Outcome(Case(name, glyph, expected), Identification(name, verdict=verdict, mj=mj, **more))


GIVEN = [
    outcome("needless look", KANJI, Verdict.SIMILAR, "MJ026190", confidence=0.99),
    outcome("right", KANJI, Verdict.SAME, "MJ026190", confidence=0.9),
    outcome("renamed, unsure", KANJI, Verdict.DESIGN, "MJ026191", confidence=0.3),
    outcome("renamed, sure", SIBLING_GONE, Verdict.SAME, "MJ026191", confidence=0.9, evidence=("K1", "R1")),
    outcome("unseen", KANJI, Verdict.SAME, "MJ026191", confidence=0.2, review=Review.AUTO),
    outcome("unread", KANJI, None, status="empty-glyph"),
]


@pytest.fixture(scope="module")
def face(reference_font) -> ReferenceFace:
    return ReferenceFace(reference_font)


def test_what_nobody_sees_is_worst_and_a_needless_look_is_least() -> None:
    found = mistakes("a", GIVEN)
    assert [mistake.outcome.case.name for mistake in found] == [
        "unseen",
        "renamed, sure",
        "renamed, unsure",
        "needless look",
        "unread",
    ]
    assert [len(mistakes("a", GIVEN, limit)) for limit in (0, 2, 99)] == [0, 2, 5]


def test_the_worst_of_several_sets() -> None:
    both = worst([*mistakes("a", GIVEN), *mistakes("b", GIVEN)], 3)
    assert [(mistake.set_name, mistake.outcome.case.name) for mistake in both] == [
        ("a", "unseen"),
        ("b", "unseen"),
        ("a", "renamed, sure"),
    ]


def test_the_sheet_has_a_place_for_every_mistake(face: ReferenceFace) -> None:
    found = mistakes("a", GIVEN)
    one, two, three = (error_sheet(found[:count], face) for count in (1, 2, 3))
    assert one.size == two.size
    assert three.height > two.height
    assert np.asarray(error_sheet(found, face)).min() < 64


def test_each_mistake_shows_the_glyph_the_due_and_the_named(face: ReferenceFace) -> None:
    named = Mistake("a", GIVEN[3])
    other = Mistake("a", outcome("renamed, sure", SIBLING_GONE, Verdict.SAME, "MJ026192", confidence=0.9,
                                 evidence=("K1", "R1")))  # fmt: skip
    difference = np.asarray(error_sheet([named], face)) != np.asarray(error_sheet([other], face))
    columns = np.flatnonzero(difference.any(axis=(0, 2)))
    assert columns.min() > 28 + 2 * 112, "gaiji and due MJ are the same"
    assert columns.max() < 28 + 4 * 120, "and so is the text"


def test_without_mistakes_the_sheet_says_so(face: ReferenceFace) -> None:
    assert np.asarray(error_sheet([], face)).min() < 64
