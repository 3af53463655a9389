"""Pages: running the installation: municipalities and accounts, for operators."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Path, Query, Request
from fastapi.responses import RedirectResponse, Response
from sqlalchemy.orm import Session

from api.access import accounts, members, municipalities
from api.access.logins import LONGEST
from api.access.place import operate, services_of
from api.domain.rights import Actor, Role
from api.errors import ApiError, InvalidError
from api.pages.templates import page
from api.services import Services
from api.store.models import User

router = APIRouter(include_in_schema=False, prefix="/operate")

_PAGE = 100
_NO_ROLE = "none"
_DONE = {
    "municipality": "団体を加えました。",
    "digit": "団体を加えました。5 桁の団体コードには検査数字を付けました。",
    "renamed": "団体の名前を変えました。",
    "added": "アカウントを作りました。",
    "disabled": "アカウントを停止しました。ログインと API トークンも終わりました。",
    "enabled": "アカウントの停止を解きました。",
    "unlocked": "ログインの一時停止を解きました。",
    "role": "役割を変えました。",
}

Operator = Annotated[Actor, Depends(operate)]
Shared = Annotated[Services, Depends(services_of)]
UserId = Annotated[int, Path(ge=1, le=2**53)]
Code = Annotated[str, Path(pattern=r"^[0-9]{6}$")]


@router.get("")
def show_overview(request: Request, actor: Operator) -> Response:
    """Show where an operator goes from here."""
    return page(request, "operate/overview.html", actor=actor)


# --- Municipalities ---


@router.get("/municipalities")
def show_municipalities(request: Request, actor: Operator, services: Shared, done: str = "") -> Response:
    """Show all municipalities and a form for one more."""
    return _municipalities(request, actor, services, done=_DONE.get(done, ""))


@router.post("/municipalities")
def add_municipality(
    request: Request,
    actor: Operator,
    services: Shared,
    code: Annotated[str, Form()] = "",
    name: Annotated[str, Form()] = "",
) -> Response:
    """Make a municipality."""
    try:
        with services.database.writing() as session:
            _, warning = municipalities.create(session, actor=actor, code=code[:20], name=name)
    except ApiError as error:
        return _municipalities(request, actor, services, error=error, given={"code": code, "name": name})
    return _to("municipalities", "digit" if warning else "municipality")


@router.post("/municipalities/{code}/name")
def rename_municipality(
    request: Request, code: Code, actor: Operator, services: Shared, name: Annotated[str, Form()] = ""
) -> Response:
    """Give a municipality another name."""
    try:
        with services.database.writing() as session:
            municipalities.rename(session, actor=actor, code=code, name=name)
    except InvalidError as error:
        return _municipalities(request, actor, services, error=error)
    return _to("municipalities", "renamed")


# --- Accounts ---


@router.get("/accounts")
def show_accounts(
    request: Request,
    actor: Operator,
    services: Shared,
    done: str = "",
    after: Annotated[str, Query(max_length=LONGEST)] = "",
) -> Response:
    """Show accounts, a page at a time, and a form for one more."""
    return _accounts(request, actor, services, done=_DONE.get(done, ""), after=after)


@router.post("/accounts")
def add_account(
    request: Request,
    actor: Operator,
    services: Shared,
    login: Annotated[str, Form()] = "",
    name: Annotated[str, Form()] = "",
    code: Annotated[str, Form()] = "",
    role: Annotated[str, Form()] = "",
    is_operator: Annotated[str, Form()] = "",
    way: Annotated[str, Form()] = "password",
) -> Response:
    """Make an account; its password is shown this once."""
    try:
        with services.database.writing() as session:
            place = municipalities.find(session, code=code) if code else None
            made = accounts.create_account(
                session,
                actor=actor,
                login=login,
                name=name,
                is_operator=bool(is_operator),
                has_password=way != "proxy",
            )
            if place is not None:
                members.grant(
                    session,
                    actor=actor,
                    user_id=made.user_id,
                    municipality_id=place.id,
                    role=_role(role),
                )
    except ApiError as error:
        given = {"login": login, "name": name, "code": code, "role": role, "way": way}
        return _accounts(request, actor, services, error=error, given=given)
    if not made.password:
        return _to("accounts", "added")
    return _accounts(request, actor, services, fresh=(made.user_id, made.password))


@router.post("/accounts/{user_id}/reset")
def reset(request: Request, user_id: UserId, actor: Operator, services: Shared) -> Response:
    """Set a one-time password and show it this once."""
    try:
        with services.database.writing() as session:
            password = accounts.reset_password(session, actor=actor, user_id=user_id)
    except ApiError as error:
        return _refused(request, actor, services, error)
    return _accounts(request, actor, services, fresh=(user_id, password))


@router.post("/accounts/{user_id}/disable")
def disable(request: Request, user_id: UserId, actor: Operator, services: Shared) -> Response:
    """Shut an account out."""
    try:
        with services.database.writing() as session:
            accounts.disable(session, actor=actor, user_id=user_id)
    except ApiError as error:
        return _refused(request, actor, services, error)
    return _to("accounts", "disabled")


@router.post("/accounts/{user_id}/enable")
def enable(user_id: UserId, actor: Operator, services: Shared) -> Response:
    """Let a disabled account in again."""
    with services.database.writing() as session:
        accounts.enable(session, actor=actor, user_id=user_id)
    return _to("accounts", "enabled")


@router.post("/accounts/{user_id}/unlock")
def unlock(user_id: UserId, actor: Operator, services: Shared) -> Response:
    """Take back a lock."""
    with services.database.writing() as session:
        accounts.unlock(session, actor=actor, user_id=user_id)
    return _to("accounts", "unlocked")


@router.post("/accounts/{user_id}/role")
def set_role(
    request: Request,
    user_id: UserId,
    actor: Operator,
    services: Shared,
    code: Annotated[str, Form()] = "",
    role: Annotated[str, Form()] = "",
) -> Response:
    """Give an account a role in a municipality, or take it away."""
    try:
        with services.database.writing() as session:
            _place(session, actor, user_id, code, role)
    except ApiError as error:
        return _refused(request, actor, services, error)
    return _to("accounts", "role")


def _place(session: Session, actor: Actor, user_id: int, code: str, role: str) -> None:
    accounts.find(session, user_id=user_id)
    if not code:
        raise InvalidError("団体を選んでください。", {"field": "code"})
    place = municipalities.find(session, code=code)
    if role == _NO_ROLE:
        members.revoke(session, actor=actor, user_id=user_id, municipality_id=place.id)
    else:
        members.grant(session, actor=actor, user_id=user_id, municipality_id=place.id, role=_role(role))


# --- Pages ---


def _municipalities(
    request: Request,
    actor: Actor,
    services: Services,
    *,
    done: str = "",
    error: ApiError | None = None,
    given: dict[str, str] | None = None,
) -> Response:
    with services.database.reading() as session:
        shown = municipalities.list_municipalities(session)
    return page(
        request,
        "operate/municipalities.html",
        status=error.status if error else 200,
        actor=actor,
        municipalities=shown,
        done=done,
        error=str(error) if error else "",
        wrong=error.details.get("field", "") if error and given else "",
        given=given or {"code": "", "name": ""},
    )


def _accounts(
    request: Request,
    actor: Actor,
    services: Services,
    *,
    done: str = "",
    after: str = "",
    fresh: tuple[int, str] | None = None,
    error: ApiError | None = None,
    given: dict[str, str] | None = None,
) -> Response:
    with services.database.reading() as session:
        shown = accounts.list_accounts(session, after=after, limit=_PAGE + 1)
        places = municipalities.list_municipalities(session)
        account = session.get(User, fresh[0]) if fresh else None
    return page(
        request,
        "operate/accounts.html",
        status=error.status if error else 200,
        actor=actor,
        accounts=shown[:_PAGE],
        next_after=shown[_PAGE - 1].login if len(shown) > _PAGE else "",
        after=after,
        places=[(each.code, f"{each.name}（{each.code}）") for each in places],
        roles=[(role.value, role.japanese) for role in Role],
        has_proxy=bool(services.settings.proxy_user_header),
        done=done,
        fresh={"login": account.login, "password": fresh[1]} if account and fresh else None,
        error=str(error) if error else "",
        wrong=error.details.get("field", "") if error and given else "",
        given=given or {"login": "", "name": "", "code": "", "role": Role.ADMIN.value, "way": "password"},
    )


def _refused(request: Request, actor: Actor, services: Services, error: ApiError) -> Response:
    """Show why on the page itself; what is not there stays an error of its own."""
    if error.status == 404:
        raise error
    return _accounts(request, actor, services, error=error)


def _to(name: str, done: str) -> Response:
    return RedirectResponse(f"/operate/{name}?done={done}", 303)


def _role(text: str) -> Role:
    try:
        return Role(text)
    except ValueError:
        raise InvalidError("役割を選んでください。", {"field": "role"}) from None
