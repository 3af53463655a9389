"""The audit log as a file, written while it is read."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator

from api.audit.read import Event

COLUMNS = (
    "id", "at", "user_id", "user", "action", "title", "object_type", "object_id", "detail", "request_id",
)  # fmt: skip
_BOM = "\ufeff"
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_TOGETHER = 200


def as_csv(events: Iterable[Event]) -> Iterator[bytes]:
    """Write CSV for Excel: UTF-8 with BOM, times in UTC; ``detail`` is JSON."""
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    buffer.write(_BOM)
    writer.writerow(COLUMNS)
    for number, event in enumerate(events, 1):
        writer.writerow(
            (
                event.id,
                event.at.isoformat(timespec="microseconds"),
                "" if event.user_id is None else event.user_id,
                _harmless(event.user),
                event.action,
                event.title,
                event.object_type,
                "" if event.object_id is None else event.object_id,
                json.dumps(event.detail, ensure_ascii=False, sort_keys=True),
                event.request_id,
            )
        )
        if number % _TOGETHER == 0:
            yield _taken(buffer)
    yield _taken(buffer)


def as_jsonl(events: Iterable[Event]) -> Iterator[bytes]:
    """Write one JSON object a line, UTF-8, times in UTC."""
    for event in events:
        row = {
            "id": event.id,
            "at": event.at.isoformat(timespec="microseconds"),
            "user_id": event.user_id,
            "user": event.user,
            "action": event.action,
            "title": event.title,
            "object_type": event.object_type,
            "object_id": event.object_id,
            "detail": event.detail,
            "request_id": event.request_id,
        }
        yield (json.dumps(row, ensure_ascii=False) + "\n").encode()


def _harmless(text: str) -> str:
    """Keep a spreadsheet from taking a name for a formula."""
    return f"'{text}" if text.startswith(_FORMULA) else text


def _taken(buffer: io.StringIO) -> bytes:
    text = buffer.getvalue()
    buffer.seek(0)
    buffer.truncate()
    return text.encode("utf-8", "replace")
