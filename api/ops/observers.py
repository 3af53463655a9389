"""Who may see metrics and the deep health check: a program with the token, or one on this machine."""

from __future__ import annotations

import hmac
import ipaddress

from starlette.requests import Request

from api.access.current import bearer
from api.errors import ForbiddenError
from api.settings import ServerSettings

_FORWARDED = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip", "via")


def check_observer(request: Request, settings: ServerSettings) -> None:
    """Refuse everybody else.

    Raises
    ------
    ForbiddenError
    """
    if not (has_token(request, settings) or is_local(request)):
        raise ForbiddenError(
            "サーバー自身からか、GAIJI_SERVER_METRICS_TOKEN のトークンを付けて開いてください。"
        )


def has_token(request: Request, settings: ServerSettings) -> bool:
    """Tell whether a request carries the metrics token; where none is set, none is right."""
    wanted, given = settings.metrics_token.get_secret_value(), bearer(request)
    return bool(wanted) and given is not None and hmac.compare_digest(given.encode(), wanted.encode())


def is_local(request: Request) -> bool:
    """Tell whether a request comes straight from a program on this machine.

    Not through a reverse proxy on it, for which every visitor looks local; and not from a browser on it that
    was led here by a foreign name.
    """
    if request.client is None or any(name in request.headers for name in _FORWARDED):
        return False
    return _is_loopback(request.client.host) and _is_loopback(request.url.hostname or "")


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False
