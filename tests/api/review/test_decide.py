"""Decisions: which stage, who may, what must be given, and that only one of several wins."""

from __future__ import annotations

import threading

import pytest
from sqlalchemy import select

from api.domain.rights import Role
from api.domain.standing import Finding, SecondReview, Stage, State
from api.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError, StaleError
from api.review.decide import decide
from api.review.withdraw import withdraw
from api.store.models import AuditEvent, Decision, Prototype, PrototypeHit, Shape
from engine.result import Subclass, Verdict
from tests.api.review.material import KANA, OTHER, SAME, SIMILAR, SYMBOL, place_of, set_rule


def made(services, people, name, shape_id, finding=SAME, version=None, **more):
    """Decide as somebody, by default on the current version."""
    with services.database.writing() as session:
        if version is None:
            version = session.get(Shape, shape_id).version
        return decide(
            services,
            session,
            place=place_of(people, name),
            shape_id=shape_id,
            version=version,
            finding=finding,
            **more,
        )


def shape_of(services, shape_id) -> Shape:
    with services.database.reading() as session:
        return session.get(Shape, shape_id)


def test_two_who_agree_settle_a_shape(services, people, material):
    (shape_id,) = material.shapes(1)
    first = made(services, people, "first", shape_id, seconds=3.5)
    assert (first.stage, first.standing.state, first.version) == (Stage.FIRST, State.AWAITING_SECOND, 2)
    assert shape_of(services, shape_id).first_user_id == people["first"]
    second = made(services, people, "second", shape_id)
    assert (second.stage, second.standing.state, second.version) == (Stage.SECOND, State.SETTLED, 3)
    shape = shape_of(services, shape_id)
    assert (shape.state, shape.final_class, shape.final_mj) == ("settled", "字形一致", "GJ000001")
    with services.database.reading() as session:
        rows = session.scalars(select(Decision).order_by(Decision.id)).all()
        (prototype,) = session.scalars(select(Prototype)).all()
        events = session.scalars(select(AuditEvent.action)).all()
    assert [row.answers for row in rows] == [None, rows[0].id]
    assert rows[0].seconds == 3.5
    assert shape.settled_at == rows[1].created_at
    assert (prototype.decision_id, prototype.mj, prototype.vector) == (rows[1].id, "GJ000001", None)
    assert events == ["decision.made", "decision.made"]


def test_two_who_disagree_confer(services, people, material):
    (shape_id,) = material.shapes(1)
    made(services, people, "first", shape_id, SAME)
    assert made(services, people, "second", shape_id, SIMILAR).standing.state is State.DISPUTED
    assert shape_of(services, shape_id).final_class == ""
    with pytest.raises(InvalidError, match="協議"):
        made(services, people, "admin", shape_id, OTHER)
    # One of the two may put down what was agreed on.
    last = made(services, people, "second", shape_id, OTHER, reason="点の位置を原票で確かめた")
    assert (last.stage, last.standing.finding) == (Stage.CONFERENCE, OTHER)
    with pytest.raises(ConflictError):
        made(services, people, "admin", shape_id, OTHER)


@pytest.mark.parametrize(
    ("rule", "finding", "state"),
    [
        (SecondReview.ALL, SAME, State.AWAITING_SECOND),
        (SecondReview.SIMILAR, SAME, State.SETTLED),
        (SecondReview.SIMILAR, SIMILAR, State.AWAITING_SECOND),
        (SecondReview.NEVER, SIMILAR, State.SETTLED),
    ],
)
def test_the_rule_says_who_waits_for_a_second_person(services, people, material, rule, finding, state):
    set_rule(services, people, rule)
    (shape_id,) = material.shapes(1)
    assert made(services, people, "first", shape_id, finding).standing.state is state


def test_a_rule_changed_later_changes_no_earlier_decision(services, people, material):
    (shape_id,) = material.shapes(1)
    made(services, people, "first", shape_id)
    set_rule(services, people, SecondReview.NEVER)
    assert shape_of(services, shape_id).state == "awaiting-second"
    assert made(services, people, "second", shape_id).stage is Stage.SECOND


def test_nobody_is_both_first_and_second(services, people, material):
    (shape_id,) = material.shapes(1)
    made(services, people, "second", shape_id)
    with pytest.raises(ForbiddenError) as refused:
        made(services, people, "second", shape_id)
    assert refused.value.details["rule"] == "another-person"
    assert shape_of(services, shape_id).version == 2  # what was refused left no trace


@pytest.mark.parametrize("name", ["viewer", "first", "second-first"])
def test_the_role_must_allow_the_stage(services, people, material, name):
    one, two = material.shapes(2)
    made(services, people, "admin", one)
    with pytest.raises(ForbiddenError):
        made(services, people, name, one)  # the second decision is not theirs
    if name == "viewer":
        with pytest.raises(ForbiddenError):
            made(services, people, name, two)


def test_another_municipality_is_not_there(services, people, material):
    (shape_id,) = material.shapes(1)
    with pytest.raises(NotFoundError):
        made(services, people, "other-admin", shape_id)
    theirs, _ = material.project("there")
    with pytest.raises(NotFoundError):
        made(services, people, "first", shape_id, project_id=theirs)
    mine, _ = material.project("here")
    assert made(services, people, "first", shape_id, project_id=mine).stage is Stage.FIRST


def test_a_stale_version_is_refused_and_told(services, people, material):
    (shape_id,) = material.shapes(1)
    made(services, people, "first", shape_id, version=1)
    with pytest.raises(StaleError) as stale:
        made(services, people, "second", shape_id, version=1)
    assert stale.value.details == {"shape_id": shape_id, "version": 2, "state": "awaiting-second"}


@pytest.mark.parametrize(
    ("finding", "field"),
    [
        (Finding(Verdict.SAME), "mj"),
        (Finding(Verdict.SIMILAR), "mj"),
        (Finding(Verdict.SAME, None, "MJ999999"), "mj"),
        (Finding(Verdict.SAME, None, "GJ090001"), "mj"),
        (Finding(Verdict.DESIGN, Subclass.SYMBOL, "GJ000001"), "subclass"),
        (Finding(Verdict.UNIDENTIFIED), "subclass"),
        (Finding(Verdict.UNIDENTIFIED, Subclass.SYMBOL, "GJ000001"), "mj"),
        (Finding(Verdict.UNIDENTIFIED, Subclass.UNKNOWN, "GJ090001"), "mj"),
        (Finding(Verdict.UNIDENTIFIED, Subclass.HENTAIGANA, "GJ000001"), "mj"),
    ],
)
def test_a_finding_must_fit_together(services, people, material, finding, field):
    (shape_id,) = material.shapes(1)
    with pytest.raises(InvalidError) as refused:
        made(services, people, "first", shape_id, finding)
    assert refused.value.details["field"] == field


@pytest.mark.parametrize(
    "finding", [SIMILAR, SYMBOL, KANA, Finding(Verdict.UNIDENTIFIED, Subclass.HENTAIGANA)]
)
def test_findings_of_every_kind_are_kept(services, people, material, finding):
    (shape_id,) = material.shapes(1)
    made(services, people, "first", shape_id, finding)
    assert made(services, people, "second", shape_id, finding).standing.finding == finding


def test_contradicting_an_auto_suggestion_needs_a_reason(services, people, material):
    (shape_id,) = material.shapes(1, review="auto")
    with pytest.raises(InvalidError, match="理由") as refused:
        made(services, people, "first", shape_id, OTHER)
    assert refused.value.details["field"] == "reason"
    made(services, people, "first", shape_id, OTHER, reason="右の点がない")
    made(services, people, "second", shape_id, SAME)  # agreeing with the machine needs none


def test_contradicting_an_earlier_decision_needs_a_reason(services, people, material):
    set_rule(services, people, SecondReview.NEVER)
    earlier, later, third = material.shapes(3)
    made(services, people, "first", earlier, OTHER)
    with services.database.writing() as session:
        prototype = session.scalars(select(Prototype)).one()
        for shape_id in (later, third):
            session.add(
                PrototypeHit(shape_id=shape_id, prototype_id=prototype.id, likeness="near", probability=0.99)
            )
    with pytest.raises(InvalidError, match="前の判定"):
        made(services, people, "first", later, SAME)
    decision = made(services, people, "first", later, OTHER)
    with services.database.reading() as session:
        seen = session.get(Decision, decision.decision_id).seen
    assert seen["prototypes"] == [{"id": prototype.id, "likeness": "near", "probability": 0.99}]
    with services.database.writing() as session:  # with the decision its word falls, too
        withdraw(session, place=place_of(people, "first"), decision_id=prototype.decision_id, reason="誤り")
    made(services, people, "first", third, SAME)


@pytest.mark.parametrize("reason", ["あ" * 1001, "改行\x00", "逆\u202e転"])
def test_a_reason_must_be_printable_and_short(services, people, material, reason):
    (shape_id,) = material.shapes(1)
    with pytest.raises(InvalidError) as refused:
        made(services, people, "first", shape_id, reason=reason)
    assert refused.value.details["field"] == "reason"


def test_a_reason_keeps_lines_and_wide_spaces(services, people, material):
    (shape_id,) = material.shapes(1)
    done = made(services, people, "first", shape_id, reason=" 一行目\r\n二\u3000行目 \ue000 𰀀 ")
    with services.database.reading() as session:
        assert session.get(Decision, done.decision_id).reason == "一行目\n二\u3000行目 \ue000 𰀀"


def test_what_was_seen_is_put_down(services, people, material):
    (shape_id,) = material.shapes(1)
    made(services, people, "first", shape_id, seen={"searched": "GJ000001"})
    made(services, people, "second", shape_id, OTHER)
    made(services, people, "admin", shape_id, OTHER, reason="協議")
    with services.database.reading() as session:
        first, second, last = (row.seen for row in session.scalars(select(Decision).order_by(Decision.id)))
        suggestion_id = session.get(Shape, shape_id).suggestion_id
        ids = session.scalars(select(Decision.id).order_by(Decision.id)).all()
    assert first["candidates"] == ["GJ000001", "GJ000002", "GJ000005"]
    assert first["suggestion_id"] == suggestion_id
    assert first["page"] == {"searched": "GJ000001"}
    assert first["second_review"] == "all"
    assert (second["earlier"], second["earlier_shown"]) == ([ids[0]], False)
    assert (last["earlier"], last["earlier_shown"]) == (ids[:2], True)


@pytest.mark.parametrize("seen", [{"text": "あ" * 5000}, {"what": {1, 2}}, {"number": float("nan")}])
def test_what_a_page_claims_is_limited(services, people, material, seen):
    (shape_id,) = material.shapes(1)
    with pytest.raises(InvalidError):
        made(services, people, "first", shape_id, seen=seen)


def test_of_eight_at_once_exactly_one_wins(services, people, material):
    ids = material.shapes(12)
    wins: list[tuple[int, int]] = []
    others: list[type] = []
    start = threading.Barrier(8)

    def work(number: int) -> None:
        name = ("first", "second", "admin", "second-first")[number % 4]
        start.wait()
        for shape_id in ids:
            try:
                with services.database.writing() as session:
                    done = decide(
                        services,
                        session,
                        place=place_of(people, name),
                        shape_id=shape_id,
                        version=1,
                        finding=SAME if number % 2 else OTHER,
                    )
                wins.append((shape_id, done.decision_id))
            except StaleError as error:
                others.append(type(error))

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(shape_id for shape_id, _ in wins) == ids
    assert len(others) == 7 * len(ids)
    with services.database.reading() as session:
        assert sorted(session.execute(select(Decision.shape_id, Decision.id)).all()) == sorted(wins)
        assert set(session.scalars(select(Shape.version))) == {2}


def test_a_role_that_was_taken_away_counts_at_once(services, people, material):
    (shape_id,) = material.shapes(1)
    with pytest.raises(ForbiddenError), services.database.writing() as session:
        decide(
            services,
            session,
            place=place_of(people, "first", Role.VIEWER),
            shape_id=shape_id,
            version=1,
            finding=SAME,
        )
