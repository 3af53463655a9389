"""Bodies: why the machine said what it said."""

from __future__ import annotations

from typing import Any, Self

from pydantic import Field

from api.pictures.explanations import StoredExplanation
from api.v1.schema import Schema


class ExplanationBody(Schema):
    """An explanation and its pictures."""

    id: int
    suggestion_id: int
    document: dict[str, Any] = Field(
        description="提案の列（CSV と同じ名前）、当てはまった規則 `rules_fired`、惜しかった規則"
        " `rules_missed`、比べた候補と違い `compared`（違いの位置は、64 画素四方に正規化した図での画素）",
        examples=[{"class": "字形一致", "mj": "MJ008095", "rules_fired": [], "compared": []}],
    )
    pictures: dict[str, str] = Field(
        description="図の URL（PNG）: square 正規化した外字、MJ… 候補、MJ….laid 外字に合わせて動かした候補",
        examples=[{"square": "/m/131016/shapes/1/explanation/1/square.png?size=256"}],
    )

    @classmethod
    def of(cls, kept: StoredExplanation, code: str, shape_id: int) -> Self:
        """Say it."""
        base = f"/m/{code}/shapes/{shape_id}/explanation/{kept.id}"
        return cls(
            id=kept.id,
            suggestion_id=kept.suggestion_id,
            document=dict(kept.document),
            pictures={name: f"{base}/{name}.png?size=256" for name in kept.pictures},
        )
