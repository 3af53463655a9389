"""A consistent copy of the database as one SQLite file, while others go on writing."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from sqlalchemy import insert, select
from sqlalchemy.engine import Connection

from api.ops.backup.archive import BackupError, Tell
from api.store.database import Database
from api.store.migrate import upgrade, versions
from api.store.models import Base

_ROWS = 500


def take(database: Database, path: Path, tell: Tell) -> None:
    """Copy the database into a new SQLite file, all of one moment.

    SQLite: its backup interface, in one step, so that writers (who go on in the log beside it) never make
    it begin anew. PostgreSQL: row by row within one snapshot.

    Parameters
    ----------
    database : Database
    path : Path
        Of the new file.
    tell : callable
        Hears how far it is.

    Raises
    ------
    BackupError
        There is no database, or its schema is not the one of this program (PostgreSQL).
    """
    if database.is_sqlite:
        _copy_file(Path(str(database.url.database)), path)
    else:
        _copy_rows_of(database, path, tell)
    as_single_file(path)


def _copy_file(source: Path, path: Path) -> None:
    if not source.is_file():
        raise BackupError(f"データベースがありません: {source}")
    with closing(sqlite3.connect(source, timeout=60)) as origin, closing(sqlite3.connect(path)) as copy:
        origin.backup(copy)


def _copy_rows_of(database: Database, path: Path, tell: Tell) -> None:
    present, known = versions(database)
    if present != known:
        raise BackupError(
            f"データベースの版（{present or 'なし'}）が、このプログラムの版（{known}）と合いません。"
            "データベースと同じ版の gaiji でバックアップしてください。"
        )
    copy = Database(f"sqlite:///{path.as_posix()}")
    try:
        upgrade(copy)
        snapshot = database.engine.execution_options(
            isolation_level="REPEATABLE READ", postgresql_readonly=True
        )
        with snapshot.connect() as source, copy.engine.begin() as target:
            copy_rows(source, target, tell)
    finally:
        copy.close()


def copy_rows(source: Connection, target: Connection, tell: Tell) -> int:
    """Copy all rows between two databases of the present schema; return how many.

    Parameters
    ----------
    source, target : Connection
        Each in a transaction of its own; the target has no rows.
    tell : callable
    """
    count = 0
    for table in Base.metadata.sorted_tables:  # what is referred to comes first
        keys = list(table.primary_key.columns)
        rows = source.execution_options(yield_per=_ROWS).execute(select(table).order_by(*keys))
        for block in rows.mappings().partitions():
            target.execute(insert(table), [dict(row) for row in block])
            count += len(block)
            tell("データベースを写しています", count, 0)
    return count


def as_single_file(path: Path) -> None:
    """Let a SQLite database be one file, without a log beside it."""
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA journal_mode=DELETE")
