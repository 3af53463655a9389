"""API tokens: a program acts as their owner, in one municipality, never with more than the owner's role.

The role is capped anew at every request, so that a token loses with its owner what the owner loses. A token
never runs the installation and never touches accounts.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from api.access.identity import ACCOUNT, actor_from
from api.access.sessions import digest
from api.audit.record import record
from api.domain.rights import Actor, Role
from api.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError, UnauthenticatedError
from api.services import Services
from api.store.models import ApiToken, Membership, Municipality, User
from api.store.types import now

MARK = "gaiji_"
"""What a token begins with, so that one that leaked is found by a search."""
LONGEST_DAYS = 366
MOST_TOKENS = 20
_TOKEN_BYTES = 32
_PREFIX_CHARACTERS = 12
_NAME_CHARACTERS = 100
_TOUCH = timedelta(minutes=1)
_RANKS = {role: rank for rank, role in enumerate(Role)}  # each role may all that the ones before it may


def capped(asked: Role, held: Role) -> Role:
    """Return the lesser of two roles."""
    return min(asked, held, key=_RANKS.__getitem__)


@dataclass(frozen=True, slots=True)
class Key:
    """A token in its owner's list.

    Attributes
    ----------
    id : int
    name, prefix : str
    code, municipality : str
        団体コード and name.
    role : Role
        As given; in force is the lesser of it and the owner's.
    created_at, expires_at : datetime
    used_at : datetime or None
    """

    id: int
    name: str
    prefix: str
    code: str
    municipality: str
    role: Role
    created_at: datetime
    expires_at: datetime
    used_at: datetime | None

    @property
    def is_expired(self) -> bool:
        """Tell whether its time has run out."""
        return self.expires_at <= now()


def create(
    session: Session, *, actor: Actor, municipality_id: int, role: Role, name: str, days: int
) -> tuple[int, str]:
    """Make a token; return its id and the token itself, which is shown this once.

    Parameters
    ----------
    session : Session
        Writing.
    actor : Actor
        The owner; not a token.
    municipality_id : int
        One of the owner's.
    role : Role
        Not above the owner's.
    name : str
        What it is for, 1–100 characters.
    days : int
        1–366.

    Raises
    ------
    ForbiddenError
        A token asks for a token, or the role is above the owner's.
    NotFoundError
        Not a municipality of the owner's.
    InvalidError
        Name or days.
    ConflictError
        There are too many.
    """
    if actor.token_id is not None:
        raise ForbiddenError("API トークンで API トークンは作れません。")
    held = actor.roles.get(municipality_id)
    if held is None:
        raise NotFoundError("この団体はないか、あなたの団体ではありません。")
    if capped(role, held) is not role:
        raise ForbiddenError(
            f"あなたの役割（{held.japanese}）より強い役割は付けられません。", {"role": held.value}
        )
    name = name.strip()
    if not 1 <= len(name) <= _NAME_CHARACTERS or not name.isprintable():
        raise InvalidError(
            f"API トークンの名前は、1～{_NAME_CHARACTERS} 字で書いてください。", {"field": "name"}
        )
    if not 1 <= days <= LONGEST_DAYS:
        raise InvalidError(f"有効な日数は、1～{LONGEST_DAYS} にしてください。", {"field": "days"})
    at = now()
    session.scalar(select(User.id).where(User.id == actor.user_id).with_for_update())  # one at a time
    present = session.scalar(
        select(func.count())
        .select_from(ApiToken)
        .where(ApiToken.user_id == actor.user_id, ApiToken.revoked_at.is_(None), ApiToken.expires_at > at)
    )
    if (present or 0) >= MOST_TOKENS:
        raise ConflictError(f"API トークンは {MOST_TOKENS} 個までです。使わないものを取り消してください。")
    token = MARK + secrets.token_urlsafe(_TOKEN_BYTES)
    row = ApiToken(
        token_digest=digest(token),
        prefix=token[:_PREFIX_CHARACTERS],
        name=name,
        user_id=actor.user_id,
        municipality_id=municipality_id,
        role=role.value,
        created_at=at,
        expires_at=at + timedelta(days=days),
    )
    session.add(row)
    session.flush()
    record(
        session,
        "token.created",
        actor=actor,
        municipality_id=municipality_id,
        object_type="api_token",
        object_id=row.id,
        detail={"role": role.value, "days": days},
    )
    return row.id, token


def revoke(session: Session, *, actor: Actor, token_id: int, municipality_id: int | None = None) -> None:
    """End one of the actor's own tokens; where a municipality is named, only one for it.

    Raises
    ------
    NotFoundError
        It has ended already, or is somebody else's.
    """
    own = select(ApiToken).where(
        ApiToken.id == token_id, ApiToken.user_id == actor.user_id, ApiToken.revoked_at.is_(None)
    )
    if municipality_id is not None:
        own = own.where(ApiToken.municipality_id == municipality_id)
    row = session.scalar(own.with_for_update())
    if row is None:
        raise NotFoundError("この API トークンは、もう取り消されています。")
    row.revoked_at = now()
    record(
        session,
        "token.revoked",
        actor=actor,
        municipality_id=row.municipality_id,
        object_type="api_token",
        object_id=row.id,
    )


def revoke_all(session: Session, *, user_id: int, municipality_id: int | None = None) -> None:
    """End every token of a person, or those for one municipality."""
    question = update(ApiToken).where(ApiToken.user_id == user_id, ApiToken.revoked_at.is_(None))
    if municipality_id is not None:
        question = question.where(ApiToken.municipality_id == municipality_id)
    session.execute(question.values(revoked_at=now()))


def own(session: Session, *, actor: Actor) -> list[Key]:
    """List the actor's tokens that are not revoked, the newest first."""
    rows = session.execute(
        select(ApiToken, Municipality.code, Municipality.name)
        .join(Municipality, Municipality.id == ApiToken.municipality_id)
        .where(ApiToken.user_id == actor.user_id, ApiToken.revoked_at.is_(None))
        .order_by(ApiToken.id.desc())
    )
    return [
        Key(
            token.id,
            token.name,
            token.prefix,
            code,
            municipality,
            Role(token.role),
            token.created_at,
            token.expires_at,
            token.used_at,
        )
        for token, code, municipality in rows
    ]


def actor_of(services: Services, token: str) -> Actor:
    """Return who a token acts as: its owner, in its municipality only.

    Raises
    ------
    UnauthenticatedError
        Unknown, expired or revoked, or its owner is disabled or has left the municipality: all alike.
    """
    at = now()
    question = (
        select(
            ApiToken.id, ApiToken.expires_at, ApiToken.used_at, ApiToken.role.label("token_role"), *ACCOUNT
        )
        .join(User, User.id == ApiToken.user_id)
        .join(
            Membership,
            (Membership.user_id == User.id) & (Membership.municipality_id == ApiToken.municipality_id),
        )
        .where(
            ApiToken.token_digest == digest(token),
            ApiToken.revoked_at.is_(None),
            User.disabled_at.is_(None),
        )
    )
    with services.database.reading() as session:
        row = session.execute(question).one_or_none()
    if row is None or row.expires_at <= at:
        raise UnauthenticatedError(
            "API トークンが無効か、期限が切れています。アカウントのページで作り直してください。"
        )
    if row.used_at is None or row.used_at <= at - _TOUCH:
        _touch(services, row.id, at)
    actor = actor_from([row], token_id=row.id)
    roles = {place: capped(Role(row.token_role), held) for place, held in actor.roles.items()}
    return replace(actor, roles=roles, is_operator=False)


def _touch(services: Services, token_id: int, at: datetime) -> None:
    unseen = ApiToken.used_at.is_(None) | (ApiToken.used_at <= at - _TOUCH)
    with services.database.writing() as session:
        session.execute(update(ApiToken).where(ApiToken.id == token_id, unseen).values(used_at=at))
