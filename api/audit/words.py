"""What the audit log calls things, in Japanese."""

from __future__ import annotations

from collections.abc import Mapping

ACTIONS: Mapping[str, str] = {
    "decision.made": "判定",
    "decision.withdrawn": "判定の取り消し",
    "bulk.started": "一括確認の開始",
    "bulk.decided": "一括確認による判定",
    "bulk.confirmed": "一括確認の完了",
    "bulk.abandoned": "一括確認の中止",
    "shape.repaired": "図形の状態の修復",
    "audit.exported": "操作の記録の書き出し",
    "login.made": "ログイン",
    "login.failed": "ログインの失敗",
    "login.locked": "ログインの一時停止",
    "login.revoked": "ログインの打ち切り",
    "login.others-revoked": "ほかのログインの打ち切り",
    "user.created": "利用者の登録",
    "user.disabled": "利用者の停止",
    "user.enabled": "利用者の再開",
    "user.unlocked": "ログインの一時停止の解除",
    "user.password-changed": "パスワードの変更",
    "user.password-reset": "パスワードの再発行",
    "member.added": "団体への追加",
    "member.removed": "団体からの削除",
    "member.role-changed": "役割の変更",
    "municipality.created": "団体の登録",
    "municipality.renamed": "団体の名前の変更",
    "token.created": "API トークンの作成",
    "token.revoked": "API トークンの失効",
}
"""Titles of actions; those that are missing are shown by their name."""

OBJECTS: Mapping[str, str] = {
    "": "",
    "decision": "判定",
    "bulk": "一括確認",
    "shape": "図形",
    "upload": "ファイル",
    "project": "プロジェクト",
    "policy": "ポリシー",
    "municipality": "団体",
    "user": "利用者",
    "member": "利用者",
    "membership": "利用者",
    "token": "API トークン",
    "login": "ログイン",
    "login_session": "ログイン",
}
"""Titles of what something was done to."""


def title(action: str) -> str:
    """Return the Japanese title of an action, or its name where it has none."""
    return ACTIONS.get(action, action)


def object_title(kind: str) -> str:
    """Return the Japanese title of a kind of object, or its name where it has none."""
    return OBJECTS.get(kind, kind)
