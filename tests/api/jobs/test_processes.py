"""Real processes: workers killed without warning, the server's worker started again, both ended together."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import numpy as np
import pytest

from api.jobs.supervise import Supervisor
from api.jobs.worker import Worker
from api.store.models import Note, Upload
from api.work.upload_options import UploadOptions

from .conftest import everything, expire

WORKER = "from api.commands.process import work; work()"
SERVER = "import sys; from api.commands.serve import serve; serve(port=int(sys.argv[1]))"
PATIENCE_S = 60.0

pytestmark = pytest.mark.skipif(os.name == "nt", reason="SIGKILL")


@pytest.fixture
def environment(services) -> dict[str, str]:
    """What a process needs to work on the test's database with the tiny set."""
    engine, server = services.engine_settings, services.settings
    return {
        **os.environ,
        "GAIJI_DATA_DIR": str(engine.data_dirs[0]),
        "GAIJI_CACHE_DIR": str(engine.cache_dir),
        "GAIJI_REFERENCE": engine.reference,
        "GAIJI_SERVER_DATA_DIR": str(server.data_dir),
        "GAIJI_SERVER_DATABASE_URL": server.database_url,
    }


@pytest.fixture
def start(environment):
    """Start a process of ours; whatever is left of it is killed at the end."""
    started: list[subprocess.Popen[bytes]] = []

    def run(code: str, *arguments: str) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-c", code, *arguments]
        started.append(subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL))
        return started[-1]

    yield run
    for process in started:
        process.kill()
        process.wait()


def _wait_until(met, what: str) -> None:
    until = time.monotonic() + PATIENCE_S
    while not met():
        assert time.monotonic() < until, what
        time.sleep(0.02)


def _done(services, upload_id: int) -> int:
    with services.database.reading() as session:
        return session.get_one(Upload, upload_id).done


def _worker_pid(services) -> int | None:
    with services.database.reading() as session:
        note = session.get(Note, "worker")
        return note.value["pid"] if note else None


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    with contextlib.suppress(OSError):  # a zombie is not alive
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    return True


def _patterns(count: int) -> bytes:
    cells = np.zeros((count, 24, 24), np.uint8)
    for number, cell in enumerate(cells, 1):
        cell[1, 1:23] = cell[22, 1:23] = 1
        for bit in range(10):
            if number >> bit & 1:
                cell[1:23, 2 + 2 * bit] = 1
    return np.packbits(cells).tobytes()


def test_workers_killed_in_the_middle_leave_the_same_rows(services, people, project, hand_in, start):
    content, options = _patterns(200), UploadOptions(raw="24x24", raw_code="U+E000")
    hand_in(content, "外字.bin", project(), options=options)
    Worker(services).run_all()
    upload = hand_in(content, "外字.bin", project("税", "there"), "there", options=options)
    stages = []
    for least in (1, 129):
        process = start(WORKER)
        _wait_until(lambda least=least: _done(services, upload.id) >= least, "no progress")
        process.send_signal(signal.SIGKILL)
        process.wait()
        stages.append(_done(services, upload.id))
        expire(services)
    assert stages[0] < 200, "the first was killed too late to tell anything"
    process = start(WORKER)
    _wait_until(lambda: _done(services, upload.id) == 200, "not finished")
    process.send_signal(signal.SIGTERM)
    assert process.wait(PATIENCE_S) == 0
    undisturbed, killed = everything(services, people["here"]), everything(services, people["there"])
    assert killed == undisturbed
    assert killed["uploads"] == [("done", 200, 200, 0, "")]


def test_the_server_starts_its_worker_again_and_takes_it_along(services, project, hand_in, start):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = start(SERVER, str(port))

    def answers() -> bool:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=5) as answer:
                return answer.status == 200
        except OSError:
            return False

    _wait_until(answers, "the server does not answer")
    _wait_until(lambda: _worker_pid(services), "no worker")
    first = _worker_pid(services)
    os.kill(first, signal.SIGKILL)
    _wait_until(lambda: _worker_pid(services) != first, "the worker was not started again")
    second = _worker_pid(services)
    upload = hand_in(_patterns(3), "a.bin", project(), options=UploadOptions(raw="24x24"))
    _wait_until(lambda: _done(services, upload.id) == 3, "the new worker does nothing")
    server.send_signal(signal.SIGKILL)  # without a chance to say anything
    server.wait()
    _wait_until(lambda: not _alive(second), "the worker outlived its server")


def test_a_supervisor_ends_its_child_by_closing_its_input():
    code = "import sys; sys.stdin.buffer.read()"
    with Supervisor([sys.executable, "-c", code]) as supervisor:
        _wait_until(lambda: supervisor.pid, "not started")
        pid = supervisor.pid
    assert not _alive(pid)


def test_a_deaf_child_is_killed():
    code = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(600)"
    started = time.monotonic()
    with Supervisor([sys.executable, "-c", code], patience_s=0.5) as supervisor:
        _wait_until(lambda: supervisor.pid, "not started")
        time.sleep(0.5)
        pid = supervisor.pid
    assert not _alive(pid)
    assert time.monotonic() - started < 30


def test_a_child_that_cannot_live_is_started_less_and_less_often(tmp_path):
    mark = tmp_path / "starts"
    code = f"open({str(mark)!r}, 'a').write('x')"
    with Supervisor([sys.executable, "-c", code], first_delay_s=0.2):
        time.sleep(4)
    starts = mark.read_text().count("x")
    assert 2 <= starts <= 5  # at 0, 0.2, 0.6, 1.4, 3.0 seconds, and the time that starting takes
