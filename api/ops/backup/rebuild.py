"""From the database in an archive to one of our own.

That database is only read: its rows go into a new one that our own migrations made, which also brings an
older schema up to date. So nothing of a foreign schema (triggers, views, code in it) arrives, and a backup
that was checked this way is one that can be restored.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from api.ops.backup import inspect, snapshot
from api.ops.backup.archive import Archive, BackupError, Tell
from api.review.check import check
from api.services import Services
from api.settings import ServerSettings
from api.store.database import Database
from api.store.migrate import knows, upgrade


def check_known(archive: Archive) -> None:
    """Refuse a schema that this program does not know.

    Raises
    ------
    BackupError
    """
    schema = archive.manifest.schema
    if not knows(schema):
        raise BackupError(
            f"このバックアップのデータベースの版（{schema}）を、この gaiji は知りません。"
            "gaiji を新しくしてから復元してください。"
        )


def rebuild(archive: Archive, work: Path, tell: Tell) -> Path:
    """Put the rows of the archive's database into a new one of the present schema.

    Parameters
    ----------
    archive : Archive
        Of a schema that this program knows.
    work : Path
        An empty folder with room for the database twice.
    tell : callable

    Returns
    -------
    Path
        Of the new database, a single file.

    Raises
    ------
    BackupError
        It is damaged, or does not fit the rest of the archive.
    """
    check_known(archive)
    source, fresh = work / "archive.db", work / "gaiji.db"
    tell("データベースを読んでいます", 0, 0)
    with source.open("xb") as file:
        archive.read(archive.database, file)
    check_database(archive, source)
    database = Database(f"sqlite:///{fresh.as_posix()}")
    try:
        upgrade(database, archive.manifest.schema)
        database.close()
        snapshot.as_single_file(fresh)
        _insert_all(source, fresh)
        upgrade(database)
    finally:
        database.close()
    snapshot.as_single_file(fresh)
    inspect.check_whole(fresh)
    source.unlink()
    return fresh


def _insert_all(source: Path, fresh: Path) -> None:
    """Copy every row, as it is stored, into tables of our own making."""
    with closing(sqlite3.connect(fresh, isolation_level=None, uri=True)) as connection:
        connection.execute("PRAGMA trusted_schema=OFF")
        connection.execute("PRAGMA foreign_keys=OFF")  # checked afterwards, all at once
        connection.execute("PRAGMA synchronous=OFF")  # not in use before it is whole
        connection.execute("ATTACH ? AS old", (f"{source.resolve().as_uri()}?mode=ro",))
        try:
            connection.execute("BEGIN")
            theirs = set(inspect.tables_of(connection, "old"))
            for table in inspect.tables_of(connection):
                columns = [row[1] for row in connection.execute(f'PRAGMA main.table_info("{table}")')]
                found = {row[1]: row[6] for row in connection.execute(f'PRAGMA old.table_xinfo("{table}")')}
                if table not in theirs or found != dict.fromkeys(columns, 0):
                    raise BackupError(
                        f"データベースの表 {table} の形が違います。別のバックアップを使ってください。"
                    )
                names = ", ".join(f'"{column}"' for column in columns)
                connection.execute(
                    f'INSERT INTO main."{table}" ({names}) SELECT {names} FROM old."{table}"'  # noqa: S608
                )
            connection.execute("COMMIT")
        except sqlite3.DatabaseError as error:
            raise inspect.damaged() from error


def check_database(archive: Archive, database: Path) -> None:
    """Refuse a database that is damaged or does not fit the rest of the archive.

    Parameters
    ----------
    archive : Archive
    database : Path
        Its database, unpacked.

    Raises
    ------
    BackupError
    """
    manifest = archive.manifest
    inspect.check_whole(database)
    if inspect.schema_of(database) != manifest.schema or inspect.counts_of(database) != dict(manifest.counts):
        raise BackupError("データベースの中身が目録と合いません。別のバックアップを使ってください。")
    if manifest.has_uploads:
        there = {member.digest for member in archive.uploads} | set(manifest.missing)
        if not there >= set(inspect.uploads_of(database)):
            raise BackupError("登録されたファイルが足りません。別のバックアップを使ってください。")


def compare_derived(path: Path) -> tuple[int, int]:
    """Compare the derived columns with the records; return the shapes looked at and the mismatches.

    Parameters
    ----------
    path : Path
        A database that :func:`rebuild` made.
    """
    settings = ServerSettings(database_url=f"sqlite:///{path.as_posix()}", data_dir=path.parent)
    services = Services(settings)
    try:
        checked = check(services)
    finally:
        services.close()
    return checked.shapes, len(checked.mismatches)
