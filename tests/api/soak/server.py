"""``gaiji serve`` and ``gaiji worker`` as processes that may be killed."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from api.settings import ServerSettings
from engine.settings import Settings

_ROOT = Path(__file__).resolve().parents[3]
_START_S, _END_S = 180.0, 60.0


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


@dataclass
class Program:
    """One command of ours on one installation; its log lies in the data folder.

    Parameters
    ----------
    name : str
        ``serve`` or ``worker``.
    settings : ServerSettings
    engine_settings : Settings
    options : sequence of str
    """

    name: str
    settings: ServerSettings
    engine_settings: Settings
    options: tuple[str, ...] = ()
    process: subprocess.Popen[bytes] | None = field(default=None, init=False)
    starts: int = field(default=0, init=False)

    @property
    def log(self) -> Path:
        """JSON lines."""
        return self.settings.data_dir / f"{self.name}.log"

    @property
    def is_alive(self) -> bool:
        """Whether it runs."""
        return self.process is not None and self.process.poll() is None

    def start(self) -> None:
        """Start it; a server is ready once :func:`wait_until_it_answers` returns."""
        self.starts += 1
        with self.log.open("ab") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "engine", self.name, *self.options],
                cwd=self.settings.data_dir,
                env=environment(self.settings, self.engine_settings),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )

    def kill(self) -> None:
        """End it without warning."""
        if self.process is not None:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait()

    def end(self) -> None:
        """Ask it to end."""
        if self.process is not None and self.is_alive:
            self.process.terminate()
            try:
                self.process.wait(_END_S)
            except subprocess.TimeoutExpired:
                self.kill()
                raise

    def processor_s(self) -> float:
        """Seconds of processor time so far, of it and of those of its children that have ended."""
        if self.process is None or not self.is_alive:
            return 0.0
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")


def environment(settings: ServerSettings, engine_settings: Settings) -> Mapping[str, str]:
    """The environment of a program that shall work on an installation."""
    ours = {name: value for name, value in os.environ.items() if not name.startswith("GAIJI_")}
    return ours | {
        "GAIJI_DATA_DIR": os.pathsep.join(map(str, engine_settings.data_dirs)),
        "GAIJI_CACHE_DIR": str(engine_settings.cache_dir),
        "GAIJI_REFERENCE": engine_settings.reference,
        "GAIJI_SERVER_DATA_DIR": str(settings.data_dir),
        "GAIJI_SERVER_DATABASE_URL": settings.database_url,
        "GAIJI_SERVER_PORT": str(settings.port),
        "PYTHONPATH": str(_ROOT),
    }


def wait_until_it_answers(server: Program) -> None:
    """Wait for a server that was started.

    Raises
    ------
    RuntimeError
        It has ended, or does not answer.
    """
    until = time.monotonic() + _START_S
    while time.monotonic() < until:
        if not server.is_alive:
            break
        with contextlib.suppress(OSError):
            url = f"http://127.0.0.1:{server.settings.port}/healthz"
            with urllib.request.urlopen(url, timeout=5) as answer:
                if answer.status == 200:
                    return
        time.sleep(0.05)
    message = f"{server.name} does not answer:\n{server.log.read_text('utf-8', 'replace')[-2000:]}"
    raise RuntimeError(message)


@contextlib.contextmanager
def running(program: Program) -> Iterator[Program]:
    """Run a server while the context is open."""
    program.start()
    try:
        wait_until_it_answers(program)
        yield program
    finally:
        program.end()


def server_times(log: Path) -> dict[str, float]:
    """What the log says of each request: milliseconds in the server by request id."""
    found = {}
    for line in log.read_text("utf-8", "replace").splitlines():
        if line.startswith("{") and '"ms"' in line:
            told = json.loads(line)
            found[told["request_id"]] = told["ms"]
    return found
