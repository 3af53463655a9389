"""Pages: coming in and going out."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import RedirectResponse, Response

from api.access import sessions
from api.access.current import find_actor
from api.access.login import log_in, log_out
from api.access.logins import fold
from api.access.place import services_of
from api.errors import ApiError, UnauthenticatedError
from api.pages.templates import page
from api.security.answer import FIRST_PASSWORD, LOGIN, local_path
from api.security.rates import Rates, address_of, rates_of
from api.services import Services

router = APIRouter(include_in_schema=False)

_HOME = "/"


@router.get(LOGIN)
def show_login(request: Request, next: str = "") -> Response:
    """Show the form; who is in already goes on."""
    try:
        find_actor(request)
    except UnauthenticatedError:
        return _form(request, back=next)
    return RedirectResponse(local_path(next) or _HOME, 303)


@router.post(LOGIN)
def do_login(
    request: Request,
    services: Annotated[Services, Depends(services_of)],
    rates: Annotated[Rates, Depends(rates_of)],
    login: Annotated[str, Form()] = "",
    password: Annotated[str, Form()] = "",
    next: Annotated[str, Form()] = "",
) -> Response:
    """Begin a session, always a new one."""
    rates.hit("login", "address", address_of(request))
    rates.hit("login", "login", fold(login))
    try:
        made = log_in(
            services,
            login=login,
            password=password,
            agent=request.headers.get("user-agent", ""),
            replaces=request.cookies.get(sessions.cookie_name(services.settings), ""),
        )
    except UnauthenticatedError as error:
        return _form(request, back=next, login=login, problem=str(error), status=401)
    target = FIRST_PASSWORD if made.must_change_password else local_path(next) or _HOME
    response = RedirectResponse(target, 303)
    sessions.set_cookie(response, made.token, services.settings)
    return response


@router.post("/logout")
def do_logout(request: Request, services: Annotated[Services, Depends(services_of)]) -> Response:
    """End the session, if there is one."""
    try:
        actor = find_actor(request)
    except ApiError:
        actor = None
    if actor is not None and actor.session_id is not None:
        with services.database.writing() as session:
            log_out(session, actor=actor)
    response = RedirectResponse(LOGIN, 303)
    sessions.clear_cookie(response, services.settings)
    return response


def _form(request: Request, *, back: str, login: str = "", problem: str = "", status: int = 200) -> Response:
    return page(
        request,
        "login/login.html",
        status=status,
        back=local_path(back),
        login=login[:100],
        problem=problem,
    )
