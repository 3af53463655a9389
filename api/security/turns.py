"""Decisions go first: of pages and pictures only a few are made at a time, what people write never waits.

Python runs one thread at a time, and every thread that wants to run costs all others some milliseconds. With
twenty people reading, a decision that needs ten milliseconds of the processor would take half a second, most
of it with the turn to write in its hands, while others wait for that. Waiting for a turn costs no thread.
"""

from __future__ import annotations

import asyncio
import re

from starlette.types import ASGIApp, Receive, Scope, Send

AT_ONCE = 3
"""Pages and pictures that are being made: enough to use the database's and the disk's waits."""

READING = re.compile(r"/m/[0-9]{6}/(?:shapes(?:/[0-9]+(?:\.png|/.*)?)?|projects/[0-9]+/shapes)|/mj/.*")
"""What people look at all the time, and what takes milliseconds: never a stream, a download or an upload."""


class Turns:
    """Lets a few reading requests in at a time, in the order in which they came.

    Parameters
    ----------
    app : ASGI application
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self._free = asyncio.Semaphore(AT_ONCE)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http" or scope["method"] != "GET" or not READING.fullmatch(scope["path"]):
            await self.app(scope, receive, send)
            return
        async with self._free:
            await self.app(scope, receive, send)
