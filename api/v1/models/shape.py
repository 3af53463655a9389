"""Bodies: shapes in a list, and one with all that is known of it."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal, Self

from pydantic import ConfigDict, Field

from api.domain.standing import Stage, State
from api.prototypes.hits import Hit
from api.review.history import Suggested, Taken, TakenBack
from api.v1.models.finding import FindingBody
from api.v1.schema import Request, Schema, Text
from api.work.filters import TEXT_CHARACTERS, Filter
from api.work.listing import PAGE, Counts, Cursor, ShapeRow, Sort
from engine.result import Review, Subclass, Verdict

_WHEN = ["2026-04-01T00:30:00Z"]
_LARGEST = 2**63 - 1
_STATE = "open 未判定・awaiting-second 二次待ち・disputed 協議中・settled 確定"
_REVIEW = "auto 機械は確認不要とみる・required 確認が要る"
_LIKENESS = "same 同じ図形・near ほとんど同じ図形・form 同じ字形と思われる"


class ShapeFilter(Request):
    """Which shapes; the same words as in the addresses of the pages."""

    model_config = ConfigDict(extra="forbid")

    project: int | None = Field(default=None, ge=1, le=_LARGEST, description="プロジェクトの番号")
    states: list[State] = Field(default=[], description=f"状態（どれか）: {_STATE}")
    classes: list[Verdict] = Field(default=[], description="機械の区分（どれか）")
    subclasses: list[Subclass] = Field(default=[], description="機械の「同定不可能」の内訳（どれか）")
    review: Review | None = Field(default=None, description=_REVIEW)
    confidence_min: float | None = Field(default=None, ge=0, le=1, description="確信度の下限")
    confidence_max: float | None = Field(default=None, ge=0, le=1, description="確信度の上限")
    kinds: list[Literal["1", "2", "3"]] = Field(default=[], description="提出区分（どれか）")
    text: Text = Field(
        default="",
        max_length=TEXT_CHARACTERS,
        description="MJ文字図形名か文字（提案か確定がその字のもの）、外字コード・フォント名・ファイル名の一部",
    )
    changed: bool = Field(default=False, description="機械の提案と違う確定だけ")
    prototype: bool = Field(default=False, description="以前の判定があるものだけ")

    @property
    def filter(self) -> Filter:
        """As the use cases take it.

        Raises
        ------
        InvalidError
        """
        return Filter(
            project=self.project,
            states=tuple(self.states),
            classes=tuple(self.classes),
            subclasses=tuple(self.subclasses),
            review=self.review,
            confidence_min=self.confidence_min,
            confidence_max=self.confidence_max,
            kinds=tuple(self.kinds),
            text=self.text,
            changed=self.changed,
            prototype=self.prototype,
        )


class SortedShapes(ShapeFilter):
    """Which shapes in which order."""

    sort: Sort = Field(
        default=Sort.ID,
        description="id 登録順・confidence 確信度の低い順・-confidence 高い順・"
        "code 外字コード順（project が要る）・class 区分順",
    )


class ShapeQuery(SortedShapes):
    """A page of the list."""

    cursor: Text = Field(default="", max_length=400, description="前の答えの `next`。初めは付けません。")
    limit: int = Field(default=PAGE, ge=1, le=200, description="一度に返す件数")

    @property
    def here(self) -> Cursor | None:
        """Where the page begins.

        Raises
        ------
        InvalidError
        """
        return Cursor.parse(self.cursor) if self.cursor else None


class NextQuery(SortedShapes):
    """The way from one shape to the next."""

    after: int | None = Field(
        default=None, ge=1, le=_LARGEST, description="いま見ている図形。初めは付けません。"
    )


class ProjectPartBody(Schema):
    """What of a shape is in one project."""

    id: int
    name: str = Field(examples=["住民記録 2026"])
    gaiji: int = Field(description="この図形の外字の数")


class ShapeLine(Schema):
    """One line of the list."""

    id: int
    version: int = Field(description="判定・取り消し・提案のたびに増えます。判定するときに示してください。")
    machine: FindingBody | None = Field(description="機械の提案。まだなければ null")
    confidence: float | None = Field(description="提案が正しい確率（0～1）", examples=[0.9731])
    review: Review = Field(description=_REVIEW)
    state: State = Field(description=_STATE)
    final: FindingBody | None = Field(description="確定した内容。確定していなければ null", examples=[None])
    gaiji: int = Field(description="まったく同じ図形の外字の数", examples=[3])
    code: str = Field(description="そのうち一つ目の外字コード", examples=["U+E000"])
    source: str = Field(examples=["EUDC.TTE"])
    font: str = Field(examples=["EUDC"])
    projects: list[ProjectPartBody]
    prototype: bool = Field(description="以前の判定があるか")
    picture: str = Field(
        description="図の URL（PNG。`size` は 32～512）", examples=["/m/131016/shapes/1.png?size=128"]
    )

    @classmethod
    def of_row(cls, row: ShapeRow, code: str) -> Self:
        """Say a line of a municipality's list."""
        return cls(
            id=row.id,
            version=row.version,
            machine=FindingBody.of(row.machine),
            confidence=row.confidence,
            review=row.review,
            state=row.state,
            final=FindingBody.of(row.final),
            gaiji=row.gaiji,
            code=row.code,
            source=row.source,
            font=row.font,
            projects=[ProjectPartBody.model_validate(each) for each in row.projects],
            prototype=row.prototype,
            picture=picture_url(code, row.id),
        )


class CountLine(Schema):
    """How many there are of one sort."""

    verdict: Verdict | None = Field(alias="class", description="機械の区分。提案がなければ null")
    state: State
    review: Review
    shapes: int = Field(examples=[120])
    gaiji: int = Field(examples=[143])


class CountsBody(Schema):
    """How many a filter lets through."""

    shapes: int = Field(examples=[120])
    gaiji: int = Field(examples=[143])
    groups: list[CountLine] = Field(description="区分・状態・機械の判断ごと。0 のものは省きます。")

    @classmethod
    def of_counts(cls, counts: Counts) -> Self:
        """Say them."""
        return cls(
            shapes=counts.shapes,
            gaiji=counts.gaiji,
            groups=[CountLine.model_validate(each) for each in counts.groups],
        )


class NextBody(Schema):
    """The next shape for somebody."""

    shape_id: int | None = Field(description="次に判定できる図形。もうなければ null", examples=[42])


class SuggestionBody(Schema):
    """What the machine said."""

    type: Literal["suggestion"] = "suggestion"
    id: int
    at: datetime = Field(examples=_WHEN)
    finding: FindingBody
    confidence: float = Field(examples=[0.9731])
    review: Review
    candidates: list[str] = Field(description="MJ文字図形名、良い順", examples=[["MJ008095", "MJ008096"]])
    evidence: list[str] = Field(description="根拠の規則と違いの id", examples=[["A1"]])
    reference: str = Field(description="参照セットと判定基準の版", examples=["mojikiban-006.02 v4"])
    engine: str = Field(description="エンジンと学習済みデータの版", examples=["0.6.0+d1a2b3c4d.p5e6f7a8b"])

    @classmethod
    def of(cls, told: Suggested) -> Self:
        """Say it."""
        return cls(
            id=told.id,
            at=told.at,
            finding=_said(told.finding),
            confidence=told.confidence,
            review=Review(told.review),
            candidates=list(told.candidates),
            evidence=list(told.evidence),
            reference=told.reference,
            engine=told.engine,
        )


class DecisionBody(Schema):
    """What a person decided."""

    type: Literal["decision"] = "decision"
    id: int
    at: datetime = Field(examples=_WHEN)
    user_id: int
    user: str = Field(description="名前", examples=["田中"])
    stage: Stage = Field(description="first 一次判定・second 二次判定・conference 協議")
    finding: FindingBody | None = Field(description="二次判定が済むまで、ほかの人には null")
    reason: str
    in_force: bool = Field(description="取り消されていないか", examples=[True])
    bulk_id: int | None = Field(description="一括確認によるとき、その番号", examples=[None])
    seconds: float | None = Field(description="判定にかかった秒数", examples=[2.4])

    @classmethod
    def of(cls, told: Taken) -> Self:
        """Say it."""
        return cls(
            id=told.id,
            at=told.at,
            user_id=told.user_id,
            user=told.user,
            stage=told.stage,
            finding=FindingBody.of(told.finding),
            reason=told.reason,
            in_force=told.in_force,
            bulk_id=told.bulk_id,
            seconds=told.seconds,
        )


class WithdrawalBody(Schema):
    """A decision taken back."""

    type: Literal["withdrawal"] = "withdrawal"
    id: int
    decision_id: int
    at: datetime = Field(examples=_WHEN)
    user_id: int
    user: str = Field(examples=["田中"])
    reason: str = Field(examples=["別の字と取り違えた。"])


Event = Annotated[SuggestionBody | DecisionBody | WithdrawalBody, Field(discriminator="type")]


def event_of(event: Suggested | Taken | TakenBack) -> SuggestionBody | DecisionBody | WithdrawalBody:
    """Say what happened."""
    if isinstance(event, Suggested):
        return SuggestionBody.of(event)
    if isinstance(event, Taken):
        return DecisionBody.of(event)
    return WithdrawalBody.model_validate(event)


class EarlierBody(Schema):
    """An earlier decision that speaks for a shape."""

    prototype_id: int
    likeness: Literal["same", "near", "form"] = Field(description=_LIKENESS)
    probability: float = Field(description="同じ字形である確率", examples=[0.998])
    finding: FindingBody
    shared: bool = Field(description="ほかの団体のものか。そのとき、下の三つは null")
    shape_id: int | None
    decision_id: int | None
    decided_at: datetime | None = Field(examples=_WHEN)

    @classmethod
    def of(cls, hit: Hit) -> Self:
        """Say it."""
        return cls(
            prototype_id=hit.prototype_id,
            likeness=_likeness(hit.likeness),
            probability=hit.probability,
            finding=_said(hit.finding),
            shared=hit.shared,
            shape_id=hit.shape_id,
            decision_id=hit.decision_id,
            decided_at=hit.decided_at,
        )


class MemberGaiji(Schema):
    """One gaiji that shares the picture."""

    code: str = Field(examples=["U+E000"])
    font: str = Field(examples=["EUDC"])
    source: str = Field(examples=["EUDC.TTE"])
    kind: str = Field(description="提出区分の名前", examples=["既存住基システム外字"])
    project_id: int
    project: str = Field(examples=["住民記録 2026"])
    system: str = Field(examples=["住民記録"])


class Picture(Schema):
    """A picture by URL."""

    mj: str = Field(description="MJ文字図形名", examples=["MJ008095"])
    picture: str = Field(description="MJ の図（PNG）", examples=["/mj/MJ008095.png?size=256"])
    over: str = Field(
        description="外字と重ねた図（PNG。赤と青）",
        examples=["/m/131016/shapes/1/over/MJ008095.png?size=256"],
    )


class ShapeBody(Schema):
    """A shape with all that is known of it."""

    id: int
    version: int
    state: State = Field(description=_STATE)
    final: FindingBody | None = Field(description="確定した内容", examples=[None])
    next_stage: Stage | None = Field(description="次に待っている判定。確定していれば null")
    decidable: bool = Field(description="要求した人が、いまその判定をできるか", examples=[True])
    suggestion: SuggestionBody | None = Field(description="機械の提案")
    candidates: list[Picture] = Field(description="提案の候補、良い順")
    prototypes: list[EarlierBody] = Field(description="以前の判定、近い順")
    history: list[Event] = Field(description="この図形に起きたことのすべて、古い順", examples=[[]])
    gaiji: list[MemberGaiji] = Field(description="まったく同じ図形の外字（初めの 6 件）")
    gaiji_count: int = Field(description="その総数")
    picture: str = Field(description="図の URL（PNG）", examples=["/m/131016/shapes/1.png?size=256"])


def picture_url(code: str, shape_id: int, size_px: int = 128) -> str:
    """Return the address of a shape's picture."""
    return f"/m/{code}/shapes/{shape_id}.png?size={size_px}"


def candidate(code: str, shape_id: int, mj: str) -> Picture:
    """Return the addresses of a candidate's pictures."""
    return Picture(
        mj=mj, picture=f"/mj/{mj}.png?size=256", over=f"/m/{code}/shapes/{shape_id}/over/{mj}.png?size=256"
    )


def _said(finding: object) -> FindingBody:
    return FindingBody.model_validate(finding)


def _likeness(text: str) -> Literal["same", "near", "form"]:
    match text:
        case "same" | "near":
            return text
    return "form"
