"""The audit log is filtered, turned over page by page, and exported whole."""

from __future__ import annotations

import csv
import io
import json
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from api.audit.export import COLUMNS, as_csv, as_jsonl
from api.audit.read import AuditFilter, Event, actions_of, people_of, read_all, read_page
from api.audit.words import ACTIONS
from api.store.models import AuditEvent, User

START = datetime(2026, 4, 1, tzinfo=UTC)


@pytest.fixture
def log(services, people) -> list[int]:
    """Thirty events here, three there, one of nobody's municipality."""
    with services.database.writing() as session:
        events = [
            AuditEvent(
                at=START + timedelta(hours=number),
                user_id=people["first" if number % 3 else "second"],
                municipality_id=people["here"],
                action="decision.made" if number % 2 else "bulk.started",
                object_type="decision" if number % 2 else "bulk",
                object_id=number,
                detail={"shape_id": number},
            )
            for number in range(30)
        ]
        events += [AuditEvent(municipality_id=people["there"], action="decision.made") for _ in range(3)]
        events.append(AuditEvent(action="login.failed"))
        session.add_all(events)
        session.flush()
        return [event.id for event in events[:30]]


def all_of(services, people, **chosen):
    found = read_all(services.database, municipality_id=people["here"], chosen=AuditFilter(**chosen))
    return [event.object_id for event in found]


def test_pages_hold_everything_once_the_latest_first(services, people, log):
    seen: list[int] = []
    before = None
    while True:
        with services.database.reading() as session:
            found = read_page(
                session, municipality_id=people["here"], chosen=AuditFilter(), before=before, limit=7
            )
        seen += [event.id for event in found.events]
        if (before := found.before) is None:
            break
    assert seen == log[::-1]


def test_the_last_page_says_so_when_it_is_full(services, people, log):
    with services.database.reading() as session:
        found = read_page(session, municipality_id=people["here"], chosen=AuditFilter(), limit=30)
    assert (len(found.events), found.before) == (30, None)


def test_everything_is_told_of_an_event(services, people, log):
    with services.database.reading() as session:
        event = read_page(session, municipality_id=people["here"], chosen=AuditFilter()).events[0]
    assert (event.user, event.title, event.object_title, event.detail) == (
        "first", "判定", "判定", {"shape_id": 29}
    )  # fmt: skip


@pytest.mark.parametrize(
    ("chosen", "expected"),
    [
        ({"action": "decision.made"}, range(1, 30, 2)),
        ({"action": "decision"}, range(1, 30, 2)),
        ({"action": "bulk_"}, ()),
        ({"since": START + timedelta(hours=28)}, (28, 29)),
        ({"until": START + timedelta(hours=2)}, (0, 1)),
        ({"object_type": "bulk", "object_id": 4}, (4,)),
        ({"user_id": -1}, ()),
    ],
)
def test_filters(services, people, log, chosen, expected):
    assert all_of(services, people, **chosen) == list(expected)


def test_a_person_is_a_filter_too(services, people, log):
    assert all_of(services, people, user_id=people["second"]) == list(range(0, 30, 3))


def test_what_can_be_chosen_is_what_occurs_here(services, people, log):
    with services.database.reading() as session:
        assert set(actions_of(session, municipality_id=people["here"])) == {"bulk.started", "decision.made"}
        assert people_of(session, municipality_id=people["here"]) == [
            (people["first"], "first"),
            (people["second"], "second"),
        ]


def test_reading_all_goes_on_behind_each_block(services, people, log, monkeypatch):
    monkeypatch.setattr("api.audit.read._BLOCK", 10)
    assert all_of(services, people) == list(range(30))


def events() -> list[Event]:
    return [
        Event(number, START, 7, name, "decision.made", "decision", 3, {"mj": "MJ000001", "n": 1}, "r")
        for number, name in enumerate(["山田", "=1+1", '引用"と,改行\n'], 1)
    ]


def test_csv_opens_in_excel_and_holds_no_formula():
    data = b"".join(as_csv(events()))
    assert data.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")))
    assert rows[0] == list(COLUMNS)
    assert [row[3] for row in rows[1:]] == ["山田", "'=1+1", '引用"と,改行\n']
    assert json.loads(rows[1][8]) == {"mj": "MJ000001", "n": 1}
    assert datetime.fromisoformat(rows[1][1]) == START


def test_csv_is_written_while_it_is_read():
    parts = list(as_csv(events() * 300))
    assert len(parts) > 3
    assert len(list(csv.reader(io.StringIO(b"".join(parts).decode("utf-8-sig"), newline="")))) == 901
    assert b"".join(as_csv([])).decode("utf-8-sig").strip() == ",".join(COLUMNS)


def test_jsonl_is_one_object_a_line():
    lines = b"".join(as_jsonl(events())).decode().splitlines()
    assert [json.loads(line)["user"] for line in lines] == ["山田", "=1+1", '引用"と,改行\n']
    assert list(json.loads(lines[0])) == list(COLUMNS)


def test_every_action_of_the_review_has_a_title(services, people, material):
    from tests.api.review.test_bulk import judged, started
    from tests.api.review.test_decide import made

    ids = material.shapes(3, review="auto")
    made(services, people, "first", ids[0])
    begun = started(services, people)
    judged(services, people, begun.id, begun.sample[0], right=False)
    with services.database.reading() as session:
        assert set(session.scalars(select(AuditEvent.action))) <= set(ACTIONS)
        names = {user.login for user in session.scalars(select(User))}
        details = " ".join(str(each) for each in session.scalars(select(AuditEvent.detail)))
    assert not any(name in details for name in names - {"first", "second"})
