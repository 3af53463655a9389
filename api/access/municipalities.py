"""Municipalities: made and named by operators and on the command line; never deleted, their records stay."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from api.audit.record import record
from api.domain.rights import Actor
from api.errors import ConflictError, InvalidError, NotFoundError
from api.store.models import Municipality
from engine.errors import UsageError
from engine.intake.key import parse_municipality

_NAME_CHARACTERS = 100


def create(session: Session, *, actor: Actor | None, code: str, name: str) -> tuple[int, str]:
    """Make a municipality.

    Parameters
    ----------
    session : Session
        Writing.
    actor : Actor or None
        None on the command line.
    code : str
        団体コード; its check digit is checked, or added to five digits.
    name : str
        As its people call it.

    Returns
    -------
    tuple of (int, str)
        Its id, and a Japanese sentence where the check digit had to be added.

    Raises
    ------
    InvalidError
        Code or name.
    ConflictError
        There is one with that code.
    """
    parsed, warning = parse_code(code)
    if session.scalar(select(Municipality.id).where(Municipality.code == parsed)) is not None:
        raise _taken(parsed)
    municipality = Municipality(code=parsed, name=_name(name))
    session.add(municipality)
    try:
        session.flush()
    except IntegrityError as error:  # PostgreSQL: somebody else made it in the same moment
        raise _taken(parsed) from error
    _record(session, "municipality.created", actor, municipality)
    return municipality.id, warning


def parse_code(code: str) -> tuple[str, str]:
    """Return a 団体コード with its check digit, and a Japanese sentence where that had to be added.

    Raises
    ------
    InvalidError
    """
    try:
        parsed, warning = parse_municipality(code)
    except UsageError as error:
        raise InvalidError(str(error), {"field": "code"}) from error
    if not parsed:
        raise InvalidError("団体コードを 6 桁で書いてください。例: 131016（千代田区）", {"field": "code"})
    return parsed, warning


def rename(session: Session, *, actor: Actor | None, code: str, name: str) -> None:
    """Give a municipality another name, as after a merger.

    Raises
    ------
    NotFoundError
    InvalidError
        The name.
    """
    municipality = find(session, code=code)
    municipality.name = _name(name)
    municipality.version += 1
    _record(session, "municipality.renamed", actor, municipality)


def find(session: Session, *, code: str) -> Municipality:
    """Return a municipality by its 団体コード.

    Raises
    ------
    NotFoundError
    """
    municipality = session.scalar(select(Municipality).where(Municipality.code == code.strip()))
    if municipality is None:
        raise NotFoundError("この団体コードの団体は、まだありません。先に団体を加えてください。")
    return municipality


def list_municipalities(session: Session) -> Sequence[Municipality]:
    """List all, by code."""
    return session.scalars(select(Municipality).order_by(Municipality.code)).all()


def own_municipalities(session: Session, *, actor: Actor) -> Sequence[Municipality]:
    """List those that somebody belongs to, by code."""
    mine = select(Municipality).where(Municipality.id.in_(actor.roles)).order_by(Municipality.code)
    return session.scalars(mine).all()


def _taken(code: str) -> ConflictError:
    return ConflictError(f"団体コード {code} の団体は、すでにあります。", {"field": "code"})


def _name(text: str) -> str:
    name = text.strip()
    if not 1 <= len(name) <= _NAME_CHARACTERS or not name.isprintable():
        raise InvalidError(f"団体の名前は、1～{_NAME_CHARACTERS} 字で書いてください。", {"field": "name"})
    return name


def _record(session: Session, action: str, actor: Actor | None, municipality: Municipality) -> None:
    record(
        session,
        action,
        actor=actor,
        municipality_id=municipality.id,
        object_type="municipality",
        object_id=municipality.id,
        detail={"code": municipality.code},
    )
