"""Opening what a path names, and walking folders, without trusting either."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

from engine.errors import ReadError
from engine.glyph.model import ReadFailure

_DEEPEST = 50
"""Levels of folders inside folders."""

_IGNORED_NAMES = frozenset({"thumbs.db", "desktop.ini", "__macosx"})


def is_litter(name: str) -> bool:
    """Whether an operating system, not a person, put this file or folder there."""
    return name.startswith(".") or name.lower() in _IGNORED_NAMES


def describe_os_error(error: OSError) -> ReadError:
    """Turn an operating-system error into a :class:`ReadError` with a Japanese message."""
    if isinstance(error, FileNotFoundError | NotADirectoryError):
        return ReadError("not-found", "ファイルが見つかりません。パスを確かめてください。")
    if isinstance(error, PermissionError):
        return ReadError("unreadable-file", "読み取る権限がありません。ファイルの権限を確かめてください。")
    reason = error.strerror or type(error).__name__
    return ReadError("unreadable-file", f"ファイルを開けません（{reason}）。")


def read_head(path: Path, size: int) -> bytes:
    """Return the first ``size`` bytes of a regular file.

    Raises
    ------
    ReadError
        ``not-found``, or ``unreadable-file`` for anything that is not a regular file.
    """
    return _read(path, size)


def read_whole(path: Path, limit_mb: int) -> bytes:
    """Return a regular file's content.

    Raises
    ------
    ReadError
        As :func:`read_head`; ``too-large`` above ``limit_mb``.
    """
    limit = limit_mb * 1_000_000
    data = _read(path, limit + 1)
    if len(data) > limit:
        raise ReadError("too-large", f"ファイルが大きすぎます（上限 {limit_mb} MB）。")
    return data


def _read(path: Path, size: int) -> bytes:
    # Non-blocking where it exists: a pipe that took a file's place must not make us wait for its writer.
    flags = os.O_RDONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_NONBLOCK", 0)
    try:
        descriptor = os.open(path, flags)
        try:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                raise ReadError(
                    "unreadable-file", "通常のファイルではありません（フォルダー、パイプ、装置など）。"
                )
            with os.fdopen(descriptor, "rb", closefd=False) as file:
                return file.read(size)
        finally:
            os.close(descriptor)
    except OSError as error:
        raise describe_os_error(error) from error
    except ValueError as error:  # a NUL in the name
        raise ReadError("not-found", "ファイル名に使えない文字があります。") from error


def walk(folder: Path, depth: int = 0) -> Iterator[Path | ReadFailure]:
    """Yield the files below a folder in sorted order, depth first.

    Linked folders are not entered (they may lead in circles) and files of the operating system's own are left
    out; everything else that cannot be read is reported.
    """
    try:
        with os.scandir(folder) as listing:
            entries = sorted(listing, key=lambda entry: entry.name)
    except OSError as error:
        problem = describe_os_error(error)
        yield ReadFailure(str(folder), problem.code, f"フォルダーを開けません。{problem}")
        return
    for entry in entries:
        if is_litter(entry.name):
            continue
        path = folder / entry.name
        try:
            is_folder = entry.is_dir(follow_symlinks=False)
            is_linked_folder = not is_folder and entry.is_dir()
        except OSError as error:
            problem = describe_os_error(error)
            yield ReadFailure(str(path), problem.code, str(problem))
            continue
        if is_folder:
            if depth == _DEEPEST:
                yield ReadFailure(
                    str(path), "too-many", f"フォルダーの入れ子が深すぎます（上限 {_DEEPEST} 段）。"
                )
            else:
                yield from walk(path, depth + 1)
        elif is_linked_folder:
            yield ReadFailure(
                str(path),
                "unreadable-file",
                "リンクされたフォルダーはたどりません。元のフォルダーを指定してください。",
            )
        else:
            yield path
