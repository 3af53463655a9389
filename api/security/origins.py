"""Refuses writes that another site's page makes in the name of whoever is logged in.

Every browser of today says where a write comes from (``Origin``), most also how near that is
(``Sec-Fetch-Site``), and no page can forge either. Together with cookies that other sites' forms do not bring
along (``SameSite=Lax``) this needs no token in each form. A request with an API token is let through: no
browser adds one by itself.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from api.errors import ForbiddenError
from api.security.hosts import place_of

_HARMLESS = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
_NEAR = frozenset({"same-origin", "none"})  # none: typed or reloaded by the person


class Origins:
    """Lets a write through if it comes from here.

    Parameters
    ----------
    app : ASGI application
    public_url : str
        Where pages come from; empty: whatever the request's ``Host`` is.
    """

    def __init__(self, app: ASGIApp, public_url: str) -> None:
        self.app = app
        self.public_url = public_url

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] == "http" and scope["method"] not in _HARMLESS:
            headers = Headers(scope=scope)
            is_program = headers.get("authorization", "").casefold().startswith("bearer ")
            if not is_program and not self._is_ours(headers):
                raise ForbiddenError(
                    "ほかのサイトからの操作は受け付けません。このシステムのページを開き直して、もう一度操作して"
                    "ください。プログラムからは API トークンを使ってください。",
                    {"reason": "origin"},
                )
        await self.app(scope, receive, send)

    def _is_ours(self, headers: Headers) -> bool:
        origin, site = headers.get("origin"), headers.get("sec-fetch-site")
        if site is not None and site not in _NEAR:
            return False
        if origin is None:
            return site == "same-origin"
        scheme = origin.partition("://")[0]
        if self.public_url:
            is_same_scheme = scheme == urlsplit(self.public_url).scheme
            return is_same_scheme and place_of(origin) == place_of(self.public_url)
        # The scheme is a proxy's matter where it ends HTTPS in front of us.
        here = place_of(f"{scheme}://{headers.get('host', '')}")
        return scheme in {"http", "https"} and here is not None and place_of(origin) == here
