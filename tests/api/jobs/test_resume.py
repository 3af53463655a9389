"""Killed between any two steps and started again, a job writes what an undisturbed one writes."""

from __future__ import annotations

import contextlib
import threading
from collections import Counter

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import event
from sqlalchemy.orm import Session

from api.jobs import identify, lease, near, plan, reading, recognise, spool, write
from api.jobs.worker import Worker
from api.store.models import Upload
from engine.identify import Identifier
from engine.result import Identification

from .conftest import DOTS, dots, everything, expire

NUMBERS = [1, 2, 3, 2, 5, 6, 1, 0, 9, 10, 3, 12, 13]  # 0 is an empty cell
STEPS = (
    (identify, "spooled"),
    (reading.spool, "write"),
    (reading.storage, "is_intact"),
    (spool, "discard"),
    (lease, "claim"),
    (lease, "count"),
    (lease, "advance"),
    (lease, "finish"),
    (near.NearShapes, "catch_up"),
    (near.NearShapes, "compare"),
    (plan.Planner, "written"),
    (recognise.Recogniser, "_here"),
    (identify, "write_block"),
    (write, "_added"),
    (write, "_suggest"),
    (write, "_count"),
    (identify, "keep"),
)


class Killed(BaseException):
    """What a kill looks like from inside: nothing catches it, nothing is tidied up."""


class Executioner:
    """Kills at one of the points between steps, counted from the start."""

    def __init__(self, monkeypatch) -> None:
        self.left: int | None = None
        self.points: Counter[str] = Counter()
        self._thread = threading.get_ident()
        for owner, name in STEPS:
            self._surround(monkeypatch, owner, name)

    def point(self, name: str) -> None:
        if threading.get_ident() != self._thread:
            return  # the heartbeat dies with the process, whatever it is at
        self.points[name] += 1
        if self.left is not None:
            self.left -= 1
            if self.left < 0:
                self.left = None
                raise Killed(name)

    def _surround(self, monkeypatch, owner, name: str) -> None:
        step = getattr(owner, name)

        def surrounded(*positional, **named):
            self.point(f"before {name}")
            answer = step(*positional, **named)
            self.point(f"after {name}")
            return answer

        monkeypatch.setattr(owner, name, surrounded)


@pytest.fixture
def remembered(monkeypatch) -> None:
    """The engine's answers, each asked for once: the same work is done many times here."""
    answers: dict[bytes, Identification] = {}
    identify_really = Identifier.identify

    def identified(self, glyphs):
        for glyph in glyphs:
            if glyph.ink.tobytes() not in answers:
                (answers[glyph.ink.tobytes()],) = identify_really(self, [glyph])
        return [answers[glyph.ink.tobytes()] for glyph in glyphs]

    monkeypatch.setattr(Identifier, "identify", identified)


@pytest.fixture
def executioner(monkeypatch, remembered):
    monkeypatch.setattr(identify, "BLOCK_GLYPHS", 4)
    monkeypatch.setattr(identify, "CAREFUL_FROM", 1000)  # other processes: tested by themselves
    monkeypatch.setattr(lease, "MOST_ATTEMPTS", 1000)
    made = Executioner(monkeypatch)

    def before(_session) -> None:
        made.point("before commit")

    def after(_session) -> None:
        made.point("after commit")

    event.listen(Session, "before_commit", before)
    event.listen(Session, "after_commit", after)
    yield made
    event.remove(Session, "before_commit", before)
    event.remove(Session, "after_commit", after)


@pytest.fixture
def undisturbed(services, people, project, hand_in, work):
    hand_in(dots(NUMBERS), "外字.bin", project(), options=DOTS)
    hand_in(dots([2, 3, 77]), "追加.bin", project("税"), options=DOTS)
    work()
    rows = everything(services, people["here"])
    assert [each[0] for each in rows["uploads"]] == ["done", "done"]
    assert rows["uploads"][0][2:4] == (len(NUMBERS), 1)
    return rows


def _disturbed(services, people, project, hand_in, another_town, executioner, kills) -> dict[str, list]:
    town = another_town()
    hand_in(dots(NUMBERS), "外字.bin", project("住民記録", town), town, options=DOTS)
    hand_in(dots([2, 3, 77]), "追加.bin", project("税", town), town, options=DOTS)
    for left in [*kills, None]:
        executioner.left = left
        with contextlib.suppress(Killed):
            Worker(services, poll_s=0.01).run_all()
        executioner.left = None
        expire(services)
    with services.database.reading() as session:
        assert not session.query(Upload).filter(Upload.state.in_(("queued", "running"))).count()
    return everything(services, people[town])


def test_a_kill_between_any_two_steps(
    services, people, project, hand_in, another_town, undisturbed, executioner
):
    executioner.points.clear()
    assert _disturbed(services, people, project, hand_in, another_town, executioner, []) == undisturbed
    points = sum(executioner.points.values())
    assert points > 60
    assert len(executioner.points) == 2 * len(STEPS) + 2, executioner.points
    for point in range(0, points, 6):  # some here; any, and several, below
        assert (
            _disturbed(services, people, project, hand_in, another_town, executioner, [point]) == undisturbed
        ), f"killed at point {point}"


@settings(
    max_examples=10,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    derandomize=True,
)
@given(kills=st.lists(st.integers(0, 170), min_size=1, max_size=6))
@example(kills=[5] * 8)
def test_several_kills_anywhere(
    services, people, project, hand_in, another_town, undisturbed, executioner, kills
):
    assert _disturbed(services, people, project, hand_in, another_town, executioner, kills) == undisturbed


def test_a_damaged_spool_is_made_anew(services, people, project, hand_in, work, undisturbed, another_town):
    town = another_town()
    upload = hand_in(dots(NUMBERS), "外字.bin", project("住民記録", town), town, options=DOTS)
    hand_in(dots([2, 3, 77]), "追加.bin", project("税", town), town, options=DOTS)
    folder = spool.folder_of(services.settings.data_dir, upload.id)
    folder.mkdir(parents=True)
    (folder / "glyphs.spool").write_bytes(b"gaiji-spool-1\n" + (14).to_bytes(8, "big") + b"\0\0\0\x05hello")
    work()
    expire(services)
    work()
    assert everything(services, people[town]) == undisturbed
