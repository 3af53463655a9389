"""Pages: the list of shapes with its filter, of one project or of a whole municipality."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from api.access.place import Place
from api.domain.standing import State
from api.errors import InvalidError
from api.pages.projects import ProjectId, Reader, Shared
from api.pages.templates import page, percent
from api.services import Services
from api.work import projects
from api.work.characters import names_of
from api.work.filters import Filter
from api.work.listing import PAGE, Cursor, Sort, counts, list_page
from api.work.unreadable import count_unreadable, list_unreadable
from engine.report.words import REVIEWS, SUBMITTED
from engine.result import Review, Subclass, Verdict

router = APIRouter(include_in_schema=False, prefix="/m/{code}")

_CONFIDENCES = (0.5, 0.7, 0.8, 0.9, 0.95, 0.99)


@dataclass(frozen=True, slots=True)
class Chip:
    """One thing that is filtered by.

    Attributes
    ----------
    text : str
    query : str
        Of the list without it.
    """

    text: str
    query: str


@router.get("/shapes")
def of_municipality(
    request: Request, place: Reader, services: Shared, sort: str = "", cursor: str = ""
) -> Response:
    """Show the shapes of all the municipality's projects."""
    return _list(request, place, services, None, sort, cursor)


@router.get("/projects/{project_id}/shapes")
def of_project(
    request: Request,
    place: Reader,
    services: Shared,
    project_id: ProjectId,
    sort: str = "",
    cursor: str = "",
) -> Response:
    """Show the shapes of one project."""
    return _list(request, place, services, project_id, sort, cursor)


@router.get("/projects/{project_id}/unreadable")
def unreadable(
    request: Request,
    place: Reader,
    services: Shared,
    project_id: ProjectId,
    after: Annotated[int | None, Query(ge=0, le=2**63 - 1)] = None,
) -> Response:
    """Show the gaiji that could not be read, and why."""
    with services.database.reading() as session:
        project = projects.find(session, place=place, project_id=project_id)
        rows, more = list_unreadable(session, place=place, project_id=project_id, after=after)
        total = count_unreadable(session, place=place, project_id=project_id)
    return page(
        request,
        "shapes/unreadable.html",
        place=place,
        project=project,
        section="projects",
        url=f"/m/{place.code}/projects/{project_id}/shapes",
        rows=rows,
        more=more,
        total=total,
        first=after is None,
    )


def _list(
    request: Request, place: Place, services: Services, project_id: int | None, sort: str, cursor: str
) -> Response:
    pairs = [(name, value) for name, value in request.query_params.multi_items() if name != "project"]
    wrong = ""
    try:
        filter = replace(Filter.from_query(pairs), project=project_id)
        order = _sort(sort)
        here = Cursor.parse(cursor) if cursor else None
    except InvalidError as error:
        wrong, filter, order, here = str(error), Filter(project=project_id), Sort.ID, None
    if here is not None and here.sort is not order:
        here = None  # the order was changed on a later page: begin again
    if order is Sort.CODE and project_id is None:
        order, here = Sort.ID, None
    look_up = names_of(services)
    with services.database.reading() as session:
        project = None
        if project_id is not None:
            project = projects.find(session, place=place, project_id=project_id)
        shown = list_page(
            session, place=place, filter=filter, sort=order, cursor=here, limit=PAGE, names_of=look_up
        )
        whatever_state = replace(filter, states=())
        numbers = counts(session, place=place, filter=whatever_state, names_of=look_up, with_gaiji=False)
        failed = count_unreadable(session, place=place, project_id=project_id) if project else 0
    url = f"/m/{place.code}/shapes" if project is None else f"/m/{place.code}/projects/{project.id}/shapes"
    return page(
        request,
        "shapes/list.html",
        status=422 if wrong else 200,
        place=place,
        project=project,
        section="projects" if project else "shapes",
        url=url,
        filter=filter,
        sort=order,
        sorts=[(each.value, each.japanese) for each in Sort if project is not None or each is not Sort.CODE],
        shown=shown,
        numbers=numbers,
        matching=sum(each.shapes for each in numbers.groups if _in(filter, each.state)),
        unreadable=failed,
        chips=list(_chips(filter, order)),
        states=[(state, _query(replace(filter, states=(state,)), order)) for state in State],
        every_state=_query(whatever_state, order),
        query=_query(filter, order),
        way=urlencode([*filter.to_query(), *_order(order)]),
        wrong=wrong,
        confidences=_confidences(filter),
        submitted=[(key, title) for key, title in SUBMITTED.items() if key],
        reviews=[(each.value, title) for each, title in REVIEWS.items()],
        verdicts=[(each.value, each.value) for each in Verdict],
        every=[(each.value, each.japanese) for each in State],
        page_size=PAGE,
        subclasses=[(each.value, each.value) for each in Subclass],
    )


def _sort(text: str) -> Sort:
    try:
        return Sort(text or Sort.ID)
    except ValueError:
        raise InvalidError("その並べ方はありません。", {"field": "sort"}) from None


def _in(filter: Filter, state: State) -> bool:
    return not filter.states or state in filter.states


def _order(sort: Sort) -> list[tuple[str, str]]:
    return [] if sort is Sort.ID else [("sort", sort.value)]


def _query(filter: Filter, sort: Sort) -> str:
    """Return the query part of a list's address; the project is in its path."""
    return urlencode([*replace(filter, project=None).to_query(), *_order(sort)])


def _confidences(filter: Filter) -> list[tuple[str, str]]:
    """Return the choices of confidence, with those in use."""
    values = {*_CONFIDENCES, *filter_values(filter)}
    return [("", "なし"), *((str(each), percent(each)) for each in sorted(values))]


def filter_values(filter: Filter) -> list[float]:
    """Return the confidences that a filter names."""
    return [each for each in (filter.confidence_min, filter.confidence_max) if each is not None]


def _chips(filter: Filter, sort: Sort) -> Iterator[Chip]:
    """Yield what is filtered by, each with the list without it."""

    def without(text: str, /, **changes: object) -> Chip:
        return Chip(text, _query(replace(filter, **changes), sort))  # type: ignore[arg-type]

    for state in filter.states:
        yield without(
            f"状態: {state.japanese}", states=tuple(each for each in filter.states if each is not state)
        )
    for verdict in filter.classes:
        yield without(
            f"区分: {verdict}", classes=tuple(each for each in filter.classes if each is not verdict)
        )
    for subclass in filter.subclasses:
        yield without(
            f"内訳: {subclass}", subclasses=tuple(each for each in filter.subclasses if each is not subclass)
        )
    if filter.review is not None:
        yield without(f"機械の判断: {REVIEWS[Review(filter.review)]}", review=None)
    if filter.confidence_min is not None:
        yield without(f"確信度 {percent(filter.confidence_min)} 以上", confidence_min=None)
    if filter.confidence_max is not None:
        yield without(f"確信度 {percent(filter.confidence_max)} 以下", confidence_max=None)
    for kind in filter.kinds:
        yield without(
            f"提出区分: {SUBMITTED[kind]}", kinds=tuple(each for each in filter.kinds if each != kind)
        )
    if filter.text:
        yield without(f"「{filter.text}」を含む", text="")
    if filter.changed:
        yield without("機械の提案と違う確定", changed=False)
    if filter.prototype:
        yield without("前の判定がある", prototype=False)
