"""Deciding and taking back, by the forms of the page."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Request, Response
from fastapi.responses import JSONResponse, RedirectResponse
from sqlalchemy import select

from api.access.place import Place, enter
from api.domain.rights import Action
from api.domain.standing import Finding
from api.errors import ApiError, ConflictError, ForbiddenError, InvalidError, NotFoundError
from api.pages.decide.show import Id, Reader, ServicesOf, again
from api.pages.decide.view import CLASSES, Entered, as_class, shape_here
from api.pages.decide.way import Way, way_of
from api.pages.templates import when
from api.pictures.reference import reference_of
from api.review.checks import check_finding
from api.review.decide import decide
from api.review.history import Taken, TakenBack, history_of
from api.review.reference import known_names
from api.review.withdraw import withdraw
from api.services import Services
from api.store.models import Decision
from engine.result import Subclass, Verdict

router = APIRouter(include_in_schema=False)

_TAKEN_BACK = (ConflictError, InvalidError, ForbiddenError)
"""What a person can do something about on the page itself."""

_Text = Annotated[str, Form(max_length=2000)]
_Short = Annotated[str, Form(max_length=64)]
_Decider = Annotated[Place, Depends(enter(Action.DECIDE_FIRST))]


@router.post("/m/{code}/shapes/{shape_id:int}/decisions")
def make_decision(
    request: Request,
    place: _Decider,
    services: ServicesOf,
    shape_id: Id,
    version: Annotated[int, Form(ge=1, lt=2**31)],
    verdict: _Short = "",
    mj: _Short = "",
    reason: _Text = "",
    query: _Text = "",
    looked_up: _Text = "",
    seconds: Annotated[float | None, Form(ge=0, allow_inf_nan=False)] = None,
) -> Response:
    """Record what a person decided, and go on to the next shape."""
    way = way_of(query)
    entered = Entered(verdict, mj.strip(), reason)
    try:
        finding = _finding(services, entered)
        check_finding(finding, known_names(services))  # before it is our turn to write: others wait
        with services.database.writing() as session:
            decide(
                services,
                session,
                place=place,
                shape_id=shape_id,
                version=version,
                finding=finding,
                reason=reason,
                project_id=way.project_id,
                seen={"looked_up": looked_up[:200]} if looked_up else {},
                seconds=seconds,
            )
    except _TAKEN_BACK as error:
        problem = _told(services, place, shape_id, error)
        return again(
            request,
            services,
            place,
            way,
            shape_id=shape_id,
            entered=entered,
            status=error.status,
            problem=problem,
            field=str(error.details.get("field", "")),
        )
    return _onwards(request, services, place, way, shape_id)


@router.post("/m/{code}/decisions/{decision_id:int}/withdrawal")
def take_back(
    request: Request,
    place: Reader,
    services: ServicesOf,
    decision_id: Id,
    reason: _Text = "",
    query: _Text = "",
) -> Response:
    """Take a decision back, and show the shape as it is then."""
    way = way_of(query)
    with services.database.reading() as session:
        shape_id = session.scalar(
            select(Decision.shape_id).where(
                Decision.id == decision_id, Decision.municipality_id == place.municipality_id
            )
        )
    if shape_id is None:
        raise NotFoundError("この判定はないか、あなたの団体のものではありません。")
    try:
        with services.database.writing() as session:
            withdraw(session, place=place, decision_id=decision_id, reason=reason)
    except _TAKEN_BACK as error:
        return again(
            request,
            services,
            place,
            way,
            shape_id=shape_id,
            entered=None,
            status=error.status,
            problem=str(error),
        )
    return RedirectResponse(way.shape_url(place, shape_id), status_code=303)


def _finding(services: Services, entered: Entered) -> Finding:
    """Make a finding of the form's fields.

    Some candidate is always chosen in the form; where the class names none, it does not count, and for
    変体仮名 only one of its kind does.
    """
    if entered.verdict not in {value for value, _, _ in CLASSES}:
        raise InvalidError("区分を選んでください。", {"field": "verdict"})
    if entered.verdict in set(Verdict):
        return Finding(Verdict(entered.verdict), None, entered.mj)
    subclass = Subclass(entered.verdict)
    character = reference_of(services).character(entered.mj) if entered.mj else None
    kana = character is not None and character.is_hentaigana and subclass is Subclass.HENTAIGANA
    return Finding(Verdict.UNIDENTIFIED, subclass, entered.mj if kana else "")


def _onwards(request: Request, services: Services, place: Place, way: Way, shape_id: int) -> Response:
    """Go to the next shape that this person may decide; at the end, to the list."""
    with services.database.reading() as session:
        following = way.waiting(services, session, place, shape_id)
        version = shape_here(session, place, following).version if following else None
    url = way.shape_url(place, following) if following else way.list_url(place)
    if _by_program(request):
        answer: dict[str, Any] = {"next": url, "shape": following, "version": version}
        return JSONResponse(answer, headers={"Cache-Control": "no-store"})
    return RedirectResponse(url, status_code=303)


def _by_program(request: Request) -> bool:
    """Whether the page's own script asks: it wants to know where to go, not to be sent there."""
    return "application/json" in request.headers.get("accept", "")


def _told(services: Services, place: Place, shape_id: int, error: ApiError) -> str:
    """Say what went wrong, and for a shape that has changed: who did what."""
    if not isinstance(error, ConflictError):
        return str(error)
    with services.database.reading() as session:
        events = history_of(session, place=place, shape_id=shape_id).events
    last = events[-1] if events else None
    if isinstance(last, Taken):
        what = f"（{as_class(last.finding)} {last.finding.mj}".rstrip() + "）" if last.finding else ""
        return f"{error}{when(last.at)} に、{last.user} さんが{last.stage.japanese}をしました{what}。"
    if isinstance(last, TakenBack):
        return f"{error}{when(last.at)} に、{last.user} さんが判定を取り消しました。"
    return f"{error}機械の提案が新しくなりました。"
