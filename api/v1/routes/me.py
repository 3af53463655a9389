"""Who is asking, and what they may do."""

from __future__ import annotations

from api.access.municipalities import own_municipalities
from api.domain.rights import RIGHTS
from api.v1.factory import router as make_router
from api.v1.models.me import Me, MyMunicipality
from api.v1.parameters import Anybody, Shared

router = make_router("自分", "/me")


@router.get("", summary="自分の役割と権限")
def read_me(actor: Anybody, services: Shared) -> Me:
    """トークンやログインが、だれの、どの団体でのものかを確かめます。"""
    with services.database.reading() as session:
        mine = own_municipalities(session, actor=actor)
    return Me(
        user_id=actor.user_id,
        login=actor.login,
        is_operator=actor.is_operator,
        by_token=actor.token_id is not None,
        municipalities=[
            MyMunicipality(
                code=each.code,
                name=each.name,
                role=actor.roles[each.id],
                rights=sorted(RIGHTS[actor.roles[each.id]]),
            )
            for each in mine
        ],
    )
