"""Coming in, being locked out, going out, through the pages."""

from __future__ import annotations

from datetime import timedelta

import pytest
from argon2 import PasswordHasher
from sqlalchemy import func, select, update

from api.access import login as login_module
from api.access import passwords, sessions
from api.settings import ServerSettings
from api.store.models import AuditEvent, LoginSession, User
from api.store.types import now
from tests.api.clients import stranger
from tests.api.conftest import PASSWORD


@pytest.fixture
def server_settings(tmp_path, database_url) -> ServerSettings:
    return ServerSettings(
        data_dir=tmp_path / "server",
        database_url=database_url,
        lockout_failures=3,
        login_rate="1000/minute",
        _env_file=None,
    )


@pytest.fixture
def first(people, services) -> int:
    """The id of ``first``, who has a password now."""
    with services.database.writing() as session:
        values = {"password_hash": passwords.hash_password(PASSWORD)}
        session.execute(update(User).where(User.id == people["first"]).values(**values))
    return people["first"]


@pytest.fixture
def window(app, first):
    with stranger(app) as client:
        yield client


def enter(window, login="first", password=PASSWORD, **more):
    return window.post("/login", data={"login": login, "password": password, **more})


def account(services, number) -> User:
    with services.database.reading() as session:
        return session.get_one(User, number)


def events(services) -> list[tuple[str, dict]]:
    with services.database.reading() as session:
        rows = session.scalars(select(AuditEvent).order_by(AuditEvent.id))
        return [(row.action, row.detail) for row in rows]


def test_the_form_has_what_password_managers_look_for(window):
    text = window.get("/login").text
    assert 'autocomplete="username"' in text
    assert 'autocomplete="current-password"' in text


def test_the_right_password_opens(window, services, first):
    answer = enter(window, login=" First ")
    assert answer.status_code == 303
    assert answer.headers["location"] == "/"
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith("gaiji_session=")
    assert "HttpOnly" in cookie and "SameSite=lax" in cookie and "Path=/" in cookie
    assert "Max-Age" not in cookie and "expires" not in cookie.lower()
    assert window.get("/account").status_code == 200
    assert account(services, first).last_login_at is not None
    assert events(services) == [("login.made", {})]


def test_a_wrong_password_and_an_unknown_login_look_alike(window):
    wrong, unknown = enter(window, password="ちがう合言葉-12345"), enter(window, login="nobody")
    assert wrong.status_code == unknown.status_code == 401
    assert "set-cookie" not in wrong.headers
    assert wrong.text == unknown.text.replace("nobody", "first")


@pytest.mark.parametrize("login", ["nobody", "", "第一", "first' or 1=1 --", "a" * 5000, "first\0"])
def test_an_unknown_login_is_verified_all_the_same(login, window, monkeypatch):
    verified: list[str] = []
    honest = PasswordHasher.verify

    def counting(self, hashed, password):
        verified.append(hashed)
        return honest(self, hashed, password)

    monkeypatch.setattr(PasswordHasher, "verify", counting)
    assert enter(window, login=login).status_code == 401
    assert len(verified) == 1
    assert passwords.is_outdated(verified[0]) is False  # with today's parameters: it takes as long


def test_what_was_typed_is_not_in_the_page(window):
    assert "ひみつの合言葉" not in enter(window, password="ひみつの合言葉-1234").text


def test_locked_after_failures_even_for_the_right_password(window, services, first):
    for _ in range(3):
        assert enter(window, password="x").status_code == 401
    assert account(services, first).locked_until > now()
    assert enter(window).status_code == 401
    reasons = [(action, detail.get("reason")) for action, detail in events(services)]
    assert reasons == [
        ("login.failed", "password"),
        ("login.failed", "password"),
        ("login.failed", "password"),
        ("login.locked", None),
        ("login.failed", "locked"),
    ]


def test_the_lock_ends_by_itself(window, services, first):
    with services.database.writing() as session:
        past = now() - timedelta(seconds=1)
        session.execute(update(User).where(User.id == first).values(locked_until=past))
    assert enter(window).status_code == 303
    assert account(services, first).locked_until is None


def test_a_success_resets_the_count(window, services, first):
    for _ in range(2):
        enter(window, password="x")
    assert account(services, first).failed_logins == 2
    enter(window)
    assert account(services, first).failed_logins == 0
    for _ in range(2):
        enter(window, password="x")
    assert enter(window).status_code == 303


def test_somebody_elses_failures_lock_nobody_else(window, people, services):
    for _ in range(5):
        enter(window, login="second", password="x")
    assert enter(window).status_code == 303


def test_a_lock_that_falls_while_the_password_is_checked_holds(window, services, first, monkeypatch):
    honest = passwords.verify

    def slow(password_hash, password):
        with services.database.writing() as session:
            until = now() + timedelta(minutes=1)
            session.execute(update(User).where(User.id == first).values(locked_until=until))
        return honest(password_hash, password)

    monkeypatch.setattr(login_module.passwords, "verify", slow)
    assert enter(window).status_code == 401


def test_a_disabled_account_stays_out(window, services, first):
    with services.database.writing() as session:
        session.execute(update(User).where(User.id == first).values(disabled_at=now()))
    assert enter(window).status_code == 401


def test_an_account_without_a_password_stays_out(window, people):
    for password in ("", "x", PASSWORD):
        assert enter(window, login="second", password=password).status_code == 401


def test_a_planted_session_is_not_taken_over(window, services, people):
    """The one that the browser brought along ends, and the new one has another token."""
    with services.database.writing() as session:
        planted = sessions.begin(session, user_id=people["second"], settings=services.settings)
    window.cookies.set("gaiji_session", planted)
    answer = enter(window)
    token = answer.cookies["gaiji_session"]
    assert token != planted
    with services.database.reading() as session:
        row = session.scalar(
            select(LoginSession).where(LoginSession.token_digest == sessions.digest(planted))
        )
        assert row.revoked_at is not None


def test_only_the_digest_is_kept(window, services):
    token = enter(window).cookies["gaiji_session"]
    assert len(token) >= 43  # 256 bits
    with services.database.reading() as session:
        kept = session.scalar(select(LoginSession.token_digest))
    assert kept == sessions.digest(token)
    assert token not in kept


def test_a_hash_with_old_parameters_is_made_anew(window, services, first):
    old = PasswordHasher(time_cost=2, memory_cost=16, parallelism=1).hash(PASSWORD)
    with services.database.writing() as session:
        session.execute(update(User).where(User.id == first).values(password_hash=old))
    assert enter(window).status_code == 303
    new = account(services, first).password_hash
    assert new != old
    assert not passwords.is_outdated(new)
    assert passwords.verify(new, PASSWORD)


def test_ended_logins_are_forgotten_after_a_month(window, services, first):
    at = now()
    with services.database.writing() as session:
        for days in (40, 20):
            session.add(
                LoginSession(token_digest=str(days), user_id=first, expires_at=at - timedelta(days=days))
            )
    enter(window)
    with services.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(LoginSession)) == 2


def test_going_out_ends_the_session_and_takes_the_cookie(window):
    token = enter(window).cookies["gaiji_session"]
    answer = window.post("/logout")
    assert answer.status_code == 303
    assert answer.headers["location"] == "/login"
    assert "Max-Age=0" in answer.headers["set-cookie"]
    answer = window.get("/account", headers={"Cookie": f"gaiji_session={token}"})
    assert answer.headers["location"].startswith("/login")


def test_going_out_without_being_in(window):
    assert window.post("/logout").status_code == 303


def test_a_link_cannot_log_anybody_out(window):
    assert window.get("/logout").status_code == 405


# --- Back to where one was going ---


def test_the_way_back(window):
    sent = window.get("/account?x=1")
    assert sent.status_code == 303
    assert sent.headers["location"] == "/login?next=/account%3Fx%3D1"
    form = window.get(sent.headers["location"]).text
    assert 'name="next" value="/account?x=1"' in form
    assert enter(window, next="/account?x=1").headers["location"] == "/account?x=1"
    assert window.get("/login?next=/account").headers["location"] == "/account"


@pytest.mark.parametrize(
    "target", ["//evil.example", "https://evil.example", "/\\evil.example", "javascript:x", "/a\r\nb", "x"]
)
def test_the_way_back_never_leads_elsewhere(target, window):
    assert enter(window, next=target).headers["location"] == "/"
    assert window.get("/login", params={"next": target}).headers["location"] == "/"


# --- The first password ---


def test_nothing_but_the_first_password_change_is_open(window, services, first):
    with services.database.writing() as session:
        session.execute(update(User).where(User.id == first).values(must_change_password=True))
    answer = enter(window, next="/account")
    assert answer.headers["location"] == "/account/password"
    assert window.get("/account").headers["location"] == "/account/password"
    assert window.post("/account/tokens").headers["location"] == "/account/password"
    assert window.get("/static/app.css").status_code == 200
    assert window.get("/account/password").status_code == 200
    form = {"present": PASSWORD, "password": "べつの合言葉を使います", "again": "べつの合言葉を使います"}
    short = window.post("/account/password", data=form)
    assert short.status_code == 422
    form["password"] = form["again"] = "べつの長い合言葉を使います-77"
    assert window.post("/account/password", data=form).status_code == 303
    assert window.get("/account").status_code == 200


# --- Over HTTPS ---


class TestHttps:
    @pytest.fixture
    def server_settings(self, tmp_path, database_url) -> ServerSettings:
        return ServerSettings(
            data_dir=tmp_path / "server", database_url=database_url, secure_cookies=True, _env_file=None
        )

    def test_the_cookie_is_bound_to_the_host(self, app, first):
        client = stranger(app)
        cookie = enter(client).headers["set-cookie"]
        assert cookie.startswith("__Host-gaiji_session=")
        assert "Secure" in cookie and "Path=/" in cookie and "Domain" not in cookie

    def test_the_plain_cookie_is_not_taken(self, app, first, services):
        client = stranger(app)
        token = enter(client).headers["set-cookie"].split("=", 1)[1].split(";")[0]
        answer = client.get("/account", headers={"Cookie": f"gaiji_session={token}"})
        assert answer.headers["location"].startswith("/login")
