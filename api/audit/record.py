"""Writing the audit log."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from api.context import request_id
from api.domain.rights import Actor
from api.store.models import AuditEvent


def record(
    session: Session,
    action: str,
    *,
    actor: Actor | None,
    municipality_id: int | None = None,
    object_type: str = "",
    object_id: int | None = None,
    detail: Mapping[str, Any] | None = None,
) -> None:
    """Add an event to the audit log, in the transaction of what it is about.

    Parameters
    ----------
    session : Session
        The writing session of the action itself.
    action : str
        ``noun.verb``, past tense: ``decision.made``.
    actor : Actor or None
        None for the machine and for people who are not logged in.
    municipality_id : int, optional
        Whose administrators may read it.
    object_type, object_id
        What it was done to.
    detail : mapping, optional
        Ids, codes and numbers. Never a name, a login or free text.
    """
    session.add(
        AuditEvent(
            user_id=actor.user_id if actor else None,
            municipality_id=municipality_id,
            action=action,
            object_type=object_type,
            object_id=object_id,
            detail=dict(detail or {}),
            request_id=request_id.get(),
        )
    )
