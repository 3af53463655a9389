"""Bodies: who is asking."""

from __future__ import annotations

from pydantic import Field

from api.domain.rights import Action, Role
from api.v1.schema import Schema


class MyMunicipality(Schema):
    """A municipality that one belongs to."""

    code: str = Field(description="団体コード（検査数字を含む 6 桁）", examples=["131016"])
    name: str = Field(examples=["千代田区"])
    role: Role = Field(description="役割: viewer 閲覧・first 一次判定・second 二次判定・admin 管理")
    rights: list[Action] = Field(description="この団体でできること")


class Me(Schema):
    """Who is asking."""

    user_id: int
    login: str = Field(examples=["tanaka"])
    is_operator: bool = Field(description="システムの運用者か。API トークンではいつも false")
    by_token: bool = Field(description="API トークンによる要求か")
    municipalities: list[MyMunicipality]
