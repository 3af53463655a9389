"""Bodies: confirming many shapes together."""

from __future__ import annotations

from datetime import datetime
from typing import Literal, Self

from pydantic import Field

from api.review.bulk import Bulk
from api.review.bulk_set import BulkFilter
from api.v1.schema import Request, Schema
from engine.result import Verdict

_LARGEST = 2**63 - 1


class BulkRequest(Request):
    """Which of the shapes that the machine calls safe."""

    project_id: int | None = Field(
        default=None, ge=1, le=_LARGEST, description="プロジェクト。省くと団体のすべて", examples=[1]
    )
    classes: list[Verdict] = Field(
        default=[], description="機械の区分。空ならすべて", examples=[["字形一致"]]
    )
    confidence_from: float = Field(default=0.0, ge=0, le=1, description="確信度の下限", examples=[0.99])
    confidence_to: float = Field(default=1.0, ge=0, le=1, description="確信度の上限", examples=[1.0])

    @property
    def chosen(self) -> BulkFilter:
        """As the use cases take it.

        Raises
        ------
        InvalidError
        """
        return BulkFilter(tuple(self.classes), self.confidence_from, self.confidence_to, self.project_id)


class BulkPreview(Schema):
    """What a bulk confirmation would take."""

    size: int = Field(description="まとめて確認できる図形の数", examples=[1000])
    sample: int = Field(description="そのうち、先に見ることになる数", examples=[238])


class BulkBody(Schema):
    """A bulk confirmation."""

    id: int
    user_id: int = Field(description="始めた人。進められるのはこの人だけ")
    project_id: int | None
    classes: list[Verdict]
    confidence_from: float = Field(examples=[0.99])
    confidence_to: float = Field(examples=[1.0])
    state: Literal["sampling", "confirming", "confirmed", "abandoned"] = Field(
        description="sampling 標本の確認中・confirming 確定の途中・confirmed 完了・abandoned 中止"
    )
    size: int = Field(description="始めたときの図形の数", examples=[1000])
    sample: list[int] = Field(description="先に見る図形", examples=[[12, 5, 77]])
    judged: dict[int, bool] = Field(description="見た図形と、機械が正しかったか", examples=[{"12": True}])
    next_shape_id: int | None = Field(description="次に見る図形", examples=[5])
    confirmed: int = Field(description="確定した数", examples=[0])
    skipped: int | None = Field(description="完了したとき、その後の変化のために飛ばした数", examples=[None])
    created_at: datetime = Field(examples=["2026-04-01T00:30:00Z"])
    finished_at: datetime | None = Field(examples=[None])

    @classmethod
    def of(cls, bulk: Bulk) -> Self:
        """Say it."""
        return cls(
            id=bulk.id,
            user_id=bulk.user_id,
            project_id=bulk.chosen.project_id,
            classes=list(bulk.chosen.verdicts),
            confidence_from=bulk.chosen.confidence_from,
            confidence_to=bulk.chosen.confidence_to,
            state=bulk.state,  # type: ignore[arg-type]
            size=bulk.size,
            sample=list(bulk.sample),
            judged=dict(bulk.findings),
            next_shape_id=bulk.next_shape_id,
            confirmed=bulk.confirmed,
            skipped=bulk.skipped,
            created_at=bulk.created_at,
            finished_at=bulk.finished_at,
        )


class JudgementRequest(Request):
    """Whether the machine was right about a shape of the sample."""

    shape_id: int = Field(ge=1, le=_LARGEST, examples=[12])
    right: bool = Field(
        description="機械の提案が正しいか。false なら一括確認は中止になります。", examples=[True]
    )
