"""Which rule is in force: the latest adopted policy whose day has come, else the municipality's own."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from api.domain.standing import SecondReview
from api.review.rule import rule_in_force
from api.store.models import Decision, PolicyVersion
from engine.policy import load
from tests.api.review.material import SAME, set_rule
from tests.api.review.test_decide import made

NOW = datetime.now(UTC)
ADOPTED = NOW - timedelta(days=30)


@pytest.fixture(scope="module")
def toml() -> dict[str, str]:
    """A policy for each rule on second persons."""
    from dataclasses import replace

    from engine.policy.action import SecondReview as Who
    from engine.policy.write import to_toml

    policy = load.load_policy("standard")
    return {who.value: to_toml(replace(policy, second_review=who)) for who in Who}


def adopt(services, people, toml, label, *, adopted=ADOPTED, start=None, where="here") -> int:
    with services.database.writing() as session:
        row = PolicyVersion(
            municipality_id=people[where], title="文字運用ポリシー", version_label=label, toml=toml,
            identity="a" * 64, adopted_at=adopted, in_force_from=start,
        )  # fmt: skip
        session.add(row)
        session.flush()
        return row.id


def rule(services, people):
    with services.database.reading() as session:
        return rule_in_force(session, people["here"])


def test_without_a_policy_the_municipality_decides(services, people):
    for chosen in SecondReview:
        set_rule(services, people, chosen)
        assert rule(services, people).second_review is chosen
        assert (rule(services, people).policy_id, rule(services, people).policy_label) == (None, "")


def test_the_latest_adopted_policy_whose_day_has_come_holds(services, people, toml):
    adopt(services, people, toml["never"], "案", adopted=None)
    adopt(services, people, toml["never"], "よその", where="there")
    assert rule(services, people).second_review is SecondReview.ALL
    old = adopt(services, people, toml["similar"], "1", start=NOW - timedelta(days=20))
    assert (rule(services, people).policy_id, rule(services, people).second_review.value) == (old, "similar")
    new = adopt(services, people, toml["never"], "2", start=NOW - timedelta(days=2))
    adopt(services, people, toml["all"], "3", start=NOW + timedelta(days=2))
    found = rule(services, people)
    assert (found.policy_id, found.second_review) == (new, SecondReview.NEVER)
    assert found.policy_label == "文字運用ポリシー 2（aaaaaaaa）"


def test_a_policy_that_cannot_be_read_asks_for_two(services, people):
    set_rule(services, people, SecondReview.NEVER)
    adopt(services, people, "format = 99", "1")
    assert rule(services, people).second_review is SecondReview.ALL


def test_a_decision_says_under_which_policy_it_was_made(services, people, material, toml):
    policy_id = adopt(services, people, toml["never"], "1")
    (shape_id,) = material.shapes(1)
    done = made(services, people, "first", shape_id, SAME)
    assert done.standing.finding == SAME
    with services.database.reading() as session:
        decision = session.get(Decision, done.decision_id)
    assert (decision.policy_id, decision.seen["policy_id"]) == (policy_id, policy_id)
    assert decision.seen["second_review"] == "never"
