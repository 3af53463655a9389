"""How right the machine was, and the audit log."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query
from fastapi.responses import StreamingResponse

from api.audit import read
from api.audit.export import as_csv, as_jsonl
from api.audit.record import record
from api.review.calibration import calibration
from api.store.types import now
from api.v1.factory import PLACE
from api.v1.factory import router as make_router
from api.v1.models.export import files_of
from api.v1.models.report import (
    AuditExportQuery,
    AuditPageQuery,
    CalibrationBody,
    EventBody,
    LogFormat,
)
from api.v1.parameters import Auditor, Reader, Shared
from api.v1.schema import Page

router = make_router("報告と記録", PLACE)


@router.get("/calibration", summary="自動判定の的中率")
def read_calibration(place: Reader, services: Shared) -> CalibrationBody:
    """人が確定した内容と、そのときの機械の提案を比べます。"""
    with services.database.reading() as session:
        return CalibrationBody.of(calibration(session, place=place))


@router.get("/audit-events", summary="操作の記録")
def list_audit_events(
    place: Auditor, services: Shared, query: Annotated[AuditPageQuery, Query()]
) -> Page[EventBody]:
    """新しい順です。"""
    with services.database.reading() as session:
        found = read.read_page(
            session,
            municipality_id=place.municipality_id,
            chosen=query.chosen,
            before=query.cursor,
            limit=query.limit,
        )
    return Page(
        items=[EventBody.of(each) for each in found.events],
        next=None if found.before is None else str(found.before),
    )


@router.get(
    "/audit-events/export",
    summary="操作の記録の書き出し（CSV・JSON Lines）",
    response_class=StreamingResponse,
    responses={200: files_of(LogFormat)},
)
def export_audit_events(
    place: Auditor, services: Shared, query: Annotated[AuditExportQuery, Query()]
) -> StreamingResponse:
    """古い順です。書き出したことも記録されます。"""
    with services.database.writing() as session:
        record(
            session,
            "audit.exported",
            actor=place.actor,
            municipality_id=place.municipality_id,
            detail={"format": query.format.value, **query.chosen.as_detail()},
        )
    events = read.read_all(services.database, municipality_id=place.municipality_id, chosen=query.chosen)
    write = as_csv if query.format is LogFormat.CSV else as_jsonl
    name = f"audit-{place.code}-{now():%Y%m%d-%H%M}.{query.format.value}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return StreamingResponse(write(events), media_type=query.format.media_type, headers=headers)
