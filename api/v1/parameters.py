"""What many routes ask for: who enters with which right, ids, limits of a page."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Path, Query

from api.access.current import current_actor, current_person
from api.access.place import Place, enter, operate, services_of
from api.domain.rights import Action, Actor
from api.services import Services

MOST = 200
"""Items of a page, at most."""

_LARGEST = 2**63 - 1

Shared = Annotated[Services, Depends(services_of)]

Anybody = Annotated[Actor, Depends(current_actor)]
Person = Annotated[Actor, Depends(current_person)]
"""In a browser: no program makes itself a further token."""
Operator = Annotated[Actor, Depends(operate)]

Reader = Annotated[Place, Depends(enter(Action.READ))]
Uploader = Annotated[Place, Depends(enter(Action.UPLOAD))]
Decider = Annotated[Place, Depends(enter(Action.DECIDE_FIRST))]
Withdrawer = Annotated[Place, Depends(enter(Action.WITHDRAW_OWN))]
Bulker = Annotated[Place, Depends(enter(Action.BULK))]
Exporter = Annotated[Place, Depends(enter(Action.EXPORT))]
Manager = Annotated[Place, Depends(enter(Action.MANAGE_PROJECTS))]
RuleMaker = Annotated[Place, Depends(enter(Action.MANAGE_POLICY))]
People = Annotated[Place, Depends(enter(Action.MANAGE_MEMBERS))]
Auditor = Annotated[Place, Depends(enter(Action.READ_AUDIT))]


def _id(what: str) -> object:
    return Path(ge=1, le=_LARGEST, description=f"{what}の番号", examples=[1])


ProjectId = Annotated[int, _id("プロジェクト")]
UploadId = Annotated[int, _id("ファイル")]
ShapeId = Annotated[int, _id("図形")]
DecisionId = Annotated[int, _id("判定")]
BulkId = Annotated[int, _id("一括確認")]
UserId = Annotated[int, _id("アカウント")]
TokenId = Annotated[int, _id("API トークン")]
Mj = Annotated[str, Path(pattern=r"^[A-Z]{2}[0-9]{6}$", description="MJ文字図形名", examples=["MJ008095"])]

Limit = Annotated[int, Query(ge=1, le=MOST, description="一度に返す件数")]
Behind = Annotated[int | None, Query(ge=1, le=_LARGEST, description="前の答えの `next`。初めは付けません。")]
