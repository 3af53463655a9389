"""Logins in a browser: a random token in a cookie, its digest in the database.

A login ends at its absolute time, after idling, when it is revoked, when the account is disabled and when the
password changes. The token is 256 random bits, so that a plain digest of it is enough: nobody guesses one,
and nobody who reads the database can log in with what stands there.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import Response

from api.access.identity import ACCOUNT, actor_from
from api.audit.record import record
from api.domain.rights import Actor
from api.errors import NotFoundError
from api.services import Services
from api.settings import ServerSettings
from api.store.models import LoginSession, Membership, User
from api.store.types import now

_TOKEN_BYTES = 32
_TOUCH = timedelta(minutes=1)
_KEPT = timedelta(days=30)
"""How long an ended login is kept, for whoever looks into what happened."""
_AGENT_CHARACTERS = 200


def digest(token: str) -> str:
    """Return what the database keeps of a token: SHA-256 in hexadecimal."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


# --- The cookie ---


def cookie_name(settings: ServerSettings) -> str:
    """Return the cookie's name: ``__Host-`` binds it to this host, but browsers want HTTPS for that."""
    return "__Host-gaiji_session" if settings.secure_cookies else "gaiji_session"


def set_cookie(response: Response, token: str, settings: ServerSettings) -> None:
    """Hand the token to the browser; the cookie has no age, the server knows when it ends."""
    response.set_cookie(
        cookie_name(settings), token, path="/", httponly=True, samesite="lax", secure=settings.secure_cookies
    )


def clear_cookie(response: Response, settings: ServerSettings) -> None:
    """Take the cookie back."""
    response.delete_cookie(
        cookie_name(settings), path="/", httponly=True, samesite="lax", secure=settings.secure_cookies
    )


# --- Beginning and ending ---


def begin(
    session: Session, *, user_id: int, settings: ServerSettings, agent: str = "", replaces: str = ""
) -> str:
    """Begin a login and return its token, which is shown nowhere else.

    Parameters
    ----------
    session : Session
        Writing.
    user_id : int
    settings : ServerSettings
        How long it lasts.
    agent : str
        What the browser calls itself; cut at 200 characters.
    replaces : str
        Token that the browser brought along: it ends, whoever planted it.
    """
    at = now()
    if replaces:
        session.execute(
            update(LoginSession)
            .where(LoginSession.token_digest == digest(replaces), LoginSession.revoked_at.is_(None))
            .values(revoked_at=at)
        )
    session.execute(
        delete(LoginSession).where(LoginSession.user_id == user_id, LoginSession.expires_at < at - _KEPT)
    )
    token = secrets.token_urlsafe(_TOKEN_BYTES)
    session.add(
        LoginSession(
            token_digest=digest(token),
            user_id=user_id,
            created_at=at,
            seen_at=at,
            expires_at=at + timedelta(hours=settings.session_hours),
            agent=_plain(agent)[:_AGENT_CHARACTERS],
        )
    )
    return token


def revoke(session: Session, *, actor: Actor, session_id: int) -> None:
    """End one of the actor's own logins.

    Raises
    ------
    NotFoundError
        It has ended already, or is somebody else's.
    """
    row = session.scalar(
        select(LoginSession).where(
            LoginSession.id == session_id,
            LoginSession.user_id == actor.user_id,
            LoginSession.revoked_at.is_(None),
        )
    )
    if row is None:
        raise NotFoundError("このログインは、もう終わっています。")
    row.revoked_at = now()
    record(session, "login.revoked", actor=actor, object_type="login_session", object_id=session_id)


def revoke_others(session: Session, *, actor: Actor) -> None:
    """End every login of the actor but the one that asks."""
    revoke_all(session, user_id=actor.user_id, but=actor.session_id)
    record(session, "login.others-revoked", actor=actor, object_type="user", object_id=actor.user_id)


def revoke_all(session: Session, *, user_id: int, but: int | None = None) -> None:
    """End every login of a person, but one where given."""
    question = update(LoginSession).where(LoginSession.user_id == user_id, LoginSession.revoked_at.is_(None))
    if but is not None:
        question = question.where(LoginSession.id != but)
    session.execute(question.values(revoked_at=now()))


# --- Reading ---


@dataclass(frozen=True, slots=True)
class Login:
    """One login, as its owner sees it in the list.

    Attributes
    ----------
    id : int
    agent : str
        Browser.
    created_at, seen_at : datetime
    is_present : bool
        The one that asks.
    """

    id: int
    agent: str
    created_at: datetime
    seen_at: datetime
    is_present: bool


def live(session: Session, *, actor: Actor, settings: ServerSettings) -> list[Login]:
    """List the actor's logins that are still good, the last seen first."""
    at = now()
    rows = session.scalars(
        select(LoginSession)
        .where(
            LoginSession.user_id == actor.user_id,
            LoginSession.revoked_at.is_(None),
            LoginSession.expires_at > at,
            LoginSession.seen_at > at - timedelta(minutes=settings.session_idle_minutes),
        )
        .order_by(LoginSession.seen_at.desc(), LoginSession.id.desc())
    )
    return [Login(row.id, row.agent, row.created_at, row.seen_at, row.id == actor.session_id) for row in rows]


def actor_of(services: Services, request: Request) -> Actor | None:
    """Return who the session cookie belongs to; None without one that is good.

    Notes
    -----
    One query by the unique digest. The time of the last visit is written at most once a minute.
    """
    settings = services.settings
    token = request.cookies.get(cookie_name(settings))
    if not token:
        return None
    at = now()
    idle = timedelta(minutes=settings.session_idle_minutes)
    question = (
        select(LoginSession.id, LoginSession.seen_at, LoginSession.expires_at, *ACCOUNT)
        .join(User, User.id == LoginSession.user_id)
        .outerjoin(Membership, Membership.user_id == User.id)
        .where(
            LoginSession.token_digest == digest(token),
            LoginSession.revoked_at.is_(None),
            User.disabled_at.is_(None),
        )
    )
    with services.database.reading() as session:
        rows = session.execute(question).all()
    if not rows or rows[0].expires_at <= at or rows[0].seen_at <= at - idle:
        return None
    session_id, seen_at = rows[0].id, rows[0].seen_at
    if seen_at <= at - min(_TOUCH, idle / 2):
        _touch(services, session_id, seen_at, at)
    return actor_from(rows, session_id=session_id)


def _touch(services: Services, session_id: int, seen_at: datetime, at: datetime) -> None:
    with services.database.writing() as session:
        session.execute(
            update(LoginSession)
            .where(LoginSession.id == session_id, LoginSession.seen_at == seen_at)  # once, of many at a time
            .values(seen_at=at)
        )


def _plain(text: str) -> str:
    return "".join(character for character in text if character.isprintable())
