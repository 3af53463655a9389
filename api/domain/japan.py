"""The clock that people here read: times are stored in UTC, and shown and cut into days in Japan's."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone

JAPAN = timezone(timedelta(hours=9), "JST")
"""Fixed: Japan knows no summer time, and Windows has no table of time zones to look it up in."""


def day_of(at: datetime) -> date:
    """Return the day that a time (aware) is on in Japan."""
    return at.astimezone(JAPAN).date()
