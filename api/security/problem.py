"""What an error says to whoever asked: code, sentence, status; nothing of the inside."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from api.context import request_id
from api.errors import ApiError
from engine.errors import GaijiError, ReadError, UsageError

_MOST_DETAILS = 20
_BY_STATUS = {
    400: ("bad-request", "要求の形が正しくありません。"),
    401: ("unauthenticated", "ログインしてください。"),
    403: ("forbidden", "この操作はできません。"),
    404: ("not-found", "ページがありません。アドレスを確かめるか、はじめの画面からたどってください。"),
    405: ("method-not-allowed", "このアドレスでは、その操作はできません。"),
    413: ("too-large", "送られた内容が大きすぎます。"),
    415: ("unsupported-media", "この形式の内容は受け取れません。"),
}
_INTERNAL = "思わぬ問題が起きました。もう一度試し、続くときは下の番号を運用者に知らせてください。"
_REFERENCE = (
    "参照セット（IPAmj明朝や索引）を使えません。運用者に、gaiji reference info で確かめるよう頼んでください。"
)


@dataclass(frozen=True, slots=True)
class Problem:
    """An error on its way out.

    Attributes
    ----------
    status : int
        HTTP status.
    code : str
        Stable, kebab-case.
    message : str
        Japanese; says what to do.
    details : mapping
        For programs.
    headers : mapping
        Of the answer.
    """

    status: int
    code: str
    message: str
    details: Mapping[str, Any] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """Return the one shape that every error has."""
        return {
            "error": {
                "code": self.code,
                "message": self.message,
                "details": dict(self.details),
                "request_id": request_id.get(),
            }
        }


def problem_of(error: Exception) -> Problem:
    """Tell what to say about an error; of an unexpected one, nothing but that it happened."""
    if isinstance(error, ApiError):
        return Problem(error.status, error.code, str(error), error.details, _retry(error.details))
    if isinstance(error, ReadError | UsageError):
        return Problem(422, error.code, str(error))
    if isinstance(error, GaijiError):  # its message may name files of this machine
        return Problem(503, error.code, _REFERENCE)
    if isinstance(error, RequestValidationError):
        return _validation(error)
    if isinstance(error, HTTPException):
        return _http(error)
    return Problem(500, "internal", _INTERNAL)


def _retry(details: Mapping[str, Any]) -> dict[str, str]:
    seconds = details.get("retry_after_s")
    return {} if seconds is None else {"Retry-After": str(seconds)}


def _validation(error: RequestValidationError) -> Problem:
    # What was sent is left out: it may be a password, and it is sent back to whoever knows it anyway.
    found = [
        {"where": [str(part) for part in each["loc"]], "rule": each["type"]}
        for each in error.errors()[:_MOST_DETAILS]
    ]
    if all(each["where"][:1] == ["path"] for each in found):  # no such thing can exist
        return Problem(404, "not-found", _BY_STATUS[404][1])
    fields = "、".join(dict.fromkeys(each["where"][-1] for each in found if each["where"]))
    return Problem(422, "invalid", f"入力を確かめてください（{fields}）。", {"errors": found})


def _http(error: HTTPException) -> Problem:
    status = error.status_code
    known = _BY_STATUS.get(status)
    code, message = known or (HTTPStatus(status).name.lower().replace("_", "-"), _BY_STATUS[400][1])
    if status >= 500:
        message = _INTERNAL
    return Problem(status, code, message, headers=dict(error.headers or {}))
