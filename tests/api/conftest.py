"""Fixtures of the review application: a fresh database, people in two municipalities, a client for each.

The tiny reference set stands in where the engine's answers do not matter; tests that are about them take the
real one (``services`` with ``engine_settings=settings``).
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from argon2 import profiles
from fastapi import FastAPI
from fastapi.testclient import TestClient
from postgresql import SERVER_URL, fresh_database

from api.access import passwords
from api.services import Services
from api.settings import ServerSettings
from api.store.database import Database
from api.store.migrate import upgrade
from api.store.models import Membership, Municipality, User
from tests.api.clients import ClientOf, log_in, stranger

HERE, THERE = "131016", "011002"
"""Chiyoda and Sapporo: the municipality of the tests, and the other one."""
PASSWORD = "とても長い合言葉-4821"


@pytest.fixture
def database_url() -> Iterator[str]:
    """SQLite, or a database of the PostgreSQL server that ``make test-postgresql`` has started."""
    if not SERVER_URL:
        yield ""
        return
    with fresh_database() as url:
        yield url


@pytest.fixture
def server_settings(tmp_path, database_url) -> ServerSettings:
    return ServerSettings(data_dir=tmp_path / "server", database_url=database_url, _env_file=None)


@pytest.fixture(scope="session")
def new_sqlite(tmp_path_factory) -> Path:
    """A SQLite database without a row in it, to be copied: migrating one takes as long as most tests."""
    path = tmp_path_factory.mktemp("new") / "gaiji.db"
    database = Database(f"sqlite:///{path.as_posix()}")
    upgrade(database)
    database.close()
    return path


@pytest.fixture
def services(server_settings, tiny_settings, new_sqlite) -> Iterator[Services]:
    services = Services(server_settings, tiny_settings)
    if services.database.is_sqlite:
        target = Path(services.database.url.database)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(new_sqlite, target)
    else:
        upgrade(services.database)
    yield services
    services.close()


@pytest.fixture(autouse=True)
def cheap_passwords(monkeypatch) -> None:
    """The strength of argon2 is not what is tested, but for one test that looks at the parameters."""
    monkeypatch.setattr(passwords, "PARAMETERS", profiles.CHEAPEST)


@pytest.fixture
def app(services) -> FastAPI:
    """The whole application on the test's own database."""
    from api.app import create_app

    app = create_app(services.settings, services.engine_settings)
    app.state.services.close()
    app.state.services = services
    return app


@pytest.fixture
def client_of(app, services, people) -> Iterator[ClientOf]:
    """Give the client of a person by name (see ``people``), logged in; ``""`` is a stranger's.

    Writes carry the right ``Origin``; redirections are not followed.
    """
    clients: dict[str, TestClient] = {}

    def find(name: str) -> TestClient:
        if name not in clients:
            clients[name] = stranger(app)
            if name:
                log_in(clients[name], services, people[name])
        return clients[name]

    yield find
    for client in clients.values():
        client.close()


@pytest.fixture
def people(services) -> dict[str, int]:
    """Two municipalities and their people: ids by name (``here``, ``there``, ``first``, ``second``, …).

    Logins are the names; there is one person of each role in each (``other-…`` for the other municipality)
    and ``operator``, who belongs to none. Nobody has a password yet.
    """
    with services.database.writing() as session:
        here = Municipality(code=HERE, name="千代田区")
        there = Municipality(code=THERE, name="札幌市")
        session.add_all([here, there])
        session.flush()
        ids = {"here": here.id, "there": there.id}
        for prefix, municipality in (("", here), ("other-", there)):
            for role in ("viewer", "first", "second", "admin"):
                ids[prefix + role] = _person(session, prefix + role, municipality, role)
        ids["second-first"] = _person(session, "second-first", here, "first")  # another one, for two opinions
        ids["operator"] = _person(session, "operator", None, "")
    return ids


def _person(session, login: str, municipality: Municipality | None, role: str) -> int:
    user = User(login=login, display_name=login, must_change_password=False, is_operator=municipality is None)
    session.add(user)
    session.flush()
    if municipality is not None:
        session.add(Membership(user_id=user.id, municipality_id=municipality.id, role=role))
    return user.id
