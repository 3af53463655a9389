"""The word of a trusted proxy: only with the secret, only for people who are known here."""

from __future__ import annotations

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import func, select, update

from api.settings import ServerSettings
from api.store.models import User
from api.store.types import now

SECRET = "kX9-0aQz7_ZpL3vTn8BwRy5uEcM1dGhS"


@pytest.fixture
def header() -> str:
    return "X-Remote-User"


@pytest.fixture
def server_settings(tmp_path, database_url, header) -> ServerSettings:
    return ServerSettings(
        data_dir=tmp_path / "server",
        database_url=database_url,
        proxy_user_header=header,
        proxy_secret=SECRET,
        _env_file=None,
    )


@pytest.fixture
def client(app, people):
    return TestClient(app, headers={"Origin": "http://testserver"}, follow_redirects=False)


def test_the_word_with_the_secret(client):
    headers = {"X-Remote-User": " First ", "X-Gaiji-Proxy-Secret": SECRET}
    answer = client.get("/account", headers=headers)
    assert answer.status_code == 200
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize("secret", [None, "", "x", SECRET[:-1], SECRET + "x", SECRET.lower(), "\xe9" * 32])
def test_the_word_without_the_secret(secret, client):
    headers = {b"X-Remote-User": b"first"}
    if secret is not None:
        headers[b"X-Gaiji-Proxy-Secret"] = secret.encode("latin-1")
    answer = client.get("/account", headers=headers)
    assert answer.headers["location"].startswith("/login")


def test_two_words_are_none(client):
    pairs = [("X-Remote-User", "first"), ("X-Remote-User", "admin"), ("X-Gaiji-Proxy-Secret", SECRET)]
    assert client.get("/account", headers=pairs).status_code == 303


def test_two_secrets_are_none(client):
    pairs = [("X-Remote-User", "first"), ("X-Gaiji-Proxy-Secret", "x"), ("X-Gaiji-Proxy-Secret", SECRET)]
    assert client.get("/account", headers=pairs).status_code == 303


def test_the_secret_alone_is_nobody(client):
    answer = client.get("/account", headers={"X-Gaiji-Proxy-Secret": SECRET})
    assert answer.headers["location"].startswith("/login")


@pytest.mark.parametrize("name", ["nobody", "第一", "first' --", "x"])
def test_who_is_not_known_is_refused_and_not_created(name, client, services):
    def count() -> int:
        with services.database.reading() as session:
            return session.scalar(select(func.count()).select_from(User))

    before = count()
    headers = {b"X-Remote-User": name.encode(), b"X-Gaiji-Proxy-Secret": SECRET.encode()}
    answer = client.get("/account", headers=headers)
    assert answer.status_code == 403
    assert "団体の管理者" in answer.text
    assert count() == before


def test_a_disabled_account_is_refused(client, people, services):
    with services.database.writing() as session:
        session.execute(update(User).where(User.id == people["first"]).values(disabled_at=now()))
    headers = {"X-Remote-User": "first", "X-Gaiji-Proxy-Secret": SECRET}
    assert client.get("/account", headers=headers).status_code == 403


def test_the_password_here_is_beside_the_point(client, people, services):
    with services.database.writing() as session:
        session.execute(update(User).where(User.id == people["first"]).values(must_change_password=True))
    headers = {"X-Remote-User": "first", "X-Gaiji-Proxy-Secret": SECRET}
    assert client.get("/account", headers=headers).status_code == 200


def test_a_write_still_has_to_come_from_here(client):
    headers = {"X-Remote-User": "first", "X-Gaiji-Proxy-Secret": SECRET, "Origin": "https://evil.example"}
    assert client.post("/account/tokens", headers=headers).status_code == 403


class TestWithoutProxy:
    @pytest.fixture
    def header(self) -> str:
        return ""

    def test_the_header_means_nothing(self, client):
        headers = {"X-Remote-User": "first", "X-Gaiji-Proxy-Secret": SECRET}
        assert client.get("/account", headers=headers).headers["location"].startswith("/login")
