"""What Prometheus is told: requests as they are served, the rest when it asks."""

from __future__ import annotations

import time
from collections.abc import Iterator

from prometheus_client import CollectorRegistry, Counter, Histogram, ProcessCollector
from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from sqlalchemy.exc import SQLAlchemyError

import engine
from api.domain.standing import Stage
from api.ops import disk
from api.ops.facts import FactFinder, Facts
from api.services import Services

_BOUNDS_S = (0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.3, 0.5, 1.0, 2.5, 10.0)
_SIZE_FRESH_S = 15.0


class Meters:
    """The measurements of one application, in a registry of its own.

    Parameters
    ----------
    services : Services
    """

    def __init__(self, services: Services) -> None:
        self.registry = CollectorRegistry()
        self._requests = Counter(
            "gaiji_http_requests", "Requests.", ("route", "method", "status"), registry=self.registry
        )
        self._seconds = Histogram(
            "gaiji_http_request_seconds",
            "Time to serve a request.",
            ("route", "method"),
            buckets=_BOUNDS_S,
            registry=self.registry,
        )
        self._limited = Counter(
            "gaiji_rate_limited", "Requests that came too often.", ("route",), registry=self.registry
        )
        ProcessCollector(registry=self.registry)
        self.registry.register(_Installation(services))

    def count(self, route: str, method: str, status: int, seconds: float) -> None:
        """Note a request that was served.

        Parameters
        ----------
        route : str
            Template; a path would give a time series for each shape.
        method : str
        status : int
        seconds : float
        """
        self._requests.labels(route, method, str(status)).inc()
        self._seconds.labels(route, method).observe(seconds)
        if status == 429:
            self._limited.labels(route).inc()


class _Installation(Collector):
    """Database and disk, looked at when asked, and seldom."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._finder = FactFinder(services)
        self._size: tuple[float, int] = (-_SIZE_FRESH_S, 0)

    def describe(self) -> list[Metric]:
        """Say nothing: asking the database at the start would be too early."""
        return []

    def collect(self) -> Iterator[Metric]:
        """Yield what is known; without the database, the rest."""
        build = GaugeMetricFamily("gaiji_build", "Version of the engine.", labels=["version"])
        build.add_metric([engine.__version__], 1)
        yield build
        yield from self._disk()
        try:
            facts, size = self._finder.facts(), self._database_bytes()
        except SQLAlchemyError:
            yield _gauge("gaiji_database_up", "Whether the database answers.", 0)
            return
        yield _gauge("gaiji_database_up", "Whether the database answers.", 1)
        yield _gauge("gaiji_database_bytes", "Size of the database.", size)
        yield from _of(facts)

    def _disk(self) -> Iterator[Metric]:
        try:
            room = disk.room(self._services)
        except OSError:
            return
        yield _gauge("gaiji_disk_free_bytes", "Free on the disk of the data folder.", room.free)
        yield _gauge("gaiji_disk_total_bytes", "Size of the disk of the data folder.", room.total)
        yield _gauge("gaiji_disk_low", "Whether the disk is nearly full.", room.is_low)

    def _database_bytes(self) -> int:
        if time.monotonic() - self._size[0] >= _SIZE_FRESH_S:
            self._size = time.monotonic(), disk.database_bytes(self._services)
        return self._size[1]


def _of(facts: Facts) -> Iterator[Metric]:
    uploads = GaugeMetricFamily("gaiji_uploads", "Files handed in.", labels=["state"])
    for state, count in facts.uploads.items():
        uploads.add_metric([state], count)
    yield uploads
    yield _gauge("gaiji_queue_length", "Files that wait for the worker.", facts.uploads["queued"])
    yield _gauge("gaiji_queue_glyphs", "Glyphs still to be identified.", facts.glyphs_waiting)
    yield _counter("gaiji_glyphs_identified", "Glyphs looked at.", facts.glyphs_done)
    yield _counter("gaiji_glyphs_unreadable", "Those of them not readable.", facts.glyphs_failed)
    decisions = CounterMetricFamily("gaiji_decisions", "Decisions of people.", labels=["stage"])
    for stage in Stage:
        decisions.add_metric([stage.value], facts.decisions.get(stage.value, 0))
    yield decisions
    yield _gauge("gaiji_sessions_active", "Logins that are alive.", facts.sessions)
    yield _counter("gaiji_login_failures", "Logins that failed.", facts.login_failures)
    for name, words, at in (
        ("gaiji_worker_heartbeat_age_seconds", "Since the worker's last sign of life.", facts.worker_at),
        ("gaiji_backup_age_seconds", "Since the last backup.", facts.backup_at),
    ):
        if at is not None:
            yield _gauge(name, words, (facts.at - at).total_seconds())


def _gauge(name: str, words: str, value: float) -> Metric:
    return GaugeMetricFamily(name, words, value=float(value))


def _counter(name: str, words: str, value: float) -> Metric:
    return CounterMetricFamily(name, words, value=float(value))
