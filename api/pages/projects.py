"""Pages: a municipality's projects, and one project with its files and numbers."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Path, Request
from fastapi.responses import RedirectResponse, Response, StreamingResponse

from api.access.place import Place, enter, services_of
from api.domain.rights import Action
from api.errors import ApiError, ConflictError, InvalidError, StaleError
from api.pages.templates import page
from api.services import Services
from api.store.models import Project
from api.work import exports, projects, uploads
from api.work.filters import Filter
from api.work.listing import counts
from api.work.projects import ProjectFields
from api.work.unreadable import count_unreadable
from engine.reference.table import CHARSETS
from engine.report.words import SUBMITTED

router = APIRouter(include_in_schema=False, prefix="/m/{code}")

ProjectId = Annotated[int, Path(ge=1, le=2**63 - 1)]
Shared = Annotated[Services, Depends(services_of)]
Reader = Annotated[Place, Depends(enter(Action.READ))]
_Exporter = Annotated[Place, Depends(enter(Action.EXPORT))]
_Manager = Annotated[Place, Depends(enter(Action.MANAGE_PROJECTS))]

_UPLOADS_SHOWN = 30
_DONE = {
    "created": "プロジェクトを作りました。外字のファイルを登録してください。",
    "changed": "プロジェクトの内容を変えました。",
    "archived": "プロジェクトを終了しました。データは残っています。",
    "reopened": "プロジェクトを再開しました。",
    "uploaded": "ファイルを受け取りました。同定が終わるまで、このままお待ちください。",
    "cancelled": "同定を取り消しました。取り消すまでに終わった分は残っています。",
    "retried": "同定をもう一度始めました。",
    "reidentified": "同定のやり直しを始めました。",
}
_NONE_LEFT = "このプロジェクトに、あなたが判定できる図形は残っていません。"


@router.get("")
def show_projects(request: Request, place: Reader, services: Shared) -> Response:
    """Show the municipality's projects, and a form for a new one."""
    return _all(request, place, services)


@router.post("/projects")
def create(
    request: Request,
    place: _Manager,
    services: Shared,
    name: Annotated[str, Form()] = "",
    system: Annotated[str, Form()] = "",
    kind: Annotated[str, Form()] = "",
    charset: Annotated[str, Form()] = "mj",
) -> Response:
    """Make a project."""
    given = {"name": name, "system": system, "kind": kind, "charset": charset}
    try:
        fields = ProjectFields.checked(**given)
        with services.database.writing() as session:
            project_id = projects.create(session, place=place, fields=fields).id
    except (InvalidError, ConflictError) as error:
        return _all(request, place, services, given=given, error=error)
    return _to(place, project_id, done="created")


@router.get("/projects/{project_id}")
def show_project(
    request: Request, place: Reader, services: Shared, project_id: ProjectId, done: str = "", left: str = ""
) -> Response:
    """Show one project."""
    notice = _NONE_LEFT if left == "none" else _DONE.get(done, "")
    return _one(request, place, services, project_id, notice=notice, noticed="warning" if left else "done")


@router.get("/projects/{project_id}/next")
def go_on(place: Reader, services: Shared, project_id: ProjectId) -> Response:
    """Go to the next shape that this person may decide."""
    with services.database.reading() as session:
        projects.find(session, place=place, project_id=project_id)
        shape_id = projects.continue_at(session, place=place, project_id=project_id)
    if shape_id is None:
        return RedirectResponse(f"/m/{place.code}/projects/{project_id}?left=none", status_code=303)
    return RedirectResponse(f"/m/{place.code}/shapes/{shape_id}?project={project_id}", status_code=303)


@router.get("/projects/{project_id}/export.{format}")
def export(
    request: Request,
    place: _Exporter,
    services: Shared,
    project_id: ProjectId,
    format: exports.Format,
    people: bool = False,
) -> Response:
    """Give the project's gaiji as a file, or those of them that a filter lets through."""
    pairs = [(name, value) for name, value in request.query_params.multi_items() if name != "project"]
    filter = replace(Filter.from_query(pairs), project=project_id)
    made = exports.export(services, place=place, format=format, filter=filter, people=people)
    headers = {"Content-Disposition": f'attachment; filename="{made.name}"', "Cache-Control": "no-store"}
    return StreamingResponse(made.content, media_type=made.media_type, headers=headers)


@router.post("/projects/{project_id}")
def change(
    request: Request,
    place: _Manager,
    services: Shared,
    project_id: ProjectId,
    version: Annotated[int, Form(ge=0, le=2**31)],
    name: Annotated[str, Form()] = "",
    system: Annotated[str, Form()] = "",
    kind: Annotated[str, Form()] = "",
    charset: Annotated[str, Form()] = "mj",
) -> Response:
    """Change what the project is called and what it is about."""
    given = {"name": name, "system": system, "kind": kind, "charset": charset}
    try:
        fields = ProjectFields.checked(**given)
        with services.database.writing() as session:
            projects.change(session, place=place, project_id=project_id, version=version, fields=fields)
    except (InvalidError, ConflictError) as error:
        return _one(request, place, services, project_id, given=given, error=error)
    return _to(place, project_id, done="changed")


@router.post("/projects/{project_id}/archive")
def archive(
    request: Request,
    place: _Manager,
    services: Shared,
    project_id: ProjectId,
    version: Annotated[int, Form(ge=0, le=2**31)],
) -> Response:
    """Close the project."""
    try:
        with services.database.writing() as session:
            projects.archive(session, place=place, project_id=project_id, version=version)
    except ConflictError as error:
        return _one(request, place, services, project_id, error=error)
    return _to(place, project_id, done="archived")


@router.post("/projects/{project_id}/reopen")
def reopen(
    request: Request,
    place: _Manager,
    services: Shared,
    project_id: ProjectId,
    version: Annotated[int, Form(ge=0, le=2**31)],
) -> Response:
    """Open the project again."""
    try:
        with services.database.writing() as session:
            projects.reopen(session, place=place, project_id=project_id, version=version)
    except ConflictError as error:
        return _one(request, place, services, project_id, error=error)
    return _to(place, project_id, done="reopened")


def _all(
    request: Request,
    place: Place,
    services: Services,
    *,
    given: dict[str, str] | None = None,
    error: ApiError | None = None,
) -> Response:
    with services.database.reading() as session:
        work = projects.of_municipality(session, place=place)
    return page(
        request,
        "projects/all.html",
        status=error.status if error else 200,
        place=place,
        section="projects",
        work=[each for each in work if each.project.archived_at is None],
        closed=[each for each in work if each.project.archived_at is not None],
        **_form(given, error),
    )


def _one(
    request: Request,
    place: Place,
    services: Services,
    project_id: int,
    *,
    notice: str = "",
    noticed: str = "done",
    given: dict[str, str] | None = None,
    error: ApiError | None = None,
) -> Response:
    with services.database.reading() as session:
        project = projects.find(session, place=place, project_id=project_id)
        numbers = counts(session, place=place, filter=Filter(project=project_id))
        files = uploads.of_project(session, place=place, project_id=project_id, limit=_UPLOADS_SHOWN)
        unreadable = count_unreadable(session, place=place, project_id=project_id)
    return page(
        request,
        "projects/one.html",
        status=error.status if error else 200,
        place=place,
        section="projects",
        project=project,
        numbers=numbers,
        files=files,
        unreadable=unreadable,
        notice_text=notice,
        notice_kind=noticed,
        **_form(given or _fields(project), error),
    )


def _form(given: dict[str, str] | None, error: ApiError | None) -> dict[str, Any]:
    """Return what the form of a project shows: values, choices, and what is wrong."""
    wrong = dict(error.details.get("fields", {})) if error else {}
    return {
        "given": given or {"name": "", "system": "", "kind": "", "charset": "mj"},
        "wrong": wrong,
        "error_text": "" if error is None or (wrong and not isinstance(error, StaleError)) else str(error),
        "kinds": [("", SUBMITTED[""]), *((key, title) for key, title in SUBMITTED.items() if key)],
        "charsets": list(CHARSETS.items()),
    }


def _fields(project: Project) -> dict[str, str]:
    return {
        "name": project.name,
        "system": project.system,
        "kind": project.kind,
        "charset": project.charset,
    }


def _to(place: Place, project_id: int, *, done: str) -> Response:
    return RedirectResponse(f"/m/{place.code}/projects/{project_id}?done={done}", status_code=303)
