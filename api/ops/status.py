"""How the installation is doing, for the operator's page: machine, disk, backup, versions, warnings."""

from __future__ import annotations

import platform
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.orm import Session

import engine
from api.jobs.heartbeat import NOTE as WORKER_NOTE
from api.ops import disk, health
from api.ops.disk import Room
from api.ops.notes import BACKUP_NOTE, BACKUP_OLD, WORKER_SILENT_S
from api.services import Services
from api.store.migrate import versions
from api.store.models import Note, Suggestion
from api.store.types import now
from engine.errors import GaijiError

_PACKAGES = (
    "fastapi", "starlette", "uvicorn", "SQLAlchemy", "alembic", "pydantic", "Jinja2", "argon2-cffi", "huey",
    "psycopg", "numpy", "pillow", "fonttools", "freetype-py", "onnxruntime", "pyarrow",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Status:
    """What the page shows.

    Attributes
    ----------
    at : datetime
    warnings : tuple of str
        Japanese, what is to be done at the head.
    worker_at : datetime or None
        Last sign of life.
    worker : mapping
        What the worker noted.
    backup_at : datetime or None
    backup : mapping
        What the last backup noted.
    room : Room or None
        None where the data folder is out of reach.
    sizes : tuple of (str, int)
        What takes the room: title and bytes.
    backend, database_version : str
    versions : tuple of (str, str)
    packages : tuple of (str, str)
    """

    at: datetime
    warnings: tuple[str, ...]
    worker_at: datetime | None
    worker: Mapping[str, Any]
    backup_at: datetime | None
    backup: Mapping[str, Any]
    room: Room | None
    sizes: tuple[tuple[str, int], ...]
    backend: str
    database_version: str
    versions: tuple[tuple[str, str], ...]
    packages: tuple[tuple[str, str], ...]


def look(services: Services) -> Status:
    """Look at everything."""
    at = now()
    with services.database.reading() as session:
        notes = {name: session.get(Note, name) for name in (WORKER_NOTE, BACKUP_NOTE)}
        facts = _versions(services, session)
        backend, number = _backend(services, session)
    worker, backup = notes[WORKER_NOTE], notes[BACKUP_NOTE]
    try:
        room = disk.room(services)
    except OSError:
        room = None
    return Status(
        at,
        tuple(_warnings(services, worker, backup, room, at)),
        worker.at if worker else None,
        worker.value if worker else {},
        backup.at if backup else None,
        backup.value if backup else {},
        room,
        _sizes(services),
        backend,
        number,
        facts,
        tuple((name, number) for name in _PACKAGES if (number := _package(name))),
    )


def _warnings(
    services: Services, worker: Note | None, backup: Note | None, room: Room | None, at: datetime
) -> list[str]:
    found = []
    if worker is None:
        found.append(
            "同定する処理（worker）がまだ動いていません。gaiji serve か gaiji worker を確かめてください。"
        )
    elif at - worker.at > timedelta(seconds=WORKER_SILENT_S):
        found.append(
            "同定する処理（worker）から連絡がありません。gaiji serve か gaiji worker を再起動してください。"
        )
    if not health.has_reference(services):
        found.append(
            "参照セットのフォントか索引がありません。サーバーで gaiji reference info を実行してください。"
        )
    if room is None:
        found.append("データの場所を調べられません。ディスクがつながっているか確かめてください。")
    elif room.is_low:
        found.append(
            "ディスクの空きが少なくなっています。古いバックアップを移すか、ディスクを増やしてください。"
        )
    return found + _of_backup(backup, at)


def _of_backup(backup: Note | None, at: datetime) -> list[str]:
    if backup is None:
        return ["バックアップがまだありません。サーバーで gaiji backup を実行してください。"]
    found = []
    if at - backup.at > BACKUP_OLD:
        found.append(
            f"最後のバックアップから {(at - backup.at).days} 日たっています。"
            "gaiji backup を毎日実行するように設定してください。"
        )
    if not backup.value.get("verified"):
        found.append("最後のバックアップは、中身を確かめていません。--no-verify を付けずに実行してください。")
    if backup.value.get("missing"):
        found.append(
            f"登録されたファイルのうち {backup.value['missing']:,} 個が、なくなっているか壊れています。"
            "以前のバックアップから戻してください。"
        )
    if backup.value.get("mismatches"):
        found.append(
            "判定の記録と一覧の状態が合わないところがあります。データベースを手で直していないか確かめてください。"
        )
    return found


def _sizes(services: Services) -> tuple[tuple[str, int], ...]:
    settings = services.settings
    return (
        ("データベース", disk.database_bytes(services)),
        ("登録されたファイル", disk.folder_bytes(settings.uploads_dir)),
        ("処理の途中のデータ", disk.folder_bytes(settings.data_dir / "jobs")),
        ("バックアップ", disk.folder_bytes(settings.backups_dir)),
    )


def _backend(services: Services, session: Session) -> tuple[str, str]:
    if services.database.is_sqlite:
        return "SQLite", str(session.scalar(text("SELECT sqlite_version()")))
    return "PostgreSQL", str(session.scalar(text("SHOW server_version")))


def _versions(services: Services, session: Session) -> tuple[tuple[str, str], ...]:
    from engine.reference.refset import find_reference_set

    try:
        refset = find_reference_set(services.engine_settings)
        reference, criteria = refset.id, refset.criteria
    except (GaijiError, OSError):
        reference = criteria = "—"
    present, _known = versions(services.database)
    models = session.scalar(select(Suggestion.engine).order_by(Suggestion.id.desc()).limit(1))
    return (
        ("gaiji", engine.__version__),
        ("参照セット", reference),
        ("判定基準", criteria),
        ("最後の同定に使った版とモデル", models or "—"),
        ("データベースの構造", present or "—"),
        ("Python", platform.python_version()),
        ("OS", f"{platform.system()} {platform.release()}"),
    )


def _package(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return ""
