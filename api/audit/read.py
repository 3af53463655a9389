"""Reading the audit log of a municipality, page by page."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from api.audit.details import facts
from api.audit.words import object_title, title
from api.store.database import Database
from api.store.models import AuditEvent, User

PAGE = 100
"""Events on one page."""

_BLOCK = 1000


@dataclass(frozen=True, slots=True)
class AuditFilter:
    """Which events.

    Attributes
    ----------
    since, until : datetime or None
        From the one on, before the other.
    action : str
        ``decision.made``, or ``decision`` for all of a kind; empty for all.
    user_id : int or None
        Who did it.
    object_type : str
    object_id : int or None
        What it was done to.
    """

    since: datetime | None = None
    until: datetime | None = None
    action: str = ""
    user_id: int | None = None
    object_type: str = ""
    object_id: int | None = None

    def as_detail(self) -> dict[str, Any]:
        """What is set, for the audit log."""
        values = {
            "since": self.since.isoformat() if self.since else None,
            "until": self.until.isoformat() if self.until else None,
            "action": self.action,
            "user_id": self.user_id,
            "object_type": self.object_type,
            "object_id": self.object_id,
        }
        return {name: value for name, value in values.items() if value not in (None, "")}


@dataclass(frozen=True, slots=True)
class Event:
    """One event.

    Attributes
    ----------
    id : int
    at : datetime
    user_id : int or None
        None: the machine, or somebody who was not logged in.
    user : str
        Display name of now; empty without one.
    action, object_type : str
    object_id : int or None
    detail : dict
        Ids, codes and numbers.
    request_id : str
    """

    id: int
    at: datetime
    user_id: int | None
    user: str
    action: str
    object_type: str
    object_id: int | None
    detail: dict[str, Any]
    request_id: str

    @property
    def title(self) -> str:
        """Japanese title of the action."""
        return title(self.action)

    @property
    def object_title(self) -> str:
        """Japanese title of what it was done to."""
        return object_title(self.object_type)

    @property
    def facts(self) -> list[tuple[str, str]]:
        """The detail as people read it."""
        return facts(self.detail)


@dataclass(frozen=True, slots=True)
class AuditPage:
    """Some events, the latest first.

    Attributes
    ----------
    events : tuple of Event
    before : int or None
        Ask for the events before this one; None where these were the last.
    """

    events: tuple[Event, ...]
    before: int | None


def read_page(
    session: Session,
    *,
    municipality_id: int,
    chosen: AuditFilter,
    before: int | None = None,
    limit: int = PAGE,
) -> AuditPage:
    """Return the latest events, or those before one of them."""
    query = _query(municipality_id, chosen)
    if before is not None:
        query = query.where(AuditEvent.id < before)
    rows = session.execute(query.order_by(AuditEvent.id.desc()).limit(limit + 1)).all()
    events = tuple(_event(row) for row in rows[:limit])
    return AuditPage(events, events[-1].id if len(rows) > limit else None)


def read_all(database: Database, *, municipality_id: int, chosen: AuditFilter) -> Iterator[Event]:
    """Give all events up to now, the earliest first; block by block, so that few are held at a time."""
    last = 0
    with database.reading() as session:
        newest = session.scalar(
            select(AuditEvent.id)
            .where(AuditEvent.municipality_id == municipality_id)
            .order_by(AuditEvent.id.desc())
            .limit(1)
        )
    while True:
        query = _query(municipality_id, chosen).where(AuditEvent.id > last, AuditEvent.id <= (newest or 0))
        with database.reading() as session:
            rows = session.execute(query.order_by(AuditEvent.id).limit(_BLOCK)).all()
        yield from map(_event, rows)
        if len(rows) < _BLOCK:
            return
        last = rows[-1].id


def actions_of(session: Session, *, municipality_id: int) -> list[str]:
    """Return the actions that occur in the municipality's log, by their Japanese titles' order."""
    rows = session.scalars(
        select(AuditEvent.action).where(AuditEvent.municipality_id == municipality_id).distinct()
    )
    return sorted(rows, key=title)


def people_of(session: Session, *, municipality_id: int) -> list[tuple[int, str]]:
    """Return who occurs in the municipality's log: (id, display name), by name."""
    ids = select(AuditEvent.user_id).where(AuditEvent.municipality_id == municipality_id).distinct()
    rows = session.execute(
        select(User.id, User.display_name).where(User.id.in_(ids)).order_by(User.display_name, User.id)
    )
    return [(row.id, row.display_name) for row in rows]


def _query(municipality_id: int, chosen: AuditFilter) -> Select[Any]:
    query = (
        select(
            AuditEvent.id,
            AuditEvent.at,
            AuditEvent.user_id,
            User.display_name,
            AuditEvent.action,
            AuditEvent.object_type,
            AuditEvent.object_id,
            AuditEvent.detail,
            AuditEvent.request_id,
        )
        .outerjoin(User, User.id == AuditEvent.user_id)
        .where(AuditEvent.municipality_id == municipality_id)
    )
    if chosen.since:
        query = query.where(AuditEvent.at >= chosen.since)
    if chosen.until:
        query = query.where(AuditEvent.at < chosen.until)
    if "." in chosen.action:
        query = query.where(AuditEvent.action == chosen.action)
    elif chosen.action:
        query = query.where(AuditEvent.action.startswith(f"{chosen.action}.", autoescape=True))
    if chosen.user_id is not None:
        query = query.where(AuditEvent.user_id == chosen.user_id)
    if chosen.object_type:
        query = query.where(AuditEvent.object_type == chosen.object_type)
    if chosen.object_id is not None:
        query = query.where(AuditEvent.object_id == chosen.object_id)
    return query


def _event(row: Any) -> Event:
    return Event(
        row.id,
        row.at,
        row.user_id,
        row.display_name or "",
        row.action,
        row.object_type,
        row.object_id,
        row.detail,
        row.request_id,
    )
