"""Claims: one holder at a time, taken over when time has run out, given up after too many."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest

from api.jobs import lease
from api.jobs.lease import LeaseLostError
from api.store.models import AuditEvent, Upload
from api.store.types import now
from api.work import uploads

from .conftest import DOTS, dots


@pytest.fixture
def job(hand_in, project) -> int:
    return hand_in(dots([1, 2, 3]), "a.bin", project(), options=DOTS).id


def _claim(services, at=None, lease_s=20.0):
    with services.database.writing() as session:
        return lease.claim(session, at=at or now(), lease_s=lease_s)


def _row(services, upload_id: int) -> Upload:
    with services.database.reading() as session:
        return session.get_one(Upload, upload_id)


def test_a_job_has_one_holder(services, job):
    held = _claim(services)
    assert (held.upload_id, held.attempts) == (job, 1)
    assert _claim(services) is None
    row = _row(services, job)
    assert (row.state, row.worker) == ("running", held.holder)


def test_the_oldest_comes_first(services, hand_in, project, job):
    later = hand_in(dots([1]), "b.bin", project("税"), options=DOTS).id
    assert [_claim(services).upload_id, _claim(services).upload_id] == [job, later]


def test_a_lease_that_ran_out_is_taken_over_and_the_old_holder_can_write_nothing(services, job):
    old = _claim(services)
    assert _claim(services, now() + timedelta(seconds=19)) is None
    new = _claim(services, now() + timedelta(seconds=21))
    assert (new.upload_id, new.attempts) == (job, 2)
    with services.database.writing() as session:
        assert not lease.renew(session, old, at=now())
        assert not lease.finish(session, old, at=now())
        with pytest.raises(LeaseLostError):
            lease.advance(session, old, done=0, items=1, failed=0, at=now())
        with pytest.raises(LeaseLostError):
            lease.count(session, old, total=3)
        lease.release(session, old, at=now(), blame=True)
    row = _row(services, job)
    assert (row.state, row.worker, row.done) == ("running", new.holder, 0)


def test_a_renewed_lease_holds_longer(services, job):
    held = _claim(services)
    with services.database.writing() as session:
        assert lease.renew(session, held, at=now() + timedelta(seconds=15))
    assert _claim(services, now() + timedelta(seconds=30)) is None


def test_a_block_is_counted_once(services, job):
    held = _claim(services)
    with services.database.writing() as session:
        lease.advance(session, held, done=0, items=2, failed=1, at=now())
    with services.database.writing() as session, pytest.raises(LeaseLostError):
        lease.advance(session, held, done=0, items=2, failed=1, at=now())
    row = _row(services, job)
    assert (row.done, row.failed, row.attempts) == (2, 1, 0)


def test_after_five_attempts_without_progress_the_job_is_given_up(services, job):
    at = now()
    for attempt in range(1, 6):
        assert _claim(services, at).attempts == attempt
        at += timedelta(minutes=1)
    assert _claim(services, at) is None
    row = _row(services, job)
    assert row.state == "failed"
    assert "先へ進みませんでした" in row.message
    with services.database.reading() as session:
        assert [each.action for each in session.query(AuditEvent)] == ["upload.received", "upload.failed"]


def test_progress_starts_the_count_anew(services, job):
    at = now()
    for _ in range(4):
        held = _claim(services, at)
        at += timedelta(minutes=1)
    with services.database.writing() as session:
        lease.advance(session, held, done=0, items=1, failed=0, at=at)
    assert _claim(services, at + timedelta(minutes=1)).attempts == 1


def test_a_job_given_back_in_peace_is_free_at_once_and_not_blamed(services, job):
    held = _claim(services)
    with services.database.writing() as session:
        lease.release(session, held, at=now(), blame=False)
    assert _row(services, job).attempts == 0
    assert _claim(services).attempts == 1


def test_a_job_put_off_waits(services, job):
    held = _claim(services)
    with services.database.writing() as session:
        lease.release(session, held, at=now(), delay_s=10, message="待っています", blame=True)
    assert _claim(services) is None
    assert _row(services, job).message == "待っています"
    assert _claim(services, now() + timedelta(seconds=11)).attempts == 2


def test_a_job_called_off_is_nobodys(services, place, job):
    held = _claim(services)
    with services.database.writing() as session:
        uploads.cancel(session, place=place(), upload_id=job)
    with services.database.writing() as session, pytest.raises(LeaseLostError):
        lease.advance(session, held, done=0, items=1, failed=0, at=now())
    assert _claim(services, now() + timedelta(hours=1)) is None


def test_many_claim_at_once_and_each_job_is_claimed_once(services, hand_in, project):
    project_id = project()
    ids = [hand_in(dots([n]), f"{n}.bin", project_id, options=DOTS).id for n in range(1, 9)]
    claimed: list[int] = []
    start = threading.Barrier(4)

    def race() -> None:
        start.wait()
        while (held := _claim(services)) is not None:
            claimed.append(held.upload_id)

    threads = [threading.Thread(target=race) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(claimed) == ids
