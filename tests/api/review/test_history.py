"""What happened to a shape is told in order, and a decision is shown again as it was seen."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from api.domain.standing import SecondReview, Stage, State
from api.errors import NotFoundError
from api.review.history import Suggested, Taken, TakenBack, history_of, replay
from api.review.withdraw import withdraw
from api.store.models import Prototype, PrototypeHit, Shape, Suggestion
from tests.api.review.material import OTHER, SAME, place_of, set_rule
from tests.api.review.test_decide import made


def told(services, people, name, shape_id):
    with services.database.reading() as session:
        return history_of(session, place=place_of(people, name), shape_id=shape_id)


def shown(services, people, name, decision_id):
    with services.database.reading() as session:
        return replay(session, place=place_of(people, name), decision_id=decision_id)


def test_everything_is_told_in_order(services, people, material):
    (shape_id,) = material.shapes(1)
    one = made(services, people, "first", shape_id, SAME, reason="明らか")
    with services.database.writing() as session:
        withdraw(session, place=place_of(people, "first"), decision_id=one.decision_id, reason="見誤り")
    two = made(services, people, "first", shape_id, OTHER)
    three = made(services, people, "second", shape_id, OTHER, seconds=2.0)
    found = told(services, people, "viewer", shape_id)
    suggested, first, back, again, second = found.events
    assert isinstance(suggested, Suggested)
    assert (suggested.candidates[0], suggested.reference) == ("GJ000001", "tiny-1 v1")
    assert isinstance(first, Taken)
    assert (first.id, first.finding, first.reason, first.in_force) == (
        one.decision_id, SAME, "明らか", False
    )  # fmt: skip
    assert isinstance(back, TakenBack)
    assert (back.decision_id, back.user, back.reason) == (one.decision_id, "first", "見誤り")
    assert (again.id, again.in_force, second.id, second.seconds) == (
        two.decision_id, True, three.decision_id, 2.0
    )  # fmt: skip
    assert (found.standing.state, found.version, found.hidden) == (State.SETTLED, 5, False)


@pytest.mark.parametrize("name", ["second", "admin", "viewer", "second-first"])
def test_the_first_decision_is_hidden_until_the_second(services, people, material, name):
    (shape_id,) = material.shapes(1)
    first = made(services, people, "first", shape_id, OTHER, reason="右の点")
    found = told(services, people, name, shape_id)
    assert found.hidden
    assert (found.events[-1].finding, found.events[-1].reason) == (None, "")
    with pytest.raises(NotFoundError):
        shown(services, people, name, first.decision_id)
    own = told(services, people, "first", shape_id)
    assert (own.hidden, own.events[-1].finding) == (False, OTHER)
    assert shown(services, people, "first", first.decision_id).decision.finding == OTHER
    made(services, people, "second", shape_id, SAME)
    assert [each.finding for each in told(services, people, name, shape_id).events[1:]] == [OTHER, SAME]
    assert shown(services, people, name, first.decision_id).decision.finding == OTHER


def test_a_decision_is_shown_as_it_was_seen(services, people, material):
    set_rule(services, people, SecondReview.NEVER)
    earlier, shape_id = material.shapes(2)
    made(services, people, "first", earlier, SAME)
    with services.database.writing() as session:
        prototype = session.scalars(select(Prototype)).one()
        session.add(
            PrototypeHit(shape_id=shape_id, prototype_id=prototype.id, likeness="near", probability=0.98)
        )
    set_rule(services, people, SecondReview.ALL)
    first = made(services, people, "first", shape_id, SAME, seen={"way": "list"}, seconds=4.0)
    second = made(services, people, "second", shape_id, OTHER, reason="点")
    last = made(services, people, "admin", shape_id, SAME, reason="協議")
    with services.database.writing() as session:  # the world goes on
        again = Suggestion(
            shape_id=shape_id, verdict="類似", mj="GJ000009", confidence=0.4, review="required",
            candidates="GJ000009", evidence="", reference="tiny-2 v2", engine="0.2",
        )  # fmt: skip
        session.add(again)
        session.flush()
        session.get(Shape, shape_id).suggestion_id = again.id
        withdraw(session, place=place_of(people, "admin"), decision_id=prototype.decision_id, reason="誤り")
        withdraw(session, place=place_of(people, "admin"), decision_id=last.decision_id, reason="再協議")
    seen = shown(services, people, "viewer", first.decision_id)
    assert (seen.suggestion.reference, seen.suggestion.finding) == ("tiny-1 v1", SAME)
    assert seen.candidates == ("GJ000001", "GJ000002", "GJ000005")
    (hit,) = seen.prototypes
    assert (hit.finding, hit.likeness, hit.shape_id, hit.ended) == (SAME, "near", earlier, True)
    assert (seen.shape_version, seen.earlier, seen.second_review) == (1, (), "all")
    assert (dict(seen.page), seen.decision.seconds, seen.withdrawal) == ({"way": "list"}, 4.0, None)
    two = shown(services, people, "viewer", second.decision_id)
    assert [each.id for each in two.earlier] == [first.decision_id]
    assert not two.earlier_shown
    three = shown(services, people, "viewer", last.decision_id)
    assert [each.stage for each in three.earlier] == [Stage.FIRST, Stage.SECOND]
    assert three.earlier_shown
    assert three.withdrawal.reason == "再協議"
    assert not three.decision.in_force


def test_another_municipality_sees_nothing(services, people, material):
    (shape_id,) = material.shapes(1)
    done = made(services, people, "first", shape_id)
    with pytest.raises(NotFoundError):
        told(services, people, "other-admin", shape_id)
    with pytest.raises(NotFoundError):
        shown(services, people, "other-admin", done.decision_id)
