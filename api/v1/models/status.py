"""Bodies: the installation and its queue."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Self

from pydantic import Field

from api.ops.queue import Job, Queue
from api.ops.status import Status
from api.v1.schema import Schema

_WHEN = ["2026-04-01T00:30:00Z"]


class RoomBody(Schema):
    """The disk that the data are on."""

    total: int = Field(description="バイト数", examples=[500000000000])
    free: int = Field(examples=[320000000000])
    is_low: bool = Field(description="空きが少ないか")


class StatusBody(Schema):
    """How the installation is."""

    at: datetime = Field(examples=_WHEN)
    warnings: list[str] = Field(description="すぐにすべきこと", examples=[[]])
    versions: dict[str, str] = Field(
        description="版", examples=[{"gaiji": "0.6.0", "参照セット": "mojikiban-006.02", "判定基準": "v4"}]
    )
    packages: dict[str, str] = Field(description="部品の版", examples=[{"fastapi": "0.165.0"}])
    database: str = Field(examples=["SQLite 3.40.1"])
    sizes: dict[str, int] = Field(description="使っているバイト数", examples=[{"データベース": 73400320}])
    room: RoomBody | None = Field(description="調べられなければ null")
    worker_at: datetime | None = Field(description="同定する処理からの最後の連絡", examples=_WHEN)
    worker: dict[str, Any] = Field(examples=[{}])
    backup_at: datetime | None = Field(description="最後のバックアップ", examples=_WHEN)
    backup: dict[str, Any] = Field(examples=[{}])

    @classmethod
    def of(cls, status: Status) -> Self:
        """Say it."""
        return cls(
            at=status.at,
            warnings=list(status.warnings),
            versions=dict(status.versions),
            packages=dict(status.packages),
            database=f"{status.backend} {status.database_version}",
            sizes=dict(status.sizes),
            room=RoomBody.model_validate(status.room) if status.room else None,
            worker_at=status.worker_at,
            worker=dict(status.worker),
            backup_at=status.backup_at,
            backup=dict(status.backup),
        )


class JobBody(Schema):
    """A file on its way; its name stays with its municipality."""

    id: int
    code: str = Field(description="団体コード", examples=["131016"])
    municipality: str = Field(examples=["千代田区"])
    state: str = Field(description="queued・running・failed", examples=["running"])
    is_reidentification: bool = Field(description="同定のやり直しか")
    size: int = Field(description="バイト数", examples=[12116])
    total: int | None = Field(examples=[1046])
    done: int = Field(examples=[512])
    failed: int = Field(examples=[3])
    rate: float | None = Field(description="1 秒あたりの字数", examples=[41.5])
    message: str
    created_at: datetime = Field(examples=_WHEN)
    finished_at: datetime | None = Field(examples=[None])

    @classmethod
    def of(cls, job: Job) -> Self:
        """Say it."""
        return cls.model_validate(job)


class QueueBody(Schema):
    """The queue of all municipalities."""

    running: list[JobBody]
    waiting: list[JobBody] = Field(description="先のものから 50 件まで")
    failed: list[JobBody] = Field(description="新しいものから 20 件まで")

    @classmethod
    def of(cls, queue: Queue) -> Self:
        """Say it."""
        return cls.model_validate(queue)
