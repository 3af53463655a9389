"""Refuses requests for another host than the one that people type."""

from __future__ import annotations

from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from api.errors import ApiError

_PORTS = {"http": 80, "https": 443}
_OPEN = frozenset({"/healthz", "/metrics"})
"""Asked by machines, by address."""


class Hosts:
    """Compares ``Host`` with the public address.

    Parameters
    ----------
    app : ASGI application
    public_url : str
        Empty: every host is taken.
    """

    def __init__(self, app: ASGIApp, public_url: str) -> None:
        self.app = app
        self.scheme = urlsplit(public_url).scheme
        self.expected = place_of(public_url) if public_url else None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] == "http" and self.expected and scope["path"] not in _OPEN:
            host = Headers(scope=scope).get("host", "")
            if place_of(f"{self.scheme}://{host}") != self.expected:
                raise ApiError(
                    "このアドレスでは使えません。運用者から知らされたアドレスを開いてください。",
                    {"reason": "host"},
                )
        await self.app(scope, receive, send)


def place_of(url: str) -> tuple[str, int | None] | None:
    """Return host and port of an address, the port also where it is left out; None if it is no address."""
    try:
        parts = urlsplit(url)
        return (parts.hostname or "", parts.port or _PORTS.get(parts.scheme)) if parts.netloc else None
    except ValueError:
        return None
