"""Confirming together: the sample, what stops it, what is left to people, and going on after a stop."""

from __future__ import annotations

import math
import random

import pytest
from sqlalchemy import select

from api.domain.standing import SecondReview
from api.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError
from api.review import bulk
from api.review.bulk_set import BulkFilter
from api.review.check import check
from api.review.sample import sample_size
from api.review.withdraw import withdraw
from api.store.models import AuditEvent, Decision, Prototype, PrototypeHit, Shape, Suggestion
from engine.result import Verdict
from tests.api.review.material import OTHER, SAME, SIMILAR, place_of, set_rule
from tests.api.review.test_decide import made


def started(services, people, name="second", **chosen):
    with services.database.writing() as session:
        return bulk.start(session, place=place_of(people, name), chosen=BulkFilter(**chosen))


def judged(services, people, bulk_id, shape_id, right=True, name="second"):
    with services.database.writing() as session:
        return bulk.judge(
            session, place=place_of(people, name), bulk_id=bulk_id, shape_id=shape_id, right=right
        )


def looked_through(services, people, begun):
    for shape_id in begun.sample:
        begun = judged(services, people, begun.id, shape_id)
    return begun


def confirmed(services, people, begun, **more):
    return bulk.confirm(services, place=place_of(people, "second"), bulk_id=begun.id, **more)


@pytest.mark.parametrize("size", [1, 7, 99, 100, 150, 1000, 40_000])
def test_a_sample_would_show_that_more_than_a_hundredth_is_wrong(size):
    looks = sample_size(size)
    wrong = size // 100 + 1

    def unnoticed(number):  # none of the wrong ones among those drawn
        return math.comb(size - wrong, number) / math.comb(size, number) if number <= size - wrong else 0

    assert unnoticed(looks) <= 0.05 + 1e-12
    assert looks == 1 or unnoticed(looks - 1) > 0.05
    assert looks <= 299


def test_a_set_with_two_wrong_in_a_hundred_is_noticed_as_promised():
    rng = random.Random(5)
    noticed = sum(any(each < 11 for each in rng.sample(range(1000), sample_size(1000))) for _ in range(2000))
    assert 0.93 < noticed / 2000 < 0.97


def test_all_of_the_set_is_decided_once_the_sample_was_right(services, people, material):
    set_rule(services, people, SecondReview.SIMILAR)
    ids = material.shapes(30, review="auto", confidence=0.99)
    material.shapes(3, review="required")
    begun = started(services, people)
    assert (begun.size, len(begun.sample)) == (30, 29)
    assert set(begun.sample) <= set(ids)
    begun = looked_through(services, people, begun)
    assert begun.next_shape_id is None
    done = confirmed(services, people, begun)
    assert (done.state, done.confirmed, done.skipped) == ("confirmed", 30, 0)
    with services.database.reading() as session:
        decisions = session.scalars(select(Decision).order_by(Decision.shape_id)).all()
        assert [each.shape_id for each in decisions] == ids
        assert {each.bulk_id for each in decisions} == {begun.id}
        assert {each.stage for each in decisions} == {"first"}
        assert all(each.reason.startswith("一括確認") for each in decisions)
        assert sum(not each.seen["looked_at"] for each in decisions) == 1
        assert session.scalars(select(Shape.state).where(Shape.id.in_(ids)).distinct()).all() == ["settled"]
        assert len(session.scalars(select(Prototype.id)).all()) == 30
        told = session.scalars(select(AuditEvent.action).order_by(AuditEvent.id)).all()
    assert told == ["bulk.started", "bulk.decided", "bulk.confirmed"]
    assert check(services).mismatches == ()
    with pytest.raises(ConflictError):
        confirmed(services, people, begun)


def test_the_rule_on_second_persons_holds_for_it_too(services, people, material):
    ids = material.shapes(5, review="auto")
    confirmed(services, people, looked_through(services, people, started(services, people)))
    with services.database.reading() as session:
        assert set(session.scalars(select(Shape.state))) == {"awaiting-second"}
        assert session.scalars(select(Prototype.id)).all() == []
    assert check(services).mismatches == ()
    with pytest.raises(ForbiddenError):
        made(services, people, "second", ids[0])  # who looked at the sample is the first person
    assert made(services, people, "admin", ids[0]).standing.finding == SAME


def test_a_wrong_one_in_the_sample_ends_it(services, people, material):
    material.shapes(20, review="auto")
    begun = started(services, people)
    judged(services, people, begun.id, begun.sample[0])
    ended = judged(services, people, begun.id, begun.sample[1], right=False)
    assert (ended.state, ended.wrong) == ("abandoned", (begun.sample[1],))
    for attempt in (
        lambda: confirmed(services, people, begun),
        lambda: judged(services, people, begun.id, begun.sample[2]),
    ):
        with pytest.raises(ConflictError):
            attempt()
    with services.database.reading() as session:
        assert session.scalars(select(Decision.id)).all() == []


def test_nothing_is_confirmed_before_the_whole_sample_was_looked_at(services, people, material):
    material.shapes(20, review="auto")
    begun = started(services, people)
    for shape_id in begun.sample[:-1]:
        judged(services, people, begun.id, shape_id)
    with pytest.raises(ConflictError, match="標本"):
        confirmed(services, people, begun)


def test_it_goes_on_where_it_stopped(services, people, material):
    ids = material.shapes(25, review="auto")
    begun = looked_through(services, people, started(services, people))
    place = place_of(people, "second")
    for expected in (10, 20, 25):
        with services.database.writing() as session:
            done = bulk.confirm_some(services, session, place=place, bulk_id=begun.id, at_once=10)
        assert done.confirmed == expected
    assert done.state == "confirmed"
    with services.database.reading() as session:
        assert sorted(session.scalars(select(Decision.shape_id))) == ids


def test_what_changed_meanwhile_is_skipped(services, people, material):
    ids = material.shapes(10, review="auto")
    begun = looked_through(services, people, started(services, people))
    made(services, people, "first", ids[0])
    taken = made(services, people, "first", ids[1])
    with services.database.writing() as session:  # decided and taken back: somebody saw something
        withdraw(session, place=place_of(people, "first"), decision_id=taken.decision_id, reason="迷う")
        shape = session.get(Shape, ids[2])
        again = Suggestion(
            shape_id=ids[2], verdict="字形一致", mj="GJ000001", confidence=0.99, review="auto",
            candidates="GJ000001", evidence="", reference="tiny-2 v1", engine="0.2",
        )  # fmt: skip
        session.add(again)
        session.flush()
        shape.suggestion_id, shape.version = again.id, shape.version + 1
    later = material.shapes(1, review="auto")
    done = confirmed(services, people, begun)
    assert (done.confirmed, done.skipped) == (7, 3)
    with services.database.reading() as session:
        bulks = session.scalars(select(Decision.shape_id).where(Decision.bulk_id.is_not(None))).all()
    assert set(bulks) == set(ids[3:])
    assert later[0] not in bulks


def test_what_an_earlier_decision_contradicts_is_left_to_people(services, people, material):
    set_rule(services, people, SecondReview.NEVER)
    (earlier,) = material.shapes(1)
    made(services, people, "first", earlier, OTHER)
    one, other = material.shapes(2, review="auto")
    with services.database.writing() as session:
        prototype = session.scalars(select(Prototype)).one()
        session.add(PrototypeHit(shape_id=one, prototype_id=prototype.id, likeness="form", probability=0.99))
    assert started(services, people).sample == (other,)


def test_the_filter_chooses(services, people, material):
    low = material.shapes(2, review="auto", confidence=0.9)
    similar = material.shapes(1, review="auto", confidence=0.99, suggested=SIMILAR)
    tax = material.shapes(1, review="auto", confidence=0.99, project="税")
    material.shapes(1, review="auto", confidence=0.99, where="there")
    project_id, _ = material.project("here", "税")
    for chosen, expected in (
        ({}, {*low, *similar, *tax}),
        ({"verdicts": (Verdict.SIMILAR,)}, set(similar)),
        ({"confidence_from": 0.95}, {*similar, *tax}),
        ({"confidence_to": 0.95}, set(low)),
        ({"project_id": project_id}, set(tax)),
    ):
        assert set(started(services, people, **chosen).sample) == expected
    with pytest.raises(InvalidError):
        started(services, people, confidence_from=0.5, confidence_to=0.6)
    with pytest.raises(InvalidError):
        BulkFilter(confidence_from=0.9, confidence_to=0.1)


def test_only_who_may_and_who_began(services, people, material):
    material.shapes(5, review="auto")
    for name in ("viewer", "first"):
        with pytest.raises(ForbiddenError):
            started(services, people, name)
    begun = started(services, people)
    with pytest.raises(ForbiddenError):
        judged(services, people, begun.id, begun.sample[0], name="admin")
    with pytest.raises(NotFoundError):
        judged(services, people, begun.id, begun.sample[0], name="other-admin")
    theirs, _ = material.project("there")
    with pytest.raises(NotFoundError):
        started(services, people, project_id=theirs)
    with services.database.writing() as session:  # an administrator may end what others began
        ended = bulk.abandon(session, place=place_of(people, "admin"), bulk_id=begun.id)
    assert ended.state == "abandoned"


def test_an_mj_that_is_no_more_known_is_skipped(services, people, material):
    from api.domain.standing import Finding

    good = material.shapes(2, review="auto")
    material.shapes(1, review="auto", suggested=Finding(Verdict.SAME, None, "MJ777777"))
    done = confirmed(services, people, looked_through(services, people, started(services, people)))
    assert (done.confirmed, done.skipped) == (2, 1)
    with services.database.reading() as session:
        assert sorted(session.scalars(select(Decision.shape_id))) == good
