"""Signs of life: a thread that renews the lease in hand and notes that the worker is there."""

from __future__ import annotations

import logging
import os
import threading
from types import TracebackType
from typing import Any, Self

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

import engine
from api.jobs import lease as leases
from api.jobs.lease import Lease
from api.services import Services
from api.store.models import Note
from api.store.types import now

NOTE = "worker"
"""Name of the note: ``pid``, ``version``, and ``upload_id`` of the job in hand or None."""

BEAT_S = 5.0
_LOG = logging.getLogger(__name__)


class Heartbeat:
    """Renews and notes until it is left; use as a context manager.

    Why a thread: reading a large file or building an index takes longer than a lease holds.

    Parameters
    ----------
    services : Services
    lease_s : float
    """

    def __init__(self, services: Services, lease_s: float) -> None:
        self._services = services
        self._lease_s = lease_s
        self._ended = threading.Event()
        self._lease: Lease | None = None
        self._lost = False
        self._thread = threading.Thread(target=self._run, name="heartbeat", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ended.set()
        self._thread.join()

    @property
    def lost(self) -> bool:
        """Whether the lease in hand turned out to be another's."""
        return self._lost

    def hold(self, lease: Lease | None) -> None:
        """Take a lease in hand, or none."""
        self._lost = False
        self._lease = lease

    def _run(self) -> None:
        while True:
            try:
                self._beat()
            except SQLAlchemyError:  # the database is busy or away; the lease tells whether it matters
                _LOG.warning("no sign of life could be given", exc_info=True)
            if self._ended.wait(min(BEAT_S, self._lease_s / 4)):
                return

    def _beat(self) -> None:
        lease = self._lease
        with self._services.database.writing() as session:
            if lease is not None and not leases.renew(session, lease, at=now(), lease_s=self._lease_s):
                self._lost = lease is self._lease
            note(
                session, NOTE, {**_SELF, "pid": os.getpid(), "upload_id": lease.upload_id if lease else None}
            )


_SELF = {"version": engine.__version__}


def note(session: Session, name: str, value: dict[str, Any]) -> None:
    """Write a note in the place of the one of that name."""
    session.merge(Note(name=name, value=value, at=now()))
