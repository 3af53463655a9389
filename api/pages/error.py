"""Pages: what went wrong, and what to do."""

from __future__ import annotations

from fastapi import Request
from fastapi.responses import Response

from api.context import request_id
from api.pages.templates import page
from api.security.problem import Problem

_TITLES = {
    401: "ログインが必要です",
    403: "この操作はできません",
    404: "見つかりません",
    409: "ほかの操作と重なりました",
    413: "大きすぎます",
    422: "入力を確かめてください",
    429: "少し待ってください",
    503: "いまは使えません",
}


def show(request: Request, problem: Problem) -> Response:
    """Show a problem as a page."""
    default = "思わぬ問題が起きました" if problem.status >= 500 else "受け付けられません"
    return page(
        request,
        "error/error.html",
        status=problem.status,
        title=_TITLES.get(problem.status, default),
        problem=problem,
        request_id=request_id.get(),
        actor=getattr(request.state, "actor", None),
    )
