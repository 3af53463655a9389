"""Routers of version 1: one address, one way of naming operations, the same errors everywhere."""

from __future__ import annotations

from fastapi import APIRouter, Security
from fastapi.routing import APIRoute
from fastapi.security import APIKeyCookie, HTTPBearer

from api.v1.problems import problems

PREFIX = "/api/v1"
PLACE = "/municipalities/{code}"

_bearer = HTTPBearer(
    auto_error=False,
    scheme_name="token",
    description="API トークン（`gaiji_…`）。アカウントのページで作り、`Authorization: Bearer …` で送ります。",
)
_cookie = APIKeyCookie(
    name="gaiji_session",
    auto_error=False,
    scheme_name="session",
    description="ブラウザーのログイン。書き込みには、同じサイトからであることを示す `Origin` が要ります。"
    "HTTPS で運用するときの名前は `__Host-gaiji_session` です。",
)


def router(tag: str, prefix: str = "") -> APIRouter:
    """Make the router of one noun.

    Parameters
    ----------
    tag : str
        Japanese; one of :data:`api.v1.description.TAGS`.
    prefix : str
        Behind ``/api/v1``.
    """
    return APIRouter(
        prefix=PREFIX + prefix,
        tags=[tag],
        responses=problems(),
        # They only describe: who is asking is found by the gates of :mod:`api.access`.
        dependencies=[Security(_bearer), Security(_cookie)],
        generate_unique_id_function=_operation_id,
    )


def _operation_id(route: APIRoute) -> str:
    return route.name
