"""Who is asking: by which of the three ways, and when nobody is."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

import pytest
from fastapi import Depends
from sqlalchemy import event, select, update

from api.access import sessions, tokens
from api.access.current import arriving_person, current_actor, current_person
from api.access.place import Place, enter
from api.domain.rights import Action, Actor, Role
from api.store.models import ApiToken, LoginSession, Membership, User
from api.store.types import now
from tests.api.clients import stranger, token_of, with_token
from tests.api.conftest import HERE, THERE


@pytest.fixture
def app(app):
    @app.get("/api/whoami")
    def whoami(actor: Annotated[Actor, Depends(current_actor)]) -> dict:
        return {
            "id": actor.user_id,
            "roles": {str(place): role.value for place, role in actor.roles.items()},
            "operator": actor.is_operator,
            "session": actor.session_id,
            "token": actor.token_id,
        }

    @app.get("/api/person")
    def person(actor: Annotated[Actor, Depends(current_person)]) -> int:
        return actor.user_id

    @app.get("/api/arriving")
    def arriving(actor: Annotated[Actor, Depends(arriving_person)]) -> int:
        return actor.user_id

    @app.get("/api/place/{code}")
    def place(place: Annotated[Place, Depends(enter(Action.UPLOAD))]) -> str:
        return place.code

    return app


def change(services, table, row_id, **values) -> None:
    with services.database.writing() as session:
        session.execute(update(table).where(table.id == row_id).values(**values))


def test_nobody_is_logged_in(client_of):
    answer = client_of("").get("/api/whoami")
    assert answer.status_code == 401


def test_a_session_brings_the_person_with_every_role(client_of, people, services):
    with services.database.writing() as session:
        session.add(Membership(user_id=people["first"], municipality_id=people["there"], role="viewer"))
    answer = client_of("first").get("/api/whoami").json()
    assert answer["id"] == people["first"]
    assert answer["roles"] == {str(people["here"]): "first", str(people["there"]): "viewer"}
    assert answer["session"] is not None
    assert answer["token"] is None


def test_an_operator_belongs_nowhere(client_of):
    answer = client_of("operator").get("/api/whoami").json()
    assert answer["operator"] is True
    assert answer["roles"] == {}


def test_the_gate_of_a_municipality(client_of):
    assert client_of("first").get(f"/api/place/{HERE}").json() == HERE
    assert client_of("viewer").get(f"/api/place/{HERE}").status_code == 403
    assert client_of("first").get(f"/api/place/{THERE}").status_code == 404
    assert client_of("operator").get(f"/api/place/{HERE}").status_code == 404


@pytest.mark.parametrize("ended", ["expires_at", "seen_at", "revoked_at"])
def test_a_session_ends(ended, client_of, services):
    client = client_of("first")
    number = client.get("/api/whoami").json()["session"]
    change(services, LoginSession, number, **{ended: now() - timedelta(hours=2)})
    assert client.get("/api/whoami").status_code == 401


def test_a_session_of_a_disabled_account_is_dead(client_of, people, services):
    client = client_of("first")
    change(services, User, people["first"], disabled_at=now())
    assert client.get("/api/whoami").status_code == 401


def test_idling_is_counted_from_the_last_visit(client_of, services):
    client = client_of("first")
    number = client.get("/api/whoami").json()["session"]
    nearly = timedelta(minutes=services.settings.session_idle_minutes - 1)
    change(services, LoginSession, number, seen_at=now() - nearly)
    assert client.get("/api/whoami").status_code == 200
    with services.database.reading() as session:
        seen = session.scalar(select(LoginSession.seen_at).where(LoginSession.id == number))
    assert now() - seen < timedelta(minutes=1)


def test_one_query_a_request_and_the_visit_is_written_once_a_minute(client_of, services):
    client = client_of("first")
    statements: list[str] = []
    event.listen(services.database.engine, "before_cursor_execute", lambda *args: statements.append(args[2]))
    client.get("/api/whoami")
    client.get("/api/whoami")
    asked = [each for each in statements if each.startswith(("SELECT", "UPDATE"))]
    assert len(asked) == 2
    assert all(each.startswith("SELECT") for each in asked)


def test_the_query_uses_indices_only(client_of, services):
    client = client_of("first")
    plans: list[str] = []

    def explain(connection, cursor, statement, parameters, *_):
        if statement.startswith("SELECT"):
            cursor.execute("EXPLAIN QUERY PLAN " + statement, parameters)
            plans.extend(row[3] for row in cursor.fetchall())

    event.listen(services.database.engine, "before_cursor_execute", explain)
    client.get("/api/whoami")
    event.remove(services.database.engine, "before_cursor_execute", explain)
    assert len(plans) == 3
    assert all(plan.startswith("SEARCH") for plan in plans), plans


def test_a_forged_cookie_is_no_login(app, services):
    client = stranger(app)
    name = sessions.cookie_name(services.settings).encode()
    for token in (b"", b"x", b"\xe9" * 10, b"A" * 5000):
        answer = client.get("/api/whoami", headers={"Cookie": name + b"=" + token})
        assert answer.status_code == 401


def test_the_digest_in_the_database_is_no_login(client_of, app, services):
    number = client_of("first").get("/api/whoami").json()["session"]
    with services.database.reading() as session:
        kept = session.scalar(select(LoginSession.token_digest).where(LoginSession.id == number))
    thief = stranger(app)
    thief.cookies.set(sessions.cookie_name(services.settings), kept)
    assert thief.get("/api/whoami").status_code == 401


# --- Tokens ---


def test_a_token_brings_one_municipality_only(app, people, services):
    with services.database.writing() as session:
        session.add(Membership(user_id=people["first"], municipality_id=people["there"], role="admin"))
        session.execute(update(User).where(User.id == people["first"]).values(is_operator=True))
    answer = (
        with_token(app, token_of(services, "first", people["here"], Role.FIRST)).get("/api/whoami").json()
    )
    assert answer["roles"] == {str(people["here"]): "first"}
    assert answer["operator"] is False
    assert answer["session"] is None
    assert answer["token"] is not None


def test_a_tokens_role_falls_with_its_owners(app, people, services):
    client = with_token(app, token_of(services, "second", people["here"], Role.SECOND))
    assert client.get(f"/api/place/{HERE}").status_code == 200
    with services.database.writing() as session:
        session.execute(
            update(Membership).where(Membership.user_id == people["second"]).values(role="viewer")
        )
    assert client.get("/api/whoami").json()["roles"] == {str(people["here"]): "viewer"}
    assert client.get(f"/api/place/{HERE}").status_code == 403


def test_a_tokens_role_does_not_rise_with_its_owners(app, people, services):
    client = with_token(app, token_of(services, "admin", people["here"], Role.VIEWER))
    assert client.get("/api/whoami").json()["roles"] == {str(people["here"]): "viewer"}


def test_a_token_of_somebody_who_left_is_dead(app, people, services):
    client = with_token(app, token_of(services, "first", people["here"], Role.FIRST))
    with services.database.writing() as session:
        session.delete(session.scalar(select(Membership).where(Membership.user_id == people["first"])))
    assert client.get("/api/whoami").status_code == 401


@pytest.mark.parametrize("ended", ["expires_at", "revoked_at"])
def test_a_token_ends(ended, app, people, services):
    client = with_token(app, token_of(services, "first", people["here"], Role.FIRST))
    number = client.get("/api/whoami").json()["token"]
    change(services, ApiToken, number, **{ended: now() - timedelta(seconds=1)})
    assert client.get("/api/whoami").status_code == 401


def test_a_token_of_a_disabled_account_is_dead(app, people, services):
    client = with_token(app, token_of(services, "first", people["here"], Role.FIRST))
    change(services, User, people["first"], disabled_at=now())
    assert client.get("/api/whoami").status_code == 401


def test_a_token_waits_for_the_first_password_change(app, people, services):
    client = with_token(app, token_of(services, "first", people["here"], Role.FIRST))
    change(services, User, people["first"], must_change_password=True)
    assert client.get("/api/whoami").status_code == 403


def test_a_bad_token_is_not_made_up_for_by_a_good_cookie(client_of):
    answer = client_of("first").get("/api/whoami", headers={"Authorization": "Bearer gaiji_wrong"})
    assert answer.status_code == 401


def test_another_scheme_is_between_browser_and_proxy(client_of):
    answer = client_of("first").get("/api/whoami", headers={"Authorization": "Basic Zm9vOmJhcg=="})
    assert answer.status_code == 200


def test_use_is_written_once_a_minute(app, people, services):
    client = with_token(app, token_of(services, "first", people["here"], Role.FIRST))
    number = client.get("/api/whoami").json()["token"]

    def used():
        with services.database.reading() as session:
            return session.scalar(select(ApiToken.used_at).where(ApiToken.id == number))

    first = used()
    assert first is not None
    client.get("/api/whoami")
    assert used() == first
    change(services, ApiToken, number, used_at=now() - timedelta(minutes=2))
    client.get("/api/whoami")
    assert used() >= first


def test_accounts_are_no_programs_affair(app, client_of, people, services):
    client = with_token(app, token_of(services, "first", people["here"], Role.FIRST))
    assert client.get("/api/person").status_code == 403
    assert client.get("/api/arriving").status_code == 403
    assert client_of("first").get("/api/person").status_code == 200


def test_only_what_does_not_need_a_role_is_open_before_the_first_change(client_of, people, services):
    change(services, User, people["first"], must_change_password=True)
    for path, status in (("whoami", 403), ("person", 403), ("arriving", 200)):
        assert client_of("first").get(f"/api/{path}").status_code == status


def test_capped():
    assert tokens.capped(Role.ADMIN, Role.FIRST) is Role.FIRST
    assert tokens.capped(Role.VIEWER, Role.ADMIN) is Role.VIEWER
