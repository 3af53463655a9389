"""The operator's page: the queue with its buttons, warnings that come and go, no names of files."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from api.jobs.heartbeat import note
from api.ops import health, status
from api.store.models import AuditEvent, Note, Upload
from api.store.types import now

BACKUP = {
    "file": "gaiji-20260401-020000.zip", "bytes": 3 * 2**20, "verified": True, "mismatches": 0, "uploads": 7,
    "with_uploads": True, "missing": 0, "schema": "0001", "seconds": 1.0,
}  # fmt: skip


@pytest.fixture
def add(services, people, material):
    """Add uploads in some state."""
    project_id, _ = material.project()
    with services.database.writing() as session:
        session.execute(update(Upload).values(state="done"))

    def make(state: str, **more) -> int:
        with services.database.writing() as session:
            upload = Upload(
                municipality_id=people["here"], project_id=project_id, name="山田家の外字.zip", size=2048,
                sha256="0" * 64, state=state, **more,
            )  # fmt: skip
            session.add(upload)
            session.flush()
            return upload.id

    return make


def warnings_of(client) -> list[str]:
    return re.findall(r'<div class="notice warning"[^>]*>\s*<p>(.*?)</p>', client.get("/operate/status").text)


def test_only_an_operator_sees_it(client_of, add):
    job = add("failed")
    assert client_of("operator").get("/operate/status").status_code == 200
    for name in ("admin", "first"):
        assert client_of(name).get("/operate/status").status_code == 403
        for verb in ("retry", "cancel"):
            assert client_of(name).post(f"/operate/status/jobs/{job}/{verb}").status_code == 403
    assert client_of("").get("/operate/status").status_code == 303


def test_the_overview_leads_to_it(client_of):
    assert 'href="/operate/status"' in client_of("operator").get("/operate").text


def test_the_queue_tells_how_far_each_job_is_and_not_what_it_is(client_of, add):
    running = add("running", total=20_000, done=5000, started_at=now() - timedelta(seconds=1000))
    add("running", started_at=now())
    waiting = add("queued", message="サーバーのディスクの空きが足りないため、待っています。")
    failed = add("failed", total=9, done=3, message="<b>壊れています</b>", finished_at=now())
    text = client_of("operator").get("/operate/status").text
    assert '<progress max="20000" value="5000"' in text and "5,000 / 20,000 字" in text
    assert "毎秒 5.0 字" in text or "毎秒 4.9 字" in text
    assert "ファイルを読んでいます" in text and "空きが足りないため" in text
    assert "&lt;b&gt;壊れています" in text and "3 / 9 字" in text
    assert "千代田区（131016）" in text
    assert "山田" not in text
    for job, verb in ((running, "cancel"), (waiting, "cancel"), (failed, "retry")):
        assert f'action="/operate/status/jobs/{job}/{verb}"' in text


def test_a_failed_job_is_tried_again_and_a_waiting_one_called_off(client_of, services, add, people):
    failed, waiting = add("failed", total=9, done=3), add("queued")
    client = client_of("operator")
    answer = client.post(f"/operate/status/jobs/{failed}/retry")
    assert (answer.status_code, answer.headers["location"]) == (303, "/operate/status?done=retried")
    assert client.post(f"/operate/status/jobs/{waiting}/cancel").status_code == 303
    with services.database.reading() as session:
        assert session.get_one(Upload, failed).state == "queued" and session.get_one(Upload, failed).done == 3
        assert session.get_one(Upload, waiting).state == "cancelled"
        events = session.execute(
            select(AuditEvent.action, AuditEvent.user_id, AuditEvent.municipality_id).order_by(AuditEvent.id)
        ).all()
    assert ("upload.retried", people["operator"], people["here"]) in events
    assert ("upload.cancelled", people["operator"], people["here"]) in events
    assert "処理をやり直します。" in client.get("/operate/status?done=retried").text


def test_what_has_ended_meanwhile_is_said(client_of, services, add):
    done = add("done")
    for verb in ("retry", "cancel"):
        answer = client_of("operator").post(f"/operate/status/jobs/{done}/{verb}")
        assert answer.status_code == 409 and "いま変わったところです" in answer.text
        assert client_of("operator").post(f"/operate/status/jobs/999/{verb}").status_code == 404
    with services.database.reading() as session:
        assert session.get_one(Upload, done).state == "done"


def test_the_operators_rights_end_with_the_act(client_of, add):
    """Standing in for the staff on the queue opens nothing else."""
    add("failed")
    assert client_of("operator").get("/m/131016/people").status_code == 404


@pytest.fixture
def well(services, monkeypatch):
    monkeypatch.setattr(health, "has_reference", lambda _services: True)
    with services.database.writing() as session:
        note(session, "worker", {"pid": 1, "upload_id": None})
        note(session, "backup", BACKUP)


def test_no_warning_where_all_is_well(client_of, well):
    assert warnings_of(client_of("operator")) == []
    text = client_of("operator").get("/operate/status").text
    assert "gaiji-20260401-020000.zip" in text and "3.0 MB" in text and "待機中" in text


def test_a_fresh_installation_says_what_is_missing(client_of):
    found = "".join(warnings_of(client_of("operator")))
    assert "まだ動いていません" in found and "バックアップがまだありません" in found


@pytest.mark.parametrize(
    ("name", "seconds", "words"),
    [
        ("worker", 31, "連絡がありません"),
        ("worker", 25, ""),
        ("backup", 8 * 86400, "8 日たっています"),
        ("backup", 6 * 86400, ""),
    ],
)
def test_silence_and_age_are_told(client_of, services, well, name, seconds, words):
    with services.database.writing() as session:
        session.execute(update(Note).where(Note.name == name).values(at=now() - timedelta(seconds=seconds)))
    found = warnings_of(client_of("operator"))
    assert len(found) == bool(words) and words in "".join(found)


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"verified": False}, "確かめていません"),
        ({"missing": 2}, "2 個が、なくなっているか壊れています"),
        ({"mismatches": 1}, "合わないところがあります"),
    ],
)
def test_a_doubtful_backup_is_told(client_of, services, well, more, words):
    with services.database.writing() as session:
        note(session, "backup", BACKUP | more)
    (found,) = warnings_of(client_of("operator"))
    assert words in found


def test_a_nearly_full_disk_is_told(client_of, well, monkeypatch):
    monkeypatch.setattr(status.disk, "room", lambda _services: status.Room(2**40, 2**30, True))
    (found,) = warnings_of(client_of("operator"))
    assert "ディスクの空きが少なく" in found


def test_versions_and_sizes_are_there(client_of, services, well):
    services.settings.uploads_dir.mkdir(parents=True)
    (services.settings.uploads_dir / "x").write_bytes(bytes(5 * 2**20))
    text = client_of("operator").get("/operate/status").text
    assert "5.0 MB" in text and "tiny" in text and "SQLAlchemy" in text
    assert "SQLite 3." in text or "PostgreSQL" in text
    assert "<script>" not in text and "style=" not in text
