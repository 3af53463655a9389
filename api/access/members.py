"""The members of one municipality, managed by its administrators.

Decided: an administrator governs the account of a member (a new password) only while that person belongs to
no other municipality and does not run the installation; else a new password would open the other
municipality's data, and an operator sets it. For the same reason an account that belongs nowhere cannot be
taken in by its login: an operator places it. Role, removal and unlocking concern this municipality alone, and
are always its administrators'. A municipality that has an administrator keeps one.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.access import accounts, logins, tokens
from api.access.accounts import NewAccount
from api.access.place import Place
from api.audit.record import record
from api.domain.rights import Actor, Role
from api.errors import ConflictError, ForbiddenError, NotFoundError
from api.store.models import Membership, Municipality, User


@dataclass(frozen=True, slots=True)
class Member:
    """A member in the administrator's list.

    Attributes
    ----------
    user_id : int
    login, name : str
    role : Role
    is_disabled, is_locked, must_change_password : bool
    has_password : bool
        False where only a proxy lets the person in.
    is_governed : bool
        The administrator may set a new password.
    last_login_at : datetime or None
    """

    user_id: int
    login: str
    name: str
    role: Role
    is_disabled: bool
    is_locked: bool
    must_change_password: bool
    has_password: bool
    is_governed: bool
    last_login_at: datetime | None


def list_members(session: Session, *, place: Place) -> list[Member]:
    """List the members of a municipality, by login."""
    rows = session.execute(
        select(User, Membership.role)
        .join(Membership, Membership.user_id == User.id)
        .where(Membership.municipality_id == place.municipality_id)
        .order_by(User.login)
    ).all()
    elsewhere = _elsewhere(session, place, [user.id for user, _ in rows])
    return [
        Member(
            user.id,
            user.login,
            user.display_name,
            Role(role),
            user.disabled_at is not None,
            accounts.is_locked(user),
            user.must_change_password,
            user.password_hash is not None,
            not user.is_operator and user.id not in elsewhere,
            user.last_login_at,
        )
        for user, role in rows
    ]


def add_member(
    session: Session, *, place: Place, login: str, name: str, role: Role, has_password: bool = True
) -> NewAccount:
    """Take somebody in: with a new account, or with the one of that login.

    Parameters
    ----------
    session : Session
        Writing.
    place : Place
    login : str
    name : str
        Of a new account; an account that is there keeps its own.
    role : Role
    has_password : bool
        False where a new account is for a proxy only.

    Returns
    -------
    NewAccount
        With a one-time password if the account is new.

    Raises
    ------
    InvalidError
        Login or name.
    ConflictError
        A member already, or an account that an operator must place.
    """
    folded = logins.parse(login)
    user = session.scalar(select(User).where(User.login == folded).with_for_update())
    if user is None:
        made = accounts.create_account(
            session,
            actor=place.actor,
            login=folded,
            name=name,
            has_password=has_password,
            municipality_id=place.municipality_id,
        )
    else:
        at_home = select(Membership.id).where(Membership.user_id == user.id).limit(1)
        if user.disabled_at is not None or session.scalar(at_home) is None:
            raise ConflictError(
                "このログイン名のアカウントは、停止中か、どの団体にも属していません。運用者に追加を頼んでください。",
                {"field": "login"},
            )
        made = NewAccount(user.id, "")
    grant(
        session,
        actor=place.actor,
        user_id=made.user_id,
        municipality_id=place.municipality_id,
        role=role,
        is_new=True,
    )
    return made


def set_role(session: Session, *, place: Place, user_id: int, role: Role) -> None:
    """Change a member's role.

    Raises
    ------
    NotFoundError
        Not a member here.
    ConflictError
        The municipality would have no administrator.
    """
    _member(session, place, user_id)
    grant(session, actor=place.actor, user_id=user_id, municipality_id=place.municipality_id, role=role)


def remove_member(session: Session, *, place: Place, user_id: int) -> None:
    """Take a member out; the account stays, and so does everything that the person decided.

    Raises
    ------
    NotFoundError
        Not a member here.
    ConflictError
        The municipality would have no administrator.
    """
    _member(session, place, user_id)
    revoke(session, actor=place.actor, user_id=user_id, municipality_id=place.municipality_id)


def reset_member_password(session: Session, *, place: Place, user_id: int) -> str:
    """Give a member a one-time password, shown this once.

    Raises
    ------
    NotFoundError
        Not a member here.
    ForbiddenError
        The account is not this municipality's alone; an operator does it.
    """
    user = _member(session, place, user_id)
    if user.is_operator or _elsewhere(session, place, [user_id]):
        raise ForbiddenError(
            "ほかの団体にも属する人か、運用者のアカウントです。パスワードの再設定は運用者に頼んでください。",
            {"reason": "not-governed"},
        )
    return accounts.reset_password(
        session, actor=place.actor, user_id=user_id, municipality_id=place.municipality_id
    )


def unlock_member(session: Session, *, place: Place, user_id: int) -> None:
    """Take back a lock after wrong passwords.

    Raises
    ------
    NotFoundError
        Not a member here.
    """
    _member(session, place, user_id)
    accounts.unlock(session, actor=place.actor, user_id=user_id, municipality_id=place.municipality_id)


# --- For operators and the command line, too ---


def grant(
    session: Session,
    *,
    actor: Actor | None,
    user_id: int,
    municipality_id: int,
    role: Role,
    is_new: bool = False,
) -> None:
    """Give an account a role in a municipality, in place of the one it has there, if any.

    Parameters
    ----------
    session : Session
        Writing.
    actor : Actor or None
        None on the command line.
    user_id, municipality_id : int
    role : Role
    is_new : bool
        It must not have one yet.

    Raises
    ------
    NotFoundError
        No such municipality.
    ConflictError
        There would be no administrator left, or it is a member already.
    """
    present = _hold(session, user_id, municipality_id)
    if present is None:
        session.add(Membership(user_id=user_id, municipality_id=municipality_id, role=role.value))
        _record(session, "member.added", actor, municipality_id, user_id, role)
        return
    if is_new:
        raise ConflictError("すでにこの団体の利用者です。", {"field": "login"})
    if present.role == role.value:
        return
    if present.role == Role.ADMIN.value:
        _keep_an_administrator(session, municipality_id, user_id)
    present.role = role.value
    _record(session, "member.role-changed", actor, municipality_id, user_id, role)


def revoke(session: Session, *, actor: Actor | None, user_id: int, municipality_id: int) -> None:
    """Take an account's role in a municipality away, and its tokens for it.

    Raises
    ------
    NotFoundError
        It has none.
    ConflictError
        There would be no administrator left.
    """
    present = _hold(session, user_id, municipality_id)
    if present is None:
        raise NotFoundError("この団体の利用者ではありません。")
    if present.role == Role.ADMIN.value:
        _keep_an_administrator(session, municipality_id, user_id)
    session.delete(present)
    tokens.revoke_all(session, user_id=user_id, municipality_id=municipality_id)
    _record(session, "member.removed", actor, municipality_id, user_id, None)


def _hold(session: Session, user_id: int, municipality_id: int) -> Membership | None:
    """Return the membership; until the transaction ends nobody else changes one of this municipality."""
    locked = session.scalar(
        select(Municipality.id).where(Municipality.id == municipality_id).with_for_update()
    )
    if locked is None:
        raise NotFoundError("この団体はありません。")
    return session.scalar(
        select(Membership).where(Membership.user_id == user_id, Membership.municipality_id == municipality_id)
    )


def _keep_an_administrator(session: Session, municipality_id: int, leaving_id: int) -> None:
    active = select(User.id).join(Membership, Membership.user_id == User.id)
    active = active.where(
        Membership.municipality_id == municipality_id,
        Membership.role == Role.ADMIN.value,
        User.disabled_at.is_(None),
    )
    remaining = set(session.scalars(active))
    if remaining == {leaving_id}:
        raise ConflictError(
            "管理の役割の人が、いなくなってしまいます。先に、ほかの人を管理にしてください。",
            {"reason": "last-admin"},
        )


def _member(session: Session, place: Place, user_id: int) -> User:
    user = session.scalar(
        select(User)
        .join(Membership, Membership.user_id == User.id)
        .where(User.id == user_id, Membership.municipality_id == place.municipality_id)
    )
    if user is None:
        raise NotFoundError("この団体の利用者ではありません。")
    return user


def _elsewhere(session: Session, place: Place, user_ids: list[int]) -> set[int]:
    """Return who of them belongs to another municipality as well."""
    question = (
        select(Membership.user_id)
        .where(Membership.user_id.in_(user_ids), Membership.municipality_id != place.municipality_id)
        .distinct()
    )
    return set(session.scalars(question))


def _record(
    session: Session,
    action: str,
    actor: Actor | None,
    municipality_id: int,
    user_id: int,
    role: Role | None,
) -> None:
    record(
        session,
        action,
        actor=actor,
        municipality_id=municipality_id,
        object_type="user",
        object_id=user_id,
        detail={"role": role.value} if role else {},
    )
