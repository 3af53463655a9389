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
    "project.created": "プロジェクトの作成",
    "project.changed": "プロジェクトの変更",
    "project.archived": "プロジェクトの終了",
    "project.reopened": "プロジェクトの再開",
    "project.reidentified": "同定のやり直し",
    "project.exported": "外字の書き出し",
    "upload.received": "ファイルの登録",
    "upload.identified": "同定の完了",
    "upload.failed": "同定の失敗",
    "upload.cancelled": "同定の取り消し",
    "upload.retried": "同定の再開",
    "shape.repaired": "図形の状態の修復",
    "audit.exported": "操作の記録の書き出し",
    "backup.made": "バックアップ",
    "backup.restored": "バックアップからの復元",
    "login.made": "ログイン",
    "login.failed": "ログインの失敗",
    "login.locked": "ログインの一時停止",
    "login.revoked": "ログインの打ち切り",
    "login.others-revoked": "ほかのログインの打ち切り",
    "user.created": "アカウントの作成",
    "user.disabled": "アカウントの停止",
    "user.enabled": "アカウントの再開",
    "user.unlocked": "ログインの一時停止の解除",
    "user.password-changed": "パスワードの変更",
    "user.password-reset": "パスワードの再設定",
    "member.added": "団体への追加",
    "member.removed": "団体からの削除",
    "member.role-changed": "役割の変更",
    "municipality.created": "団体の追加",
    "municipality.renamed": "団体の名前の変更",
    "municipality.settings-changed": "団体の設定の変更",
    "policy.created": "ポリシーの案の作成",
    "policy.changed": "ポリシーの案の変更",
    "policy.adopted": "ポリシーの採用",
    "token.created": "API トークンの作成",
    "token.revoked": "API トークンの取り消し",
}
"""Titles of all actions that are recorded; one that an older version recorded is shown by its name."""

OBJECTS: Mapping[str, str] = {
    "": "",
    "decision": "判定",
    "bulk": "一括確認",
    "shape": "図形",
    "upload": "ファイル",
    "project": "プロジェクト",
    "policy": "文字運用ポリシー",
    "municipality": "団体",
    "user": "利用者",
    "api_token": "API トークン",
    "login_session": "ログイン",
}
"""Titles of what something was done to."""


def title(action: str) -> str:
    """Return the Japanese title of an action, or its name where it has none."""
    return ACTIONS.get(action, action)


def object_title(kind: str) -> str:
    """Return the Japanese title of a kind of object, or its name where it has none."""
    return OBJECTS.get(kind, kind)
