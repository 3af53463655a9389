"""The errors of the engine: one tree, each with a stable code and a message that says what to do next."""

from __future__ import annotations


class GaijiError(Exception):
    """Base of every error that the engine raises on purpose.

    Attributes
    ----------
    code : str
        Stable identifier in kebab-case; it appears in the ``status`` column and in JSON output.
    """

    code = "error"


class UsageError(GaijiError):
    """The caller asked for something that cannot be done; the message says what to change."""

    code = "usage"


class ReferenceSetError(GaijiError):
    """A reference set (table, font or index) is missing, damaged or does not fit together."""

    code = "reference"


class FontMissingError(ReferenceSetError):
    """The font of a reference set is not on this machine."""

    code = "font-missing"


class ArtefactMismatchError(ReferenceSetError):
    """A built artefact does not belong to the font, table or parameters now in use."""

    code = "artefact-mismatch"


class ReadError(GaijiError):
    """One input could not be read. ``code`` becomes the row's ``status``.

    Parameters
    ----------
    code : str
        One of the codes in :data:`READ_CODES`.
    message : str
        Japanese, for the person who handed the file in.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


READ_CODES: dict[str, str] = {
    "not-found": "ファイルが見つかりません。",
    "unreadable-file": "ファイルを開けません。",
    "empty-file": "ファイルが空です（0 バイト）。",
    "unsupported-format": "対応していない形式です。",
    "unreadable-image": "画像として読めません。",
    "unreadable-font": "フォントとして読めません。",
    "unreadable-archive": "ZIP として読めません。",
    "unreadable-pdf": "PDF として読めません。",
    "no-grid": "一覧のマス目が見つかりません。",
    "code-mismatch": "一覧の字とコードの表が合いません。",
    "encrypted": "パスワードが付いています。",
    "no-private-glyphs": "フォントの、求めた範囲（既定は私用領域）に字がありません。",
    "empty-glyph": "字が描かれていません。",
    "too-large": "大きすぎます。",
    "too-small": "小さすぎます。",
    "too-many": "個数が上限を超えています。",
    "not-delivered": "台帳にありますが、渡されていません。",
    "timeout": "制限時間内に読み終わりませんでした。",
    "crashed": "読み取り処理が異常終了しました。",
}
"""Every status a reader may give, with the short Japanese text shown when no better one is known."""
