"""Uploaded files on disk: one file per content, named by its digest, complete or not there at all.

The database says which file belongs to whom; a file that no row names is litter of an interrupted upload and
is swept away after a day.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import secrets
import shutil
import time
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from api.errors import InvalidError, TooLargeError, UnavailableError

CHUNK_BYTES = 2**20
RESERVE_BYTES = 64 * 2**20
"""Disk space that an upload leaves free: the database needs room to note it, and to go on."""

LITTER_AGE_S = 24 * 3600
_PART = ".part"
_FULL = frozenset({errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC), errno.EFBIG})


@dataclass(frozen=True, slots=True)
class Incoming:
    """A file received whole, not yet in its place.

    Attributes
    ----------
    path : Path
        Temporary file beside the place.
    sha256 : str
        Hexadecimal.
    size : int
        Bytes.
    head : bytes
        The first of them, to tell the format.
    """

    path: Path
    sha256: str
    size: int
    head: bytes


def stored_path(folder: Path, sha256: str) -> Path:
    """Return where the file of a digest is, or would be.

    Parameters
    ----------
    folder : Path
        The uploads folder.
    sha256 : str
        64 hexadecimal digits.
    """
    return folder / sha256[:2] / sha256


@contextlib.contextmanager
def incoming(
    folder: Path, file: BinaryIO, *, limit_bytes: int, head_bytes: int, size_hint: int | None = None
) -> Iterator[Incoming]:
    """Receive a file beside its place; what is not kept by :func:`keep` is gone afterwards.

    Parameters
    ----------
    folder : Path
        The uploads folder; made where it is missing.
    file : binary stream
        Read to its end, in pieces.
    limit_bytes : int
        Largest file taken.
    head_bytes : int
        How much of the beginning is wanted.
    size_hint : int, optional
        What the sender says the size is.

    Raises
    ------
    InvalidError
        The file is empty.
    TooLargeError
        It is larger than the limit.
    UnavailableError
        The disk is full, or would be.
    """
    path = folder / f"{secrets.token_hex(16)}{_PART}"
    try:
        with _full_disk_told():
            folder.mkdir(parents=True, exist_ok=True)
            if shutil.disk_usage(folder).free < RESERVE_BYTES + min(size_hint or 0, limit_bytes):
                raise OSError(errno.ENOSPC, "less than the reserve is free")
            received = _receive(file, path, limit_bytes, head_bytes)
        yield received
    finally:
        path.unlink(missing_ok=True)


def _receive(file: BinaryIO, path: Path, limit_bytes: int, head_bytes: int) -> Incoming:
    digest, size, head = hashlib.sha256(), 0, b""
    with path.open("xb") as target:
        while chunk := file.read(CHUNK_BYTES):
            size += len(chunk)
            if size > limit_bytes:
                raise TooLargeError(
                    f"ファイルが大きすぎます（上限 {limit_bytes // 2**20:,} MB）。分けて登録してください。",
                    {"limit_bytes": limit_bytes},
                )
            if len(head) < head_bytes:
                head += chunk[: head_bytes - len(head)]
            digest.update(chunk)
            target.write(chunk)
        target.flush()
        os.fsync(target.fileno())
    if not size:
        raise InvalidError("ファイルが空です（0 バイト）。コピーし直してください。", {"field": "file"})
    return Incoming(path, digest.hexdigest(), size, head)


def keep(folder: Path, received: Incoming) -> Path:
    """Move a received file to its place; the same content may be there already.

    Parameters
    ----------
    folder : Path
        The uploads folder.
    received : Incoming

    Raises
    ------
    UnavailableError
        The disk is full.
    """
    place = stored_path(folder, received.sha256)
    with _full_disk_told():
        place.parent.mkdir(parents=True, exist_ok=True)
        try:
            received.path.replace(place)
        except PermissionError:  # Windows: a job is reading the same content
            if place.stat().st_size != received.size:
                raise
            os.utime(place)
        _sync_folder(place.parent)
    return place


def sweep(folder: Path, wanted: Collection[str], *, older_than_s: float = LITTER_AGE_S) -> int:
    """Delete what interrupted uploads have left behind.

    Parameters
    ----------
    folder : Path
        The uploads folder.
    wanted : collection of str
        Digests that the database names.
    older_than_s : float
        Younger files may belong to an upload that is being written down.

    Returns
    -------
    int
        Files deleted.
    """
    if not folder.is_dir():
        return 0
    before, deleted = time.time() - older_than_s, 0
    for path in (*folder.glob(f"*{_PART}"), *folder.glob("[0-9a-f][0-9a-f]/*")):
        if path.name in wanted:
            continue
        with contextlib.suppress(OSError):  # somebody else was faster, or is reading it
            if path.stat().st_mtime < before:
                path.unlink()
                deleted += 1
    return deleted


def is_intact(path: Path, sha256: str) -> bool:
    """Tell whether a stored file still has the content that it is named after."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest() == sha256
    except OSError:
        return False


def is_full(error: OSError) -> bool:
    """Tell whether an error of the operating system means that the disk is full."""
    return error.errno in _FULL


@contextlib.contextmanager
def _full_disk_told() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if not is_full(error):
            raise
        raise UnavailableError(
            "サーバーのディスクの空きが足りないため、登録できませんでした。システムの運用者に知らせてください。"
        ) from error


def _sync_folder(folder: Path) -> None:
    """Make the new name survive a power cut, where folders can be synced (not on Windows)."""
    if not hasattr(os, "O_DIRECTORY"):
        return
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
