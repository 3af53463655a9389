"""A second process that parses risky files and may die: crash, run out of memory, or hang.

Why this seam exists: fonts, TIFF, JPEG, GIF and archives go through C code that a damaged file can crash
or send into an endless loop. One bad file among thousands must become one row that says so, so such files
are read by a child process. The parent keeps the clock, blames the step that was announced last, starts a
new child and goes on behind that step.

The child is an ordinary interpreter started by :mod:`subprocess`, not by :mod:`multiprocessing`: the
caller's main module is not imported again, nothing is pickled, and it behaves the same on Windows.
"""

from __future__ import annotations

import json
import os
import queue
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, Self, cast

from engine.glyph import wire
from engine.glyph.model import Glyph, ReadFailure
from engine.glyph.options import ReadOptions
from engine.glyph.worker_process import EXIT_OUT_OF_MEMORY

_START = (
    "import json, sys; sys.path[:] = json.loads(sys.argv[1]); "
    "from engine.glyph.worker_process import serve; serve()"
)
_START_SECONDS = 60.0
"""Starting an interpreter on a busy machine with a cold disk. Not the input's fault, so not on its clock."""

_CAREFUL_STEPS = 256
"""After a death, so many steps are announced one by one to find the fatal one."""

_QUEUED_FRAMES = 4

_Frame = tuple[dict[str, Any], bytes]


class GlyphWorker:
    """Reads files in a child process that is started when first needed and replaced when it dies.

    Use as a context manager, from one thread at a time. Reads are streamed: at most a few chunks are held.
    """

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._frames = _no_frames()
        self._listener: threading.Thread | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def process(self) -> subprocess.Popen[bytes] | None:
        """The child; None while there is none."""
        return self._process

    def close(self) -> None:
        """End the child and wait until it is gone. The worker may be used again."""
        process, listener = self._process, self._listener
        self._process = self._listener = None
        if process is None:
            return
        process.kill()
        process.wait()
        while listener is not None and listener.is_alive():
            with suppress(queue.Empty):  # the listener may be waiting for room
                self._frames.get_nowait()
            listener.join(0.01)
        for stream in (process.stdin, process.stdout):
            if stream is not None:
                with suppress(OSError):  # unsent bytes for a child that is gone
                    stream.close()
        self._frames = _no_frames()

    def read(
        self, path: Path, source: str, options: ReadOptions, *, one_step: bool
    ) -> Iterator[Glyph | ReadFailure]:
        """Read one file.

        Parameters
        ----------
        path : Path
            Opened by the child.
        source : str
            Name of the file in the results.
        options : ReadOptions
            Limits, and which characters of a font to read.
        one_step : bool
            The file is a single picture: no second attempt, and the whole time limit for it.

        Yields
        ------
        Glyph or ReadFailure
            At least one; a death, a hang or a lack of memory is a ReadFailure like any other.
        """
        attempt = _Attempt(source, options, one_step=one_step)
        finished = False
        try:
            while not finished:
                self._request(path, attempt)
                yield from self._results(attempt)
                failure = attempt.conclude(self._cause_of_death) if not attempt.ended else None
                if not attempt.ended:
                    self.close()
                if failure is not None:
                    yield failure
                finished = attempt.ended or attempt.given_up
        finally:
            if not finished:  # the caller lost interest in the middle of a file
                self.close()

    def _results(self, attempt: _Attempt) -> Iterator[Glyph | ReadFailure]:
        """Yield what the child sends until it ends, dies, or is out of time."""
        while not attempt.ended:
            started = time.monotonic()
            try:
                frame = self._frames.get(timeout=attempt.patience())
            except queue.Empty:
                attempt.timed_out = True
                return
            finally:
                attempt.waited += time.monotonic() - started
            if frame is None:
                return
            words, pixels = frame
            try:
                items = list(wire.unpack(words.get("items", ()), pixels))
            except wire.WireError:
                return
            attempt.note(words, len(items))
            yield from items

    def _request(self, path: Path, attempt: _Attempt) -> None:
        message = attempt.request(path)
        with suppress(OSError):
            self._send(self._process or self._start(), message)
            return
        self.close()  # it died while idle
        with suppress(OSError):  # a new child that dies as well ends its stream of frames
            self._send(self._start(), message)

    @staticmethod
    def _send(process: subprocess.Popen[bytes], message: dict[str, Any]) -> None:
        if process.stdin is not None:
            wire.send(cast(BinaryIO, process.stdin), message)

    def _start(self) -> subprocess.Popen[bytes]:
        self._process = subprocess.Popen(  # noqa: S603 (our own interpreter, our own code)
            [sys.executable, "-I", "-c", _START, json.dumps([p for p in sys.path if isinstance(p, str)])],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"},
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )
        self._frames = queue.Queue(_QUEUED_FRAMES)
        self._listener = threading.Thread(
            target=_listen,
            args=(self._process.stdout, self._frames),
            name="glyph-worker-listener",
            daemon=True,
        )
        self._listener.start()
        with suppress(queue.Empty):
            if self._frames.get(timeout=_START_SECONDS) is None:
                self._frames.put(None)  # it could not start: whoever waits for results shall learn it, too
        return self._process

    def _cause_of_death(self) -> int | None:
        if self._process is None:
            return None
        with suppress(subprocess.TimeoutExpired):
            return self._process.wait(1.0)
        return None


def _no_frames() -> queue.Queue[_Frame | None]:
    """What one hears from a child that is not there."""
    frames: queue.Queue[_Frame | None] = queue.Queue()
    frames.put(None)
    return frames


def _listen(stream: BinaryIO, frames: queue.Queue[_Frame | None]) -> None:
    """Move frames from the child's pipe into the queue; None says that the child is gone."""
    while True:
        try:
            frame = wire.receive(stream)
        except (wire.WireError, OSError, ValueError):
            frame = None
        frames.put(frame)
        if frame is None:
            return


class _Attempt:
    """One file's bookkeeping across the children it may cost."""

    def __init__(self, source: str, options: ReadOptions, *, one_step: bool) -> None:
        self._source = source
        self._options = options
        self._one_step = one_step
        self._resume_at = 0
        self._careful = one_step
        self._blamed: tuple[int, str, str] | None = None
        self._delivered = 0
        self._deaths = 0
        self.waited = 0.0
        self.timed_out = False
        self.ended = False
        self.given_up = False

    def request(self, path: Path) -> dict[str, Any]:
        """Words that make the child read on from where we are."""
        self.timed_out = False
        self._blamed = None
        return {
            "path": str(path),
            "source": self._source,
            "limits": asdict(self._options.limits),
            "ranges": self._options.ranges,
            "all_glyphs": self._options.all_glyphs,
            "em_px": self._options.em_px,
            "sheet": None if self._options.sheet is None else self._options.sheet.to_words(),
            "resume_at": self._resume_at,
            "careful_steps": _CAREFUL_STEPS if self._careful else 0,
        }

    def patience(self) -> float:
        """Seconds to wait for the next frame."""
        limits = self._options.limits
        left = limits.seconds + limits.glyph_seconds * self._delivered - self.waited
        return max(0.0, left if self._one_step else min(left, limits.stall_seconds))

    def note(self, words: dict[str, Any], items: int) -> None:
        """Take in what a frame says about the child's progress."""
        self._delivered += items
        self._resume_at = max(self._resume_at, int(words.get("done", 0)))
        if begin := words.get("begin"):
            self._blamed = (int(begin[0]), str(begin[1]), str(begin[2]))
        elif self._blamed is not None and self._resume_at > self._blamed[0]:
            self._blamed = None
        self.ended = bool(words.get("end"))

    def conclude(self, cause_of_death: Any) -> ReadFailure | None:
        """Decide what a child's end means: whom to blame, and whether to go on."""
        limits = self._options.limits
        self._deaths += 1
        out_of_time = self.waited >= limits.seconds + limits.glyph_seconds * self._delivered
        nothing_known = self._blamed is None and self._careful
        self.given_up = self._one_step or nothing_known or out_of_time or self._deaths > limits.crashes
        if self._blamed is None and not self.given_up:
            self._careful = True  # find out which step it was
            return None
        source, gaiji_code = self._source, ""
        if self._blamed is not None:
            self._resume_at = self._blamed[0] + 1
            source, gaiji_code = self._blamed[1] or source, self._blamed[2]
        rest = "このファイルの残りは読みませんでした。" if self.given_up and not self._one_step else ""
        if self.timed_out:
            text = "制限時間内に読み終わりませんでした。ファイルが壊れている可能性があります。"
            return ReadFailure(source, "timeout", text + rest, gaiji_code)
        if cause_of_death() == EXIT_OUT_OF_MEMORY:
            text = f"読み取りに使うメモリが上限（{limits.memory_mb} MB）を超えました。"
            return ReadFailure(source, "too-large", text + rest, gaiji_code)
        text = "読み取り処理が異常終了しました。ファイルが壊れている可能性があります。"
        return ReadFailure(source, "crashed", text + rest, gaiji_code)
