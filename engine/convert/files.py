"""The files of a conversion: checked before any work is done, and errors that say what to do."""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from engine.convert.errors import ConvertError
from engine.errors import UsageError
from engine.output.sink import OutputError, check_output


@dataclass(frozen=True, slots=True)
class Paths:
    """The files of one conversion.

    Attributes
    ----------
    source, output : Path
    report : Path
        Exceptions, as CSV.
    journal : Path
        To undo by.
    """

    source: Path
    output: Path
    report: Path
    journal: Path

    def check(self, *, force: bool) -> None:
        """Refuse paths before any work is done.

        Raises
        ------
        UsageError
            Two are the same file, one exists and may not be replaced, or there is no such folder.
        """
        check_apart(self.source, self.output, self.report, self.journal)
        for path in (self.output, self.report, self.journal):
            check_place(path, force=force)


def check_apart(*paths: Path) -> None:
    """Refuse paths of which two are the same file.

    Raises
    ------
    UsageError
    """
    names = {os.path.normcase(path.resolve()) for path in paths}
    existing = [path for path in paths if path.exists()]
    linked = {(status.st_dev, status.st_ino) for status in map(Path.stat, existing)}
    if len(names) < len(paths) or len(linked) < len(existing):
        raise UsageError("入力と出力に、同じファイルは指定できません。それぞれ別のファイルにしてください。")


def check_place(path: Path, *, force: bool) -> None:
    """Refuse an output path: see :func:`engine.output.sink.check_output`; any suffix will do.

    Raises
    ------
    UsageError
    """
    check_output(path, force=force, suffixes=(path.suffix.lower(),))


def check_room(output: Path, size: int) -> None:
    """Refuse to begin where the disk has no room for ``size`` bytes.

    Raises
    ------
    OutputError
    """
    try:
        free = shutil.disk_usage(output.parent).free
    except OSError:  # a place that does not tell; the disk says so when it is full
        return
    if free < size:
        raise OutputError(
            f"出力先の空きが足りません（約 {size >> 20:,} MB 要るのに {free >> 20:,} MB）。"
            f"空けるか、別の場所を指定してください: {output.parent}"
        )


@contextlib.contextmanager
def writing(path: Path) -> Iterator[None]:
    """Turn what the operating system says while writing into an error that says what to do.

    Raises
    ------
    OutputError
    """
    try:
        yield
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise OutputError(
            f"書き込めません（{reason}）。出力先の空き容量と権限を確かめてください: {path}"
        ) from error


@contextlib.contextmanager
def reading(path: Path) -> Iterator[None]:
    """Turn what the operating system says while reading into an error that says what to do.

    Raises
    ------
    ConvertError
    """
    try:
        yield
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise ConvertError(f"入力を読めません（{reason}）。場所と権限を確かめてください: {path}") from error
