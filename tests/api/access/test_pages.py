"""The pages on people: what an administrator, an operator and everybody does there."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import select

from api.access import passwords
from api.store.models import ApiToken, LoginSession, Membership, Municipality, User
from tests.api.clients import log_in, stranger, with_token
from tests.api.conftest import HERE

ONE_TIME = r"[a-z2-9]{4}(?:-[a-z2-9]{4}){3}"


def user(services, login: str) -> User | None:
    with services.database.reading() as session:
        return session.scalar(select(User).where(User.login == login))


# --- People ---


def test_an_administrator_adds_somebody_who_then_logs_in(client_of, app, services):
    form = {"login": "Suzuki", "name": "鈴木 <花子>", "role": "second"}
    answer = client_of("admin").post(f"/m/{HERE}/people", data=form)
    password = re.search(ONE_TIME, answer.text)[0]
    assert "鈴木 &lt;花子&gt;" in answer.text
    browser = stranger(app)
    entered = browser.post("/login", data={"login": "suzuki", "password": password})
    assert entered.headers["location"] == "/account/password"
    assert password not in client_of("admin").get(f"/m/{HERE}/people").text


@pytest.mark.parametrize("form", [{"login": "x"}, {"login": "suzuki", "role": "boss"}, {}])
def test_a_form_with_a_mistake_says_so_and_keeps_what_was_typed(form, client_of, services):
    answer = client_of("admin").post(f"/m/{HERE}/people", data=form)
    assert answer.status_code == 422
    assert 'role="alert"' in answer.text
    assert f'value="{form.get("login", "")}"' in answer.text
    assert user(services, "suzuki") is None


def test_role_reset_unlock_remove(client_of, people, services):
    client, base = client_of("admin"), f"/m/{HERE}/people/{people['first']}"
    assert client.post(f"{base}/role", data={"role": "viewer"}).status_code == 303
    password = re.search(ONE_TIME, client.post(f"{base}/reset").text)[0]
    assert passwords.verify(user(services, "first").password_hash, password)
    assert client.post(f"{base}/unlock").status_code == 303
    with services.database.reading() as session:
        role = select(Membership.role).where(Membership.user_id == people["first"])
        assert session.scalar(role) == "viewer"
    assert client.post(f"{base}/remove").status_code == 303
    assert client.post(f"{base}/remove").status_code == 404
    with services.database.reading() as session:
        assert session.scalar(role) is None


def test_the_last_administrator_is_told(client_of, people):
    answer = client_of("admin").post(f"/m/{HERE}/people/{people['admin']}/remove")
    assert answer.status_code == 409
    assert "先に、ほかの人を管理に" in answer.text


# --- One's own account ---


def test_a_token_is_made_shown_once_and_revoked(client_of, app, services):
    client = client_of("first")
    form = {"name": "夜間", "code": HERE, "role": "first", "days": "30"}
    token = re.search(r"gaiji_[\w-]{43}", client.post("/account/tokens", data=form).text)[0]
    assert with_token(app, token).get(f"/m/{HERE}").status_code == 200
    page = client.get("/account").text
    assert token[:12] in page and token not in page
    with services.database.reading() as session:
        number = session.scalar(select(ApiToken.id))
    assert client_of("second").post(f"/account/tokens/{number}/revoke").status_code == 404
    assert client.post(f"/account/tokens/{number}/revoke").status_code == 303
    assert with_token(app, token).get("/account").status_code == 303


@pytest.mark.parametrize(
    ("change", "status"),
    [({"days": "x"}, 422), ({"days": "-1"}, 422), ({"role": "admin"}, 403), ({"code": "011002"}, 404)],
)
def test_no_token_beyond_ones_rights(change, status, client_of, services):
    form = {"name": "夜間", "code": HERE, "role": "first", "days": "30"} | change
    assert client_of("first").post("/account/tokens", data=form).status_code == status
    with services.database.reading() as session:
        assert session.scalar(select(ApiToken.id)) is None


def test_one_ends_ones_own_logins_only(client_of, app, people, services):
    client = client_of("first")
    other = log_in(stranger(app), services, people["first"])
    theirs = log_in(stranger(app), services, people["second"])
    assert client.get("/account").text.count("/account/logins/") == 2  # the other one; all others
    with services.database.reading() as session:
        of = dict(session.execute(select(LoginSession.id, LoginSession.user_id)).all())
    second = next(number for number, owner in of.items() if owner == people["second"])
    assert client.post(f"/account/logins/{second}/revoke").status_code == 404
    assert client.post("/account/logins/revoke-others").status_code == 303
    assert other.get("/account").status_code == 303
    assert theirs.get("/account").status_code == 200
    assert client.get("/account").status_code == 200


# --- Running the installation ---


def test_an_operator_makes_a_municipality_and_its_administrator(client_of, services):
    client = client_of("operator")
    wrong = client.post("/operate/municipalities", data={"code": "131017", "name": "x"})
    assert wrong.status_code == 422 and "検査数字" in wrong.text
    made = client.post("/operate/municipalities", data={"code": "131024", "name": "中央区"})
    assert made.status_code == 303
    form = {"login": "chuo", "name": "中央", "code": "131024", "role": "admin"}
    assert re.search(ONE_TIME, client.post("/operate/accounts", data=form).text)
    with services.database.reading() as session:
        held = session.execute(
            select(Municipality.code, Membership.role)
            .join(Membership, Membership.municipality_id == Municipality.id)
            .join(User, User.id == Membership.user_id)
            .where(User.login == "chuo")
        ).one()
    assert tuple(held) == ("131024", "admin")
    assert user(services, "chuo").is_operator is False


def test_an_account_whose_place_is_wrong_is_not_made(client_of, services):
    form = {"login": "chuo", "code": "131024", "role": "admin"}
    assert client_of("operator").post("/operate/accounts", data=form).status_code == 404
    assert user(services, "chuo") is None


def test_disable_enable_and_roles(client_of, people, services):
    client, base = client_of("operator"), f"/operate/accounts/{people['first']}"
    first = client_of("first")
    assert client.post(f"{base}/disable").status_code == 303
    assert first.get("/account").status_code == 303
    assert client.post(f"{base}/reset").status_code == 409
    assert client.post(f"{base}/enable").status_code == 303
    assert client.post(f"{base}/role", data={"code": "011002", "role": "viewer"}).status_code == 303
    assert client.post(f"{base}/role", data={"code": HERE, "role": "none"}).status_code == 303
    with services.database.reading() as session:
        held = session.execute(
            select(Membership.municipality_id, Membership.role).where(Membership.user_id == people["first"])
        ).all()
    assert [tuple(row) for row in held] == [(people["there"], "viewer")]
    own = client.post(f"/operate/accounts/{people['operator']}/disable")
    assert own.status_code == 403 and "ほかの運用者" in own.text
