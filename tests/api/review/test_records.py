"""Records can only be added: neither through the ORM nor in SQL is one changed or deleted."""

from __future__ import annotations

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from api.review.decide import decide
from api.review.withdraw import withdraw
from api.store.append_only import AppendOnlyError
from api.store.models import Decision
from tests.api.review.material import SAME, place_of

TABLES = ("suggestion", "decision", "withdrawal", "audit_event")


@pytest.fixture
def decision_id(services, people, material) -> int:
    (shape_id,) = material.shapes(1)
    with services.database.writing() as session:
        place = place_of(people, "first")
        done = decide(services, session, place=place, shape_id=shape_id, version=1, finding=SAME)
        withdraw(session, place=place, decision_id=done.decision_id, reason="見誤り")
    return done.decision_id


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("verb", ["UPDATE {} SET id = id + 1000", "DELETE FROM {}"])
def test_sql_is_refused(services, decision_id, table, verb):
    with pytest.raises(DBAPIError, match="append-only"), services.database.writing() as session:
        session.execute(text(verb.format(table)))


def test_the_orm_is_refused(services, decision_id):
    with pytest.raises(AppendOnlyError), services.database.writing() as session:
        session.get(Decision, decision_id).reason = "別の理由"
    with pytest.raises(AppendOnlyError), services.database.writing() as session:
        session.delete(session.get(Decision, decision_id))
