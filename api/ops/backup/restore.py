"""Restoring a backup into an empty installation, on SQLite or PostgreSQL, whichever it came from.

Rows are only inserted, as the append-only tables want it; what is there already is never touched. The
database comes last: until it is in its place, nothing has changed but that some files are there already.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import tempfile
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import delete, func, select, text, update
from sqlalchemy import inspect as look
from sqlalchemy.engine import Connection

from api.audit.record import record
from api.jobs.heartbeat import NOTE as WORKER_NOTE
from api.ops.backup import snapshot
from api.ops.backup.archive import Archive, BackupError, Manifest, Member, Tell, open_archive
from api.ops.backup.rebuild import check_known, compare_derived, rebuild
from api.settings import ServerSettings
from api.store.database import Database
from api.store.migrate import upgrade
from api.store.models import ApiToken, Base, LoginSession, Note
from api.store.types import now
from api.work.storage import RESERVE_BYTES, is_intact, stored_path


@dataclass(frozen=True, slots=True)
class Restored:
    """What was restored.

    Attributes
    ----------
    manifest : Manifest
    rows : int
    uploads : int
        Files put in place.
    mismatches : int
        Derived columns that do not follow from the records.
    tokens : int
        API tokens that are valid again, also those revoked since.
    set_aside : Path or None
        Where the database that was there is now.
    """

    manifest: Manifest
    rows: int
    uploads: int
    mismatches: int
    tokens: int
    set_aside: Path | None


def restore(
    path: Path,
    settings: ServerSettings,
    *,
    force: bool = False,
    tell: Tell = lambda _stage, _done, _total: None,
) -> Restored:
    """Restore a backup.

    Parameters
    ----------
    path : Path
        The archive.
    settings : ServerSettings
        Where to; the database must be empty, or not there.
    force : bool
        Set a SQLite database that is not empty aside.
    tell : callable

    Raises
    ------
    BackupError
        The backup is damaged or of a newer version; the target is not empty or in use; there is no room.
    """
    target = Database(settings.url)
    try:
        with open_archive(path) as archive:
            manifest = archive.manifest
            check_known(archive)
            has_old = _check_target(target, force=force)
            settings.data_dir.mkdir(parents=True, exist_ok=True)
            _check_room(archive, settings.data_dir)
            with tempfile.TemporaryDirectory(prefix="restore-", dir=settings.data_dir) as work:
                fresh = rebuild(archive, Path(work), tell)
                _, mismatches = compare_derived(fresh)
                tokens = _finish(fresh, manifest)
                for number, member in enumerate(archive.uploads, 1):
                    tell("登録されたファイルを戻しています", number, len(archive.uploads))
                    _unpack(archive, member, settings.uploads_dir)
                rows = sum(manifest.counts.values())
                aside = _place(fresh, target, has_old=has_old, tell=tell)
        return Restored(manifest, rows, len(archive.uploads), mismatches, tokens, aside)
    finally:
        target.close()


def _check_room(archive: Archive, folder: Path) -> None:
    needed = 3 * archive.database.size + sum(member.size for member in archive.uploads) + RESERVE_BYTES
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise BackupError(
            f"{folder} の空きが足りません（必要 {needed / 2**20:,.0f} MB、空き {free / 2**20:,.0f} MB）。"
        )


# --- The target ---


def _check_target(target: Database, *, force: bool) -> bool:
    """Refuse a target that has data or is in use; tell whether there is an old SQLite file."""
    if not target.is_sqlite:
        upgrade(target)
        with target.engine.connect() as connection:
            if not _is_empty(connection):
                raise BackupError(
                    "データベースが空ではありません。新しい空のデータベースを作り、"
                    "GAIJI_SERVER_DATABASE_URL をそれに変えてください。"
                )
        return False
    path = Path(str(target.url.database))
    if not path.exists():
        return False
    try:
        with closing(sqlite3.connect(path, timeout=1)) as connection:
            connection.execute("PRAGMA journal_mode=DELETE")  # only the last connection may do that
    except sqlite3.OperationalError as error:
        raise BackupError(
            "データベースが使われています。gaiji serve と gaiji worker を止めてから復元してください。"
        ) from error
    except sqlite3.DatabaseError:
        if not force:
            raise _not_empty(path) from None
        return True
    with target.engine.connect() as connection:
        is_empty = _is_empty(connection)
    target.close()
    snapshot.as_single_file(path)
    if not (is_empty or force):
        raise _not_empty(path)
    return True


def _not_empty(path: Path) -> BackupError:
    return BackupError(
        f"{path} に、もうデータがあります。空の場所を GAIJI_SERVER_DATA_DIR で指定するか、"
        "今のデータベースを名前を変えて残してよければ --force を付けてください。"
    )


def _is_empty(connection: Connection) -> bool:
    there = set(look(connection).get_table_names())
    return not any(
        table.name in there and connection.execute(select(table).limit(1)).first() is not None
        for table in Base.metadata.sorted_tables
        if table.name != Note.__tablename__
    )


# --- The database ---


def _finish(fresh: Path, manifest: Manifest) -> int:
    """End the logins of that time, note what was done; return how many API tokens are valid."""
    database = Database(f"sqlite:///{fresh.as_posix()}")
    at = now()
    try:
        with database.writing() as session:
            session.execute(
                update(LoginSession).where(LoginSession.revoked_at.is_(None)).values(revoked_at=at)
            )
            worker = session.get(Note, WORKER_NOTE)
            if worker is not None:
                session.delete(worker)
            tokens = session.scalar(
                select(func.count())
                .select_from(ApiToken)
                .where(ApiToken.revoked_at.is_(None), ApiToken.expires_at > at)
            )
            record(
                session,
                "backup.restored",
                actor=None,
                detail={"began_at": manifest.began_at, "schema": manifest.schema, "from": manifest.backend},
            )
    finally:
        database.close()
    snapshot.as_single_file(fresh)
    return tokens or 0


def _place(fresh: Path, target: Database, *, has_old: bool, tell: Tell) -> Path | None:
    if not target.is_sqlite:
        _pour(fresh, target, tell)
        return None
    path = Path(str(target.url.database))
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = None
    if has_old:
        aside = path.with_name(f"{path.name}.{now().astimezone():%Y%m%d-%H%M%S}.old")
        path.rename(aside)
    for suffix in ("-wal", "-shm"):
        Path(f"{path}{suffix}").unlink(missing_ok=True)
    shutil.move(fresh, path)
    return aside


def _pour(fresh: Path, target: Database, tell: Tell) -> None:
    """Fill a PostgreSQL database in one transaction."""
    source = Database(f"sqlite:///{fresh.as_posix()}")
    try:
        with source.engine.connect() as origin, target.engine.begin() as connection:
            if not _is_empty(connection):
                raise BackupError("データベースが、いま使われはじめました。gaiji serve を止めてください。")
            connection.execute(delete(Note))
            snapshot.copy_rows(origin, connection, tell)
            for table in Base.metadata.sorted_tables:
                if "id" in table.columns:
                    _set_sequence(connection, table.name)
    finally:
        source.close()


def _set_sequence(connection: Connection, table: str) -> None:
    """Let PostgreSQL number new rows behind the present ones."""
    connection.execute(
        text(
            f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), "  # noqa: S608 - a name of our own
            f"coalesce(max(id), 1), max(id) IS NOT NULL) FROM {table}"
        )
    )


# --- The files ---


def _unpack(archive: Archive, member: Member, uploads: Path) -> None:
    place = stored_path(uploads, member.digest)
    if place.exists() and place.stat().st_size == member.size and is_intact(place, member.digest):
        return
    place.parent.mkdir(parents=True, exist_ok=True)
    part = place.with_name(f"{place.name}.part")
    try:
        with part.open("wb") as target:
            archive.read(member, target)
            target.flush()
            os.fsync(target.fileno())
        part.replace(place)
    finally:
        part.unlink(missing_ok=True)
