"""The worker's life: claim a job, do it, look for the next; give it back when told to stop."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable

from sqlalchemy.exc import SQLAlchemyError

from api.jobs import lease as leases
from api.jobs import spool
from api.jobs.ahead import Ahead
from api.jobs.heartbeat import Heartbeat
from api.jobs.identify import Memory, identify_upload
from api.jobs.lease import LEASE_S, Lease, LeaseLostError
from api.jobs.queue import Doorbell
from api.jobs.reading import HopelessError
from api.jobs.reidentify import reidentify_project
from api.jobs.sweep import sweep
from api.services import Services
from api.store.models import Upload
from api.store.types import now
from api.work.storage import is_full
from api.work.uploads import REIDENTIFY
from engine.errors import GaijiError

POLL_S = 3.0
"""How often the uploads are looked at without a ring."""

_LISTEN_S = 0.25
_SWEEP_S = 3600.0
_FULL = "サーバーのディスクの空きが足りないため、待っています。システムの運用者に知らせてください。"
_UNFORESEEN = (
    "予期しないエラーが起きました。システムの運用者に知らせてください（サーバーの記録に詳細があります）。"
)
_LOG = logging.getLogger("gaiji.worker")


class _StopError(Exception):
    """The worker was told to stop."""


class Worker:
    """Does jobs, one at a time; any number of workers may share a database.

    Parameters
    ----------
    services : Services
    lease_s : float
        How long a job stays with a worker that gives no sign of life.
    poll_s : float
    """

    def __init__(self, services: Services, *, lease_s: float = LEASE_S, poll_s: float = POLL_S) -> None:
        self._services = services
        self._lease_s = lease_s
        self._poll_s = poll_s
        self._memory = Memory()
        self._bell = Doorbell(services.settings.queue_path)
        self._ahead = Ahead(services)

    def run(self, stop: threading.Event) -> None:
        """Work until ``stop`` is set; a job in hand is given back after its present block."""
        swept = -_SWEEP_S
        with Heartbeat(self._services, self._lease_s) as heart:
            while not stop.is_set():
                try:
                    if self._work_once(stop, heart):
                        self._ahead.look_again()
                        continue
                    if time.monotonic() - swept > _SWEEP_S:
                        swept = time.monotonic()
                        sweep(self._services)
                    if self._explain_ahead(stop):
                        continue
                except (SQLAlchemyError, OSError):
                    _LOG.exception("database or disk cannot be used")
                self._listen(stop)

    def run_all(self, stop: threading.Event | None = None) -> int:
        """Do what waits now; return how many jobs that were."""
        stop, done = stop or threading.Event(), 0
        with Heartbeat(self._services, self._lease_s) as heart:
            while not stop.is_set() and self._work_once(stop, heart):
                done += 1
        return done

    def _explain_ahead(self, stop: threading.Event) -> bool:
        """Explain one shape, then rest for as long: who is at a page goes first."""
        started = time.monotonic()
        if not self._ahead.explain_one():
            return False
        stop.wait(min(time.monotonic() - started, self._poll_s))
        return True

    def _listen(self, stop: threading.Event) -> None:
        until = time.monotonic() + self._poll_s
        while time.monotonic() < until and not self._bell.answer():
            if stop.wait(_LISTEN_S):
                return

    def _work_once(self, stop: threading.Event, heart: Heartbeat) -> bool:
        """Claim a job and work on it; tell whether there was one."""
        with self._services.database.writing() as session:
            lease = leases.claim(session, at=now(), lease_s=self._lease_s)
        if lease is None:
            return False
        heart.hold(lease)

        def tick() -> None:
            if heart.lost:
                raise LeaseLostError("この仕事は、取り消されたか、ほかの処理に移りました。")
            if stop.is_set():
                raise _StopError

        try:
            self._do(lease, tick)
        finally:
            heart.hold(None)
        return True

    def _do(self, lease: Lease, tick: Callable[[], None]) -> None:
        started, outcome = time.monotonic(), "done"
        told: dict[str, object] = {"upload": lease.upload_id, "attempt": lease.attempts}
        _LOG.info("job claimed", extra={"fields": told})
        try:
            self._identify(lease, tick)
        except LeaseLostError:
            outcome = "another's"
        except _StopError:
            outcome = "given back"
            self._give_back(lease, "", blame=False)
        except HopelessError as error:
            outcome = "failed"
            with self._services.database.writing() as session:
                leases.finish(session, lease, at=now(), state="failed", message=str(error))
        except spool.SpoolError:
            outcome = "to be read again"
            spool.discard(spool.folder_of(self._services.settings.data_dir, lease.upload_id))
            self._give_back(lease, "", blame=True)
        except GaijiError as error:
            outcome = "put off"
            _LOG.warning("job put off", extra={"fields": {**told, "code": error.code}})
            self._give_back(lease, str(error), blame=True)
        except OSError as error:
            outcome = "put off"
            _LOG.exception("job put off", extra={"fields": told})
            self._give_back(lease, _FULL if is_full(error) else _UNFORESEEN, blame=True)
        except Exception:
            outcome = "put off"
            _LOG.exception("job put off", extra={"fields": told})
            self._give_back(lease, _UNFORESEEN, blame=True)
        told |= {"outcome": outcome, "seconds": round(time.monotonic() - started, 1)}
        _LOG.info("job left", extra={"fields": told})

    def _identify(self, lease: Lease, tick: Callable[[], None]) -> None:
        with self._services.database.reading() as session:
            job = session.get_one(Upload, lease.upload_id).options.get("job")
        if job == REIDENTIFY:
            reidentify_project(self._services, lease, tick=tick, lease_s=self._lease_s)
        else:
            identify_upload(self._services, lease, self._memory, tick=tick, lease_s=self._lease_s)

    def _give_back(self, lease: Lease, message: str, *, blame: bool) -> None:
        delay_s = min(60.0, self._poll_s * 2**lease.attempts / 2) if blame else 0.0
        with self._services.database.writing() as session:
            leases.release(session, lease, at=now(), delay_s=delay_s, message=message, blame=blame)
