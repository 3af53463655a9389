"""Pages: the people of a municipality, for its administrators."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Path, Request
from fastapi.responses import RedirectResponse, Response

from api.access import members
from api.access.place import Place, enter, services_of
from api.domain.rights import Action, Role
from api.errors import ApiError, InvalidError
from api.pages.templates import page
from api.services import Services
from api.store.models import User

router = APIRouter(include_in_schema=False, prefix="/m/{code}/people")

_DONE = {
    "added": "この団体に加えました。パスワードは、その人が今使っているものです。",
    "role": "役割を変えました。",
    "removed": "この団体から外しました。",
    "unlocked": "ログインの一時停止を解きました。",
}
_WAYS = ("password", "proxy")

Entered = Annotated[Place, Depends(enter(Action.MANAGE_MEMBERS))]
Shared = Annotated[Services, Depends(services_of)]
UserId = Annotated[int, Path(ge=1, le=2**53)]


@router.get("")
def show_people(request: Request, place: Entered, services: Shared, done: str = "") -> Response:
    """Show the members and a form for one more."""
    return _people(request, place, services, done=_DONE.get(done, ""))


@router.post("")
def add(
    request: Request,
    place: Entered,
    services: Shared,
    login: Annotated[str, Form()] = "",
    name: Annotated[str, Form()] = "",
    role: Annotated[str, Form()] = "",
    way: Annotated[str, Form()] = _WAYS[0],
) -> Response:
    """Take somebody in; a new account's password is shown this once."""
    try:
        with services.database.writing() as session:
            made = members.add_member(
                session,
                place=place,
                login=login,
                name=name,
                role=_role(role),
                has_password=way != "proxy",
            )
    except ApiError as error:
        given = {"login": login, "name": name, "role": role, "way": way}
        return _people(request, place, services, error=error, given=given)
    if not made.password:
        return _back(place, "added")
    return _people(request, place, services, fresh=(made.user_id, made.password))


@router.post("/{user_id}/role")
def set_role(
    request: Request,
    user_id: UserId,
    place: Entered,
    services: Shared,
    role: Annotated[str, Form()] = "",
) -> Response:
    """Change a role."""
    try:
        with services.database.writing() as session:
            members.set_role(session, place=place, user_id=user_id, role=_role(role))
    except ApiError as error:
        return _refused(request, place, services, error)
    return _back(place, "role")


@router.post("/{user_id}/remove")
def remove(request: Request, user_id: UserId, place: Entered, services: Shared) -> Response:
    """Take a member out."""
    try:
        with services.database.writing() as session:
            members.remove_member(session, place=place, user_id=user_id)
    except ApiError as error:
        return _refused(request, place, services, error)
    return _back(place, "removed")


@router.post("/{user_id}/reset")
def reset(request: Request, user_id: UserId, place: Entered, services: Shared) -> Response:
    """Set a one-time password and show it this once."""
    try:
        with services.database.writing() as session:
            password = members.reset_member_password(session, place=place, user_id=user_id)
    except ApiError as error:
        return _refused(request, place, services, error)
    return _people(request, place, services, fresh=(user_id, password))


@router.post("/{user_id}/unlock")
def unlock(user_id: UserId, place: Entered, services: Shared) -> Response:
    """Take back a lock."""
    with services.database.writing() as session:
        members.unlock_member(session, place=place, user_id=user_id)
    return _back(place, "unlocked")


def _people(
    request: Request,
    place: Place,
    services: Services,
    *,
    done: str = "",
    fresh: tuple[int, str] | None = None,
    error: ApiError | None = None,
    given: dict[str, str] | None = None,
) -> Response:
    with services.database.reading() as session:
        shown = members.list_members(session, place=place)
        account = session.get(User, fresh[0]) if fresh else None
    return page(
        request,
        "people/people.html",
        status=error.status if error else 200,
        place=place,
        section="people",
        members=shown,
        roles=[(role.value, role.japanese) for role in Role],
        has_proxy=bool(services.settings.proxy_user_header),
        done=done,
        fresh={"login": account.login, "password": fresh[1]} if account and fresh else None,
        error=str(error) if error else "",
        wrong=error.details.get("field", "") if error else "",
        given=given or {"login": "", "name": "", "role": Role.FIRST.value, "way": _WAYS[0]},
    )


def _refused(request: Request, place: Place, services: Services, error: ApiError) -> Response:
    """Show why on the page itself; what is not there stays an error of its own."""
    if error.status == 404:
        raise error
    return _people(request, place, services, error=error)


def _back(place: Place, done: str) -> Response:
    return RedirectResponse(f"/m/{place.code}/people?done={done}", 303)


def _role(text: str) -> Role:
    try:
        return Role(text)
    except ValueError:
        raise InvalidError("役割を選んでください。", {"field": "role"}) from None
