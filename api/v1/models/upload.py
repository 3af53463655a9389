"""Bodies: files handed in, and the form that hands one in."""

from __future__ import annotations

from dataclasses import MISSING, fields
from datetime import datetime
from typing import Any, Self

from pydantic import Field

from api.jobs.progress import overall_rate, progress_of
from api.store.models import Upload
from api.store.types import now
from api.v1.schema import Schema
from api.work.upload_options import UploadOptions

_WHEN = ["2026-04-01T00:30:00Z"]


class ProgressBody(Schema):
    """How far a file is."""

    state: str = Field(
        description="queued 待ち・running 同定中・done 完了・failed 失敗・cancelled 取り消し",
        examples=["running"],
    )
    total: int | None = Field(description="字の数。数え終わるまで null", examples=[1046])
    done: int = Field(description="済んだ数", examples=[512])
    failed: int = Field(description="そのうち読めなかった数", examples=[3])
    rate: float | None = Field(description="1 秒あたりの字数", examples=[41.5])
    seconds_left: float | None = Field(description="残りの秒数の見積もり", examples=[12.9])
    message: str = Field(description="人に見せる日本語。なければ空文字列")


class UploadBody(Schema):
    """A file handed in."""

    id: int
    project_id: int
    name: str = Field(examples=["EUDC.TTE"])
    size: int = Field(description="バイト数", examples=[12116])
    sha256: str = Field(
        description="内容の SHA-256。同定のやり直しでは空文字列", examples=["9f86d081884c7d65" * 4]
    )
    options: dict[str, Any] = Field(description="読み方の指定（既定と違うもの）", examples=[{}])
    created_at: datetime = Field(examples=_WHEN)
    finished_at: datetime | None = Field(examples=[None])
    progress: ProgressBody

    @classmethod
    def of(cls, upload: Upload) -> Self:
        """Say an upload."""
        return cls(
            id=upload.id,
            project_id=upload.project_id,
            name=upload.name,
            size=upload.size,
            sha256=upload.sha256,
            options=upload.options,
            created_at=upload.created_at,
            finished_at=upload.finished_at,
            progress=ProgressBody.model_validate(progress_of(upload, overall_rate(upload, now()))),
        )


_OPTIONS = {
    "all_glyphs": ("フォントの、私用領域の外の字も読む", False),
    "ranges": ("フォントから読むコードの範囲", "E000-E0FF"),
    "codes_from_names": ("画像の名前から外字コードを読むか: auto・yes・no", "auto"),
    "sheet": ("画像を、印刷した一覧として切り分ける", False),
    "sheet_grid": ("一覧の行数 x 列数", "10x20"),
    "first_code": ("一覧の最初のマスのコード", "E000"),
    "sheet_order": ("一覧の並び: rows・columns", "rows"),
    "sheet_caption": ("一覧の印字の位置: auto・none・top・bottom・bottom:20", "auto"),
    "raw": ("ドットパターンだけのファイルの、横 x 縦のドット数", "24x24"),
    "raw_order": ("左端のビット: msb・lsb", "msb"),
    "raw_rows": ("行の始まり: byte・bit", "byte"),
    "raw_code": ("最初の字の外字コード", "80A1"),
    "raw_cells": ("外字コードの下位バイトの範囲", "A1-FE"),
    "raw_skip": ("先頭の読み飛ばすバイト数", 0),
}
_TYPES = {bool: "boolean", int: "integer", str: "string"}
FILES = ("file", "ledger")


def upload_form() -> dict[str, Any]:
    """Describe the form: it is read by the route itself, once the right to upload is known."""
    properties: dict[str, Any] = {
        "file": {
            "type": "string",
            "format": "binary",
            "description": "外字のファイル一つ（画像・フォント・ZIP・PDF など）",
        },
        "ledger": {
            "type": "string",
            "format": "binary",
            "description": "台帳（.csv か .xlsx）。なくてもよい",
        },
    }
    for each in fields(UploadOptions):
        text, example = _OPTIONS[each.name]
        default = None if each.default is MISSING else each.default
        properties[each.name] = {
            "type": _TYPES[type(default)],
            "description": f"{text}（既定: {default!r}）" if default not in ("", None) else text,
            "examples": [example],
        }
    schema = {
        "type": "object",
        "title": "UploadForm",
        "required": ["file"],
        "properties": properties,
        "additionalProperties": False,
        "examples": [{"file": "EUDC.TTE", "codes_from_names": "auto"}],
    }
    return {"requestBody": {"required": True, "content": {"multipart/form-data": {"schema": schema}}}}
