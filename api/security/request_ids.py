"""Gives every request an id: in the answer, the logs, the audit log and on the error page."""

from __future__ import annotations

import uuid

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.context import request_id

HEADER = "X-Request-Id"


class RequestIds:
    """Sets :data:`api.context.request_id`; an id from outside is not taken, it would stand in our logs."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        present = uuid.uuid4().hex

        async def with_id(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message)[HEADER] = present
            await send(message)

        before = request_id.set(present)
        try:
            await self.app(scope, receive, with_id)
        finally:
            request_id.reset(before)
