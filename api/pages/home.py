"""Pages: the first one, with everything that a person works on, and the way back to it."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import RedirectResponse, Response

from api.access.current import current_actor
from api.access.place import services_of
from api.domain.rights import RIGHTS, Action, Actor
from api.pages.templates import page
from api.services import Services
from api.work import projects

router = APIRouter(include_in_schema=False)

_Shared = Annotated[Services, Depends(services_of)]
_Person = Annotated[Actor, Depends(current_actor)]


@router.get("/")
def home(request: Request, actor: _Person, services: _Shared) -> Response:
    """Show the person's municipalities and projects."""
    with services.database.reading() as session:
        work = projects.my_work(session, actor=actor)
        last = projects.last_worked_on(session, actor=actor)
    return page(
        request,
        "home/home.html",
        actor=actor,
        work=work,
        last=last,
        decides={role for role, rights in RIGHTS.items() if Action.DECIDE_FIRST in rights},
        manages={role for role, rights in RIGHTS.items() if Action.MANAGE_PROJECTS in rights},
    )


@router.get("/next")
def go_on(actor: _Person, services: _Shared) -> Response:
    """Go to the next shape of the project that the person last decided in."""
    with services.database.reading() as session:
        last = projects.last_worked_on(session, actor=actor)
    url = "/" if last is None else f"/m/{last[0]}/projects/{last[1]}/next"
    return RedirectResponse(url, status_code=303)
