"""Pages: how to use every page, for people who know gaiji but not this program. Anybody may read them."""

from __future__ import annotations

from types import MappingProxyType

from fastapi import APIRouter, Request
from fastapi.responses import Response

from api.errors import NotFoundError
from api.pages.decide.view import CLASSES
from api.pages.templates import page

router = APIRouter(include_in_schema=False)

TOPICS = MappingProxyType(
    {
        "start": "はじめに",
        "classes": "四つの区分",
        "auto": "「自動」と「要確認」",
        "two-people": "二人での判定・協議・取り消し",
        "projects": "プロジェクト",
        "project": "プロジェクトの画面",
        "upload": "ファイルの登録",
        "unreadable": "読めなかったもの",
        "list": "外字の一覧",
        "decide": "判定の画面",
        "keys": "判定の画面のキー",
        "bulk": "一括確認",
        "export": "書き出し",
        "calibration": "自動判定の的中率",
        "policy": "文字運用ポリシー",
        "people": "利用者と役割",
        "account": "アカウント",
        "audit": "操作の記録",
        "operate": "システムの運用",
    }
)
"""Title of each topic, in the order of the contents; the template is ``help/<topic>.html``."""


@router.get("/help")
def contents(request: Request) -> Response:
    """Show where to begin."""
    return show(request, "start")


@router.get("/help/{topic}")
def show(request: Request, topic: str) -> Response:
    """Show the help on one page or matter."""
    if topic not in TOPICS:
        raise NotFoundError("この説明のページはありません。")
    keys = [(key.upper(), f"{value}（{meaning}）") for value, key, meaning in CLASSES]
    return page(request, f"help/{topic}.html", topic=topic, topics=TOPICS, verdict_keys=keys)
