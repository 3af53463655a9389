"""What the commands on people and municipalities share: the database, opened for one transaction."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from sqlalchemy.orm import Session


@contextlib.contextmanager
def writing() -> Iterator[Session]:
    """Open the database of the settings for one writing transaction, bringing its schema up to date.

    Raises
    ------
    SchemaError
        A newer application made the database.
    """
    from api.settings import ServerSettings
    from api.store.append_only import guard
    from api.store.database import Database
    from api.store.migrate import upgrade

    guard()
    database = Database(ServerSettings().url)
    try:
        upgrade(database)
        with database.writing() as session:
            yield session
    finally:
        database.close()
