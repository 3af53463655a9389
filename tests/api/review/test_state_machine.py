"""Whatever several people do in whatever order: the records say what happened, the columns follow from them.

Records are followed beside the database in plain Python, so that a fault of the application does not excuse
itself.
"""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from api.domain.rights import Action, Role
from api.domain.standing import SecondReview, Stage, State
from api.errors import ApiError, ConflictError, ForbiddenError, InvalidError, StaleError
from api.review.check import check
from api.review.decide import decide
from api.review.withdraw import withdraw
from api.store.models import AuditEvent, Decision, Prototype, Shape, Withdrawal
from tests.api.review.material import OTHER, SAME, SIMILAR, SYMBOL, Material, place_of, set_rule

NAMES = ("first", "second-first", "second", "admin", "viewer")
FINDINGS = (SAME, OTHER, SIMILAR, SYMBOL)


class Review(RuleBasedStateMachine):
    """Several people decide and withdraw; a model in plain Python says what must come of it."""

    services = people = material = None
    shapes = Bundle("shapes")
    decisions = Bundle("decisions")

    @initialize(target=shapes)
    def some_shapes(self):
        set_rule(self.services, self.people, SecondReview.ALL)
        self.ids = self.material.shapes(2, review="required")
        self.versions = dict.fromkeys(self.ids, 1)
        self.rule = SecondReview.ALL
        self.chains = {each: [] for each in self.ids}  # (decision id, stage, user, finding, needs second)
        self.made: set[int] = set()
        self.withdrawn: set[int] = set()
        return multiple(*self.ids)

    def state_of(self, shape_id):
        chain = self.chains[shape_id]
        if not chain:
            return State.OPEN
        stage = chain[-1][1]
        if stage is Stage.CONFERENCE:
            return State.SETTLED
        if stage is Stage.SECOND:
            return State.SETTLED if chain[0][3] == chain[1][3] else State.DISPUTED
        return State.AWAITING_SECOND if chain[0][4] else State.SETTLED

    @rule(chosen=st.sampled_from(SecondReview))
    def another_rule(self, chosen):
        set_rule(self.services, self.people, chosen)
        self.rule = chosen

    @rule(
        target=decisions,
        shape_id=shapes,
        name=st.sampled_from(NAMES),
        finding=st.sampled_from(FINDINGS),
        stale=st.integers(0, 5).map(lambda number: number == 0),
        reason=st.sampled_from(["", "見比べた"]),
    )
    def decide(self, shape_id, name, finding, stale, reason):
        place = place_of(self.people, name)
        state = self.state_of(shape_id)
        due: type[ApiError] | None = None
        if stale:
            due = StaleError
        elif state is State.SETTLED:
            due = ConflictError
        elif not place.may(
            {
                State.OPEN: Action.DECIDE_FIRST,
                State.AWAITING_SECOND: Action.DECIDE_SECOND,
                State.DISPUTED: Action.CONFER,
            }[state]
        ) or (state is State.AWAITING_SECOND and self.chains[shape_id][0][2] == name):
            due = ForbiddenError
        elif state is State.DISPUTED and not reason:
            due = InvalidError
        version = self.versions[shape_id] - stale
        try:
            with self.services.database.writing() as session:
                done = decide(
                    self.services, session, place=place, shape_id=shape_id, version=version,
                    finding=finding, reason=reason,
                )  # fmt: skip
        except ApiError as error:
            assert type(error) is due
            return multiple()
        assert due is None
        stage = {
            State.OPEN: Stage.FIRST, State.AWAITING_SECOND: Stage.SECOND, State.DISPUTED: Stage.CONFERENCE
        }[state]  # fmt: skip
        assert done.stage is stage
        self.chains[shape_id].append(
            (done.decision_id, stage, name, finding, self.rule.needs_second(finding.verdict))
        )
        self.made.add(done.decision_id)
        self.changed(shape_id, done.version)
        return done.decision_id

    @rule(decision_id=decisions, name=st.sampled_from(NAMES))
    def withdraw(self, decision_id, name):
        place = place_of(self.people, name)
        with self.services.database.reading() as session:
            decision = session.get(Decision, decision_id)
        chain = self.chains[decision.shape_id]
        at = next((number for number, each in enumerate(chain) if each[0] == decision_id), None)
        own = decision.user_id == self.people[name]
        due: type[ApiError] | None = None
        if not (place.role is Role.ADMIN or (own and place.role is not Role.VIEWER)):
            due = ForbiddenError
        elif at is None:
            due = ConflictError
        try:
            with self.services.database.writing() as session:
                done = withdraw(session, place=place, decision_id=decision_id, reason="見誤り")
        except ApiError as error:
            assert type(error) is due
            return
        assert due is None
        assert done.fallen == tuple(each[0] for each in chain[at:])
        del chain[at:]
        self.withdrawn.add(decision_id)
        self.changed(decision.shape_id, done.version)

    def changed(self, shape_id, version):
        assert version == self.versions[shape_id] + 1
        self.versions[shape_id] = version

    @rule(shape_id=shapes, verb=st.sampled_from(["UPDATE decision SET mj = ''", "DELETE FROM withdrawal"]))
    def tamper(self, shape_id, verb):
        if not (self.withdrawn if "withdrawal" in verb else self.made):
            return
        with pytest.raises(DBAPIError, match="append-only"), self.services.database.writing() as session:
            session.execute(text(verb))

    @invariant()
    def columns_follow_from_records(self):
        if not hasattr(self, "ids"):
            return
        with self.services.database.reading() as session:
            for shape_id in self.ids:
                shape = session.get(Shape, shape_id)
                state, chain = self.state_of(shape_id), self.chains[shape_id]
                assert shape.state == state.value
                assert shape.version == self.versions[shape_id]
                settled = chain[-1][3] if state is State.SETTLED else None
                assert shape.final_class == (settled.verdict.value if settled else "")
                assert shape.final_mj == (settled.mj if settled else "")
                assert (shape.settled_at is not None) is (settled is not None)
                assert shape.first_user_id == (self.people[chain[0][2]] if chain else None)
                live = session.scalars(
                    select(Prototype.decision_id).where(
                        Prototype.shape_id == shape_id, Prototype.ended_at.is_(None)
                    )
                ).all()
                assert live == ([chain[-1][0]] if settled else [])
                if len(chain) > 1:
                    assert chain[0][2] != chain[1][2]

    @invariant()
    def nothing_is_lost(self):
        if not hasattr(self, "ids"):
            return
        with self.services.database.reading() as session:
            mine = session.scalars(select(Decision.id).where(Decision.shape_id.in_(self.ids))).all()
            back = session.scalars(
                select(Withdrawal.decision_id).where(Withdrawal.decision_id.in_(mine))
            ).all()
            told = session.scalars(
                select(AuditEvent.object_id).where(
                    AuditEvent.action == "decision.made", AuditEvent.object_id.in_(mine)
                )
            ).all()
        assert set(mine) == set(told) == self.made
        assert set(back) == self.withdrawn

    def teardown(self):
        assert check(self.services).mismatches == ()


def test_whatever_people_do_the_columns_follow_from_the_records(services, people):
    ours = {"services": services, "people": people, "material": Material(services, people)}
    machine = type("OurReview", (Review,), ours)
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=25,
            stateful_step_count=20,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
