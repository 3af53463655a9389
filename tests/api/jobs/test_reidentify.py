"""A project identified again with a newer engine: open shapes follow, decided ones stay as they were."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import select

from api.domain.rights import Role
from api.errors import ConflictError, ForbiddenError
from api.jobs import recognise, reidentify
from api.jobs.worker import Worker
from api.store.models import Shape, Suggestion, Upload
from api.work import uploads

from .conftest import DOTS, dots

NUMBERS = [1, 2, 3, 4, 5, 6, 7]


@pytest.fixture
def identified(services, project, hand_in, work) -> int:
    project_id = project()
    hand_in(dots(NUMBERS), "a.bin", project_id, options=DOTS)
    work()
    return project_id


@pytest.fixture
def newer_engine(monkeypatch) -> None:
    """An engine of another version that finds another MJ."""
    prepare, look = recognise.Recogniser.__init__, recognise.Recogniser._here

    def prepared(self, *rest, **named):
        prepare(self, *rest, **named)
        self.engine_id = "99.0"

    def looked(self, glyphs):
        return [replace(row, mj="GJ000009") for row in look(self, glyphs)]

    monkeypatch.setattr(recognise.Recogniser, "__init__", prepared)
    monkeypatch.setattr(recognise.Recogniser, "_here", looked)
    monkeypatch.setattr(reidentify, "BLOCK_GLYPHS", 3)


def _shapes(services) -> list[Shape]:
    with services.database.reading() as session:
        return list(session.scalars(select(Shape).order_by(Shape.id)))


def _suggestions(services) -> list[Suggestion]:
    with services.database.reading() as session:
        return list(session.scalars(select(Suggestion).order_by(Suggestion.id)))


def test_open_shapes_follow_and_decided_ones_are_listed(
    services, place, people, identified, newer_engine, work
):
    before = _shapes(services)
    with services.database.writing() as session:
        session.get_one(Shape, before[0].id).state = "settled"
        session.get_one(Shape, before[1].id).state = "awaiting-second"
    upload = uploads.reidentify(services, place=place(), project_id=identified)
    assert work() == 1
    after = _shapes(services)
    for old, new in zip(before[:2], after[:2], strict=True):
        assert (new.suggestion_id, new.machine_mj, new.version) == (
            old.suggestion_id,
            old.machine_mj,
            old.version,
        )
    for old, new in zip(before[2:], after[2:], strict=True):
        assert new.suggestion_id != old.suggestion_id
        assert (new.machine_mj, new.version) == ("GJ000009", old.version + 1)
    told = _suggestions(services)
    assert len(told) == 2 * len(NUMBERS)
    assert [each.engine for each in told[len(NUMBERS) :]] == ["99.0"] * len(NUMBERS)
    with services.database.reading() as session:
        job = session.get_one(Upload, upload.id)
        listed = reidentify.changed(session, municipality_id=people["here"], project_id=identified)
        elsewhere = reidentify.changed(session, municipality_id=people["there"], project_id=identified)
    assert (job.state, job.done, job.total) == ("done", len(NUMBERS), len(NUMBERS))
    assert listed == [each.id for each in before[:2] if each.machine_mj != "GJ000009"]
    assert listed
    assert elsewhere == []


def test_the_same_engine_says_nothing_new(services, place, identified, work):
    before = _shapes(services)
    uploads.reidentify(services, place=place(), project_id=identified)
    work()
    assert len(_suggestions(services)) == len(NUMBERS)
    assert [each.version for each in _shapes(services)] == [each.version for each in before]


@pytest.mark.parametrize("block", [0, 1, 2])
def test_interrupted_it_goes_on(services, place, identified, newer_engine, work, monkeypatch, block):
    write, calls = reidentify._write, []

    def broken(*rest):
        calls.append(1)
        if len(calls) == block + 1:
            raise OSError("the disk stumbled")
        write(*rest)

    monkeypatch.setattr(reidentify, "_write", broken)
    upload = uploads.reidentify(services, place=place(), project_id=identified)
    Worker(services).run_all()  # puts the job off for some seconds
    with services.database.writing() as session:
        job = session.get_one(Upload, upload.id)
        assert (job.state, job.done) == ("queued", 3 * block)
        job.lease_until = None
    work()
    assert len(_suggestions(services)) == 2 * len(NUMBERS)
    assert {each.machine_mj for each in _shapes(services)} == {"GJ000009"}
    with services.database.reading() as session:
        assert session.get_one(Upload, upload.id).state == "done"


def test_one_at_a_time_and_only_by_those_who_manage(services, place, identified):
    with pytest.raises(ForbiddenError):
        uploads.reidentify(services, place=place(role=Role.SECOND), project_id=identified)
    uploads.reidentify(services, place=place(), project_id=identified)
    with pytest.raises(ConflictError):
        uploads.reidentify(services, place=place(), project_id=identified)


def test_a_worker_looks_at_it_as_at_any_job(services, place, identified):
    uploads.reidentify(services, place=place(), project_id=identified)
    assert Worker(services, poll_s=0.01).run_all() == 1
