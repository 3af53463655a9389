"""Projects: list, make, read, change, close, open again."""

from __future__ import annotations

from fastapi import Response
from sqlalchemy.orm import Session

from api.v1.factory import PLACE
from api.v1.factory import router as make_router
from api.v1.idempotency import Calling, once
from api.v1.models.project import ProjectBody, ProjectChange, ProjectOverview, ProjectRequest, VersionRequest
from api.v1.models.upload import UploadBody
from api.v1.parameters import Manager, ProjectId, Reader, Shared
from api.v1.problems import WRITES, problems
from api.v1.schema import Page
from api.v1.versions import Match, seen_version, tell_version
from api.work import projects, uploads

router = make_router("プロジェクト", PLACE + "/projects")


@router.get("", summary="プロジェクトの一覧")
def list_projects(place: Reader, services: Shared) -> Page[ProjectOverview]:
    """終了したものも含め、作った順にすべて返します。"""
    with services.database.reading() as session:
        found = projects.of_municipality(session, place=place)
    return Page(items=[ProjectOverview.of_overview(each) for each in found], next=None)


@router.post("", status_code=201, summary="プロジェクトを作る", responses=problems(*WRITES))
def create_project(
    place: Manager, services: Shared, body: ProjectRequest, call: Calling, response: Response
) -> ProjectBody:
    """同じ名前のプロジェクトがあれば 409 です。"""

    def make(session: Session) -> ProjectBody:
        return ProjectBody.of(projects.create(session, place=place, fields=body.fields))

    made = once(services, call, body, ProjectBody, make)
    tell_version(response, made.version)
    return made


@router.get("/{project_id}", summary="プロジェクト一つ")
def read_project(place: Reader, services: Shared, project_id: ProjectId, response: Response) -> ProjectBody:
    """版は `ETag` にも付きます。"""
    with services.database.reading() as session:
        found = ProjectBody.of(projects.find(session, place=place, project_id=project_id))
    tell_version(response, found.version)
    return found


@router.put("/{project_id}", summary="プロジェクトの内容を変える", responses=problems(*WRITES))
def change_project(
    place: Manager,
    services: Shared,
    project_id: ProjectId,
    body: ProjectChange,
    match: Match,
    response: Response,
) -> ProjectBody:
    """同定の済んだ外字は変わりません。"""
    with services.database.writing() as session:
        changed = projects.change(
            session,
            place=place,
            project_id=project_id,
            version=seen_version(body.version, match),
            fields=body.fields,
        )
    return _told(response, ProjectBody.of(changed))


@router.post("/{project_id}/archive", summary="プロジェクトを終了する", responses=problems(*WRITES))
def archive_project(
    place: Manager,
    services: Shared,
    project_id: ProjectId,
    body: VersionRequest,
    match: Match,
    response: Response,
) -> ProjectBody:
    """何も消えません。同定中のファイルがあれば 409 です。"""
    with services.database.writing() as session:
        closed = projects.archive(
            session, place=place, project_id=project_id, version=seen_version(body.version, match)
        )
    return _told(response, ProjectBody.of(closed))


@router.post("/{project_id}/reopen", summary="終了したプロジェクトを再開する", responses=problems(*WRITES))
def reopen_project(
    place: Manager,
    services: Shared,
    project_id: ProjectId,
    body: VersionRequest,
    match: Match,
    response: Response,
) -> ProjectBody:
    """ふたたびファイルを登録できるようになります。"""
    with services.database.writing() as session:
        opened = projects.reopen(
            session, place=place, project_id=project_id, version=seen_version(body.version, match)
        )
    return _told(response, ProjectBody.of(opened))


@router.post(
    "/{project_id}/reidentification",
    status_code=202,
    summary="同定をやり直す",
    responses=problems(*WRITES),
)
def reidentify_project(place: Manager, services: Shared, project_id: ProjectId) -> UploadBody:
    """いまのエンジンと参照セットで、すべての図形を同定し直します。答えは、その仕事の進み具合です。"""
    return UploadBody.of(uploads.reidentify(services, place=place, project_id=project_id))


def _told(response: Response, project: ProjectBody) -> ProjectBody:
    tell_version(response, project.version)
    return project
