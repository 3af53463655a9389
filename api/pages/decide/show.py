"""Showing a shape, and looking characters up beside it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Request
from fastapi.responses import HTMLResponse

from api.access.place import Place, enter, services_of
from api.domain.rights import Action
from api.pages.decide.choices import Choice, Chooser
from api.pages.decide.view import CLASSES, Entered, View, shape_here, view_of
from api.pages.decide.way import Way, way_from
from api.pages.templates import page
from api.pictures.explanations import stored_for
from api.pictures.reference import reference_of
from api.services import Services
from api.store.models import Suggestion
from engine.errors import GaijiError

router = APIRouter(include_in_schema=False)

MOST_FOUND = 12
"""Characters shown of what was looked up: one screen; the person narrows the question down."""
_QUERY_CHARACTERS = 200
_NONE = "-"
"""No MJ name: of what was looked up nothing is chosen by itself."""

Reader = Annotated[Place, Depends(enter(Action.READ))]
ServicesOf = Annotated[Services, Depends(services_of)]
Id = Annotated[int, Path(ge=1, lt=2**31)]
Typed = Annotated[str, Query(max_length=_QUERY_CHARACTERS)]
Mj = Annotated[str, Query(pattern=r"^([A-Z]{2}[0-9]{6})?$")]


@dataclass(frozen=True, slots=True)
class Looked:
    """What a person looked up.

    Attributes
    ----------
    text : str
        As typed.
    choices : sequence of Choice
    reasons : sequence of str
        Why each was found.
    count : int
        How many there are in all.
    hint : str
        What to do where nothing was found, or the question was not understood.
    """

    text: str = ""
    choices: Sequence[Choice] = ()
    reasons: Sequence[str] = ()
    count: int = 0
    hint: str = ""


@router.get("/m/{code}/shapes/{shape_id:int}")
def decision_page(
    request: Request,
    place: Reader,
    services: ServicesOf,
    shape_id: Id,
    q: Typed = "",
    mj: Mj = "",
) -> HTMLResponse:
    """Show a shape and what can be decided about it."""
    way = way_from(request.query_params.multi_items())
    view = view_of(services, place=place, shape_id=shape_id, project_id=way.project_id, name=mj)
    return shown(request, services, place, view, way, q=q)


@router.get("/m/{code}/shapes/{shape_id:int}/lookup")
def lookup(
    request: Request, place: Reader, services: ServicesOf, shape_id: Id, q: Typed = ""
) -> HTMLResponse:
    """Look characters up; a part of the page."""
    with services.database.reading() as session:
        shape = shape_here(session, place, shape_id)
        suggestion = session.get(Suggestion, shape.suggestion_id) if shape.suggestion_id else None
        kept = stored_for(session, suggestion.id) if suggestion else None
    chooser = Chooser(f"/m/{place.code}/shapes/{shape_id}", reference_of(services), kept)
    looked = look_up(chooser, q, charset=suggestion.charset if suggestion else "mj")
    return page(
        request,
        "decide/lookup.html",
        place=place,
        looked=looked,
        chosen=_NONE,
        query="",
        version=chooser.reference.version,
    )


def shown(
    request: Request,
    services: Services,
    place: Place,
    view: View,
    way: Way,
    *,
    q: str = "",
    status: int = 200,
    problem: str = "",
    field: str = "",
) -> HTMLResponse:
    """Render the decision page.

    Parameters
    ----------
    request : Request
    services : Services
    place : Place
    view : View
    way : Way
        Where the person comes from and goes to.
    q : str
        What was looked up.
    status : int
        HTTP status.
    problem : str
        Why the last thing that the person did was not taken.
    field : str
        The field that is the matter.
    """
    with services.database.reading() as session:
        project = way.project(session, place)
        beside = way.beside(services, session, place, view.shape.id)
    chooser = Chooser(f"/m/{place.code}/shapes/{view.shape.id}", view.reference, view.explanation)
    looked = look_up(chooser, q, charset=view.suggestion.charset if view.suggestion else "mj")
    return page(
        request,
        "decide/page.html",
        status=status,
        place=place,
        project=project,
        view=view,
        way=way,
        beside=beside,
        looked=looked,
        classes=CLASSES,
        problem=problem,
        field=field,
        section="shapes",
    )


def look_up(chooser: Chooser, text: str, *, charset: str) -> Looked:
    """Look characters up by what a person typed; a question that means nothing is answered with a hint.

    All of the reference set is looked through, whatever the project's range: what is not of it is marked.
    """
    typed = text.strip()
    if not typed:
        return Looked()
    reference = chooser.reference
    try:
        findings = reference.finder.find(typed, limit=MOST_FOUND)
    except GaijiError as error:
        return Looked(typed, hint=str(error))
    choices = chooser.others("f", (hit.mj for hit in findings.hits))
    outside = "" if charset == "mj" else "指定の範囲の外"
    reasons = [
        "・".join(filter(None, (*hit.reasons, "" if reference.holds(hit.mj, charset) else outside)))
        for hit in findings.hits
    ]
    return Looked(typed, choices, reasons, findings.count, findings.hint)


def again(
    request: Request,
    services: Services,
    place: Place,
    way: Way,
    *,
    shape_id: int,
    entered: Entered | None,
    status: int,
    problem: str,
    field: str = "",
) -> HTMLResponse:
    """Show the page as it is now, with what the person had chosen and why it was not taken."""
    view = view_of(services, place=place, shape_id=shape_id, project_id=way.project_id, entered=entered)
    return shown(request, services, place, view, way, status=status, problem=problem, field=field)
