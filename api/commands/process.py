"""A worker as a process of its own: signals, logs, database; ended by its server or by a person.

Run as ``python -m api.commands.process``, it is the child of ``gaiji serve``.
"""

from __future__ import annotations

import contextlib
import signal
import sys
import threading
from collections.abc import Callable
from types import FrameType

from engine.errors import GaijiError


def work(*, supervised: bool = False, once: bool = False) -> None:
    """Work until a signal, or (supervised) the end of standard input, says to stop.

    Parameters
    ----------
    supervised : bool
        A server is at the other end of standard input.
    once : bool
        Do what waits now, then end.

    Raises
    ------
    GaijiError
        The database cannot be opened or is of another version.
    """
    from api.jobs.worker import Worker
    from api.ops.logs import configure
    from api.services import Services
    from api.settings import ServerSettings
    from api.store.migrate import check_schema

    stop = threading.Event()
    _stop_on_signals(stop.set, supervised=supervised)
    if supervised:
        threading.Thread(target=_wait_for_end, args=(stop,), name="parent", daemon=True).start()
    settings = ServerSettings()
    configure(settings)
    services = Services(settings)
    try:
        check_schema(services.database)
        worker = Worker(services)
        if once:
            worker.run_all(stop)
        else:
            worker.run(stop)
    finally:
        services.close()


def _stop_on_signals(stop: Callable[[], None], *, supervised: bool) -> None:
    def handle(_number: int, _frame: FrameType | None) -> None:
        stop()

    # Ctrl-C goes to all processes of a terminal; a supervised worker waits for its server's word.
    signal.signal(signal.SIGINT, signal.SIG_IGN if supervised else handle)
    for name in ("SIGTERM", "SIGBREAK"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), handle)


def _wait_for_end(stop: threading.Event) -> None:
    with contextlib.suppress(OSError, ValueError):
        while sys.stdin.buffer.read(1):
            pass
    stop.set()


def main() -> int:
    """Run the child of a server; return its exit status."""
    try:
        work(supervised=True)
    except GaijiError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":  # processes that identify glyphs import this module again
    sys.exit(main())
