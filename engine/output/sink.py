"""Where rows go: a file that appears only when it is complete, or standard output."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Protocol, Self

from engine.errors import GaijiError, UsageError
from engine.output.csv_text import CsvWriter
from engine.output.jsonl import JsonlWriter
from engine.output.parquet import ParquetWriter
from engine.output.record import Record, to_record
from engine.output.xlsx import XlsxWriter
from engine.result import Identification


class RowWriter(Protocol):
    """One format.

    Why this seam exists: the pipeline hands over one row at a time and must not know whether it becomes a
    line of text, a cell or part of a row group. A writer gets an open binary stream and never closes it.
    """

    def write(self, record: Record) -> None:
        """Append one row."""

    def close(self) -> None:
        """Complete the format (footer, archive directory) and flush."""

    def discard(self) -> None:
        """Give up: remove what is kept aside; called instead of ``close``."""


WRITERS: dict[str, Callable[[BinaryIO], RowWriter]] = {
    ".csv": CsvWriter,
    ".jsonl": JsonlWriter,
    ".parquet": ParquetWriter,
    ".xlsx": XlsxWriter,
}
"""Writers by file suffix."""


class OutputError(GaijiError):
    """The output file could not be written."""

    code = "output"


def check_output(path: Path, *, force: bool, suffixes: tuple[str, ...] = tuple(WRITERS)) -> None:
    """Refuse an output path before any work is done for it.

    Parameters
    ----------
    path : Path
        The file to be written.
    force : bool
        Whether an existing file may be replaced.
    suffixes : tuple of str
        The suffixes that the caller can write, lower case.

    Raises
    ------
    UsageError
        Unknown suffix, no such folder, a folder in its place, or an existing file without ``force``.
    """
    if path.suffix.lower() not in suffixes:
        raise UsageError(
            f"出力の拡張子「{path.suffix}」には対応していません。"
            f"{' '.join(suffixes)} のどれかにしてください: {path}"
        )
    if path.is_dir():
        raise UsageError(f"出力先がフォルダーです。ファイル名まで指定してください: {path}")
    if not path.parent.is_dir():
        raise UsageError(f"出力先のフォルダーがありません。先に作ってください: {path.parent}")
    if path.exists() and not force:
        raise UsageError(f"出力先のファイルがすでにあります。上書きするには --force を付けてください: {path}")


class AtomicFile:
    """A binary file written beside its place, which takes that place only when all went well.

    Parameters
    ----------
    path : Path
        Where the file will be.
    force : bool
        Whether a file that has appeared there meanwhile may be replaced.

    Raises
    ------
    OutputError
        On entering or leaving, where the folder or the file cannot be written.
    """

    def __init__(self, path: Path, *, force: bool) -> None:
        self._path = path
        self._force = force
        self._part = path.with_name(f".{path.name}.{os.getpid()}.part")
        self._stream: BinaryIO | None = None

    def __enter__(self) -> BinaryIO:
        try:
            self._stream = self._part.open("wb")
        except OSError as error:
            raise OutputError(_why(self._path, error)) from error
        return self._stream

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._stream is None:
            return
        try:
            self._stream.close()
            if kind is None:
                if self._path.exists() and not self._force:
                    raise UsageError(
                        f"出力先のファイルが実行中に作られました。別の名前にしてください: {self._path}"
                    )
                self._part.replace(self._path)
        except OSError as problem:
            raise OutputError(_why(self._path, problem)) from problem
        finally:
            self._part.unlink(missing_ok=True)


class RowSink:
    """Rows into one file (by suffix), all or nothing.

    Use as a context manager; when the block is left by an exception, Ctrl-C included, no file remains.

    Parameters
    ----------
    path : Path
    force : bool
        Whether an existing file may be replaced.
    """

    def __init__(self, path: Path, *, force: bool = False) -> None:
        check_output(path, force=force)
        self._path = path
        self._file = AtomicFile(path, force=force)
        self._writer: RowWriter | None = None

    def __enter__(self) -> Self:
        stream = self._file.__enter__()
        try:
            self._writer = WRITERS[self._path.suffix.lower()](stream)
        except BaseException as error:
            self._file.__exit__(type(error), error, None)
            raise
        return self

    def write(self, identification: Identification) -> None:
        """Append one row.

        Raises
        ------
        OutputError
            The disk is full, or the like.
        """
        if self._writer is None:
            raise RuntimeError("RowSink.write: used outside its with block")
        try:
            self._writer.write(to_record(identification))
        except OSError as error:
            raise OutputError(_why(self._path, error)) from error

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        writer, self._writer = self._writer, None
        if kind is not None or writer is None:
            if writer is not None:
                writer.discard()
            self._file.__exit__(kind, error, trace)
            return
        try:
            writer.close()
        except BaseException as problem:
            self._file.__exit__(type(problem), problem, None)
            if isinstance(problem, OSError):
                raise OutputError(_why(self._path, problem)) from problem
            raise
        self._file.__exit__(None, None, None)


def _why(path: Path, error: OSError) -> str:
    reason = error.strerror or type(error).__name__
    return (
        f"出力できません（{reason}）。書き込みの権限と空き容量を確かめ、"
        f"Excel などで開いていれば閉じてください: {path}"
    )
