"""Pages: confirming many shapes together, with a look at a sample first. No JavaScript is needed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Path, Query, Request
from fastapi.responses import RedirectResponse, Response
from sqlalchemy import select
from sqlalchemy.orm import Session

from api.access.place import Place, enter, services_of
from api.domain.rights import Action
from api.domain.standing import Finding, State
from api.errors import ApiError, ConflictError, InvalidError, NotFoundError
from api.pages.templates import page
from api.prototypes.hits import hits_of
from api.review import bulk as bulks
from api.review.bulk import Bulk
from api.review.bulk_set import BulkFilter
from api.review.records import finding_of
from api.review.rule import rule_in_force
from api.review.sample import sample_size
from api.services import Services
from api.store.models import Gaiji, Project, ProjectShape, Shape
from engine.result import Verdict

router = APIRouter(include_in_schema=False, prefix="/m/{code}")

Number = Annotated[int, Path(ge=1, le=2**63 - 1)]
Shared = Annotated[Services, Depends(services_of)]
Bulker = Annotated[Place, Depends(enter(Action.BULK))]

_A_WHILE_S = 5.0
"""How long one request goes on confirming; the page then asks to go on."""

_DONE = {
    "judged": "",
    "confirmed": "まとめて確定しました。",
    "more": "途中まで確定しました。続けてください。",
    "abandoned": "一括確認を中止しました。",
}


@dataclass(frozen=True, slots=True)
class Sampled:
    """A shape of the sample, as it is shown.

    Attributes
    ----------
    shape_id : int
    code : str
        外字コード of the first gaiji that has it.
    suggested : Finding
    confidence : float
    number : int
        Its place in the sample, from 1.
    is_changed : bool
        Somebody decided on it since, or it has another suggestion: it will not be confirmed.
    """

    shape_id: int
    code: str
    suggested: Finding
    confidence: float
    number: int
    is_changed: bool


@router.get("/projects/{project_id}/bulk")
def show_start(
    request: Request,
    place: Bulker,
    services: Shared,
    project_id: Number,
    verdict: Annotated[list[str] | None, Query()] = None,
    low: str = "",
    high: str = "",
) -> Response:
    """Show the filter with what it would take, and earlier bulk confirmations."""
    return _start_page(request, place, services, project_id, verdict or [], low, high)


@router.post("/projects/{project_id}/bulk")
def start(
    request: Request,
    place: Bulker,
    services: Shared,
    project_id: Number,
    verdict: Annotated[list[str] | None, Form()] = None,
    low: Annotated[str, Form()] = "",
    high: Annotated[str, Form()] = "",
) -> Response:
    """Put the set down and go to its sample."""
    try:
        chosen = _filter(project_id, verdict or [], low, high)
        with services.database.writing() as session:
            begun = bulks.start(session, place=place, chosen=chosen)
    except InvalidError as error:
        return _start_page(request, place, services, project_id, verdict or [], low, high, error=error)
    return _to(place, begun.id)


@router.get("/bulk/{bulk_id}")
def show(
    request: Request,
    place: Bulker,
    services: Shared,
    bulk_id: Number,
    done: str = "",
    shape: Annotated[int | None, Query(ge=1, le=2**63 - 1)] = None,
) -> Response:
    """Show the shape of the sample to look at next, or what to do or what came of it."""
    with services.database.reading() as session:
        found = bulks.find_bulk(session, place=place, bulk_id=bulk_id)
        wanted = shape if shape in found.sample else found.next_shape_id
        sampled = _sampled(session, found, wanted) if wanted and found.state == bulks.SAMPLING else None
        project_id = found.chosen.project_id
        values: dict[str, Any] = {
            "bulk": found,
            "sampled": sampled,
            "hits": hits_of(session, sampled.shape_id) if sampled else [],
            "mine": found.user_id == place.actor.user_id,
            "project": session.get(Project, project_id) if project_id else None,
            "rule": rule_in_force(session, place.municipality_id),
            "notice": _DONE.get(done, ""),
            "wrong": [_sampled(session, found, each) for each in found.wrong],
        }
    return page(request, "bulk/bulk.html", place=place, section="projects", **values)


@router.post("/bulk/{bulk_id}/judge")
def judge(
    place: Bulker,
    services: Shared,
    bulk_id: Number,
    shape_id: Annotated[int, Form(ge=1, le=2**63 - 1)],
    answer: Annotated[str, Form(pattern="^(right|wrong)$")],
) -> Response:
    """Take the verdict on one shape of the sample."""
    with services.database.writing() as session:
        judged = bulks.judge(
            session, place=place, bulk_id=bulk_id, shape_id=shape_id, right=answer == "right"
        )
    return _to(place, bulk_id, "abandoned" if judged.state == bulks.ABANDONED else "judged")


@router.post("/bulk/{bulk_id}/confirm")
def confirm(place: Bulker, services: Shared, bulk_id: Number) -> Response:
    """Confirm for a while; the page asks to go on where there is more."""
    try:
        reached = bulks.confirm(services, place=place, bulk_id=bulk_id, most_s=_A_WHILE_S)
    except ConflictError as error:
        if error.details.get("state") == bulks.CONFIRMED:  # sent twice
            return _to(place, bulk_id, "confirmed")
        raise
    return _to(place, bulk_id, "confirmed" if reached.state == bulks.CONFIRMED else "more")


@router.post("/bulk/{bulk_id}/abandon")
def abandon(place: Bulker, services: Shared, bulk_id: Number) -> Response:
    """Give it up."""
    with services.database.writing() as session:
        bulks.abandon(session, place=place, bulk_id=bulk_id)
    return _to(place, bulk_id, "abandoned")


def _start_page(
    request: Request,
    place: Place,
    services: Services,
    project_id: int,
    verdicts: list[str],
    low: str,
    high: str,
    *,
    error: ApiError | None = None,
) -> Response:
    size: int | None = None
    with services.database.reading() as session:
        project = session.get(Project, project_id)
        if project is None or project.municipality_id != place.municipality_id:
            raise NotFoundError("このプロジェクトはないか、あなたの団体のものではありません。")
        try:
            chosen = _filter(project_id, verdicts, low, high)
            size = bulks.preview(session, place=place, chosen=chosen)
        except InvalidError as problem:
            error = error or problem
        earlier = bulks.list_bulks(session, place=place, project_id=project_id)
        rule = rule_in_force(session, place.municipality_id)
    return page(
        request,
        "bulk/start.html",
        status=error.status if error else 200,
        place=place,
        project=project,
        section="projects",
        verdicts=[(each.value, each.value) for each in Verdict],
        chosen=verdicts,
        low=low,
        high=high,
        size=size,
        looks=None if size is None else sample_size(size),
        earlier=earlier,
        rule=rule,
        error=error,
    )


def _filter(project_id: int, verdicts: list[str], low: str, high: str) -> BulkFilter:
    try:
        chosen = tuple(Verdict(each) for each in verdicts)
    except ValueError as error:
        raise InvalidError("区分の指定が正しくありません。", {"field": "verdict"}) from error
    return BulkFilter(chosen, _share("low", low, 0.0), _share("high", high, 1.0), project_id)


def _share(field: str, text: str, default: float) -> float:
    try:
        return float(text) if text.strip() else default
    except ValueError as error:
        raise InvalidError("確信度は 0.95 のように入力してください。", {"field": field}) from error


def _sampled(session: Session, found: Bulk, shape_id: int) -> Sampled:
    shape = session.get_one(Shape, shape_id)
    codes = (
        select(Gaiji.code)
        .join(ProjectShape, ProjectShape.first_gaiji_id == Gaiji.id)
        .where(ProjectShape.shape_id == shape_id)
    )
    if found.chosen.project_id:
        codes = codes.where(ProjectShape.project_id == found.chosen.project_id)
    return Sampled(
        shape_id,
        session.scalar(codes.limit(1)) or "",
        finding_of(shape.machine_class, shape.machine_subclass, shape.machine_mj),
        shape.confidence or 0.0,
        found.sample.index(shape_id) + 1,
        shape.state != State.OPEN.value or (shape.suggestion_id or 0) > found.last_suggestion_id,
    )


def _to(place: Place, bulk_id: int, done: str = "") -> Response:
    query = f"?done={done}" if done else ""
    return RedirectResponse(f"/m/{place.code}/bulk/{bulk_id}{query}", status_code=303)
