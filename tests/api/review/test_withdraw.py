"""Taking back: who may, what falls, and what stays."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from api.domain.standing import State
from api.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError, StaleError
from api.review.withdraw import withdraw
from api.store.models import AuditEvent, Prototype, Shape
from tests.api.review.material import OTHER, SAME, place_of
from tests.api.review.test_decide import made


def taken_back(services, people, name, decision_id, reason="見誤り", **more):
    with services.database.writing() as session:
        return withdraw(session, place=place_of(people, name), decision_id=decision_id, reason=reason, **more)


@pytest.fixture
def chain(services, people, material) -> list[int]:
    """Three decisions of one shape, disputed and conferred."""
    (shape_id,) = material.shapes(1)
    return [
        shape_id,
        made(services, people, "first", shape_id, SAME).decision_id,
        made(services, people, "second", shape_id, OTHER).decision_id,
        made(services, people, "admin", shape_id, SAME, reason="協議").decision_id,
    ]


@pytest.mark.parametrize(
    ("name", "at", "fallen", "state"),
    [
        ("admin", 3, 1, State.DISPUTED),
        ("second", 2, 2, State.AWAITING_SECOND),
        ("first", 1, 3, State.OPEN),
        ("admin", 1, 3, State.OPEN),
    ],
)
def test_what_answers_a_decision_falls_with_it(services, people, chain, name, at, fallen, state):
    done = taken_back(services, people, name, chain[at])
    assert done.fallen == tuple(chain[at : at + fallen])
    assert (done.standing.state, done.version) == (state, 5)
    with services.database.reading() as session:
        shape = session.get(Shape, chain[0])
        assert (shape.state, shape.final_mj, shape.settled_at) == (state.value, "", None)
        assert session.scalars(select(Prototype)).one().ended_at is not None
        event = session.scalars(select(AuditEvent).order_by(AuditEvent.id.desc())).first()
    assert event.action == "decision.withdrawn"
    assert event.detail["fallen"] == list(done.fallen)
    assert "見誤り" not in str(event.detail)


def test_somebody_elses_decision_is_for_administrators(services, people, chain):
    for name in ("second-first", "second", "viewer"):
        with pytest.raises(ForbiddenError):
            taken_back(services, people, name, chain[1])
    assert taken_back(services, people, "admin", chain[1]).standing.state is State.OPEN


def test_another_municipality_is_not_there(services, people, chain):
    with pytest.raises(NotFoundError):
        taken_back(services, people, "other-admin", chain[1])


def test_what_has_fallen_cannot_be_taken_back(services, people, chain):
    taken_back(services, people, "admin", chain[2])
    for decision_id in chain[2:]:
        with pytest.raises(ConflictError):
            taken_back(services, people, "admin", decision_id)


def test_a_reason_is_needed(services, people, chain):
    with pytest.raises(InvalidError):
        taken_back(services, people, "first", chain[1], reason=" \n")


def test_a_version_is_checked_where_it_is_given(services, people, chain):
    with pytest.raises(StaleError):
        taken_back(services, people, "admin", chain[3], version=3)
    assert taken_back(services, people, "admin", chain[3], version=4).version == 5


def test_after_it_the_same_person_may_decide_anew(services, people, chain):
    taken_back(services, people, "first", chain[1])
    assert made(services, people, "second", chain[0], OTHER).standing.state is State.AWAITING_SECOND
    assert made(services, people, "admin", chain[0], OTHER).standing.finding == OTHER
