"""Pages: one's own account: password, logins, API tokens."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Path, Request
from fastapi.responses import RedirectResponse, Response
from sqlalchemy import select
from sqlalchemy.orm import Session

from api.access import accounts, sessions, tokens
from api.access.current import arriving_person, current_person
from api.access.passwords import SHORTEST
from api.access.place import services_of
from api.domain.rights import Actor, Role
from api.errors import ApiError, InvalidError
from api.pages.templates import page
from api.security.answer import FIRST_PASSWORD
from api.security.rates import Rates, rates_of
from api.services import Services
from api.store.models import Municipality, User

router = APIRouter(include_in_schema=False)

_ACCOUNT = "/account"
_DONE = {
    "password": "パスワードを変えました。ほかのブラウザーのログインは終わりました。",
    "revoked": "ログインを終わらせました。",
    "token": "API トークンを取り消しました。",
}
_DEFAULT_DAYS = 90

Person = Annotated[Actor, Depends(current_person)]
Shared = Annotated[Services, Depends(services_of)]
RowId = Annotated[int, Path(ge=1, le=2**53)]


@router.get(_ACCOUNT)
def show_account(request: Request, actor: Person, services: Shared, done: str = "") -> Response:
    """Show everything about one's own account."""
    return _account(request, actor, services, done=_DONE.get(done, ""))


# --- Password ---


@router.get(FIRST_PASSWORD)
def show_password(request: Request, actor: Annotated[Actor, Depends(arriving_person)]) -> Response:
    """Show the form for a new password."""
    return _password(request, actor)


@router.post(FIRST_PASSWORD)
def change_password(
    request: Request,
    actor: Annotated[Actor, Depends(arriving_person)],
    services: Shared,
    rates: Annotated[Rates, Depends(rates_of)],
    present: Annotated[str, Form()] = "",
    password: Annotated[str, Form()] = "",
    again: Annotated[str, Form()] = "",
) -> Response:
    """Change the password; every login ends, and a new one begins here."""
    rates.hit("login", "user", str(actor.user_id))
    try:
        if password != again:
            raise InvalidError("二度の入力が違います。もう一度入力してください。", {"field": "again"})
        with services.database.writing() as session:
            accounts.change_password(session, actor=actor, present=present, new=password)
            token = sessions.begin(
                session,
                user_id=actor.user_id,
                settings=services.settings,
                agent=request.headers.get("user-agent", ""),
            )
    except ApiError as error:
        return _password(request, actor, error)
    response = RedirectResponse(f"{_ACCOUNT}?done=password", 303)
    sessions.set_cookie(response, token, services.settings)
    return response


# --- Logins ---


@router.post(_ACCOUNT + "/logins/{session_id}/revoke")
def revoke_login(session_id: RowId, actor: Person, services: Shared) -> Response:
    """End one of one's own logins."""
    with services.database.writing() as session:
        sessions.revoke(session, actor=actor, session_id=session_id)
    return RedirectResponse(f"{_ACCOUNT}?done=revoked", 303)


@router.post(_ACCOUNT + "/logins/revoke-others")
def revoke_other_logins(actor: Person, services: Shared) -> Response:
    """End all of one's own logins but this one."""
    with services.database.writing() as session:
        sessions.revoke_others(session, actor=actor)
    return RedirectResponse(f"{_ACCOUNT}?done=revoked", 303)


# --- API tokens ---


@router.post(_ACCOUNT + "/tokens")
def create_token(
    request: Request,
    actor: Person,
    services: Shared,
    name: Annotated[str, Form()] = "",
    code: Annotated[str, Form()] = "",
    role: Annotated[str, Form()] = "",
    days: Annotated[str, Form()] = "",
) -> Response:
    """Make a token and show it, this once: the answer is the page itself, nothing keeps the token."""
    try:
        with services.database.writing() as session:
            municipality = session.scalar(select(Municipality.id).where(Municipality.code == code[:6]))
            _, token = tokens.create(
                session,
                actor=actor,
                municipality_id=municipality or 0,
                role=_role(role),
                name=name,
                days=int(days) if days.isascii() and days.isdecimal() and len(days) < 5 else 0,
            )
    except ApiError as error:
        given = {"name": name, "code": code, "role": role, "days": days}
        return _account(request, actor, services, error=error, given=given)
    return _account(request, actor, services, token=token)


@router.post(_ACCOUNT + "/tokens/{token_id}/revoke")
def revoke_token(token_id: RowId, actor: Person, services: Shared) -> Response:
    """End one of one's own tokens."""
    with services.database.writing() as session:
        tokens.revoke(session, actor=actor, token_id=token_id)
    return RedirectResponse(f"{_ACCOUNT}?done=token", 303)


# --- Pages ---


def _account(
    request: Request,
    actor: Actor,
    services: Services,
    *,
    done: str = "",
    token: str = "",
    error: ApiError | None = None,
    given: dict[str, str] | None = None,
) -> Response:
    with services.database.reading() as session:
        user = session.get_one(User, actor.user_id)
        return page(
            request,
            "account/account.html",
            status=error.status if error else 200,
            actor=actor,
            user=user,
            logins=sessions.live(session, actor=actor, settings=services.settings),
            keys=tokens.own(session, actor=actor),
            places=_places(session, actor),
            roles=[(role.value, role.japanese) for role in Role],
            most_days=tokens.LONGEST_DAYS,
            done=done,
            token=token,
            error=str(error) if error else "",
            wrong=error.details.get("field", "") if error else "",
            given=given or {"name": "", "code": "", "role": "", "days": str(_DEFAULT_DAYS)},
        )


def _places(session: Session, actor: Actor) -> list[tuple[str, str, Role]]:
    rows = session.execute(
        select(Municipality.id, Municipality.code, Municipality.name)
        .where(Municipality.id.in_(actor.roles))
        .order_by(Municipality.code)
    )
    return [(code, name, actor.roles[number]) for number, code, name in rows]


def _password(request: Request, actor: Actor, error: ApiError | None = None) -> Response:
    return page(
        request,
        "account/password.html",
        status=error.status if error else 200,
        actor=actor,
        shortest=SHORTEST,
        error=str(error) if error else "",
        wrong=error.details.get("field", "") if error else "",
    )


def _role(text: str) -> Role:
    try:
        return Role(text)
    except ValueError:
        raise InvalidError("役割を選んでください。", {"field": "role"}) from None
