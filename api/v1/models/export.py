"""What an export is asked for by, and the files that come back."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from pydantic import Field

from api.v1.models.report import LogFormat
from api.v1.models.shape import ShapeFilter
from api.work.exports import Format


class ExportQuery(ShapeFilter):
    """Which gaiji, as what."""

    format: Format = Field(
        default=Format.CSV, description="csv（BOM 付き UTF-8）・xlsx（図のある一覧）・parquet"
    )
    people: bool = Field(
        default=False, description="判定者の名前の列を付ける（管理の役割だけ。xlsx には付きません）"
    )


def files_of(formats: Iterable[Format | LogFormat]) -> dict[str, Any]:
    """Describe an answer that is a file of one of some formats."""
    content = {
        each.media_type.partition(";")[0]: {"schema": {"type": "string", "format": "binary"}}
        for each in formats
    }
    return {"description": "ファイル", "content": content}
