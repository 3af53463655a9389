"""Looking into the SQLite file of a backup: whole, consistent, and what it names."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from api.ops.backup.archive import BackupError


@contextmanager
def opened(path: Path) -> Iterator[sqlite3.Connection]:
    """Open a database that may come from anywhere, for reading; nothing in its schema is trusted.

    Raises
    ------
    BackupError
        It is no database, or is damaged.
    """
    with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as connection:
        try:
            connection.execute("PRAGMA trusted_schema=OFF")
            connection.execute("PRAGMA cell_size_check=ON")
            yield connection
        except (sqlite3.DatabaseError, ValueError, TypeError, AttributeError) as error:
            raise damaged() from error


def check_whole(path: Path) -> None:
    """Refuse a database with damaged pages, indexes, or references that lead nowhere.

    Raises
    ------
    BackupError
    """
    with opened(path) as connection:
        if connection.execute("PRAGMA integrity_check(1)").fetchone() != ("ok",):
            raise damaged()
        if connection.execute("PRAGMA foreign_key_check").fetchone() is not None:
            raise BackupError("データベースの中のつながりが壊れています。別のバックアップを使ってください。")


def schema_of(path: Path) -> str:
    """Return the schema's revision; empty where there is none.

    Raises
    ------
    BackupError
    """
    with opened(path) as connection:
        row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    return str(row[0]) if row else ""


def counts_of(path: Path) -> dict[str, int]:
    """Return the number of rows of each table.

    Raises
    ------
    BackupError
    """
    with opened(path) as connection:
        return {
            name: connection.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0]  # noqa: S608
            for name in tables_of(connection)
        }


def tables_of(connection: sqlite3.Connection, schema: str = "main") -> list[str]:
    """Return the names of the ordinary tables, without what SQLite and alembic keep for themselves."""
    rows = connection.execute(
        f"SELECT name FROM {schema}.sqlite_master WHERE type = 'table' AND sql LIKE 'CREATE TABLE%' "  # noqa: S608
        "AND name NOT LIKE 'sqlite_%' ORDER BY name"
    )
    return [name for (name,) in rows if name != "alembic_version" and '"' not in name]


def uploads_of(path: Path) -> list[str]:
    """Return the digests of all files that the database names, sorted: uploads, and the ledgers with them.

    Raises
    ------
    BackupError
    """
    found: set[str] = set()
    with opened(path) as connection:
        for sha256, options in connection.execute("SELECT sha256, options FROM upload"):
            found.add(str(sha256))
            ledger = json.loads(options or "{}").get("ledger") or {}
            found.add(str(ledger.get("sha256", "")))
    return sorted(found - {""})


def damaged() -> BackupError:
    """Return the error about a database that SQLite cannot read."""
    return BackupError("バックアップの中のデータベースが壊れています。別のバックアップを使ってください。")
