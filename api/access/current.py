"""Who is asking: by API token, session cookie, or the word of a trusted proxy, in this order."""

from __future__ import annotations

from fastapi import Request

from api.access import proxy, sessions, tokens
from api.domain.rights import Actor
from api.errors import ForbiddenError, PasswordChangeError, UnauthenticatedError
from api.services import Services


def find_actor(request: Request) -> Actor:
    """Return who is asking, also before the first password was changed.

    It is found once a request and kept in ``request.state.actor``.

    Raises
    ------
    UnauthenticatedError
        Nobody is logged in. A bad token is never made up for by a good cookie.
    ForbiddenError
        The proxy vouches for somebody without an account.
    """
    known = getattr(request.state, "actor", None)
    if isinstance(known, Actor):
        return known
    services: Services = request.app.state.services
    token = bearer(request)
    if token is not None:
        actor: Actor | None = tokens.actor_of(services, token)
    else:
        actor = sessions.actor_of(services, request) or proxy.actor_of(services, request)
    if actor is None:
        raise UnauthenticatedError("ログインしてください。")
    request.state.actor = actor
    return actor


def current_actor(request: Request) -> Actor:
    """Return who is asking.

    Raises
    ------
    UnauthenticatedError
        Nobody is logged in.
    PasswordChangeError
        The first password has not been changed yet.
    """
    actor = find_actor(request)
    if actor.must_change_password:
        raise PasswordChangeError("初めのパスワードを変えてから使ってください。")
    return actor


def current_person(request: Request) -> Actor:
    """Return who is asking, if it is a person in a browser: passwords and tokens are no program's affair.

    Raises
    ------
    UnauthenticatedError, PasswordChangeError, ForbiddenError
    """
    return _no_program(current_actor(request))


def arriving_person(request: Request) -> Actor:
    """Return which person is asking, also before the first password was changed: for changing it.

    Raises
    ------
    UnauthenticatedError, ForbiddenError
    """
    return _no_program(find_actor(request))


def _no_program(actor: Actor) -> Actor:
    if actor.token_id is not None:
        raise ForbiddenError("この操作は API トークンではできません。ブラウザーでログインしてください。")
    return actor


def bearer(request: Request) -> str | None:
    """Return the token of the ``Authorization`` header; None where there is none.

    Another scheme is between the browser and a proxy, and is passed over.
    """
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.casefold() == "bearer" else None
