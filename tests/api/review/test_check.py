"""The check finds columns that do not follow from the records, and puts them right."""

from __future__ import annotations

import pytest
from sqlalchemy import select, text

from api.domain.standing import SecondReview
from api.review.check import check
from api.store.models import AuditEvent, Prototype, Shape
from tests.api.review.material import SAME, set_rule
from tests.api.review.test_decide import made


@pytest.fixture
def settled(services, people, material) -> int:
    set_rule(services, people, SecondReview.NEVER)
    ids = material.shapes(3)
    made(services, people, "first", ids[1], SAME)
    return ids[1]


def test_nothing_to_find(services, settled):
    assert check(services) == check(services, repair=True)
    assert (check(services).shapes, check(services).mismatches) == (3, ())


@pytest.mark.parametrize(
    ("damage", "columns"),
    [
        ("UPDATE shape SET state = 'open' WHERE id = {}", {"state"}),
        ("UPDATE shape SET final_mj = '', final_class = '' WHERE id = {}", {"final_mj", "final_class"}),
        ("UPDATE shape SET settled_at = NULL, first_user_id = NULL WHERE id = {}",
         {"settled_at", "first_user_id"}),
        ("DELETE FROM prototype WHERE shape_id = {}", {"prototype"}),
        ("UPDATE prototype SET ended_at = created_at WHERE shape_id = {}", {"prototype"}),
    ],
)  # fmt: skip
def test_damage_is_found_and_put_right(services, settled, damage, columns):
    with services.database.writing() as session:
        session.execute(text(damage.format(settled)))
    found = check(services)
    assert {(each.shape_id, each.column) for each in found.mismatches} == {
        (settled, each) for each in columns
    }
    assert found.repaired == 0
    assert check(services, repair=True).repaired == 1
    assert check(services).mismatches == ()
    with services.database.reading() as session:
        shape = session.get(Shape, settled)
        assert (shape.state, shape.final_mj, shape.version) == ("settled", "GJ000001", 3)
        assert session.scalars(select(Prototype)).one().ended_at is None
        assert session.scalars(select(AuditEvent.action)).all()[-1] == "shape.repaired"
