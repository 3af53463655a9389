"""Refuses bodies beyond the limit, counted as they come in: ``Content-Length`` may be missing or lie."""

from __future__ import annotations

import re

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.access.current import current_actor
from api.errors import TooLargeError

UPLOADS = re.compile(r"/(?:m|api/v1/municipalities)/[0-9]{6}/projects/[0-9]+/uploads/?")
"""The addresses that files are sent to; everywhere else the smaller limit holds."""
_MIB = 2**20
_FRAMING_BYTES = _MIB
"""For what a form has around its file."""


class Bodies:
    """Counts what a request sends.

    Who sends a file must be logged in before the first byte of it is taken: a form is read, and its file kept
    on disk, before the route is asked.

    Parameters
    ----------
    app : ASGI application
    request_bytes : int
        Limit of a body.
    upload_bytes : int
        Limit of a file sent to :data:`UPLOADS`.
    """

    def __init__(self, app: ASGIApp, request_bytes: int, upload_bytes: int) -> None:
        self.app = app
        self.request_bytes = request_bytes
        self.upload_bytes = upload_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        limit, shown = self.request_bytes, self.request_bytes
        if scope["method"] == "POST" and UPLOADS.fullmatch(scope["path"]):
            await run_in_threadpool(current_actor, Request(scope))
            limit, shown = self.upload_bytes + _FRAMING_BYTES, self.upload_bytes
        declared = Headers(scope=scope).get("content-length", "")
        if declared.isdecimal() and int(declared[:20]) > limit:
            raise _too_large(shown)
        counted, is_over, is_started = 0, False, False

        async def counting() -> Message:
            nonlocal counted, is_over
            message = await receive()
            if message["type"] == "http.request":
                counted += len(message.get("body", b""))
                is_over = is_over or counted > limit
            if is_over:
                raise _too_large(shown)
            return message

        async def unless_over(message: Message) -> None:
            nonlocal is_started
            if is_over and not is_started:
                return  # what a route makes of the broken body: the answer is ours
            is_started = True
            await send(message)

        try:
            await self.app(scope, counting, unless_over)
        except Exception:
            if not is_over:
                raise
        if is_over and not is_started:
            raise _too_large(shown)


def _too_large(limit: int) -> TooLargeError:
    return TooLargeError(f"送れるのは {limit // _MIB} MiB までです。", {"limit_bytes": limit})
