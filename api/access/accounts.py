"""Accounts of people: made, disabled, unlocked, given a new password; for operators and the command line.

What an administrator may do to the members of one municipality is in :mod:`api.access.members`, which goes
through here. Every password that somebody else sets is random, shown once, and good for nothing but choosing
an own one.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from api.access import logins, passwords, sessions, tokens
from api.audit.record import record
from api.domain.rights import Actor, Role
from api.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError
from api.store.models import Membership, Municipality, User
from api.store.types import now

_NAME_CHARACTERS = 100


@dataclass(frozen=True, slots=True)
class NewAccount:
    """An account just made.

    Attributes
    ----------
    user_id : int
    password : str
        The one-time password, shown this once; empty where the person chose one, or needs none.
    """

    user_id: int
    password: str


@dataclass(frozen=True, slots=True)
class Account:
    """An account in the operator's list.

    Attributes
    ----------
    id : int
    login, name : str
    is_operator : bool
    is_disabled, is_locked, must_change_password, has_password : bool
    last_login_at : datetime or None
    roles : tuple of (str, str, Role)
        団体コード, name and role.
    """

    id: int
    login: str
    name: str
    is_operator: bool
    is_disabled: bool
    is_locked: bool
    must_change_password: bool
    has_password: bool
    last_login_at: datetime | None
    roles: tuple[tuple[str, str, Role], ...]


def create_account(
    session: Session,
    *,
    actor: Actor | None,
    login: str,
    name: str,
    is_operator: bool = False,
    password: str | None = None,
    has_password: bool = True,
    municipality_id: int | None = None,
) -> NewAccount:
    """Make an account.

    Parameters
    ----------
    session : Session
        Writing.
    actor : Actor or None
        None on the command line.
    login : str
        Anew in the whole installation.
    name : str
        As colleagues know the person; empty: the login.
    is_operator : bool
    password : str, optional
        Chosen by the person, who need not change it then; left out: a one-time password is made.
    has_password : bool
        False where only a proxy shall let the person in.
    municipality_id : int, optional
        Whose administrator makes it: for the audit log.

    Raises
    ------
    InvalidError
        Login, name or password.
    ConflictError
        The login is taken.
    """
    folded = logins.parse(login)
    name = _name(name) or folded
    if session.scalar(select(User.id).where(User.login == folded)) is not None:
        raise _taken()
    shown = ""
    if password is not None:
        passwords.check_rule(password, login=folded)
    elif has_password:
        password = shown = passwords.one_time()
    user = User(
        login=folded,
        display_name=name,
        is_operator=is_operator,
        password_hash=None if password is None else passwords.hash_password(password),
        must_change_password=bool(shown),
    )
    session.add(user)
    try:
        session.flush()
    except IntegrityError as error:  # PostgreSQL: somebody else made it in the same moment
        raise _taken() from error
    _record(session, "user.created", actor, user.id, municipality_id, {"operator": is_operator})
    return NewAccount(user.id, shown)


def find(session: Session, *, user_id: int) -> User:
    """Return an account, locked against changes by others until the transaction ends.

    Raises
    ------
    NotFoundError
    """
    user = session.scalar(select(User).where(User.id == user_id).with_for_update())
    if user is None:
        raise NotFoundError("このアカウントはありません。")
    return user


def find_by_login(session: Session, *, login: str) -> User:
    """Return an account by its login.

    Raises
    ------
    NotFoundError
    """
    user = session.scalar(select(User).where(User.login == logins.fold(login)))
    if user is None:
        raise NotFoundError("このログイン名のアカウントはありません。")
    return user


def reset_password(
    session: Session, *, actor: Actor | None, user_id: int, municipality_id: int | None = None
) -> str:
    """Give an account a one-time password, end its logins, and return the password, shown this once.

    Raises
    ------
    NotFoundError
    ConflictError
        The account is disabled.
    """
    user = find(session, user_id=user_id)
    if user.disabled_at is not None:
        raise ConflictError("停止中のアカウントです。先に停止を解いてください。")
    password = passwords.one_time()
    user.password_hash = passwords.hash_password(password)
    user.must_change_password = True
    user.failed_logins, user.locked_until = 0, None
    user.version += 1
    sessions.revoke_all(session, user_id=user_id)
    _record(session, "user.password-reset", actor, user_id, municipality_id)
    return password


def change_password(session: Session, *, actor: Actor, present: str, new: str) -> None:
    """Change the actor's own password; all logins end, the one that asks too: begin a new one.

    Raises
    ------
    InvalidError
        The present password is wrong, or the new one breaks the rule. How often one may try is the caller's
        to limit.
    ConflictError
        The account has no password here.
    """
    user = find(session, user_id=actor.user_id)
    if user.password_hash is None:
        raise ConflictError("このアカウントのパスワードは、団体の認証サーバーが扱っています。")
    if not passwords.verify(user.password_hash, present):
        raise InvalidError("今のパスワードが違います。", {"field": "present"})
    if new == present:
        raise InvalidError("今と同じパスワードです。別のものにしてください。", {"field": "password"})
    passwords.check_rule(new, login=user.login)
    user.password_hash = passwords.hash_password(new)
    user.must_change_password = False
    user.password_changed_at = now()
    user.version += 1
    sessions.revoke_all(session, user_id=user.id)
    _record(session, "user.password-changed", actor, user.id)


def disable(session: Session, *, actor: Actor | None, user_id: int) -> None:
    """Shut an account out: logins and tokens end at once; its records stay.

    Raises
    ------
    NotFoundError
    ForbiddenError
        It is the operator's own.
    """
    if actor is not None and actor.user_id == user_id:
        raise ForbiddenError("自分のアカウントは停止できません。ほかの運用者に頼んでください。")
    user = find(session, user_id=user_id)
    if user.disabled_at is None:
        user.disabled_at = now()
        user.version += 1
        _record(session, "user.disabled", actor, user_id)
    sessions.revoke_all(session, user_id=user_id)
    tokens.revoke_all(session, user_id=user_id)


def enable(session: Session, *, actor: Actor | None, user_id: int) -> None:
    """Let a disabled account in again, with the password it had; its tokens stay revoked.

    Raises
    ------
    NotFoundError
    """
    user = find(session, user_id=user_id)
    if user.disabled_at is not None:
        user.disabled_at = None
        user.version += 1
        _record(session, "user.enabled", actor, user_id)


def unlock(
    session: Session, *, actor: Actor | None, user_id: int, municipality_id: int | None = None
) -> None:
    """Take back a lock after wrong passwords.

    Raises
    ------
    NotFoundError
    """
    user = find(session, user_id=user_id)
    user.failed_logins, user.locked_until = 0, None
    _record(session, "user.unlocked", actor, user_id, municipality_id)


def list_accounts(session: Session, *, after: str = "", limit: int = 200) -> list[Account]:
    """List accounts by login, with the roles of each.

    Parameters
    ----------
    session : Session
    after : str
        The last login of the page before.
    limit : int
        Most on a page.
    """
    users = session.scalars(select(User).where(User.login > after).order_by(User.login).limit(limit)).all()
    roles: dict[int, list[tuple[str, str, Role]]] = {user.id: [] for user in users}
    held = session.execute(
        select(Membership.user_id, Municipality.code, Municipality.name, Membership.role)
        .join(Municipality, Municipality.id == Membership.municipality_id)
        .where(Membership.user_id.in_(roles))
        .order_by(Municipality.code)
    )
    for user_id, code, name, role in held:
        roles[user_id].append((code, name, Role(role)))
    return [
        Account(
            user.id,
            user.login,
            user.display_name,
            user.is_operator,
            user.disabled_at is not None,
            is_locked(user),
            user.must_change_password,
            user.password_hash is not None,
            user.last_login_at,
            tuple(roles[user.id]),
        )
        for user in users
    ]


def is_locked(user: User) -> bool:
    """Tell whether an account is locked right now."""
    return user.locked_until is not None and user.locked_until > now()


def _taken() -> ConflictError:
    return ConflictError("このログイン名は、すでに使われています。", {"field": "login"})


def _name(text: str) -> str:
    name = text.strip()
    if len(name) > _NAME_CHARACTERS or not name.isprintable():
        raise InvalidError(f"名前は、{_NAME_CHARACTERS} 字までで書いてください。", {"field": "name"})
    return name


def _record(
    session: Session,
    action: str,
    actor: Actor | None,
    user_id: int,
    municipality_id: int | None = None,
    detail: dict[str, bool] | None = None,
) -> None:
    record(
        session,
        action,
        actor=actor,
        municipality_id=municipality_id,
        object_type="user",
        object_id=user_id,
        detail=detail,
    )
