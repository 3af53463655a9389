"""How far an upload is, and how long it will take: what the pages show and the events say."""

from __future__ import annotations

import threading
from collections import Counter, deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from api.errors import RateLimitError
from api.store.models import Upload
from api.work.uploads import UNFINISHED

STREAMS_EACH = 6
"""Streams of events that one person may hold open: as many as a browser opens to one server."""

_WINDOW_S = 20.0
_LEAST_S = 1.0


@dataclass(frozen=True, slots=True)
class Progress:
    """Where one upload stands.

    Attributes
    ----------
    state : str
        ``queued``, ``running``, ``done``, ``failed`` or ``cancelled``.
    total : int or None
        Glyphs; None until the file is read.
    done, failed : int
        Glyphs with a row, and those of them that could not be read.
    rate : float or None
        Glyphs a second.
    seconds_left : float or None
    message : str
        Japanese, what there is to say beside the numbers.
    """

    state: str
    total: int | None
    done: int
    failed: int
    rate: float | None = None
    seconds_left: float | None = None
    message: str = ""

    @property
    def finished(self) -> bool:
        """Whether nothing more will happen."""
        return self.state not in UNFINISHED

    def to_words(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return asdict(self)


def progress_of(upload: Upload, rate: float | None = None) -> Progress:
    """Return where an upload stands.

    Parameters
    ----------
    upload : Upload
    rate : float, optional
        Glyphs a second, where it was measured.
    """
    left = None
    if upload.state == "running" and rate and upload.total is not None:
        left = round(max(0, upload.total - upload.done) / rate, 1)
    return Progress(
        upload.state,
        upload.total,
        upload.done,
        upload.failed,
        None if rate is None else round(rate, 1),
        left,
        upload.message,
    )


class Speedometer:
    """Measures the rate of one upload from what is seen of it, over the last seconds."""

    def __init__(self) -> None:
        self._seen: deque[tuple[float, int]] = deque()

    def see(self, done: int, at_s: float) -> float | None:
        """Note how many are done at a time; return glyphs a second, None while that is not known.

        Parameters
        ----------
        done : int
        at_s : float
            Seconds on any clock that does not go back.
        """
        self._seen.append((at_s, done))
        while len(self._seen) > 2 and self._seen[1][0] < at_s - _WINDOW_S:
            self._seen.popleft()
        first_s, first = self._seen[0]
        if at_s - first_s < _LEAST_S or done <= first:
            return None
        return (done - first) / (at_s - first_s)


def overall_rate(upload: Upload, at: datetime) -> float | None:
    """Return glyphs a second since the job was begun, for a page that is loaded once."""
    if upload.started_at is None or upload.state != "running" or not upload.done:
        return None
    seconds = (at - upload.started_at).total_seconds()
    return upload.done / seconds if seconds >= _LEAST_S else None


class Streams:
    """Counts the streams that each person holds open."""

    def __init__(self, most: int = STREAMS_EACH) -> None:
        self._most = most
        self._open: Counter[int] = Counter()
        self._lock = threading.Lock()

    def enter(self, user_id: int) -> None:
        """Count one more.

        Raises
        ------
        RateLimitError
            There are too many already.
        """
        with self._lock:
            if self._open[user_id] >= self._most:
                raise RateLimitError(
                    "進み具合を表示している画面が多すぎます。ほかのタブを閉じてから開き直してください。",
                    {"retry_after_s": 5, "limit": self._most},
                )
            self._open[user_id] += 1

    def leave(self, user_id: int) -> None:
        """Count one less."""
        with self._lock:
            self._open[user_id] -= 1
            if self._open[user_id] <= 0:
                del self._open[user_id]

    @contextmanager
    def held(self, user_id: int) -> Iterator[None]:
        """Hold what was entered, until the block ends."""
        try:
            yield
        finally:
            self.leave(user_id)
