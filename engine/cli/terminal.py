"""Standard error: messages and the progress bar; standard output carries data only."""

from __future__ import annotations

import os
import shutil
import sys
import time
import unicodedata
from collections.abc import Iterable, Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Self

from engine.sheet.wrap import wrapped

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID
    from rich.status import Status

EXIT_PIPE = 141
"""Exit code where the reader of standard output went away: what a shell gives for SIGPIPE."""

_BAR_DELAY_S = 0.8
"""A run that ends sooner shows no bar, and does not load what draws it."""

_REDRAW_S = 0.1
_LINE_S = 30.0
"""Where no terminal is, a long run writes a line this often."""
_WIDEST, _NARROWEST = 100, 20
"""Columns of running text: longer lines of Japanese are hard to follow."""
_CONTROL = ("Cc", "Cf", "Cs", "Zl", "Zp")
"""Unicode categories that are spelled out; Cs: bytes of a file name that are not UTF-8."""


class Reporter:
    """Tells a person how far the run is; use as a context manager.

    Parameters
    ----------
    quiet : bool
        Say nothing but errors.
    """

    def __init__(self, *, quiet: bool = False) -> None:
        self._quiet = quiet
        self._live = not quiet and sys.stderr.isatty()
        self._bar: Progress | None = None
        self._task: TaskID | None = None
        self._line: Status | None = None
        self._stage = ""
        self._begun = self._drawn = time.monotonic()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._close()

    def message(self, text: str) -> None:
        """Write one line."""
        if self._quiet:
            return
        text = visible(text)
        shown = self._bar or self._line
        if shown is not None:
            shown.console.print(text, markup=False, highlight=False)
        else:
            sys.stderr.write(text + "\n")

    def progress(self, stage: str, done: int, total: int = 0) -> None:
        """Show that ``done`` of ``total`` (0: not known) steps of a stage are done."""
        now = time.monotonic()
        if stage != self._stage:
            self._stage = stage
            if not self._live and total and not self._quiet:
                sys.stderr.write(stage + "\n")
            self._task = None
        elif now - self._drawn < _REDRAW_S and done != total:
            return
        if not self._live or (self._bar is None and now - self._begun < _BAR_DELAY_S):
            return
        self._drawn = now
        bar = self._bar or self._open()
        if self._task is None:
            for task in bar.task_ids:
                bar.remove_task(task)
            self._task = bar.add_task(stage, total=total or None)
        bar.update(self._task, completed=done, total=total or None)

    def status(self, text: str) -> None:
        """Show how a long run stands: in place on a terminal, else as a line now and then."""
        now = time.monotonic()
        if self._quiet or now - self._drawn < (_REDRAW_S if self._live else _LINE_S):
            return
        self._drawn = now
        if not self._live:
            sys.stderr.write(visible(text) + "\n")
            return
        from rich.console import Console
        from rich.text import Text

        if self._line is None:
            self._close()
            self._line = Console(stderr=True).status("")
            self._line.start()
        self._line.update(Text(visible(text)))

    def _close(self) -> None:
        for shown in (self._bar, self._line):
            if shown is not None:
                shown.stop()
        self._bar = self._line = self._task = None

    def _open(self) -> Progress:
        from rich.console import Console
        from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

        self._bar = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}", markup=False),
            BarColumn(bar_width=30),
            TextColumn("{task.completed:,}"),
            TimeElapsedColumn(),
            console=Console(stderr=True),
            transient=True,
        )
        self._bar.start()
        return self._bar


def silence_stdout() -> None:
    """Keep the interpreter from complaining at exit that nobody reads standard output any more."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def visible(text: str) -> str:
    """Return ``text`` with control characters spelled out, so that a file name cannot steer the terminal.

    Parameters
    ----------
    text : str
        Of one line.
    """
    return "".join(_spelled(char) if unicodedata.category(char) in _CONTROL else char for char in text)


def _spelled(char: str) -> str:
    return f"\\x{ord(char):02x}" if ord(char) < 0x100 else f"\\u{ord(char):04x}"


def width(text: str) -> int:
    """Return the number of terminal columns that ``text`` takes."""
    return sum(0 if _is_mark(char) else 1 + (unicodedata.east_asian_width(char) in "WF") for char in text)


def _is_mark(char: str) -> bool:
    """Whether a character is drawn on the one before it: combining marks, variation selectors."""
    return unicodedata.category(char) in ("Mn", "Me") or unicodedata.combining(char) > 0


def columns(rows: Iterable[Sequence[str]], gap: str = "  ") -> list[str]:
    """Align rows of cells into lines.

    Parameters
    ----------
    rows : iterable of sequence of str
        All of one length.
    gap : str
        Between two columns.
    """
    table = [list(row) for row in rows]
    widths = [max(map(width, column)) for column in zip(*table, strict=True)]
    return [
        gap.join(cell + " " * (wide - width(cell)) for cell, wide in zip(row, widths, strict=True)).rstrip()
        for row in table
    ]


def folded(text: str, indent: str = "") -> list[str]:
    """Break running text into lines that fit the terminal.

    Parameters
    ----------
    text : str
        One paragraph; control characters are spelled out.
    indent : str
        Before every line.
    """
    room = min(_WIDEST, shutil.get_terminal_size((_WIDEST, 24)).columns) - len(indent)
    return [indent + line for line in wrapped(visible(text), max(_NARROWEST, room), width)]
