"""Members of a municipality, and one's own API tokens for it."""

from __future__ import annotations

from fastapi import Response

from api.access import members, tokens
from api.v1.factory import PLACE
from api.v1.factory import router as make_router
from api.v1.models.people import (
    AccountMade,
    MemberBody,
    MemberRequest,
    PasswordSet,
    RoleRequest,
    TokenBody,
    TokenMade,
    TokenRequest,
)
from api.v1.parameters import People, Person, Reader, Shared, TokenId, UserId
from api.v1.problems import WRITES, problems
from api.v1.schema import Page

router = make_router("利用者", PLACE)


@router.get("/members", summary="利用者の一覧")
def list_members(place: People, services: Shared) -> Page[MemberBody]:
    """ログイン名の順に、すべて返します。"""
    with services.database.reading() as session:
        found = members.list_members(session, place=place)
    return Page(items=[MemberBody.of(each) for each in found], next=None)


@router.post("/members", status_code=201, summary="利用者を加える", responses=problems(*WRITES))
def add_member(place: People, services: Shared, body: MemberRequest) -> AccountMade:
    """アカウントがなければ作り、初めのパスワードを返します。パスワードは、あとからは見られません。"""
    with services.database.writing() as session:
        made = members.add_member(
            session,
            place=place,
            login=body.login,
            name=body.name,
            role=body.role,
            has_password=body.has_password,
        )
    return AccountMade(user_id=made.user_id, password=made.password)


@router.put("/members/{user_id}/role", status_code=204, summary="役割を変える", responses=problems(*WRITES))
def change_member_role(place: People, services: Shared, user_id: UserId, body: RoleRequest) -> Response:
    """管理の役割の人がいなくなる変更は 409 です。"""
    with services.database.writing() as session:
        members.set_role(session, place=place, user_id=user_id, role=body.role)
    return Response(status_code=204)


@router.delete("/members/{user_id}", status_code=204, summary="利用者を外す", responses=problems(*WRITES))
def remove_member(place: People, services: Shared, user_id: UserId) -> Response:
    """アカウントと、その人の判定は残ります。"""
    with services.database.writing() as session:
        members.remove_member(session, place=place, user_id=user_id)
    return Response(status_code=204)


@router.post("/members/{user_id}/password", summary="パスワードを再設定する", responses=problems(*WRITES))
def reset_member_password(place: People, services: Shared, user_id: UserId) -> PasswordSet:
    """その人のログインはすべて終わり、次のログインで新しいパスワードを決めることになります。"""
    with services.database.writing() as session:
        return PasswordSet(password=members.reset_member_password(session, place=place, user_id=user_id))


@router.post(
    "/members/{user_id}/unlock", status_code=204, summary="一時停止を解く", responses=problems(*WRITES)
)
def unlock_member(place: People, services: Shared, user_id: UserId) -> Response:
    """パスワードの間違いが続いて止まったログインを、すぐに使えるようにします。"""
    with services.database.writing() as session:
        members.unlock_member(session, place=place, user_id=user_id)
    return Response(status_code=204)


@router.get("/tokens", summary="自分の API トークンの一覧")
def list_tokens(person: Person, place: Reader, services: Shared) -> Page[TokenBody]:
    """この団体のものを、新しい順に返します。API トークンによる要求ではできません（下の二つも）。"""
    with services.database.reading() as session:
        found = tokens.own(session, actor=person)
    return Page(items=[TokenBody.of(each) for each in found if each.code == place.code], next=None)


@router.post("/tokens", status_code=201, summary="API トークンを作る", responses=problems(*WRITES))
def create_token(person: Person, place: Reader, services: Shared, body: TokenRequest) -> TokenMade:
    """トークンは、あとからは見られません。"""
    with services.database.writing() as session:
        made, token = tokens.create(
            session,
            actor=person,
            municipality_id=place.municipality_id,
            role=body.role,
            name=body.name,
            days=body.days,
        )
    return TokenMade(id=made, token=token)


@router.delete("/tokens/{token_id}", status_code=204, summary="API トークンを取り消す")
def revoke_token(person: Person, place: Reader, services: Shared, token_id: TokenId) -> Response:
    """すぐに使えなくなります。"""
    with services.database.writing() as session:
        tokens.revoke(session, actor=person, token_id=token_id, municipality_id=place.municipality_id)
    return Response(status_code=204)
