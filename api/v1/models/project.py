"""Bodies: projects and how far they have come."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Self

from pydantic import Field

from api.domain.standing import State
from api.store.models import Project
from api.v1.schema import Request, Schema, Text
from api.work.projects import Overview, ProjectFields

_WHEN = ["2026-04-01T00:30:00Z"]


class Charset(StrEnum):
    """Candidates on offer; the keys of :data:`engine.reference.table.CHARSETS`."""

    MJ = "mj"
    JUKI = "juki"
    KOSEKI = "koseki"
    JISX0213 = "jisx0213"


class Kind(StrEnum):
    """How gaiji were submitted; the keys of :data:`engine.intake.key.KINDS`, or none."""

    NONE = ""
    LEFT = "1"
    RESIDENTS = "2"
    OTHER = "3"


_KIND = "提出区分: 1 住基ネット残存外字・2 既存住基システム外字・3 その他システム外字・空文字列 決めない"
_CHARSET = "候補にする範囲: mj すべて・juki 住基ネット統一文字・koseki 戸籍統一文字・jisx0213 JIS X 0213"


class ProjectBody(Schema):
    """One system's gaiji."""

    id: int
    name: str = Field(examples=["住民記録 2026"])
    system: str = Field(examples=["住民記録"])
    kind: str = Field(description=_KIND, examples=["2"])
    charset: str = Field(description=_CHARSET, examples=["mj"])
    created_at: datetime = Field(examples=_WHEN)
    archived_at: datetime | None = Field(description="終了した日時。終了していなければ null", examples=[None])
    version: int

    @classmethod
    def of(cls, project: Project) -> Self:
        """Say a project."""
        return cls.model_validate(project)


class ProjectOverview(Schema):
    """A project with its numbers."""

    project: ProjectBody
    shapes: dict[State, int] = Field(
        description="図形の数。open 未判定・awaiting-second 二次待ち・disputed 協議中・settled 確定",
        examples=[{"open": 120, "awaiting-second": 30, "disputed": 2, "settled": 848}],
    )
    gaiji: int = Field(description="外字の数（読めなかったものを除く）", examples=[1043])
    unreadable: int = Field(description="読めなかった外字の数", examples=[3])
    running: int = Field(description="同定を待っているか、同定中のファイルの数", examples=[0])

    @classmethod
    def of_overview(cls, overview: Overview) -> Self:
        """Say a project with its numbers."""
        return cls(
            project=ProjectBody.of(overview.project),
            shapes=dict(overview.shapes),
            gaiji=overview.gaiji,
            unreadable=overview.unreadable,
            running=overview.running,
        )


class ProjectRequest(Request):
    """A project to be made."""

    name: Text = Field(description="人が見分けるための名前", max_length=200, examples=["住民記録 2026"])
    system: Text = Field(description="外字のあるシステム", max_length=200, examples=["住民記録"])
    kind: Kind = Field(default=Kind.NONE, description=_KIND, examples=["2"])
    charset: Charset = Field(default=Charset.MJ, description=_CHARSET)

    @property
    def fields(self) -> ProjectFields:
        """What it says, checked.

        Raises
        ------
        InvalidError
        """
        return ProjectFields.checked(name=self.name, system=self.system, kind=self.kind, charset=self.charset)


class ProjectChange(ProjectRequest):
    """A project as it shall be."""

    version: int | None = Field(default=None, ge=1, le=2**31 - 1, description="見た版", examples=[1])


class VersionRequest(Request):
    """A write that needs nothing but the version it is made on."""

    version: int | None = Field(default=None, ge=1, le=2**31 - 1, description="見た版", examples=[1])
