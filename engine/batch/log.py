"""``log.jsonl``: when what was done, and the lock that keeps two runs out of one folder."""

from __future__ import annotations

import contextlib
import json
import os
import time
from io import RawIOBase
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from engine.batch.dataset import LOG
from engine.errors import UsageError
from engine.output.sink import OutputError

_LOCKED_BYTE = 1 << 30
"""Far behind the end of the file: Windows locks bytes against reading, too."""


class RunLog:
    """Events with their times, one JSON object a line. As a context manager it also is the folder's lock.

    The system gives the lock back when the process ends, however it ends.

    Parameters
    ----------
    folder : Path
    """

    def __init__(self, folder: Path) -> None:
        self._path = folder / LOG
        self._stream: RawIOBase | None = None

    def __enter__(self) -> Self:
        try:
            stream = self._path.open("ab", buffering=0)
        except OSError as error:
            raise OutputError(
                f"出力先のフォルダーに書けません（{error.strerror}）。権限と空きを確かめてください: "
                f"{self._path.parent}"
            ) from error
        if not _lock(stream):
            stream.close()
            raise UsageError(
                "この出力先では、別の gaiji batch が実行中です。終わるのを待つか、"
                f"別のフォルダーを指定してください: {self._path.parent}"
            )
        self._stream = stream
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._stream is not None:
            self._stream.close()
            self._stream = None

    def add(self, event: str, **values: Any) -> None:
        """Append an event. What cannot be written is left out: the log is no part of the result."""
        if self._stream is None:
            return
        entry = {"time": time.strftime("%Y-%m-%dT%H:%M:%S%z"), "pid": os.getpid(), "event": event, **values}
        with contextlib.suppress(OSError):
            self._stream.write(json.dumps(entry, ensure_ascii=False).encode("utf-8", "replace") + b"\n")


def _lock(stream: RawIOBase) -> bool:
    """Lock a file for this process; False where another one has it."""
    try:
        if os.name == "nt":
            import msvcrt

            stream.seek(_LOCKED_BYTE)
            msvcrt.locking(stream.fileno(), msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined,unused-ignore]
        else:
            import fcntl

            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
