"""Who works on which upload: a lease on its row, claimed, renewed, given up, in SQL that decides atomically.

A worker that dies says nothing; its lease runs out and the next one claims the job, behind the last block
that was committed. A worker that was only slow finds, at its next block, that the lease is not its own any
more, and its block is rolled back.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Update, and_, case, or_, select, update
from sqlalchemy.orm import Session

from api.audit.record import record
from api.store.models import Upload
from engine.errors import GaijiError

LEASE_S = 20.0
MOST_ATTEMPTS = 5
"""Claims in a row without one more block committed, after which the job is given up."""

_GIVEN_UP = (
    f"{MOST_ATTEMPTS} 回試しましたが、先へ進みませんでした。ファイルを分けて登録し直すか、"
    "システムの運用者に知らせてください。"
)


class LeaseLostError(GaijiError):
    """The job is not this worker's any more: called off, or taken over by another."""

    code = "lease-lost"


@dataclass(frozen=True, slots=True)
class Lease:
    """A claimed job.

    Attributes
    ----------
    upload_id : int
    holder : str
        Made for this claim: not even the same worker shares it with its earlier ones.
    attempts : int
        Claims in a row without progress, this one included.
    """

    upload_id: int
    holder: str
    attempts: int


def claim(session: Session, *, at: datetime, lease_s: float = LEASE_S) -> Lease | None:
    """Claim the job that has waited longest; None where there is nothing to do.

    Parameters
    ----------
    session : Session
        A writing one, with nothing else in it.
    at : datetime
        The present.
    lease_s : float
        How long the lease holds without being renewed.
    """
    free = and_(
        Upload.state.in_(("queued", "running")), or_(Upload.lease_until.is_(None), Upload.lease_until < at)
    )
    while (
        upload_id := session.scalar(select(Upload.id).where(free).order_by(Upload.id).limit(1))
    ) is not None:
        holder = secrets.token_hex(16)
        taken = (
            update(Upload)
            .where(Upload.id == upload_id, free)
            .values(
                state="running",
                worker=holder,
                attempts=Upload.attempts + 1,
                lease_until=at + timedelta(seconds=lease_s),
            )
        )
        if not _done(session, taken):
            continue  # another worker was faster
        upload = session.get(Upload, upload_id, populate_existing=True)
        if upload is None:
            continue
        if upload.attempts > MOST_ATTEMPTS:
            finish(session, Lease(upload_id, holder, upload.attempts), at=at, state="failed",
                   message=upload.message or _GIVEN_UP)  # fmt: skip
            continue
        if upload.started_at is None:
            upload.started_at = at
            session.flush()
        return Lease(upload_id, holder, upload.attempts)
    return None


def renew(session: Session, lease: Lease, *, at: datetime, lease_s: float = LEASE_S) -> bool:
    """Hold on to a job; tell whether it is still one's own."""
    return _done(session, _own(lease).values(lease_until=at + timedelta(seconds=lease_s)))


def advance(
    session: Session,
    lease: Lease,
    *,
    done: int,
    items: int,
    failed: int,
    at: datetime,
    lease_s: float = LEASE_S,
) -> None:
    """Count a block as done, first thing in the transaction that writes it.

    Parameters
    ----------
    session : Session
        Holds the upload's row until it ends.
    lease : Lease
    done : int
        Where the block begins: what must have been counted before.
    items, failed : int
        Members of the block, and those of them that could not be read.
    at : datetime
    lease_s : float

    Raises
    ------
    LeaseLostError
        The job is another's, was called off, or stands elsewhere.
    """
    counted = (
        _own(lease)
        .where(Upload.done == done)
        .values(
            done=Upload.done + items,
            failed=Upload.failed + failed,
            attempts=0,
            message="",
            lease_until=at + timedelta(seconds=lease_s),
        )
    )
    if not _done(session, counted):
        raise LeaseLostError("この仕事は、取り消されたか、ほかの処理に移りました。")


def count(session: Session, lease: Lease, *, total: int) -> None:
    """Note how many members there are.

    Raises
    ------
    LeaseLostError
    """
    if not _done(session, _own(lease).values(total=total)):
        raise LeaseLostError("この仕事は、取り消されたか、ほかの処理に移りました。")


def release(
    session: Session, lease: Lease, *, at: datetime, delay_s: float = 0.0, message: str = "", blame: bool
) -> None:
    """Give a job back; whoever is next goes on behind what is done.

    Parameters
    ----------
    session : Session
    lease : Lease
    at : datetime
    delay_s : float
        How long nobody should claim it.
    message : str
        Japanese, what it waits for.
    blame : bool
        Whether the attempt counts.
    """
    until = at + timedelta(seconds=delay_s) if delay_s else None
    given = _own(lease).values(state="queued", worker="", lease_until=until, message=message)
    if not blame:
        # A block since the claim has set the count back already.
        given = given.values(attempts=case((Upload.attempts > 0, Upload.attempts - 1), else_=0))
    _done(session, given)


def finish(session: Session, lease: Lease, *, at: datetime, state: str = "done", message: str = "") -> bool:
    """End a job; tell whether it was still one's own.

    Parameters
    ----------
    session : Session
    lease : Lease
    at : datetime
    state : str
        ``done`` or ``failed``.
    message : str
        Japanese, for the person who handed the file in.
    """
    ended = _own(lease).values(
        state=state, message=message, worker="", lease_until=None, finished_at=at, attempts=0
    )
    if not _done(session, ended):
        return False
    upload = session.get(Upload, lease.upload_id, populate_existing=True)
    if upload is not None:
        record(
            session,
            "upload.identified" if state == "done" else "upload.failed",
            actor=None,
            municipality_id=upload.municipality_id,
            object_type="upload",
            object_id=upload.id,
            detail={"done": upload.done, "failed": upload.failed, "total": upload.total},
        )
    return True


def _own(lease: Lease) -> Update:
    return update(Upload).where(
        Upload.id == lease.upload_id, Upload.state == "running", Upload.worker == lease.holder
    )


def _done(session: Session, statement: Update) -> bool:
    """Execute a change of one row; tell whether there was one to change."""
    result = session.execute(statement.execution_options(synchronize_session=False))
    return bool(result.rowcount)  # type: ignore[attr-defined]
