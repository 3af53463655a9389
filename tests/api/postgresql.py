"""A fresh PostgreSQL database for each test, where ``GAIJI_TEST_DATABASE_URL`` names a server for tests."""

from __future__ import annotations

import contextlib
import os
import uuid
from collections.abc import Iterator

from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url

from api.store.database import Database
from api.store.migrate import upgrade

SERVER_URL = os.environ.get("GAIJI_TEST_DATABASE_URL", "")
_TEMPLATE = "gaiji_test_template"


@contextlib.contextmanager
def fresh_database() -> Iterator[str]:
    """Give the URL of an empty database of the present schema; dropped afterwards."""
    server = create_engine(SERVER_URL, isolation_level="AUTOCOMMIT")
    name = f"gaiji_test_{uuid.uuid4().hex[:12]}"
    with server.connect() as connection:
        _make_template(connection)
        connection.execute(text(f"CREATE DATABASE {name} TEMPLATE {_TEMPLATE}"))
    try:
        yield make_url(SERVER_URL).set(database=name).render_as_string(hide_password=False)
    finally:
        with server.connect() as connection:
            connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
        server.dispose()


def _make_template(connection) -> None:
    """Migrate a database once; copying it takes a tenth of the time."""
    known = connection.scalar(text("SELECT 1 FROM pg_database WHERE datname = :name"), {"name": _TEMPLATE})
    if not known:
        connection.execute(text(f"CREATE DATABASE {_TEMPLATE}"))
        url = make_url(SERVER_URL).set(database=_TEMPLATE)
        database = Database(url.render_as_string(hide_password=False))
        upgrade(database)
        database.close()
