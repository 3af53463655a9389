"""Bodies: a municipality and its settings."""

from __future__ import annotations

from pydantic import Field

from api.domain.rights import Action, Role
from api.domain.standing import SecondReview
from api.v1.schema import Request, Schema

_RULE = "二人目の判定が要る範囲: all すべて・similar 「類似」だけ・never なし"


class MunicipalityBody(Schema):
    """A municipality that one has entered."""

    code: str = Field(examples=["131016"])
    name: str = Field(examples=["千代田区"])
    role: Role = Field(description="要求した人の役割")
    rights: list[Action] = Field(description="要求した人ができること")
    second_review: SecondReview = Field(description=f"{_RULE}。団体の設定")
    second_review_in_force: SecondReview = Field(
        description="いま効いている決まり。採用したポリシーが優先します"
    )
    policy: str = Field(
        description="採用中の文字運用ポリシー。なければ空文字列", examples=["文字運用ポリシー 1（a1b2c3d4）"]
    )
    shares_prototypes: bool = Field(description="確定した図形を、ほかの団体の候補にも使わせるか")
    version: int


class SettingsRequest(Request):
    """New settings of a municipality."""

    version: int | None = Field(default=None, ge=1, le=2**31 - 1, description="見た版", examples=[1])
    second_review: SecondReview = Field(description=_RULE)
    shares_prototypes: bool = Field(
        description="確定した図形（図と MJ だけ）を、ほかの団体の候補にも使わせるか", examples=[False]
    )
