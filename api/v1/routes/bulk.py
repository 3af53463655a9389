"""Confirming many shapes together, after a look at a sample."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query
from sqlalchemy.orm import Session

from api.review import bulk as bulks
from api.review.sample import sample_size
from api.v1.factory import PLACE
from api.v1.factory import router as make_router
from api.v1.idempotency import Calling, once
from api.v1.models.bulk import BulkBody, BulkPreview, BulkRequest, JudgementRequest
from api.v1.parameters import Behind, Bulker, BulkId, Limit, Shared
from api.v1.problems import WRITES, problems
from api.v1.schema import Page

router = make_router("一括確認", PLACE + "/bulk-confirmations")

_A_WHILE_S = 5.0
"""How long one request goes on confirming."""


@router.get("", summary="一括確認の一覧")
def list_bulk_confirmations(
    place: Bulker,
    services: Shared,
    project_id: Annotated[
        int | None, Query(ge=1, le=2**63 - 1, description="このプロジェクトのものだけ")
    ] = None,
    cursor: Behind = None,
    limit: Limit = 20,
) -> Page[BulkBody]:
    """新しい順です。"""
    with services.database.reading() as session:
        found = bulks.list_bulks(session, place=place, project_id=project_id, limit=limit + 1, before=cursor)
    shown = [BulkBody.of(each) for each in found[:limit]]
    return Page(items=shown, next=str(shown[-1].id) if len(found) > limit else None)


@router.get("/preview", summary="まとめて確認できる図形の数")
def preview_bulk_confirmation(
    place: Bulker, services: Shared, query: Annotated[BulkRequest, Query()]
) -> BulkPreview:
    """始める前に、何件が対象になり、何件を見ることになるかを調べます。"""
    with services.database.reading() as session:
        size = bulks.preview(session, place=place, chosen=query.chosen)
    return BulkPreview(size=size, sample=sample_size(size))


@router.post("", status_code=201, summary="一括確認を始める", responses=problems(*WRITES))
def start_bulk_confirmation(place: Bulker, services: Shared, body: BulkRequest, call: Calling) -> BulkBody:
    """対象をそのときの提案で固定し、標本を引きます。標本をすべて見て正しければ、まとめて確定できます。"""

    def start(session: Session) -> BulkBody:
        return BulkBody.of(bulks.start(session, place=place, chosen=body.chosen))

    return once(services, call, body, BulkBody, start)


@router.get("/{bulk_id}", summary="一括確認一つ")
def read_bulk_confirmation(place: Bulker, services: Shared, bulk_id: BulkId) -> BulkBody:
    """標本と、いまの状態です。"""
    with services.database.reading() as session:
        return BulkBody.of(bulks.find_bulk(session, place=place, bulk_id=bulk_id))


@router.post("/{bulk_id}/judgements", summary="標本の一つを見た結果", responses=problems(*WRITES))
def judge_bulk_sample(place: Bulker, services: Shared, bulk_id: BulkId, body: JudgementRequest) -> BulkBody:
    """同じ図形の結果は、確定を始めるまで直せます。"""
    with services.database.writing() as session:
        return BulkBody.of(
            bulks.judge(session, place=place, bulk_id=bulk_id, shape_id=body.shape_id, right=body.right)
        )


@router.post("/{bulk_id}/confirm", summary="まとめて確定する", responses=problems(*WRITES))
def confirm_bulk_confirmation(place: Bulker, services: Shared, bulk_id: BulkId) -> BulkBody:
    """5 秒ほど進めて答えます。`state` が confirming なら、続けてもう一度送ってください。"""
    return BulkBody.of(bulks.confirm(services, place=place, bulk_id=bulk_id, most_s=_A_WHILE_S))


@router.post("/{bulk_id}/abandon", summary="一括確認をやめる", responses=problems(*WRITES))
def abandon_bulk_confirmation(place: Bulker, services: Shared, bulk_id: BulkId) -> BulkBody:
    """それまでに確定した分は残ります。"""
    with services.database.writing() as session:
        return BulkBody.of(bulks.abandon(session, place=place, bulk_id=bulk_id))
