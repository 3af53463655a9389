"""The log: JSON lines on standard error, which say what happened and never whose name was on it.

What a line may hold was decided once: time, level, logger, event, and for a request its method, the template
of its route, status, duration, request id, the number of the user and the code of the municipality. Not in
it: names, logins, addresses of clients (the reverse proxy has those), paths as they were asked for, query
strings, forms, headers, file names. An error is told by its kind and the lines of code it went through; its
message is left out, because messages quote what they complain about. Of libraries, only the place that
complained is told, for the same reason.
"""

from __future__ import annotations

import logging
import sys
import threading
import traceback
from collections.abc import Mapping, MutableMapping
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, TextIO

import structlog

from api.settings import ServerSettings

FIELDS = "fields"
"""Attribute of a log record whose items stand in the line as they are."""

_OURS = ("api", "engine", "gaiji", "uvicorn")
_SEEN_BY_US = "Exception in ASGI application"
_MOST_CAUSES, _MOST_FRAMES = 5, 40

_Entry = MutableMapping[str, Any]


def configure(settings: ServerSettings, stream: TextIO | None = None) -> None:
    """Let this process write its log as JSON lines; a second call replaces the first.

    Parameters
    ----------
    settings : ServerSettings
        Nothing in it changes the log today; taken so that every process configures alike.
    stream : text stream, optional
        Standard error where None.
    """
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(formatter())
    handler.addFilter(_is_news)
    root = logging.getLogger()
    for old in root.handlers[:]:
        root.removeHandler(old)
    root.addHandler(handler)
    root.setLevel(logging.WARNING)
    for name in _OURS:
        logging.getLogger(name).setLevel(logging.INFO)
    logging.captureWarnings(True)
    threading.excepthook = _thread_failed


def formatter() -> logging.Formatter:
    """Return what makes a line of a record."""
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[_tell],
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.JSONRenderer(default=_kind_of),  # ASCII: any console can show it
        ],
        pass_foreign_args=False,
    )


def _tell(_logger: Any, _method: str, entry: _Entry) -> _Entry:
    record: logging.LogRecord = entry["_record"]
    line: dict[str, Any] = {
        "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
        "level": record.levelname.lower(),
        "logger": record.name,
    }
    if record.name.split(".")[0] in _OURS:
        line["event"] = entry["event"]
        fields = getattr(record, FIELDS, None)
        if isinstance(fields, Mapping):
            line |= fields
    else:
        line["event"] = "library"
        line["where"] = f"{record.module}:{record.lineno} {record.funcName}"
    if record.exc_info and record.exc_info[1] is not None:
        line["error"] = told(record.exc_info[1])
    return line | {key: entry[key] for key in ("_record", "_from_structlog")}


def told(error: BaseException) -> list[dict[str, Any]]:
    """Return an error and what led to it: kinds and lines of code, without a word of their messages.

    Returns
    -------
    list of dict
        ``kind`` and ``trace`` (innermost last), the error first, its causes behind it.
    """
    found: list[dict[str, Any]] = []
    present: BaseException | None = error
    seen: set[int] = set()
    while present is not None and id(present) not in seen and len(found) < _MOST_CAUSES:
        seen.add(id(present))
        found.append({"kind": _kind_of(present), "trace": _frames(present.__traceback__)})
        present = present.__cause__ or (None if present.__suppress_context__ else present.__context__)
    return found


def _frames(trace: TracebackType | None) -> list[str]:
    frames = traceback.extract_tb(trace)[-_MOST_FRAMES:]
    return [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames]


def _kind_of(value: object) -> str:
    return f"{type(value).__module__}.{type(value).__qualname__}"


def _is_news(record: logging.LogRecord) -> bool:
    """Keep out what is told elsewhere: the server repeats each error of a request with its message."""
    return not (record.name == "uvicorn.error" and str(record.msg).startswith(_SEEN_BY_US))


def _thread_failed(failed: threading.ExceptHookArgs) -> None:
    error = failed.exc_value
    info = (failed.exc_type, error, failed.exc_traceback) if error is not None else None
    logging.getLogger("gaiji.thread").error("a thread has ended by an error", exc_info=info)
