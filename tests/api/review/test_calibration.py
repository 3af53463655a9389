"""How right the machine was: counted once for each shape, by what is in force, only where somebody looked."""

from __future__ import annotations

import pytest

from api.domain.standing import Finding, SecondReview
from api.review.calibration import calibration, wilson
from api.review.withdraw import withdraw
from engine.result import Verdict
from tests.api.review.material import OTHER, SAME, SIMILAR, place_of, set_rule
from tests.api.review.test_bulk import confirmed, looked_through, started
from tests.api.review.test_decide import made


def report(services, people, name="viewer"):
    with services.database.reading() as session:
        return calibration(session, place=place_of(people, name))


def shares(found):
    return {each.title: (each.right, each.total) for each in found}


@pytest.mark.parametrize(
    ("right", "total", "low", "high"),
    [(0, 10, 0.0, 0.2775), (10, 10, 0.7225, 1.0), (81, 263, 0.2553, 0.3662), (0, 0, 0.0, 1.0)],
)
def test_the_interval_of_wilson(right, total, low, high):
    # 81 of 263: R. G. Newcombe, Statistics in Medicine 17 (1998), table I, method 3.
    assert wilson(right, total) == pytest.approx((low, high), abs=1e-4)


def test_settled_shapes_are_compared_with_what_the_machine_said(services, people, material):
    set_rule(services, people, SecondReview.NEVER)
    auto = material.shapes(4, review="auto", confidence=0.992)
    required = material.shapes(2, confidence=0.6)
    for shape_id in auto[:3]:
        made(services, people, "first", shape_id, SAME)
    made(services, people, "first", auto[3], OTHER, reason="点")
    made(services, people, "first", required[0], Finding(Verdict.DESIGN, None, "GJ000001"))
    found = report(services, people)
    assert shares(found.by_review) == {"auto": (3, 4), "required": (0, 1)}
    assert shares(found.auto_by_class)["字形一致"] == (3, 4)
    assert shares(found.by_class)["字形一致"] == (3, 5)
    assert {title: pair for title, pair in shares(found.by_confidence).items() if pair[1]} == {
        "0.5〜0.7": (0, 1),
        "0.99〜0.995": (3, 4),
    }
    assert (found.claims.right, found.claims.total) == (3, 4)
    assert [(each.shape_id, each.settled) for each in found.contradicted] == [
        (auto[3], OTHER),
        (required[0], Finding(Verdict.DESIGN, None, "GJ000001")),
    ]
    assert shares(report(services, people, "other-viewer").by_review) == {"auto": (0, 0), "required": (0, 0)}


def test_a_shape_counts_once_by_the_decision_in_force(services, people, material):
    one, two, three = material.shapes(3)
    made(services, people, "first", one, SAME)
    made(services, people, "second", one, OTHER)
    last = made(services, people, "admin", one, OTHER, reason="協議")
    made(services, people, "first", two, SAME)  # not settled
    wrong = made(services, people, "first", three, OTHER)
    made(services, people, "second", three, OTHER)
    assert shares(report(services, people).by_review)["required"] == (0, 2)
    with services.database.writing() as session:
        withdraw(session, place=place_of(people, "admin"), decision_id=last.decision_id, reason="再考")
        withdraw(session, place=place_of(people, "admin"), decision_id=wrong.decision_id, reason="再考")
    assert shares(report(services, people).by_review)["required"] == (0, 0)
    made(services, people, "admin", one, SAME, reason="協議")
    made(services, people, "first", three, SAME)
    made(services, people, "second", three, SAME)
    assert shares(report(services, people).by_review)["required"] == (2, 2)


def test_a_second_decision_after_a_dead_one_is_not_taken_for_it(services, people, material):
    (shape_id,) = material.shapes(1)
    first = made(services, people, "first", shape_id, SIMILAR)
    made(services, people, "second", shape_id, OTHER)
    made(services, people, "admin", shape_id, OTHER, reason="協議")
    with services.database.writing() as session:
        withdraw(session, place=place_of(people, "first"), decision_id=first.decision_id, reason="再考")
    set_rule(services, people, SecondReview.NEVER)
    made(services, people, "first", shape_id, SAME)
    found = report(services, people)
    assert shares(found.by_review)["required"] == (1, 1)


def test_what_nobody_looked_at_does_not_count(services, people, material):
    set_rule(services, people, SecondReview.NEVER)
    material.shapes(30, review="auto")
    confirmed(services, people, looked_through(services, people, started(services, people)))
    found = report(services, people)
    assert shares(found.by_review)["auto"] == (29, 29)
    assert found.unlooked == 1
