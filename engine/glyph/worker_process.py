"""The child's side of :mod:`engine.glyph.worker`: reads one file after the other until its input ends."""

from __future__ import annotations

import faulthandler
import os
import sys
import time
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

from engine.errors import ReadError
from engine.glyph import wire
from engine.glyph.files import read_whole
from engine.glyph.formats import DOTS, IMAGES, OUTLINES, Format, sniff, unsupported_message
from engine.glyph.limits import Limits
from engine.glyph.model import Glyph, ReadFailure
from engine.glyph.options import ReadOptions
from engine.glyph.page.options import SheetOptions
from engine.glyph.progress import Progress

EXIT_OUT_OF_MEMORY = 71
EXIT_BROKEN = 70

_CHUNK_ITEMS = 128
_CHUNK_BYTES = 2_000_000
_CHUNK_SECONDS = 0.25
"""Finished steps are sent in chunks of this size, or this often."""

_LONGEST_STEP = 4 * _CHUNK_ITEMS
_LONGEST_STEP_BYTES = 4 * _CHUNK_BYTES
"""A step that gives more than this (a font inside a ZIP) is sent in pieces. Such steps have been announced as
risky, so what was sent is never asked for again."""


class _Reporter(Progress):
    """Sends finished items to the parent, and says what it is about to touch."""

    def __init__(self, stream: BinaryIO, resume_at: int, careful_steps: int, seconds: float) -> None:
        super().__init__(resume_at)
        self._stream = stream
        self._careful_until = resume_at + careful_steps
        self._seconds = seconds
        self._items: list[Glyph | ReadFailure] = []
        self._bytes = 0
        self._last_flush = time.monotonic()
        self._name = ("", "")

    def begin(self, source: str, gaiji_code: str = "") -> bool:
        wanted = super().begin(source, gaiji_code)
        if wanted:
            self._name = (source, gaiji_code)
            if self.step < self._careful_until:
                self.risk()
            elif time.monotonic() - self._last_flush > _CHUNK_SECONDS or self._is_full():
                self.flush()
        return wanted

    def risk(self) -> None:
        self.flush(begin=[self.step, *self._name])

    def add(self, item: Glyph | ReadFailure) -> None:
        self._items.append(item)
        self._bytes += item.ink.nbytes if isinstance(item, Glyph) else 0
        if len(self._items) >= _LONGEST_STEP or self._bytes >= _LONGEST_STEP_BYTES:
            self.flush()

    def flush(self, **words: Any) -> None:
        """Send what is finished. ``done`` is the first step that would have to be taken again."""
        packed, pixels = wire.pack(self._items)
        faulthandler.cancel_dump_traceback_later()  # a parent that reads slowly is not a reader that hangs
        wire.send(self._stream, {"done": self.step, "items": packed, **words}, pixels)
        faulthandler.dump_traceback_later(self._seconds, exit=True)
        self._items = []
        self._bytes = 0
        self._last_flush = time.monotonic()

    def _is_full(self) -> bool:
        return len(self._items) >= _CHUNK_ITEMS or self._bytes >= _CHUNK_BYTES


def serve() -> None:
    """Answer requests from standard input on standard output until the former ends."""
    requests = sys.stdin.buffer
    # Libraries that print must not garble the frames: their standard output becomes standard error.
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    warnings.simplefilter("ignore")  # damaged metadata: the pixels decide
    wire.send(answers, {"ready": os.getpid()})
    while (request := wire.receive(requests)) is not None:
        _answer(request[0], answers)


def _answer(request: dict[str, Any], answers: BinaryIO) -> None:
    limits = Limits(**request["limits"])
    options = ReadOptions(
        limits=limits,
        ranges=tuple((first, last) for first, last in request["ranges"]),
        all_glyphs=request["all_glyphs"],
        em_px=request["em_px"],
        sheet=None if request["sheet"] is None else SheetOptions.from_words(request["sheet"]),
    )
    source = request["source"]
    # The parent keeps the time. This is for the case that the parent is gone.
    reporter = _Reporter(answers, request["resume_at"], request["careful_steps"], 3 * limits.seconds)
    faulthandler.dump_traceback_later(3 * limits.seconds, exit=True)
    try:
        for item in _read(request["path"], source, options, reporter):
            reporter.add(item)
    except ReadError as error:
        reporter.add(ReadFailure(source, error.code, str(error)))
    except MemoryError:
        os._exit(EXIT_OUT_OF_MEMORY)
    except Exception:  # a bug or a parser's surprise: the parent names the input, a fresh worker goes on
        os._exit(EXIT_BROKEN)
    reporter.flush(end=True)
    faulthandler.cancel_dump_traceback_later()


def _read(path: str, source: str, options: ReadOptions, reporter: Progress) -> Iterator[Glyph | ReadFailure]:
    data = read_whole(Path(path), options.limits.file_mb)
    kind = sniff(data[:512], source)
    if kind in OUTLINES:
        from engine.glyph.outline import read_outlines

        limit_memory(options.limits)
        yield from read_outlines(data, source, options, reporter)
    elif kind in DOTS:
        from engine.glyph.dots import read_dots

        limit_memory(options.limits)
        yield from read_dots(data, source, options, reporter)
    elif kind is Format.PDF or (kind in IMAGES and options.sheet is not None):
        import cv2

        from engine.glyph.page.sheet import read_sheet

        cv2.setNumThreads(1)
        limit_memory(options.limits)
        yield from read_sheet(data, source, options.limits, options.sheet or SheetOptions(), reporter)
    elif kind is Format.ZIP or kind in IMAGES:
        import cv2

        from engine.glyph.archive import read_archive
        from engine.glyph.images import read_image

        cv2.setNumThreads(1)
        limit_memory(options.limits)
        if kind is Format.ZIP:
            yield from read_archive(data, source, options, reporter)
        else:
            yield read_image(data, source, options.limits)
    else:
        raise ReadError("unsupported-format", unsupported_message(kind))


def limit_memory(limits: Limits) -> None:
    """Let this process grow by ``limits.memory_mb`` and no further, where the system can do that."""
    try:
        import resource

        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    except (ImportError, OSError):
        return  # Windows, macOS: header checks, ratios and the parent's clock remain
    ceiling = pages * resource.getpagesize() + limits.memory_mb * 1_000_000
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (ceiling if hard < 0 else min(ceiling, hard), hard))
