"""Bodies: deciding, taking back, and a decision as it was seen."""

from __future__ import annotations

from typing import Any, Literal, Self

from pydantic import Field

from api.domain.standing import Stage, State
from api.review.decide import Decided
from api.review.history import Replay, SeenPrototype
from api.review.withdraw import Withdrawn
from api.v1.models.finding import FindingBody, FindingRequest
from api.v1.models.shape import DecisionBody, SuggestionBody, WithdrawalBody
from api.v1.schema import Request, Schema, Text

_LARGEST_VERSION = 2**31 - 1
_REASON = "理由。1,000 字まで"


class DecisionRequest(FindingRequest):
    """What a person says a shape is."""

    version: int | None = Field(
        default=None, ge=1, le=_LARGEST_VERSION, description="見た図形の版", examples=[1]
    )
    reason: Text = Field(
        default="",
        max_length=4000,
        description=f"{_REASON}。機械が確認不要とした提案や、以前の判定と違うとき、協議のときに要ります。",
        examples=["点の有無だけが違う。"],
    )
    project_id: int | None = Field(
        default=None, ge=1, le=2**63 - 1, description="どのプロジェクトの仕事としてか", examples=[None]
    )
    seen: dict[str, Any] = Field(
        default={}, description="判定のときに見せたもの（あとで再現するための、あなたの記録）", examples=[{}]
    )
    seconds: float | None = Field(
        default=None, ge=0, allow_inf_nan=False, description="判定にかかった秒数", examples=[2.4]
    )


class DecisionMade(Schema):
    """A decision that was made."""

    id: int
    shape_id: int
    stage: Stage = Field(description="first 一次判定・second 二次判定・conference 協議")
    state: State = Field(description="この判定のあとの、図形の状態")
    final: FindingBody | None = Field(description="確定したとき、その内容", examples=[None])
    version: int = Field(description="図形のいまの版", examples=[2])

    @classmethod
    def of(cls, made: Decided, shape_id: int) -> Self:
        """Say it."""
        return cls(
            id=made.decision_id,
            shape_id=shape_id,
            stage=made.stage,
            state=made.standing.state,
            final=FindingBody.of(made.standing.finding),
            version=made.version,
        )


class WithdrawalRequest(Request):
    """Why a decision is taken back."""

    reason: Text = Field(max_length=4000, description=_REASON, examples=["別の字と取り違えた。"])
    version: int | None = Field(
        default=None,
        ge=1,
        le=_LARGEST_VERSION,
        description="見た図形の版。省くと確かめません。",
        examples=[2],
    )


class WithdrawalMade(Schema):
    """A decision that was taken back."""

    id: int
    decision_id: int
    shape_id: int
    fallen: list[int] = Field(description="効かなくなった判定（これと、これに続くもの）", examples=[[1]])
    state: State = Field(description="このあとの、図形の状態")
    version: int = Field(description="図形のいまの版", examples=[3])

    @classmethod
    def of(cls, made: Withdrawn, decision_id: int) -> Self:
        """Say it."""
        return cls(
            id=made.withdrawal_id,
            decision_id=decision_id,
            shape_id=made.shape_id,
            fallen=list(made.fallen),
            state=made.standing.state,
            version=made.version,
        )


class SeenEarlier(Schema):
    """An earlier decision that was shown."""

    prototype_id: int
    likeness: str = Field(examples=["same"])
    probability: float = Field(examples=[0.998])
    finding: FindingBody
    shared: bool
    shape_id: int | None
    ended: bool = Field(description="その後、取り消されたか")

    @classmethod
    def of(cls, told: SeenPrototype) -> Self:
        """Say it."""
        return cls.model_validate(told)


class ReplayBody(Schema):
    """A decision as it was seen."""

    decision: DecisionBody
    shape_id: int
    shape_version: int = Field(description="見た図形の版")
    suggestion: SuggestionBody | None = Field(description="そのときの機械の提案")
    explanation_id: int | None = Field(description="そのときの説明の番号")
    candidates: list[str] = Field(description="見せた候補、並びのとおり", examples=[["MJ008095"]])
    prototypes: list[SeenEarlier] = Field(description="見せた以前の判定")
    earlier: list[DecisionBody] = Field(description="そのときまでの、この図形の判定")
    earlier_shown: bool = Field(description="それを見せたか。二次判定では一次判定を見せません。")
    looked_at: bool = Field(description="図形そのものを見たか。一括確認の標本の外では false", examples=[True])
    policy: str = Field(description="効いていたポリシー。なければ空文字列")
    second_review: Literal["all", "similar", "never", ""] = Field(description="効いていた二次判定の決まり")
    page: dict[str, Any] = Field(description="判定した側が記録したもの", examples=[{}])
    withdrawal: WithdrawalBody | None = Field(description="その後の取り消し", examples=[None])

    @classmethod
    def of(cls, seen: Replay) -> Self:
        """Say it."""
        return cls(
            decision=DecisionBody.of(seen.decision),
            shape_id=seen.shape_id,
            shape_version=seen.shape_version,
            suggestion=SuggestionBody.of(seen.suggestion) if seen.suggestion else None,
            explanation_id=seen.explanation_id,
            candidates=list(seen.candidates),
            prototypes=[SeenEarlier.of(each) for each in seen.prototypes],
            earlier=[DecisionBody.of(each) for each in seen.earlier],
            earlier_shown=seen.earlier_shown,
            looked_at=seen.looked_at,
            policy=seen.policy,
            second_review=seen.second_review,  # type: ignore[arg-type]
            page=dict(seen.page),
            withdrawal=WithdrawalBody.model_validate(seen.withdrawal) if seen.withdrawal else None,
        )
