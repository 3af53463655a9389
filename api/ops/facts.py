"""What the database says about the work, counted seldom and cheaply: a scrape must not slow a decision down.

Decisions and failed logins are only ever added, so what is older than some minutes is counted once and
remembered; each look counts only what came after. Minutes, because rows of concurrent transactions need not
become visible in the order of their numbers.
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from api.jobs.heartbeat import NOTE as WORKER_NOTE
from api.ops.notes import BACKUP_NOTE
from api.services import Services
from api.store.models import AuditEvent, Decision, LoginSession, Note, Upload
from api.store.types import now

FRESH_S = 15.0
_SETTLED = timedelta(minutes=5)

UPLOAD_STATES = ("queued", "running", "done", "failed", "cancelled")
_UNFINISHED = ("queued", "running")
_FAILURE = "login.failed"


@dataclass(frozen=True, slots=True)
class Facts:
    """The counts of one moment.

    Attributes
    ----------
    at : datetime
    uploads : dict of str to int
        By state.
    glyphs_done, glyphs_failed, glyphs_waiting : int
        Looked at by now, of those not readable, and still to come in files that are counted.
    decisions : dict of str to int
        By stage, withdrawn ones included.
    sessions : int
        Logins that are alive.
    login_failures : int
    worker_at, backup_at : datetime or None
    """

    at: datetime
    uploads: dict[str, int]
    glyphs_done: int
    glyphs_failed: int
    glyphs_waiting: int
    decisions: dict[str, int]
    sessions: int
    login_failures: int
    worker_at: datetime | None
    backup_at: datetime | None


@dataclass
class _Tally:
    """Counts up to a row, for good."""

    last_id: int = 0
    counts: dict[str, int] = field(default_factory=dict)


class FactFinder:
    """Looks at the database at most every :data:`FRESH_S` seconds.

    Parameters
    ----------
    services : Services
    fresh_s : float
    """

    def __init__(self, services: Services, fresh_s: float = FRESH_S) -> None:
        self._services = services
        self._fresh_s = fresh_s
        self._lock = threading.Lock()
        self._found: Facts | None = None
        self._looked = 0.0
        self._decisions = _Tally()
        self._failures = _Tally()

    def facts(self) -> Facts:
        """Return the counts.

        Raises
        ------
        SQLAlchemyError
            The database does not answer.
        """
        with self._lock:
            if self._found is None or time.monotonic() - self._looked >= self._fresh_s:
                with self._services.database.reading() as session:
                    self._found = self._look(session)
                self._looked = time.monotonic()
            return self._found

    def _look(self, session: Session) -> Facts:
        at = now()
        uploads = dict.fromkeys(UPLOAD_STATES, 0)
        done = failed = waiting = 0
        for state, count, total, did, bad in session.execute(
            select(
                Upload.state,
                func.count(),
                func.sum(Upload.total),
                func.sum(Upload.done),
                func.sum(Upload.failed),
            ).group_by(Upload.state)
        ):
            uploads[state] = count
            done, failed = done + int(did or 0), failed + int(bad or 0)
            if state in _UNFINISHED:
                waiting += max(0, int(total or 0) - int(did or 0))
        idle = timedelta(minutes=self._services.settings.session_idle_minutes)
        sessions = session.scalar(
            select(func.count())
            .select_from(LoginSession)
            .where(
                LoginSession.revoked_at.is_(None),
                LoginSession.expires_at > at,
                LoginSession.seen_at > at - idle,
            )
        )
        notes = select(Note.name, Note.at).where(Note.name.in_((WORKER_NOTE, BACKUP_NOTE)))
        noted = dict(session.execute(notes).all())
        return Facts(
            at,
            uploads,
            done,
            failed,
            waiting,
            self._count_decisions(session, at - _SETTLED),
            sessions or 0,
            self._count_failures(session, at - _SETTLED),
            noted.get(WORKER_NOTE),
            noted.get(BACKUP_NOTE),
        )

    def _count_decisions(self, session: Session, settled: datetime) -> dict[str, int]:
        return _count(session, self._decisions, Decision.id, Decision.created_at < settled, Decision.stage)

    def _count_failures(self, session: Session, settled: datetime) -> int:
        counts = _count(
            session,
            self._failures,
            AuditEvent.id,
            AuditEvent.at < settled,
            AuditEvent.action,
            AuditEvent.action == _FAILURE,
        )
        return counts.get(_FAILURE, 0)


def _count(
    session: Session,
    tally: _Tally,
    number: InstrumentedAttribute[int],
    is_old: ColumnElement[bool],
    key: InstrumentedAttribute[str],
    *conditions: ColumnElement[bool],
) -> dict[str, int]:
    """Count by key; rows up to the last old one are remembered and not looked at again.

    Parameters
    ----------
    session : Session
    tally : _Tally
        Moved on.
    number : column
        The primary key.
    is_old : condition
        Nothing becomes visible any more behind a row of this age.
    key : column
        Counted by.
    *conditions
        Which rows.
    """
    bound = session.scalar(select(func.max(number)).where(number > tally.last_id, is_old, *conditions))

    def counted(*which: ColumnElement[bool]) -> dict[str, int]:
        question = select(key, func.count()).where(*which, *conditions).group_by(key)
        return dict(session.execute(question).all())

    if bound is not None:
        _add(tally.counts, counted(number > tally.last_id, number <= bound))
        tally.last_id = bound
    counts = dict(tally.counts)
    _add(counts, counted(number > tally.last_id))
    return counts


def _add(counts: dict[str, int], more: dict[str, int]) -> None:
    for key, count in more.items():
        counts[key] = counts.get(key, 0) + count
