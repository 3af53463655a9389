"""Keeps records append-only: an ORM update or delete of one is refused, and so is one in SQL by triggers."""

from __future__ import annotations

from sqlalchemy import event
from sqlalchemy.orm import Session

from api.store.models import AuditEvent, Decision, Explanation, Suggestion, Withdrawal

RECORDS = (Suggestion, Explanation, Decision, Withdrawal, AuditEvent)
"""The tables that are only ever added to."""


class AppendOnlyError(RuntimeError):
    """Code tried to change or delete a record: a programming error."""


def guard() -> None:
    """Refuse changes and deletions of records in every session; may be called any number of times."""
    if not event.contains(Session, "before_flush", _refuse):
        event.listen(Session, "before_flush", _refuse)


def _refuse(session: Session, _context: object, _instances: object) -> None:
    for record in session.deleted:
        if isinstance(record, RECORDS):
            msg = f"{type(record).__name__} records are never deleted"
            raise AppendOnlyError(msg)
    for record in session.dirty:
        if isinstance(record, RECORDS) and session.is_modified(record):
            msg = f"{type(record).__name__} records are never changed"
            raise AppendOnlyError(msg)
