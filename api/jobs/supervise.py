"""The worker as a child of the server: started, started again when it dies, ended with the server.

The child is told to stop by closing its standard input, which works alike on every system and also when the
server is killed without a chance to say anything.
"""

from __future__ import annotations

import logging
import subprocess
import threading
import time
from collections.abc import Sequence
from types import TracebackType
from typing import Self

_FIRST_DELAY_S, _LONGEST_DELAY_S = 1.0, 60.0
_STEADY_S = 60.0
"""A worker that has lived so long is started again at once."""

_PATIENCE_S = 20.0
_LOG = logging.getLogger("gaiji.supervisor")


class Supervisor:
    """Keeps one child process running while the context is open.

    Parameters
    ----------
    command : sequence of str
    first_delay_s : float
        Wait before the first restart; doubled for each further one.
    patience_s : float
        How long a child may take to end by itself.
    """

    def __init__(
        self,
        command: Sequence[str],
        *,
        first_delay_s: float = _FIRST_DELAY_S,
        patience_s: float = _PATIENCE_S,
    ) -> None:
        self._command = list(command)
        self._first_delay_s = first_delay_s
        self._patience_s = patience_s
        self._ended = threading.Event()
        self._child: subprocess.Popen[bytes] | None = None
        self._thread = threading.Thread(target=self._run, name="supervisor", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ended.set()
        self._thread.join()

    @property
    def pid(self) -> int | None:
        """Process id of the child; None while there is none."""
        child = self._child
        return child.pid if child is not None and child.poll() is None else None

    def _run(self) -> None:
        delay_s = self._first_delay_s
        while not self._ended.is_set():
            started = time.monotonic()
            try:
                self._child = subprocess.Popen(self._command, stdin=subprocess.PIPE)  # noqa: S603 - our own
            except OSError:
                _LOG.exception("the worker cannot be started")
            else:
                self._watch(self._child)
            if self._ended.is_set():
                return
            delay_s = self._first_delay_s if time.monotonic() - started > _STEADY_S else delay_s
            _LOG.warning("the worker has ended and is started again", extra={"fields": {"wait_s": delay_s}})
            self._ended.wait(delay_s)
            delay_s = min(2 * delay_s, _LONGEST_DELAY_S)

    def _watch(self, child: subprocess.Popen[bytes]) -> None:
        """Wait until the child dies or is to be ended."""
        while child.poll() is None and not self._ended.wait(0.2):
            pass
        if child.stdin is not None:
            child.stdin.close()
        for end in (None, child.terminate, child.kill):
            if end is not None:
                end()
            try:
                child.wait(self._patience_s)
            except subprocess.TimeoutExpired:
                continue
            return
