"""One log line and one measurement for each request, from outside all guards: what they refuse counts too."""

from __future__ import annotations

import logging
import re
import time
from typing import Any

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.domain.rights import Actor
from api.ops.logs import FIELDS
from api.ops.metrics import Meters
from api.security.request_ids import HEADER

NO_ROUTE = "(none)"
"""In the place of a route's template where no route was found, or a guard was before it."""

STATIC = "/static"
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_CODE = re.compile(r"[0-9]{6}", re.ASCII)
_LOG = logging.getLogger("gaiji.request")


class Requests:
    """Counts, times and logs; must be the outermost.

    Parameters
    ----------
    app : ASGI application
    meters : Meters
    """

    def __init__(self, app: ASGIApp, meters: Meters) -> None:
        self.app = app
        self.meters = meters

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        started = time.perf_counter()
        status, request_id = 500, ""

        async def watched(message: Message) -> None:
            nonlocal status, request_id
            if message["type"] == "http.response.start":
                status = message["status"]
                request_id = MutableHeaders(scope=message).get(HEADER, "")
            await send(message)

        failed: Exception | None = None
        try:
            await self.app(scope, receive, watched)
        except Exception as error:
            failed = error
            raise
        finally:
            seconds = time.perf_counter() - started
            route, method = route_of(scope), method_of(scope)
            self.meters.count(route, method, status, seconds)
            fields = {
                "method": method,
                "route": route,
                "status": status,
                "ms": round(1000 * seconds, 1),
                "request_id": request_id,
                "user": _user(scope),
                "municipality": _municipality(scope),
            }
            _LOG.log(
                logging.INFO if failed is None else logging.ERROR,
                "request" if failed is None else "request failed",
                extra={FIELDS: fields},
                exc_info=failed,
            )


def route_of(scope: Scope) -> str:
    """Return the template of the route that served a request (``/m/{code}/shapes``), never its path."""
    context = scope.get("fastapi", {}).get("effective_route_context")
    template = getattr(context, "path_format", None) or getattr(scope.get("route"), "path", None)
    if isinstance(template, str):
        return template
    is_static = scope.get("root_path") == STATIC
    return f"{STATIC}/…" if is_static else NO_ROUTE


def method_of(scope: Scope) -> str:
    """Return the method; any word may stand there, and only the known ones come through."""
    method = str(scope.get("method", ""))
    return method if method in _METHODS else "OTHER"


def _user(scope: Scope) -> int | None:
    state: Any = scope.get("state", {})
    actor = state.get("actor")
    return actor.user_id if isinstance(actor, Actor) else None


def _municipality(scope: Scope) -> str | None:
    code = scope.get("path_params", {}).get("code")
    return code if isinstance(code, str) and _CODE.fullmatch(code) else None
