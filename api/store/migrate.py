"""The schema's version: bring a database up to date, or tell that it is not."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from api.store.database import Database
from engine.errors import GaijiError

_FOLDER = Path(__file__).resolve().parent / "migrations"


class SchemaError(GaijiError):
    """The database's schema is not the one that this version of the application knows."""

    code = "schema"


def upgrade(database: Database, revision: str = "head") -> None:
    """Bring the schema up to date; a new database gets all of it.

    Parameters
    ----------
    database : Database
        The folder of a SQLite file is made where there is none.
    revision : str
        How far; an older one is for reading a backup of that time.
    """
    if database.is_sqlite and database.url.database:
        Path(database.url.database).parent.mkdir(parents=True, exist_ok=True)
    with database.engine.connect() as connection:
        config = _config()
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
        connection.commit()


def versions(database: Database) -> tuple[str | None, str | None]:
    """Return the schema's version in the database, and the one that the application knows."""
    with database.engine.connect() as connection:
        present = MigrationContext.configure(connection).get_current_revision()
    return present, _head()


def knows(revision: str) -> bool:
    """Tell whether a version of the schema is one that this program has, or had."""
    return any(each.revision == revision for each in ScriptDirectory.from_config(_config()).walk_revisions())


def check_schema(database: Database) -> None:
    """Refuse to go on with another schema.

    Raises
    ------
    SchemaError
        Older: to be upgraded. Newer: made by a newer application.
    """
    present, known = versions(database)
    if present != known:
        raise SchemaError(
            f"データベースの版（{present or 'なし'}）が、このプログラムの版（{known}）と合いません。"
            "バックアップを取ってから gaiji serve --migrate を実行してください。"
        )


@cache
def _head() -> str | None:
    """Return the newest version that the program has; the folder is read once, health is asked for often."""
    return ScriptDirectory.from_config(_config()).get_current_head()


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(_FOLDER).replace("%", "%%"))
    return config
