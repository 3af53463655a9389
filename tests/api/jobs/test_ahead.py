"""Explaining ahead: what people still have to look at, in order, no more than they need."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from api.jobs.ahead import Ahead
from api.pictures import explanations
from api.store.models import Explanation, Shape, Suggestion

from .conftest import dots


@pytest.fixture
def shapes(services, project, hand_in, work) -> list[int]:
    """Five identified shapes, the first settled, the second sure; no explanation is really computed."""
    from api.work.upload_options import UploadOptions

    options = UploadOptions(raw="16x16", raw_code="U+E000")
    hand_in(dots(range(1, 6)), "外字.bin", project(), options=options)
    work()
    with services.database.writing() as session:
        rows = session.scalars(select(Shape).order_by(Shape.id)).all()
        for row in rows:
            row.review = "required"
        rows[0].state, rows[1].review = "settled", "auto"
        return [row.id for row in rows]


@pytest.fixture(autouse=True)
def cheap(monkeypatch) -> None:
    monkeypatch.setattr(explanations, "_compute", lambda *_: (b"x\x9cc\x00\x00\x00\x01\x00\x01", b""))
    monkeypatch.setattr(explanations, "_opened", lambda row: row)


def explained(services) -> list[int]:
    with services.database.reading() as session:
        question = select(Suggestion.shape_id).join(Explanation, Explanation.suggestion_id == Suggestion.id)
        return sorted(session.scalars(question))


def test_what_waits_for_people_is_explained_in_order(services, shapes):
    ahead = Ahead(services)
    assert ahead.explain_one()
    assert explained(services) == shapes[2:3]
    while ahead.explain_one():
        pass
    assert explained(services) == shapes[2:]


def test_no_more_than_people_need(services, shapes):
    ahead = Ahead(services, most=2, rest_s=0)
    while ahead.explain_one():
        pass
    assert explained(services) == shapes[2:4]
    with services.database.writing() as session:
        session.get_one(Shape, shapes[2]).state = "settled"
    while ahead.explain_one():
        pass
    assert explained(services) == shapes[2:]


def test_after_the_last_one_the_database_is_left_alone_until_there_is_a_job(services, shapes):
    ahead = Ahead(services)
    while ahead.explain_one():
        pass
    with services.database.writing() as session:
        session.get_one(Shape, shapes[1]).review = "required"
    assert not ahead.explain_one()
    ahead.look_again()
    assert ahead.explain_one()
    assert explained(services) == shapes[1:]
