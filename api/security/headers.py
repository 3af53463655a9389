"""What browsers are told with every answer: load nothing from elsewhere, be framed by none, keep nothing."""

from __future__ import annotations

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_OURS = ("script-src", "style-src", "img-src", "font-src", "connect-src", "form-action")
CONTENT_SECURITY_POLICY = "; ".join(
    ["default-src 'none'", *(f"{kind} 'self'" for kind in _OURS), "base-uri 'none'", "frame-ancestors 'none'"]
)
_ALWAYS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": (
        "accelerometer=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), magnetometer=(), "
        "microphone=(), midi=(), payment=(), usb=()"
    ),
    "Referrer-Policy": "same-origin",  # not no-referrer: browsers would send Origin: null with forms
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
_HTTPS_ONLY = {"Strict-Transport-Security": "max-age=31536000"}
_STATIC = "/static/"
_FORGET, _ASK_AGAIN = "no-store", "no-cache"


class Headers:
    """Adds the headers; one that a route has set itself (``Cache-Control`` of a picture) stays.

    Parameters
    ----------
    app : ASGI application
    https_only : bool
        Browsers shall never come back without HTTPS.
    """

    def __init__(self, app: ASGIApp, https_only: bool) -> None:
        self.app = app
        self.headers = _ALWAYS | (_HTTPS_ONLY if https_only else {})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        keep = _ASK_AGAIN if scope["path"].startswith(_STATIC) else _FORGET

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self.headers.items():
                    headers.setdefault(name, value)
                headers.setdefault("Cache-Control", keep)
            await send(message)

        await self.app(scope, receive, with_headers)
