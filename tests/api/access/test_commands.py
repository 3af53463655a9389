"""``gaiji user`` and ``gaiji municipality``: how an installation gets its first people."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import select
from typer.testing import CliRunner

from api.access import passwords
from api.commands.municipality import app as municipality
from api.commands.user import app as user
from api.errors import ConflictError, InvalidError, NotFoundError
from api.store.database import Database
from api.store.models import Membership, User
from engine.errors import UsageError
from tests.api.conftest import PASSWORD

TYPED = f"{PASSWORD}\n{PASSWORD}\n"


@pytest.fixture
def database(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # no .env of the house
    monkeypatch.setenv("GAIJI_SERVER_DATA_DIR", str(tmp_path / "server"))
    monkeypatch.setenv("GAIJI_SERVER_DATABASE_URL", "")
    database = Database(f"sqlite:///{(tmp_path / 'server' / 'gaiji.db').as_posix()}")
    yield database
    database.close()


@pytest.fixture
def call(database):
    def call(app, *arguments: str, typed: str = ""):
        result = CliRunner().invoke(app, list(arguments), input=typed)
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result

    return call


def found(database, login: str) -> User:
    with database.reading() as session:
        return session.scalar(select(User).where(User.login == login))


def test_the_first_administrator_of_a_new_installation(call, database):
    call(municipality, "add", "131016", "千代田区")
    result = call(
        user, "add", "Tanaka", "--name", "田中", "--municipality", "131016", "--role", "admin", typed=TYPED
    )
    assert PASSWORD not in result.output
    tanaka = found(database, "tanaka")
    assert passwords.verify(tanaka.password_hash, PASSWORD)
    assert tanaka.must_change_password is False
    with database.reading() as session:
        assert session.scalar(select(Membership.role)) == "admin"
    shown = call(user, "list").stdout
    assert re.search(r"tanaka +田中 +131016:管理 +使えます", shown)


def test_an_operator_with_a_one_time_password(call, database):
    result = call(user, "add", "unyou", "--operator", "--generate")
    password = result.stdout.strip()
    unyou = found(database, "unyou")
    assert unyou.is_operator
    assert unyou.must_change_password
    assert passwords.verify(unyou.password_hash, password)
    assert "運用者" in call(user, "list").stdout


def test_an_account_for_the_proxy(call, database):
    assert call(user, "add", "sso", "--proxy").stdout == ""
    assert found(database, "sso").password_hash is None


@pytest.mark.parametrize(
    ("arguments", "typed", "error"),
    [
        (["x1", "--role", "admin"], "", UsageError),
        (["x1", "--municipality", "131016"], "", UsageError),
        (["x1", "--generate", "--proxy"], "", UsageError),
        (["x1"], f"{PASSWORD}\n{PASSWORD}x\n", UsageError),
        (["x1"], "short\nshort\n", InvalidError),
        (["x"], TYPED, InvalidError),
        (["x1", "--generate", "--municipality", "131016", "--role", "boss"], "", UsageError),
        (["x1", "--generate", "--municipality", "131016", "--role", "admin"], "", NotFoundError),
    ],
)
def test_what_is_wrong_makes_nobody(arguments, typed, error, call, database):
    call(user, "list")
    with pytest.raises(error):
        call(user, "add", *arguments, typed=typed)
    assert found(database, "x1") is None


def test_reset_disable_unlock(call, database):
    first = call(user, "add", "tanaka", "--generate").stdout.strip()
    second = call(user, "reset", "TANAKA").stdout.strip()
    assert first != second
    assert passwords.verify(found(database, "tanaka").password_hash, second)
    call(user, "disable", "tanaka")
    assert found(database, "tanaka").disabled_at is not None
    with pytest.raises(ConflictError):
        call(user, "reset", "tanaka")
    call(user, "disable", "tanaka", "--undo")
    assert found(database, "tanaka").disabled_at is None
    with database.writing() as session:
        session.scalar(select(User)).failed_logins = 3
    call(user, "unlock", "tanaka")
    assert found(database, "tanaka").failed_logins == 0
    with pytest.raises(NotFoundError):
        call(user, "unlock", "nobody")


def test_municipalities(call):
    assert call(municipality, "list").stdout == ""
    call(municipality, "add", "011002", "札幌市")
    assert "131016" in call(municipality, "add", "13101", "千代田区").stderr
    assert call(municipality, "list").stdout.split() == [
        "団体コード", "名前", "011002", "札幌市", "131016", "千代田区",
    ]  # fmt: skip
    with pytest.raises(InvalidError):
        call(municipality, "add", "131017", "千代田区")
    with pytest.raises(ConflictError):
        call(municipality, "add", "131016", "千代田区")
