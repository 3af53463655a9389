"""Gaiji one by one, those that could not be read, and the export of all."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

from fastapi import Query
from fastapi.responses import StreamingResponse

from api.v1.factory import PLACE
from api.v1.factory import router as make_router
from api.v1.models.export import ExportQuery, files_of
from api.v1.models.gaiji import GaijiBody, UnreadableBody
from api.v1.parameters import Behind, Exporter, Limit, ProjectId, Reader, Shared
from api.v1.schema import Page, Text
from api.work import exports, projects
from api.work.gaiji import GaijiCursor
from api.work.gaiji import list_gaiji as listed
from api.work.unreadable import list_unreadable as unread

router = make_router("外字", PLACE + "/projects/{project_id}")


@router.get("/gaiji", summary="外字の一覧")
def list_gaiji(
    place: Reader,
    services: Shared,
    project_id: ProjectId,
    upload_id: Annotated[int | None, Query(ge=1, le=2**63 - 1, description="このファイルのものだけ")] = None,
    cursor: Annotated[Text, Query(max_length=40, description="前の答えの `next`。初めは付けません。")] = "",
    limit: Limit = 50,
) -> Page[GaijiBody]:
    """登録した順に、読めなかったものも含めて返します。"""
    with services.database.reading() as session:
        projects.find(session, place=place, project_id=project_id)
        found, behind = listed(
            session,
            place=place,
            project_id=project_id,
            upload_id=upload_id,
            cursor=GaijiCursor.parse(cursor) if cursor else None,
            limit=limit,
        )
        return Page(
            items=[GaijiBody.model_validate(each) for each in found], next=str(behind) if behind else None
        )


@router.get("/unreadable", summary="読めなかった外字の一覧")
def list_unreadable(
    place: Reader, services: Shared, project_id: ProjectId, cursor: Behind = None, limit: Limit = 50
) -> Page[UnreadableBody]:
    """理由と、どうすればよいかを付けて返します。"""
    with services.database.reading() as session:
        projects.find(session, place=place, project_id=project_id)
        found, behind = unread(session, place=place, project_id=project_id, after=cursor, limit=limit)
    return Page(
        items=[UnreadableBody.model_validate(each) for each in found],
        next=None if behind is None else str(behind),
    )


@router.get(
    "/export",
    summary="外字と判定の書き出し（CSV・Excel・Parquet）",
    response_class=StreamingResponse,
    responses={200: files_of(exports.Format)},
)
def export_project(
    place: Exporter, services: Shared, project_id: ProjectId, query: Annotated[ExportQuery, Query()]
) -> StreamingResponse:
    """機械の列（`gaiji identify` の CSV と同じ）の後ろに、判定の列が付きます。条件は図形の一覧と同じです。"""
    made = exports.export(
        services,
        place=place,
        format=query.format,
        filter=replace(query.filter, project=project_id),
        people=query.people,
    )
    headers = {"Content-Disposition": f'attachment; filename="{made.name}"', "Cache-Control": "no-store"}
    return StreamingResponse(made.content, media_type=made.media_type, headers=headers)
