"""The queue of all municipalities, as the operator sees it: how far each job is, never what it is about.

The name of a file stays with its municipality; the operator has the number to talk about.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from api.access.place import Place
from api.domain.rights import Action, Actor, Role
from api.domain.standing import SecondReview
from api.errors import ForbiddenError, NotFoundError
from api.services import Services
from api.store.models import Municipality, Upload
from api.store.types import now
from api.work import uploads
from api.work.uploads import REIDENTIFY

MOST_WAITING, MOST_FAILED = 50, 20


@dataclass(frozen=True, slots=True)
class Job:
    """One upload on its way.

    Attributes
    ----------
    id : int
    code, municipality : str
        Whose it is.
    state : str
    is_reidentification : bool
        Whether no file is read, but a project identified again.
    size : int
        Bytes of the file.
    total, done, failed : int
        Glyphs; ``total`` None until they are counted.
    rate : float or None
        Glyphs a second since it was first taken up.
    message : str
        What the person who handed it in is told.
    created_at : datetime
    finished_at : datetime or None
    """

    id: int
    code: str
    municipality: str
    state: str
    is_reidentification: bool
    size: int
    total: int | None
    done: int
    failed: int
    rate: float | None
    message: str
    created_at: datetime
    finished_at: datetime | None


@dataclass(frozen=True, slots=True)
class Queue:
    """What runs, what waits (the first of them), what failed (the latest)."""

    running: Sequence[Job]
    waiting: Sequence[Job]
    failed: Sequence[Job]


def look(session: Session) -> Queue:
    """Return the queue."""
    waiting = _jobs("queued").order_by(Upload.id).limit(MOST_WAITING)
    failed = _jobs("failed").order_by(Upload.id.desc()).limit(MOST_FAILED)
    return Queue(
        _read(session, _jobs("running").order_by(Upload.id)), _read(session, waiting), _read(session, failed)
    )


def retry(services: Services, *, actor: Actor, upload_id: int) -> None:
    """Queue a failed job again.

    Raises
    ------
    ForbiddenError, NotFoundError, ConflictError
    """
    with services.database.reading() as session:
        place = _place(session, actor, upload_id)
    uploads.retry(services, place=place, upload_id=upload_id)


def cancel(services: Services, *, actor: Actor, upload_id: int) -> None:
    """Call a job off that has not ended.

    Raises
    ------
    ForbiddenError, NotFoundError, ConflictError
    """
    with services.database.writing() as session:
        uploads.cancel(session, place=_place(session, actor, upload_id), upload_id=upload_id)


def _place(session: Session, actor: Actor, upload_id: int) -> Place:
    """Let an operator stand in for the staff of the job's municipality, for this one act on its queue."""
    if not actor.may(Action.OPERATE):
        raise ForbiddenError("この操作は、システムの運用者だけができます。", {"action": Action.OPERATE.value})
    municipality = session.scalar(
        select(Municipality)
        .join(Upload, Upload.municipality_id == Municipality.id)
        .where(Upload.id == upload_id)
    )
    if municipality is None:
        raise NotFoundError("この処理はありません。")
    standing_in = replace(actor, roles={municipality.id: Role.ADMIN})
    return Place(
        standing_in,
        Role.ADMIN,
        municipality.id,
        municipality.code,
        municipality.name,
        SecondReview(municipality.second_review),
    )


def _jobs(state: str) -> Select[Upload, str, str]:
    return (
        select(Upload, Municipality.code, Municipality.name)
        .join(Municipality, Upload.municipality_id == Municipality.id)
        .where(Upload.state == state)
    )


def _read(session: Session, question: Select[Upload, str, str]) -> list[Job]:
    at = now()
    return [
        Job(
            upload.id,
            code,
            name,
            upload.state,
            upload.options.get("job") == REIDENTIFY,
            upload.size,
            upload.total,
            upload.done,
            upload.failed,
            _rate(upload, at),
            upload.message,
            upload.created_at,
            upload.finished_at,
        )
        for upload, code, name in session.execute(question)
    ]


def _rate(upload: Upload, at: datetime) -> float | None:
    if upload.started_at is None or not upload.done:
        return None
    seconds = (at - upload.started_at).total_seconds()
    return upload.done / seconds if seconds > 0 else None
