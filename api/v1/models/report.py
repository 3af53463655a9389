"""Bodies: how right the machine was, and the audit log."""

from __future__ import annotations

from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Self

from pydantic import AwareDatetime, Field

from api.audit.read import AuditFilter, Event
from api.review.calibration import Calibration, Contradicted, Share
from api.v1.models.finding import FindingBody
from api.v1.schema import Request, Schema, Text
from engine.result import Review

_LARGEST = 2**63 - 1
_FIRST, _LAST = datetime(1970, 1, 2, tzinfo=UTC), datetime(9000, 1, 1, tzinfo=UTC)


class ShareBody(Schema):
    """How many of some were right."""

    title: str = Field(description="何の", examples=["auto"])
    right: int = Field(description="区分・内訳・MJ が提案のとおりだった数", examples=[412])
    total: int = Field(examples=[413])
    value: float | None = Field(description="割合。0 件なら null", examples=[0.9976])
    interval: tuple[float, float] = Field(description="95 % の信頼区間", examples=[[0.9864, 0.9996]])

    @classmethod
    def of(cls, share: Share) -> Self:
        """Say it."""
        return cls.model_validate(share)


class ContradictedBody(Schema):
    """A shape on which people say something else than the machine."""

    shape_id: int
    decision_id: int
    suggested: FindingBody
    settled: FindingBody
    confidence: float = Field(examples=[0.91])
    review: Review

    @classmethod
    def of(cls, told: Contradicted) -> Self:
        """Say it."""
        return cls.model_validate(told)


class CalibrationBody(Schema):
    """The report."""

    by_review: list[ShareBody]
    by_class: list[ShareBody]
    auto_by_class: list[ShareBody]
    by_confidence: list[ShareBody]
    claims: ShareBody = Field(description="auto の字形一致・デザイン差のうち、MJ が正しかったもの")
    unlooked: int = Field(description="だれも見ずに一括で確定したため、数えていない図形", examples=[0])
    contradicted: list[ContradictedBody] = Field(description="機械と違う確定。200 件まで")
    contradictions: int = Field(description="その総数", examples=[1])

    @classmethod
    def of(cls, report: Calibration) -> Self:
        """Say it."""
        return cls(
            by_review=[ShareBody.of(each) for each in report.by_review],
            by_class=[ShareBody.of(each) for each in report.by_class],
            auto_by_class=[ShareBody.of(each) for each in report.auto_by_class],
            by_confidence=[ShareBody.of(each) for each in report.by_confidence],
            claims=ShareBody.of(report.claims),
            unlooked=report.unlooked,
            contradicted=[ContradictedBody.of(each) for each in report.contradicted],
            contradictions=report.contradictions,
        )


class EventBody(Schema):
    """One event."""

    id: int
    at: datetime = Field(examples=["2026-04-01T00:30:00Z"])
    user_id: int | None = Field(description="機械か、ログインしていない人なら null")
    user: str = Field(description="いまの名前", examples=["田中"])
    action: str = Field(examples=["decision.made"])
    title: str = Field(description="操作の日本語名", examples=["判定"])
    object_type: str = Field(examples=["decision"])
    object_id: int | None
    detail: dict[str, Any] = Field(
        description="番号・コード・数だけ。名前は入りません。", examples=[{"shape_id": 1}]
    )
    request_id: str = Field(examples=["5f0c8e3a4b1d4c7e9a2f6d8b0c1e3f57"])

    @classmethod
    def of(cls, event: Event) -> Self:
        """Say it."""
        return cls.model_validate(event)


class AuditQuery(Request):
    """Which events."""

    since: AwareDatetime | None = Field(default=None, ge=_FIRST, le=_LAST, description="この時から（含む）")
    until: AwareDatetime | None = Field(
        default=None, ge=_FIRST, le=_LAST, description="この時まで（含まない）"
    )
    action: Text = Field(default="", max_length=40, description="decision.made か、まとめて decision")
    user_id: int | None = Field(default=None, ge=1, le=_LARGEST, description="だれの操作か")
    object_type: Text = Field(
        default="", max_length=40, description="何に対する操作か（decision・project など）"
    )
    object_id: int | None = Field(default=None, ge=1, le=_LARGEST, description="その番号")

    @property
    def chosen(self) -> AuditFilter:
        """As the use cases take it."""
        return AuditFilter(
            since=self.since,
            until=self.until,
            action=self.action.strip(),
            user_id=self.user_id,
            object_type=self.object_type.strip(),
            object_id=self.object_id,
        )


class AuditPageQuery(AuditQuery):
    """Which events, a page at a time."""

    cursor: int | None = Field(
        default=None, ge=1, le=_LARGEST, description="前の答えの `next`。初めは付けません。"
    )
    limit: int = Field(default=100, ge=1, le=200, description="一度に返す件数")


class LogFormat(StrEnum):
    """What the log is exported as."""

    CSV = "csv"
    JSONL = "jsonl"

    @property
    def media_type(self) -> str:
        """For ``Content-Type``."""
        return "text/csv; charset=utf-8" if self is LogFormat.CSV else "application/x-ndjson"


class AuditExportQuery(AuditQuery):
    """Which events, as what."""

    format: LogFormat = Field(default=LogFormat.CSV, description="csv か jsonl")
