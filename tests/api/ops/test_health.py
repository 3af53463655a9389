"""/healthz: up or not for everybody, why for the machine itself."""

from __future__ import annotations

from collections import namedtuple
from datetime import timedelta

import pytest
from sqlalchemy import text, update

from api.jobs.heartbeat import note
from api.ops import disk, health
from api.store.database import Database
from api.store.models import Note
from api.store.types import now


def test_anybody_sees_that_it_is_up_and_nothing_else(client_of):
    answer = client_of("").get("/healthz")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


def test_without_the_database_it_is_not(client_of, services, tmp_path):
    services.close()
    services.__dict__["database"] = Database(f"sqlite:///{(tmp_path / 'no' / 'such.db').as_posix()}")
    answer = client_of("").get("/healthz")
    assert (answer.status_code, answer.json()) == (503, {"status": "failing", "reasons": ["database"]})


def test_another_schema_is_told(client_of, services):
    with services.database.writing() as session:
        session.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    answer = client_of("").get("/healthz")
    assert (answer.status_code, answer.json()) == (503, {"status": "failing", "reasons": ["schema"]})


def test_only_the_machine_itself_looks_deeper(client_of, local):
    refused = client_of("operator").get("/healthz?deep=1")
    assert refused.status_code == 403 and refused.json()["error"]["code"] == "forbidden"
    assert local.get("/healthz?deep=1").status_code == 503


@pytest.fixture
def well(services, monkeypatch):
    """An installation that has all it needs."""
    with services.database.writing() as session:
        note(session, "worker", {})
    monkeypatch.setattr(health, "has_reference", lambda _services: True)


def test_all_is_well(local, well):
    assert local.get("/healthz?deep=1").json() == {"status": "ok"}


def test_a_silent_worker_is_told(local, well, services):
    with services.database.writing() as session:
        session.execute(update(Note).values(at=now() - timedelta(seconds=31)))
    answer = local.get("/healthz?deep=1")
    assert (answer.status_code, answer.json()["reasons"]) == (503, ["worker"])


def test_a_folder_that_is_not_made_yet_is_no_fault(local, well, services):
    services.settings = services.settings.model_copy(
        update={"data_dir": services.settings.data_dir / "not" / "yet"}
    )
    assert local.get("/healthz?deep=1").json() == {"status": "ok"}


def test_a_full_disk_is_told(local, well, monkeypatch):
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(disk.shutil, "disk_usage", lambda _path: usage(2**40, 2**40 - 2**30, 2**30))
    assert local.get("/healthz?deep=1").json()["reasons"] == ["disk"]
    monkeypatch.setattr(disk.shutil, "disk_usage", lambda _path: usage(2**40, 0, 2**32))
    assert local.get("/healthz?deep=1").json() == {"status": "ok"}


def test_the_reference_set_is_there_with_font_and_index(services, tiny_settings, tmp_path):
    from dataclasses import replace

    services.engine_settings = replace(tiny_settings, cache_dir=tmp_path)
    assert not health.has_reference(services)  # the font was imported elsewhere, or no index is there
    services.engine_settings = tiny_settings
    folder = tiny_settings.cache_dir / "index" / "tiny-0.test"
    has_index = any((tiny_settings.cache_dir / "index").glob("tiny*"))
    assert health.has_reference(services) is has_index
    if not has_index:
        from engine.reference.refset import find_reference_set

        folder = tiny_settings.cache_dir / "index" / f"{find_reference_set(tiny_settings).id}-test"
        folder.mkdir(parents=True)
        try:
            assert health.has_reference(services)
        finally:
            folder.rmdir()
