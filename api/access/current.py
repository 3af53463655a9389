"""Who is asking: by session cookie, API token, or the word of a trusted proxy."""

from __future__ import annotations

from fastapi import Request

from api.domain.rights import Actor
from api.errors import UnauthenticatedError


def current_actor(request: Request) -> Actor:
    """Return who is asking.

    Raises
    ------
    UnauthenticatedError
        Nobody is logged in.
    PasswordChangeError
        The first password has not been changed yet.
    """
    raise UnauthenticatedError("ログインしてください。")
