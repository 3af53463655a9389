"""Logging in with a password: slow to guess, as slow for logins that do not exist, locked after failures."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.access import passwords, sessions
from api.access.logins import fold
from api.audit.record import record
from api.domain.rights import Actor
from api.errors import UnauthenticatedError
from api.services import Services
from api.settings import ServerSettings
from api.store.models import User
from api.store.types import now

_REFUSED = (
    "ログイン名かパスワードが違うか、間違いが続いたために一時的に止められています。"
    "確かめてもう一度試すか、団体の管理者に相談してください。"
)


@dataclass(frozen=True, slots=True)
class LoggedIn:
    """A login that succeeded.

    Attributes
    ----------
    token : str
        For the cookie.
    must_change_password : bool
    """

    token: str
    must_change_password: bool


def log_in(services: Services, *, login: str, password: str, agent: str = "", replaces: str = "") -> LoggedIn:
    """Begin a session for whoever knows the password.

    Parameters
    ----------
    services : Services
        The password is checked between two short transactions, never within one.
    login, password : str
        As typed.
    agent, replaces : str
        See :func:`api.access.sessions.begin`.

    Raises
    ------
    UnauthenticatedError
        Unknown login, wrong password, disabled, locked: one message for all, and one duration.
    """
    with services.database.reading() as session:
        user = session.scalar(select(User).where(User.login == fold(login)))
    is_right = passwords.verify(user.password_hash if user else None, password)
    if user is None:
        with services.database.writing() as session:
            record(session, "login.failed", actor=None, detail={"reason": "unknown"})
        raise UnauthenticatedError(_REFUSED)
    new_hash = None
    if is_right and user.password_hash and passwords.is_outdated(user.password_hash):
        new_hash = passwords.hash_password(password)
    with services.database.writing() as session:
        present = session.scalar(select(User).where(User.id == user.id).with_for_update())
        refused = _refusal(present, is_right, user.password_hash, now())
        if present is None or refused:
            _count_failure(session, present, refused, services.settings)
        else:
            present.failed_logins = 0
            present.locked_until = None
            present.last_login_at = now()
            present.password_hash = new_hash or present.password_hash
            token = sessions.begin(
                session, user_id=present.id, settings=services.settings, agent=agent, replaces=replaces
            )
            actor = Actor(user_id=present.id, login=present.login)
            record(session, "login.made", actor=actor, object_type="user", object_id=present.id)
            return LoggedIn(token, present.must_change_password)
    raise UnauthenticatedError(_REFUSED)


def _refusal(user: User | None, is_right: bool, checked_hash: str | None, at: datetime) -> str:
    """Return why the login fails, in a word for the audit log; empty where it succeeds.

    What is read here may be newer than what the password was checked with.
    """
    if user is None or user.disabled_at is not None:
        return "disabled"
    if user.locked_until is not None and user.locked_until > at:
        return "locked"
    return "" if is_right and user.password_hash == checked_hash else "password"


def _count_failure(session: Session, user: User | None, reason: str, settings: ServerSettings) -> None:
    if user is None:
        return
    record(
        session,
        "login.failed",
        actor=None,
        object_type="user",
        object_id=user.id,
        detail={"reason": reason},
    )
    if reason != "password":
        return
    user.failed_logins += 1
    if user.failed_logins >= settings.lockout_failures:
        user.failed_logins = 0
        user.locked_until = now() + timedelta(minutes=settings.lockout_minutes)
        record(
            session,
            "login.locked",
            actor=None,
            object_type="user",
            object_id=user.id,
            detail={"minutes": settings.lockout_minutes},
        )


def log_out(session: Session, *, actor: Actor) -> None:
    """End the actor's present session; nothing happens where there is none."""
    if actor.session_id is not None:
        sessions.revoke(session, actor=actor, session_id=actor.session_id)
