"""Logging in by the word of a trusted reverse proxy, as with a municipality's own single sign-on.

The word counts only with the secret beside it: whoever reaches the port around the proxy can write the header
as well. Nobody is created: who may enter is the administrators' affair, not the directory's.
"""

from __future__ import annotations

import hmac

from sqlalchemy import select
from starlette.requests import Request

from api.access.identity import ACCOUNT, actor_from
from api.access.logins import fold
from api.domain.rights import Actor
from api.errors import ForbiddenError, UnauthenticatedError
from api.services import Services
from api.store.models import Membership, User

SECRET_HEADER = "x-gaiji-proxy-secret"  # noqa: S105  the name of a header


def actor_of(services: Services, request: Request) -> Actor | None:
    """Return whom the proxy vouches for; None where it says nothing, or there is no proxy.

    Raises
    ------
    UnauthenticatedError
        The secret is missing or wrong, or a header comes twice.
    ForbiddenError
        The person has no account here, or a disabled one.
    """
    header = services.settings.proxy_user_header
    if not header:
        return None
    names, given = request.headers.getlist(header), request.headers.getlist(SECRET_HEADER)
    if not names or not names[0].strip():
        return None
    secret = services.settings.proxy_secret.get_secret_value()
    if len(names) != 1 or len(given) != 1 or not _same(given[0], secret):
        raise UnauthenticatedError("認証サーバーからの知らせを確かめられません。運用者に知らせてください。")
    login = fold(names[0])
    question = (
        select(*ACCOUNT)
        .outerjoin(Membership, Membership.user_id == User.id)
        .where(User.login == login, User.disabled_at.is_(None))
    )
    with services.database.reading() as session:
        rows = session.execute(question).all() if login else []
    if not rows:
        raise ForbiddenError(
            "このシステムに、あなたのアカウントがありません。団体の管理者に、追加を頼んでください。",
            {"reason": "no-account"},
        )
    return actor_from(rows, vouched=True)


def _same(given: str, secret: str) -> bool:
    # Never with an empty secret: the settings refuse it beside a header, but this is the gate.
    return bool(secret) and hmac.compare_digest(given.encode("latin-1", "replace"), secret.encode())
