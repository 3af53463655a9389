"""The doorbell between the server and the worker: a huey queue in a SQLite file of its own.

Why only a doorbell: the row of an upload says what there is to do and how far it is, in the same transactions
as the results. A second record of that, in another file, could only disagree with it. What the queue adds is
that the worker begins at once; a lost or damaged ``queue.db`` costs the seconds until it looks by itself.
"""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Callable
from pathlib import Path

from huey import SqliteHuey  # type: ignore[import-untyped]

_LOG = logging.getLogger(__name__)


class Doorbell:
    """Both ends of the bell; opens its file when first used, and never fails its caller.

    Parameters
    ----------
    path : Path
        Where the queue is.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._heard = False
        self._queue: SqliteHuey | None = None
        self._push: Callable[[], object] | None = None

    def ring(self) -> None:
        """Tell a worker that there is something to do."""
        try:
            self._opened()
            if self._push is not None:
                self._push()
        except (OSError, sqlite3.Error):
            _LOG.warning("queue cannot be written", exc_info=True)
            self._forget()

    def answer(self) -> bool:
        """Tell whether the bell has rung since the last answer; any number of rings is one."""
        try:
            queue = self._opened()
            self._heard = False
            while (task := queue.dequeue()) is not None:
                queue.execute(task)
        except Exception:  # whatever lies in the file: the worker looks at the uploads in any case
            _LOG.warning("queue cannot be read", exc_info=True)
            self._forget()
            return True
        return self._heard

    def _opened(self) -> SqliteHuey:
        if self._queue is None:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            queue = SqliteHuey("gaiji", filename=str(self._path), results=False, timeout=1)

            @queue.task(name="look")  # type: ignore[untyped-decorator]
            def look() -> None:
                self._heard = True

            self._queue, self._push = queue, look
        return self._queue

    def _forget(self) -> None:
        """Begin with a new file next time, where this one is no queue."""
        self._queue = self._push = None
        try:
            sqlite3.connect(f"file:{self._path.as_posix()}?mode=rw", uri=True).execute(
                "PRAGMA schema_version"
            )
        except sqlite3.DatabaseError:
            for path in (self._path, Path(f"{self._path}-wal"), Path(f"{self._path}-shm")):
                try:
                    path.unlink(missing_ok=True)
                except OSError:
                    _LOG.warning("queue cannot be replaced", exc_info=True)
