"""Making a backup, while the application serves."""

from __future__ import annotations

import hashlib
import os
import re
import secrets
import shutil
import tempfile
import time
import zipfile
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from sqlalchemy.exc import SQLAlchemyError

import engine
from api.audit.record import record
from api.jobs.heartbeat import note
from api.ops import disk
from api.ops.backup import inspect, snapshot
from api.ops.backup.archive import DATABASE, MANIFEST, UPLOADS, BackupError, Manifest, Member, Tell
from api.ops.backup.verify import Verified, verify
from api.ops.notes import BACKUP_NOTE
from api.services import Services
from api.store.types import now
from api.work.storage import CHUNK_BYTES, RESERVE_BYTES, stored_path

_NAME = re.compile(r"gaiji-\d{8}-\d{6}\.zip", re.ASCII)
_LITTER = ".gaiji-backup-"
_LITTER_AGE_S = 24 * 3600
_LEVEL = 1
"""Of compression: pictures and ZIPs get no smaller by more, and the server has other work."""


@dataclass(frozen=True, slots=True)
class Made:
    """A backup that was made.

    Attributes
    ----------
    path : Path
    size : int
        Bytes.
    manifest : Manifest
    verified : Verified or None
        None where it was not asked for.
    removed : tuple of Path
        Older backups that made room.
    """

    path: Path
    size: int
    manifest: Manifest
    verified: Verified | None
    removed: tuple[Path, ...]


def file_name(at: datetime) -> str:
    """Return the name of a backup made at a time, on this machine's clock."""
    return f"gaiji-{at.astimezone():%Y%m%d-%H%M%S}.zip"


def make(
    services: Services,
    target: Path,
    *,
    with_uploads: bool = True,
    check: bool = True,
    keep: int | None = None,
    replace_existing: bool = False,
    tell: Tell = lambda _stage, _done, _total: None,
) -> Made:
    """Make a backup.

    The database first, then the files: they are only ever added, so that each one which the copied database
    names is there. What is committed before the beginning is in it.

    Parameters
    ----------
    services : Services
    target : Path
        The file to write; a folder gets one named by the time.
    with_uploads : bool
        With the uploaded files. Without them a restored installation has everything but the files: unfinished
        jobs cannot go on, and nothing can be read again.
    check : bool
        Open the finished backup again and check all of it.
    keep : int, optional
        How many backups with names by time to keep in the folder, this one included.
    replace_existing : bool
    tell : callable

    Returns
    -------
    Made

    Raises
    ------
    BackupError
        There is no database, no room, or the file exists.
    """
    began, started = now(), time.monotonic()
    path = target / file_name(began) if target.is_dir() else target
    if path.exists() and not replace_existing:
        raise BackupError(f"{path} は既にあります。別の名前にするか、--force を付けてください。")
    folder = path.parent
    folder.mkdir(parents=True, exist_ok=True)
    _sweep(folder)
    _check_room(services, folder, with_uploads=with_uploads)
    part = folder / f"{_LITTER}{secrets.token_hex(8)}.part"
    try:
        with tempfile.TemporaryDirectory(prefix=_LITTER, dir=folder) as work:
            copy = Path(work, DATABASE)
            snapshot.take(services.database, copy, tell)
            manifest = Manifest(
                began.isoformat(),
                engine.__version__,
                inspect.schema_of(copy),
                services.database.url.get_backend_name(),
                with_uploads,
                counts=inspect.counts_of(copy),
            )
            manifest = _write(part, manifest, copy, services.settings.uploads_dir, tell)
        verified = verify(part, tell) if check else None
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    size = path.stat().st_size
    removed = _rotate(folder, keep) if keep is not None else ()
    made = Made(path, size, manifest, verified, removed)
    _note(services, made, time.monotonic() - started)
    return made


def _write(path: Path, manifest: Manifest, database: Path, uploads: Path, tell: Tell) -> Manifest:
    wanted = inspect.uploads_of(database) if manifest.has_uploads else []
    members, missing = [], []
    with path.open("xb") as raw:
        path.chmod(0o600)  # names and digests of passwords are in it
        with zipfile.ZipFile(raw, "w", zipfile.ZIP_DEFLATED, compresslevel=_LEVEL) as archive:
            with database.open("rb") as source:
                members.append(_add(archive, DATABASE, source))
            for number, digest in enumerate(wanted, 1):
                tell("登録されたファイルを写しています", number, len(wanted))
                place = stored_path(uploads, digest)
                try:
                    source = place.open("rb")
                except OSError:
                    missing.append(digest)
                    continue
                with source:
                    if hashlib.file_digest(source, "sha256").hexdigest() != digest:
                        missing.append(digest)  # a damaged file is no file
                        continue
                    source.seek(0)
                    members.append(_add(archive, f"{UPLOADS}/{digest[:2]}/{digest}", source))
            manifest = replace(manifest, missing=tuple(missing), members=tuple(members))
            archive.writestr(MANIFEST, manifest.as_json())
        raw.flush()
        os.fsync(raw.fileno())
    return manifest


def _add(archive: zipfile.ZipFile, name: str, source: BinaryIO) -> Member:
    digest, size = hashlib.sha256(), 0
    with archive.open(name, "w", force_zip64=True) as target:
        while chunk := source.read(CHUNK_BYTES):
            digest.update(chunk)
            size += len(chunk)
            target.write(chunk)
    return Member(name, size, digest.hexdigest())


def _check_room(services: Services, folder: Path, *, with_uploads: bool) -> None:
    """Refuse to fill the disk that the application writes to as well."""
    needed = 3 * disk.database_bytes(services) + RESERVE_BYTES
    if with_uploads:
        needed += disk.folder_bytes(services.settings.uploads_dir)
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise BackupError(
            f"{folder} の空きが足りません（必要 {needed / 2**20:,.0f} MB、空き {free / 2**20:,.0f} MB）。"
            "-o で別のディスクを指定するか、古いバックアップを消してください。"
        )


def _rotate(folder: Path, keep: int) -> tuple[Path, ...]:
    found = sorted(each for each in folder.iterdir() if _NAME.fullmatch(each.name) and each.is_file())
    old = found[: max(0, len(found) - keep)]
    for each in old:
        each.unlink()
    return tuple(old)


def _sweep(folder: Path) -> None:
    """Remove what a killed backup has left behind."""
    before = time.time() - _LITTER_AGE_S
    for each in folder.glob(f"{_LITTER}*"):
        with suppress(OSError):
            if each.stat().st_mtime < before:
                shutil.rmtree(each) if each.is_dir() else each.unlink()


def _note(services: Services, made: Made, seconds: float) -> None:
    verified = made.verified
    value = {
        "file": made.path.name,
        "bytes": made.size,
        "verified": verified is not None,
        "mismatches": verified.mismatches if verified else 0,
        "uploads": len(made.manifest.members) - 1,
        "with_uploads": made.manifest.has_uploads,
        "missing": len(made.manifest.missing),
        "schema": made.manifest.schema,
        "seconds": round(seconds, 1),
    }
    try:
        with services.database.writing() as session:
            note(session, BACKUP_NOTE, value)
            told = {key: each for key, each in value.items() if key != "file"}
            record(session, "backup.made", actor=None, detail=told)
    except SQLAlchemyError as error:  # an older schema, before an update: the backup itself is good
        raise BackupError(
            f"バックアップはできました（{made.path}）が、データベースにその記録を残せませんでした。"
        ) from error
