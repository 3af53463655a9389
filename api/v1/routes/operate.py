"""Running the installation: municipalities, accounts, how it is. For operators, by login only."""

from __future__ import annotations

from typing import Annotated

from fastapi import Path, Query, Response

from api.access import accounts, members, municipalities
from api.access.logins import LONGEST
from api.ops import queue, status
from api.v1.factory import router as make_router
from api.v1.models.people import (
    AccountBody,
    AccountMade,
    AccountRequest,
    MunicipalityLine,
    MunicipalityRequest,
    NameRequest,
    PasswordSet,
    RoleRequest,
)
from api.v1.models.status import QueueBody, StatusBody
from api.v1.parameters import Limit, Operator, Shared, UploadId, UserId
from api.v1.problems import WRITES, problems
from api.v1.schema import Page, Text

router = make_router("運用", "/operate")

_Code = Annotated[str, Path(pattern=r"^[0-9]{6}$", description="団体コード（6 桁）", examples=["131016"])]


@router.get("/status", summary="システムの様子")
def read_status(_actor: Operator, services: Shared) -> StatusBody:
    """すべきこと、版、ディスク、同定する処理、最後のバックアップです。"""
    return StatusBody.of(status.look(services))


@router.get("/queue", summary="同定の待ち行列")
def read_queue(_actor: Operator, services: Shared) -> QueueBody:
    """すべての団体のものです。ファイルの名前は出ません。"""
    with services.database.reading() as session:
        return QueueBody.of(queue.look(session))


@router.post(
    "/queue/{upload_id}/retry", status_code=204, summary="同定をもう一度始める", responses=problems(*WRITES)
)
def retry_job(actor: Operator, services: Shared, upload_id: UploadId) -> Response:
    """失敗したファイルの続きをします。"""
    queue.retry(services, actor=actor, upload_id=upload_id)
    return Response(status_code=204)


@router.post(
    "/queue/{upload_id}/cancel", status_code=204, summary="同定を取り消す", responses=problems(*WRITES)
)
def cancel_job(actor: Operator, services: Shared, upload_id: UploadId) -> Response:
    """それまでに済んだ分は残ります。"""
    queue.cancel(services, actor=actor, upload_id=upload_id)
    return Response(status_code=204)


@router.get("/municipalities", summary="団体の一覧")
def list_municipalities(_actor: Operator, services: Shared) -> Page[MunicipalityLine]:
    """団体コードの順に、すべて返します。"""
    with services.database.reading() as session:
        found = municipalities.list_municipalities(session)
    return Page(items=[MunicipalityLine.of(each) for each in found], next=None)


@router.post("/municipalities", status_code=201, summary="団体を加える", responses=problems(*WRITES))
def create_municipality(actor: Operator, services: Shared, body: MunicipalityRequest) -> MunicipalityLine:
    """団体は消せません。"""
    with services.database.writing() as session:
        municipalities.create(session, actor=actor, code=body.code, name=body.name)
        code, _ = municipalities.parse_code(body.code)
        return MunicipalityLine.of(municipalities.find(session, code=code))


@router.patch("/municipalities/{code}", summary="団体の名前を変える", responses=problems(*WRITES))
def rename_municipality(
    actor: Operator, services: Shared, code: _Code, body: NameRequest
) -> MunicipalityLine:
    """合併などで名前が変わったときに。"""
    with services.database.writing() as session:
        municipalities.rename(session, actor=actor, code=code, name=body.name)
        return MunicipalityLine.of(municipalities.find(session, code=code))


@router.get("/accounts", summary="アカウントの一覧")
def list_accounts(
    _actor: Operator,
    services: Shared,
    cursor: Annotated[
        Text, Query(max_length=LONGEST, description="前の答えの `next`。初めは付けません。")
    ] = "",
    limit: Limit = 100,
) -> Page[AccountBody]:
    """ログイン名の順です。"""
    with services.database.reading() as session:
        found = accounts.list_accounts(session, after=cursor, limit=limit + 1)
    shown = [AccountBody.of(each) for each in found[:limit]]
    return Page(items=shown, next=shown[-1].login if len(found) > limit else None)


@router.post("/accounts", status_code=201, summary="アカウントを作る", responses=problems(*WRITES))
def create_account(actor: Operator, services: Shared, body: AccountRequest) -> AccountMade:
    """初めのパスワードは、あとからは見られません。役割は、このあとで付けます。"""
    with services.database.writing() as session:
        made = accounts.create_account(
            session,
            actor=actor,
            login=body.login,
            name=body.name,
            is_operator=body.is_operator,
            has_password=body.has_password,
        )
    return AccountMade(user_id=made.user_id, password=made.password)


@router.post("/accounts/{user_id}/password", summary="パスワードを再設定する", responses=problems(*WRITES))
def reset_account_password(actor: Operator, services: Shared, user_id: UserId) -> PasswordSet:
    """その人のログインはすべて終わります。停止中のアカウントでは 409 です。"""
    with services.database.writing() as session:
        return PasswordSet(password=accounts.reset_password(session, actor=actor, user_id=user_id))


@router.post(
    "/accounts/{user_id}/disable",
    status_code=204,
    summary="アカウントを停止する",
    responses=problems(*WRITES),
)
def disable_account(actor: Operator, services: Shared, user_id: UserId) -> Response:
    """ログインと API トークンも、すぐに終わります。記録は残ります。"""
    with services.database.writing() as session:
        accounts.disable(session, actor=actor, user_id=user_id)
    return Response(status_code=204)


@router.post(
    "/accounts/{user_id}/enable",
    status_code=204,
    summary="アカウントの停止を解く",
    responses=problems(*WRITES),
)
def enable_account(actor: Operator, services: Shared, user_id: UserId) -> Response:
    """前のパスワードでログインできます。API トークンは戻りません。"""
    with services.database.writing() as session:
        accounts.enable(session, actor=actor, user_id=user_id)
    return Response(status_code=204)


@router.post(
    "/accounts/{user_id}/unlock", status_code=204, summary="一時停止を解く", responses=problems(*WRITES)
)
def unlock_account(actor: Operator, services: Shared, user_id: UserId) -> Response:
    """パスワードの間違いが続いて止まったログインを、すぐに使えるようにします。"""
    with services.database.writing() as session:
        accounts.unlock(session, actor=actor, user_id=user_id)
    return Response(status_code=204)


@router.put(
    "/accounts/{user_id}/roles/{code}",
    status_code=204,
    summary="団体での役割を付ける",
    responses=problems(*WRITES),
)
def grant_role(
    actor: Operator, services: Shared, user_id: UserId, code: _Code, body: RoleRequest
) -> Response:
    """すでに役割があれば、置き換えます。"""
    with services.database.writing() as session:
        accounts.find(session, user_id=user_id)
        place = municipalities.find(session, code=code)
        members.grant(session, actor=actor, user_id=user_id, municipality_id=place.id, role=body.role)
    return Response(status_code=204)


@router.delete(
    "/accounts/{user_id}/roles/{code}",
    status_code=204,
    summary="団体での役割を外す",
    responses=problems(*WRITES),
)
def revoke_role(actor: Operator, services: Shared, user_id: UserId, code: _Code) -> Response:
    """その団体の API トークンも終わります。"""
    with services.database.writing() as session:
        accounts.find(session, user_id=user_id)
        place = municipalities.find(session, code=code)
        members.revoke(session, actor=actor, user_id=user_id, municipality_id=place.id)
    return Response(status_code=204)
