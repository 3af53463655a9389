"""The worker's life: two of them at once, jobs put off and taken up again, stopped and called off."""

from __future__ import annotations

import threading
import time

import pytest
from sqlalchemy import select

from api.jobs import heartbeat, identify, lease, recognise, spool, sweep
from api.jobs import worker as workers
from api.jobs.queue import Doorbell
from api.jobs.reading import HopelessError
from api.jobs.worker import Worker
from api.store.models import Gaiji, Note, Upload
from api.work import storage, uploads
from engine.errors import ReferenceSetError
from engine.pool import Lost

from .conftest import DOTS, dots, everything, expire, many

NUMBERS = [1, 2, 3, 2, 5, 6, 1, 8, 9, 10, 3, 12, 13]


def _row(services, upload_id: int) -> Upload:
    with services.database.reading() as session:
        return session.get_one(Upload, upload_id)


@pytest.fixture
def small_blocks(monkeypatch) -> None:
    monkeypatch.setattr(identify, "BLOCK_GLYPHS", 3)


def test_a_slow_worker_whose_lease_ran_out_writes_nothing_more(
    services, people, project, hand_in, small_blocks, monkeypatch
):
    """The first is held up in its second block; the second does the whole job meanwhile."""
    upload = hand_in(dots(NUMBERS), "a.bin", project(), options=DOTS)
    held_up, go_on = threading.Event(), threading.Event()
    find = identify.find
    slow_thread: list[int] = []

    def waiting(*rest, **named):
        if threading.get_ident() in slow_thread and _row(services, upload.id).done == 3:
            held_up.set()
            go_on.wait(30)
        return find(*rest, **named)

    monkeypatch.setattr(identify, "find", waiting)
    monkeypatch.setattr(heartbeat.leases, "renew", lambda *rest, **named: True)  # it gives no sign of life

    def run_slow() -> None:
        slow_thread.append(threading.get_ident())
        Worker(services, poll_s=0.01).run_all()

    thread = threading.Thread(target=run_slow)
    thread.start()
    assert held_up.wait(30)
    expire(services)
    assert Worker(services, poll_s=0.01).run_all() == 1
    done = everything(services, people["here"])
    go_on.set()
    thread.join(30)
    assert everything(services, people["here"]) == done
    assert [row[1] for row in done["gaiji"]] == list(range(len(NUMBERS)))
    assert done["uploads"] == [("done", len(NUMBERS), len(NUMBERS), 0, "")]


def test_two_workers_with_the_same_pictures_make_each_shape_once(
    services, people, project, hand_in, small_blocks
):
    project_ids = [project("一"), project("二")]
    for number, project_id in enumerate(project_ids * 2):
        hand_in(dots(NUMBERS[number:] + NUMBERS[:number]), f"{number}.bin", project_id, options=DOTS)
    threads = [threading.Thread(target=Worker(services, poll_s=0.01).run_all) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    rows = everything(services, people["here"])
    kinds = len(set(NUMBERS))
    assert [each[0] for each in rows["uploads"]] == ["done"] * 4
    assert len(rows["shapes"]) == kinds
    assert len(rows["suggestions"]) == kinds
    assert len(rows["gaiji"]) == 4 * len(NUMBERS)
    assert sum(each[2] for each in rows["counts"]) == 4 * len(NUMBERS)


def test_several_processes_give_the_same_rows(services, people, project, hand_in, small_blocks, monkeypatch):
    hand_in(dots(NUMBERS), "a.bin", project(), options=DOTS)
    Worker(services, poll_s=0.01).run_all()
    services.settings = services.settings.model_copy(update={"jobs": 2})
    hand_in(dots(NUMBERS), "a.bin", project("税", "there"), "there", options=DOTS)
    Worker(services, poll_s=0.01).run_all()
    alone, together = everything(services, people["here"]), everything(services, people["there"])
    assert together == alone
    assert len(alone["gaiji"]) == len(NUMBERS)


def test_a_glyph_that_ends_its_process_becomes_a_row(services, people, project, hand_in, monkeypatch):
    """In the careful mode, every glyph is alone; the copies of the fatal one share its fate."""
    upload = hand_in(dots(NUMBERS), "a.bin", project(), options=DOTS)
    rows_of = recognise.Recogniser._in_processes
    fatal = 2  # the second picture of the file, that comes again

    def dying(self, blocks, jobs, *, each_alone):
        assert each_alone
        for block, rows in rows_of(self, blocks, jobs, each_alone=each_alone):
            number = {member.digest: NUMBERS[member.ordinal] for member in block.members}
            asked = zip(block.wanted, rows, strict=True)
            yield block, [Lost(-11) if number[digest] == fatal else row for digest, row in asked]

    monkeypatch.setattr(recognise.Recogniser, "_in_processes", dying)
    with services.database.writing() as session:
        session.get_one(Upload, upload.id).attempts = 2
    Worker(services, poll_s=0.01).run_all()
    with services.database.reading() as session:
        rows = session.scalars(select(Gaiji).order_by(Gaiji.ordinal)).all()
    assert [row.status for row in rows] == ["crashed" if n == fatal else "ok" for n in NUMBERS]
    assert all("異常終了" in row.message for row in rows if row.status == "crashed")
    row = _row(services, upload.id)
    assert (row.state, row.done, row.failed) == ("done", len(NUMBERS), 2)


def test_without_a_reference_set_the_job_waits_and_says_so(services, project, hand_in, monkeypatch):
    upload = hand_in(dots([1]), "a.bin", project(), options=DOTS)

    def missing(*rest, **named):
        raise ReferenceSetError("参照セットがありません。gaiji reference build を実行してください。")

    with monkeypatch.context() as broken:
        broken.setattr(recognise.Recogniser, "__init__", missing)
        assert Worker(services).run_all() == 1
    row = _row(services, upload.id)
    assert (row.state, row.attempts) == ("queued", 1)
    assert "gaiji reference build" in row.message
    expire(services)
    Worker(services).run_all()
    assert (_row(services, upload.id).state, _row(services, upload.id).message) == ("done", "")


def test_an_unforeseen_error_is_not_shown_but_logged(services, project, hand_in, monkeypatch, caplog):
    upload = hand_in(dots([1]), "a.bin", project(), options=DOTS)

    def broken(*rest, **named):
        raise RuntimeError("secret of the implementation")

    monkeypatch.setattr(identify, "write_block", broken)
    Worker(services).run_all()
    row = _row(services, upload.id)
    assert row.state == "queued"
    assert "予期しないエラー" in row.message
    assert "secret" not in row.message
    assert "secret of the implementation" in caplog.text


def test_what_is_hopeless_fails_at_once_and_can_be_tried_again(services, place, project, hand_in):
    upload = hand_in(dots([1]), "a.bin", project(), options=DOTS)
    stored = storage.stored_path(services.settings.uploads_dir, upload.sha256)
    content = stored.read_bytes()
    stored.write_bytes(content[::-1])
    Worker(services).run_all()
    row = _row(services, upload.id)
    assert row.state == "failed"
    assert "壊れています" in row.message
    stored.write_bytes(content)
    uploads.retry(services, place=place(), upload_id=upload.id)
    Worker(services).run_all()
    assert _row(services, upload.id).state == "done"


def test_too_many_glyphs_are_refused_before_any_row(services, project, hand_in):
    services.settings = services.settings.model_copy(update={"upload_glyphs": 3})
    upload = hand_in(dots([1, 2, 3, 4]), "a.bin", project(), options=DOTS)
    Worker(services).run_all()
    row = _row(services, upload.id)
    assert row.state in ("failed", "done")
    with services.database.reading() as session:
        rows = session.scalars(select(Gaiji)).all()
    if row.state == "failed":
        assert not rows
        assert "上限 3 字" in row.message
    else:  # the reader itself stops at the limit, and says so in a row
        assert [each.status for each in rows] == ["ok"] * 3 + ["too-many"]


def test_a_stopped_worker_gives_the_job_back(services, people, project, hand_in, small_blocks, monkeypatch):
    upload = hand_in(dots(NUMBERS), "a.bin", project(), options=DOTS)
    stop = threading.Event()
    written = identify.Planner.written

    def after_two(self, block):
        written(self, block)
        if block.first == 3:
            stop.set()

    monkeypatch.setattr(identify.Planner, "written", after_two)
    Worker(services, poll_s=0.01).run(stop)
    row = _row(services, upload.id)
    assert (row.state, row.done, row.attempts, row.worker) == ("queued", 6, 0, "")
    Worker(services, poll_s=0.01).run_all()
    assert _row(services, upload.id).state == "done"
    assert len(everything(services, people["here"])["gaiji"]) == len(NUMBERS)


def test_a_job_called_off_stops_and_keeps_what_is_done(
    services, place, project, hand_in, small_blocks, monkeypatch
):
    upload = hand_in(dots(NUMBERS), "a.bin", project(), options=DOTS)
    written = identify.Planner.written

    def called_off(self, block):
        written(self, block)
        with services.database.writing() as session:
            uploads.cancel(session, place=place(), upload_id=upload.id)

    with monkeypatch.context() as during:
        during.setattr(identify.Planner, "written", called_off)
        Worker(services, poll_s=0.01).run_all()
    row = _row(services, upload.id)
    assert (row.state, row.done) == ("cancelled", 3)
    uploads.retry(services, place=place(), upload_id=upload.id)
    Worker(services, poll_s=0.01).run_all()
    with services.database.reading() as session:
        assert session.query(Gaiji).count() == len(NUMBERS)


def test_the_bell_is_heard_at_once(services, project, hand_in):
    services.ring = Doorbell(services.settings.queue_path).ring
    stop = threading.Event()
    thread = threading.Thread(target=Worker(services, poll_s=60).run, args=(stop,))
    thread.start()
    try:
        time.sleep(1)  # it has looked, and waits for a minute, or the bell
        upload = hand_in(dots([1]), "a.bin", project(), options=DOTS)
        until = time.monotonic() + 20
        while _row(services, upload.id).state != "done" and time.monotonic() < until:
            time.sleep(0.1)
        assert _row(services, upload.id).state == "done"
    finally:
        stop.set()
        thread.join(20)
    with services.database.reading() as session:
        assert session.get_one(Note, "worker").value["upload_id"] is None


def test_a_damaged_queue_loses_nothing(tmp_path):
    path = tmp_path / "queue.db"
    path.write_bytes(b"this is no database" * 100)
    bell = Doorbell(path)
    bell.ring()
    bell.ring()
    other = Doorbell(path)
    other.answer()
    bell.ring()
    assert other.answer()
    assert not other.answer()


def test_the_bell_rings_once_however_often_it_is_rung(tmp_path):
    bell, ear = Doorbell(tmp_path / "queue.db"), Doorbell(tmp_path / "queue.db")
    assert not ear.answer()
    for _ in range(5):
        bell.ring()
    assert ear.answer()
    assert not ear.answer()


def test_sweeping_keeps_what_is_needed(services, project, hand_in, work):
    done = hand_in(dots([1]), "a.bin", project(), options=DOTS)
    work()
    waiting = hand_in(dots([2]), "b.bin", project("税"), options=DOTS)
    data, files = services.settings.data_dir, services.settings.uploads_dir
    spool.folder_of(data, waiting.id).mkdir(parents=True)
    spool.folder_of(data, done.id).mkdir(parents=True, exist_ok=True)
    spool.folder_of(data, 999).mkdir(parents=True)
    (files / "ab").mkdir(exist_ok=True)
    (files / "ab" / ("ab" * 32)).write_bytes(b"nobody's")
    sweep.sweep(services)
    assert not spool.folder_of(data, 999).exists()
    assert not spool.folder_of(data, done.id).exists()
    assert spool.folder_of(data, waiting.id).exists()
    assert (files / "ab" / ("ab" * 32)).exists()  # may be an upload that is just being written down
    assert storage.sweep(files, {done.sha256, waiting.sha256}, older_than_s=-10) == 1
    assert storage.stored_path(files, done.sha256).exists()


def test_a_full_disk_is_waited_for(services, project, hand_in, monkeypatch):
    import errno

    upload = hand_in(dots([1]), "a.bin", project(), options=DOTS)

    def full(*rest, **named):
        raise OSError(errno.ENOSPC, "no space")

    monkeypatch.setattr(spool, "write", full)
    Worker(services).run_all()
    row = _row(services, upload.id)
    assert row.state == "queued"
    assert "ディスクの空き" in row.message


def test_leases_of_hopeless_jobs_are_gone(services, project, hand_in, monkeypatch):
    upload = hand_in(many([1]), "a.zip", project())

    def hopeless(*rest, **named):
        raise HopelessError("だめです。")

    monkeypatch.setattr(identify, "spooled", hopeless)
    assert workers.Worker(services).run_all() == 1
    row = _row(services, upload.id)
    assert (row.state, row.message, row.worker, row.lease_until) == ("failed", "だめです。", "", None)
    assert lease.MOST_ATTEMPTS == 5
