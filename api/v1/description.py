"""What the description of the API says about itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from fastapi import FastAPI

from api.v1.schema import Schema

DESCRIPTION = """画面でできることは、すべてこの API でもできます。

* **認証**: `Authorization: Bearer gaiji_…`。API トークンは、アカウントのページで団体ごとに作ります。
* **誤り**: 400 以上の答えは、どれも `{"error": {"code", "message", "details", "request_id"}}` の形です。
* **版**: 書き込みは、見た版を `version`（か `If-Match`）で示します。
  ほかの人が先に変えていれば 409 で、`details` に今の版があります。
* **二度送っても一度**: 作る要求（プロジェクト・ファイル・判定・取り消し・一括確認）に `Idempotency-Key` を
  付けると、同じキーの同じ要求には、初めと同じ答え（`Idempotent-Replayed: true`）を返します。7 日間有効です。
* **続き**: 一覧は `{"items": […], "next": …}` です。`next` があれば、そのまま `cursor` に渡してください。
* **時刻**: すべて UTC（ISO 8601）です。
* **図**: `picture` などの URL は、同じ認証で取れます。
"""
TAGS: Sequence[Mapping[str, str]] = (
    {"name": "自分", "description": "だれとして、何ができるか"},
    {"name": "団体", "description": "団体とその設定"},
    {"name": "プロジェクト", "description": "一つのシステムの外字"},
    {"name": "ファイル", "description": "外字のファイルの登録と、同定の進み具合"},
    {"name": "図形", "description": "まったく同じ外字をまとめた、判定の単位"},
    {"name": "判定", "description": "一次・二次・協議の判定と取り消し、見たとおりの再現"},
    {"name": "一括確認", "description": "標本を見て、まとめて確定する"},
    {"name": "外字", "description": "外字の一つずつと、書き出し"},
    {"name": "報告と記録", "description": "自動判定の的中率と、操作の記録"},
    {"name": "利用者", "description": "団体の利用者と、自分の API トークン"},
    {"name": "文字", "description": "MJ を探す・調べる、画像一つの同定"},
    {"name": "運用", "description": "団体・アカウント・システムの様子（運用者のログインだけ）"},
)
"""In the order of the documentation."""


def describe(app: FastAPI) -> None:
    """Put this into the description that an application gives of itself.

    Parameters
    ----------
    app : FastAPI
    """
    app.description = DESCRIPTION
    app.openapi_tags = [dict(each) for each in TAGS]
    plain = app.openapi

    def described() -> dict[str, Any]:
        document = plain()
        models = {model.__name__: model for model in _models(Schema)}
        for schema in document["components"]["schemas"].values():
            if "enum" in schema:
                schema.pop("description", None)  # its docstring is for whoever reads the code
            if schema.get("title") in models:  # FastAPI takes what is null out of examples
                schema["examples"] = [models[schema["title"]].example()]
        return document

    app.openapi = described  # type: ignore[method-assign]


def _models(base: type[Schema]) -> Iterator[type[Schema]]:
    for model in base.__subclasses__():
        yield model
        yield from _models(model)
