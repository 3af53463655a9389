"""The one shape of every error, and which errors an operation may answer with."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from api.v1.schema import Schema


class ProblemBody(Schema):
    """What went wrong."""

    code: str = Field(
        description="変わらない識別子。プログラムはこれで分けてください。", examples=["not-found"]
    )
    message: str = Field(
        description="人に見せる日本語の文。どうすればよいかを述べます。",
        examples=["このプロジェクトはありません。"],
    )
    details: dict[str, Any] = Field(
        description="`field`（誤りのある項目）や `version`（今の版）など、`code` ごとの手掛かり。",
        examples=[{}],
    )
    request_id: str = Field(
        description="この要求の番号。運用者への問い合わせに使います。",
        examples=["5f0c8e3a4b1d4c7e9a2f6d8b0c1e3f57"],
    )


class ProblemAnswer(Schema):
    """Every answer from 400 on."""

    error: ProblemBody


_MEANINGS = {
    400: "要求の形が正しくない（`bad-request`）",
    401: "ログインしていないか、API トークンが無効（`unauthenticated`）",
    403: "この役割ではできない（`forbidden`）、初めのパスワードを変えていない（`password-change-required`）",
    404: "ないか、別の団体のもの（`not-found`）",
    409: "ほかの操作と重なった（`stale-version`、`conflict`）。`details` に今の版があるものもある",
    413: "大きすぎる（`too-large`）",
    415: "受け取れない種類の内容（`unsupported-media`）",
    422: "値が正しくない（`invalid`）、冪等キーが別の要求に使われた（`idempotency-mismatch`）",
    429: "回数が多すぎる（`rate-limited`）。`Retry-After` 秒待つ",
    503: "いまは使えない（`unavailable`、`reference`）",
}
_ALWAYS = (400, 401, 403, 404, 422, 503)

WRITES = (409, 413)
"""What a write may answer with beyond the common ones."""


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Describe the errors of an operation.

    Parameters
    ----------
    *statuses : int
        Beyond those that every operation may answer with.
    """
    return {
        status: {"model": ProblemAnswer, "description": _MEANINGS[status]}
        for status in sorted({*_ALWAYS, *statuses})
    }
