"""Clients of the application in memory: one for each person, logged in by a session of its own."""

from __future__ import annotations

from collections.abc import Callable

from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import select

from api.access import sessions, tokens
from api.access.identity import ACCOUNT, actor_from
from api.domain.rights import Role
from api.services import Services
from api.store.models import Membership, User

ORIGIN = "http://testserver"
"""Where the test client says it is; writes without it are refused."""

ClientOf = Callable[[str], TestClient]


def stranger(app: FastAPI, **options: object) -> TestClient:
    """A browser in which nobody is logged in."""
    return TestClient(app, headers={"Origin": ORIGIN}, follow_redirects=False, **options)


def log_in(client: TestClient, services: Services, user_id: int) -> TestClient:
    """Give the client a fresh session of a person, without a password."""
    with services.database.writing() as session:
        token = sessions.begin(session, user_id=user_id, settings=services.settings)
    client.cookies.set(sessions.cookie_name(services.settings), token)
    return client


def actor_named(services: Services, name: str):
    """The actor that a session of the person would give."""
    question = select(*ACCOUNT).outerjoin(Membership, Membership.user_id == User.id).where(User.login == name)
    with services.database.reading() as session:
        return actor_from(session.execute(question).all())


def token_of(services: Services, name: str, municipality_id: int, role: Role, *, days: int = 1) -> str:
    """A fresh API token of a person."""
    actor = actor_named(services, name)
    with services.database.writing() as session:
        made = tokens.create(
            session, actor=actor, municipality_id=municipality_id, role=role, name="試験", days=days
        )
    return made[1]


def with_token(app: FastAPI, token: str) -> TestClient:
    """A program: no cookies, no origin, a token."""
    return TestClient(app, headers={"Authorization": f"Bearer {token}"}, follow_redirects=False)
