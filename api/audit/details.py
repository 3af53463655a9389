"""The details of an event as people read them; the export keeps them as they are recorded."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from api.audit.words import title
from api.domain.rights import Role
from api.domain.standing import SecondReview, Stage, State
from engine.reference.table import CHARSETS

_TITLES: Mapping[str, str] = {
    "action": "操作",
    "began_at": "作成の開始",
    "bytes": "大きさ（バイト）",
    "charset": "候補の範囲",
    "code": "団体コード",
    "confidence_from": "確信度の下限",
    "confidence_to": "確信度の上限",
    "confirmed": "確定",
    "days": "有効な日数",
    "decisions": "判定の数",
    "done": "終わった字",
    "failed": "読めなかった字",
    "fallen": "無効になった判定",
    "filter": "条件",
    "first_decision_id": "初めの判定",
    "format": "形式",
    "from": "元のデータベース",
    "kind": "提出区分",
    "last_decision_id": "終わりの判定",
    "looked_at": "見た標本",
    "minutes": "分",
    "mismatches": "食い違い",
    "missing": "足りないファイル",
    "object_id": "対象の番号",
    "object_type": "対象",
    "operator": "運用者",
    "own": "自分の判定",
    "people": "判定者の名前を含む",
    "project": "プロジェクト",
    "project_id": "プロジェクト",
    "reason": "理由",
    "role": "役割",
    "sample": "標本",
    "schema": "データベースの版",
    "second_review": "二人の判定",
    "seconds": "秒",
    "sha256": "SHA-256",
    "shape_id": "図形",
    "shares_prototypes": "判定の共有",
    "since": "この日から",
    "size": "大きさ",
    "stage": "段階",
    "state": "状態",
    "text": "言葉での絞り込み",
    "total": "全部の字",
    "until": "この日まで",
    "uploads": "登録ファイル",
    "user_id": "操作した人の番号",
    "verdicts": "区分",
    "verified": "復元できるか確かめた",
    "version": "図形の版",
    "with_uploads": "登録ファイルを含む",
    "wrong": "誤りのあった図形",
}
"""Keys that have a name here are shown by it, others as they are."""

_UNSHOWN = frozenset({"last_suggestion_id", "reached"})
"""How far a bulk confirmation has come: for the program, and for whoever reads the export."""

_VALUES: Mapping[str, Mapping[str, str]] = {
    "charset": CHARSETS,
    "reason": {
        "password": "パスワードの誤り",
        "unknown": "ないログイン名",
        "locked": "一時停止中",
        "disabled": "停止中",
    },
    "role": {each.value: each.japanese for each in Role},
    "second_review": {each.value: each.japanese for each in SecondReview},
    "stage": {each.value: each.japanese for each in Stage},
    "state": {each.value: each.japanese for each in State},
}


def facts(detail: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return the details of an event as titles and texts, in the order of their keys.

    Parameters
    ----------
    detail : mapping
        As recorded.
    """
    return [(_TITLES.get(key, key), _text(key, detail[key])) for key in sorted(detail) if key not in _UNSHOWN]


def _text(key: str, value: Any) -> str:
    if value is None or value in ("", [], {}):
        return "—"
    if isinstance(value, bool):
        return "はい" if value else "いいえ"
    if isinstance(value, list):
        return "・".join(_text(key, each) for each in value)
    if isinstance(value, dict):
        return "、".join(f"{name} {_text(name, each)}" for name, each in value.items())
    if key == "action":
        return title(str(value))
    return _VALUES.get(key, {}).get(str(value), str(value))
