"""A write that is sent twice has one effect."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from api.review.decide import decide
from api.store.models import BulkConfirmation, Decision, IdempotencyKey, Project, Upload, Withdrawal
from api.store.types import now
from tests.api.jobs.conftest import dots
from tests.api.review.material import SAME, place_of
from tests.api.v1.conftest import BASE

FINDING = {"class": "字形一致", "mj": "GJ000001", "version": 1}
PROJECT = {"name": "住記", "system": "住記"}
KEY = {"Idempotency-Key": "3b7e2f0c-1"}


def rows(services, table) -> int:
    with services.database.reading() as session:
        return session.scalar(select(func.count()).select_from(table))


@pytest.fixture
def writes(material, services, people):
    """Every write that takes a key: what is sent, and the table that it adds one row to."""
    (shape_id, other) = material.shapes(2, review="auto")
    project_id, _ = material.project()

    def make_decision(client, **how):
        return client.post(f"{BASE}/shapes/{shape_id}/decisions", json=FINDING, **how)

    decision_id = _decided(services, people, other)

    def withdraw(client, **how):
        at = f"{BASE}/decisions/{decision_id}/withdrawal"
        return client.post(at, json={"reason": "取り違え"}, **how)

    def hand_in(client, **how):
        return client.post(
            f"{BASE}/projects/{project_id}/uploads",
            files={"file": ("a.bin", dots([1, 2]))},
            data={"raw": "16x16"},
            **how,
        )

    return {
        "project": (lambda client, **how: client.post(f"{BASE}/projects", json=PROJECT, **how), Project),
        "upload": (hand_in, Upload),
        "decision": (make_decision, Decision),
        "withdrawal": (withdraw, Withdrawal),
        "bulk": (lambda client, **how: client.post(f"{BASE}/bulk-confirmations", json={}, **how),
                 BulkConfirmation),
    }  # fmt: skip


def _decided(services, people, shape_id) -> int:
    with services.database.writing() as session:
        made = decide(
            services, session, place=place_of(people, "first"), shape_id=shape_id, version=1, finding=SAME
        )
    return made.decision_id


WRITES = ("project", "upload", "decision", "withdrawal", "bulk")


@pytest.mark.parametrize("name", WRITES)
def test_sent_again_it_gets_the_same_answer(name, writes, program, services, ok):
    send, table = writes[name]
    admin = program("admin")
    made = ok(send(admin, headers=KEY), 201)
    before = rows(services, table)
    again = send(admin, headers=KEY)
    assert ok(again, 201) == made
    assert again.headers["Idempotent-Replayed"] == "true"
    assert rows(services, table) == before


@pytest.mark.parametrize("name", WRITES)
def test_eight_at_once_have_one_effect(name, writes, program, services, ok):
    send, table = writes[name]
    admin = program("admin")
    before = rows(services, table)
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: send(admin, headers=KEY), range(8)))
    bodies = [ok(answer, 201) for answer in answers]
    assert all(body == bodies[0] for body in bodies)
    assert sum("Idempotent-Replayed" not in answer.headers for answer in answers) == 1
    assert rows(services, table) == before + 1


def test_the_same_key_for_something_else_is_refused(writes, program, services, ok):
    admin = program("admin")
    ok(writes["project"][0](admin, headers=KEY), 201)
    for body, at in (
        ({"name": "別", "system": "別"}, f"{BASE}/projects"),
        ({}, f"{BASE}/bulk-confirmations"),
    ):
        answer = admin.post(at, json=body, headers=KEY)
        assert ok(answer, 422)["error"]["code"] == "idempotency-mismatch"


def test_a_file_with_other_content_is_another_request(writes, program, material, ok):
    admin = program("admin")
    ok(writes["upload"][0](admin, headers=KEY), 201)
    at = f"{BASE}/projects/{material.project()[0]}/uploads"
    for content, raw in ((dots([1, 3]), "16x16"), (dots([1, 2]), "32x8")):
        answer = admin.post(at, files={"file": ("a.bin", content)}, data={"raw": raw}, headers=KEY)
        assert ok(answer, 422)["error"]["code"] == "idempotency-mismatch"


def test_keys_of_different_people_have_nothing_to_do_with_each_other(writes, program, services, ok):
    ok(writes["bulk"][0](program("admin"), headers=KEY), 201)
    ok(writes["bulk"][0](program("second"), headers=KEY), 201)
    assert rows(services, BulkConfirmation) == 2


def test_an_error_is_not_kept(program, material, ok):
    (shape_id,) = material.shapes(1)
    first, at = program("first"), f"{BASE}/shapes/{shape_id}/decisions"
    assert ok(first.post(at, json=FINDING | {"version": 2}, headers=KEY), 409)
    ok(first.post(at, json=FINDING, headers=KEY), 201)


def test_a_key_lasts_seven_days(writes, program, services, ok):
    admin = program("admin")
    ok(writes["bulk"][0](admin, headers=KEY), 201)
    with services.database.writing() as session:
        session.execute(update(IdempotencyKey).values(created_at=now() - timedelta(days=7, seconds=1)))
    ok(writes["bulk"][0](admin, headers=KEY), 201)
    assert (rows(services, BulkConfirmation), rows(services, IdempotencyKey)) == (2, 1)


def test_without_a_key_every_request_counts(writes, program, services, ok):
    admin = program("admin")
    ok(writes["bulk"][0](admin), 201)
    ok(writes["bulk"][0](admin), 201)
    assert (rows(services, BulkConfirmation), rows(services, IdempotencyKey)) == (2, 0)


@pytest.mark.parametrize("key", ["", "x" * 101, "鍵"])
def test_a_key_that_cannot_be(key, program, ok):
    headers = {"Idempotency-Key": key.encode()}
    assert ok(program("admin").post(f"{BASE}/projects", json=PROJECT, headers=headers), 422)
