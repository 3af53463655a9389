"""The Japanese headings of the 同定結果リスト, and the contract's columns that they stand for."""

from __future__ import annotations

SOURCE = "入力元"
GAIJI_CODE = "外字コード"
CONFIRMED = "確認"
"""Filled in by a person: ○ as proposed, × not; anything else leaves the row open."""

CONFIRMED_MJ = "確定MJ"
"""Filled in by a person: the MJ name, where it is another than the proposed one."""

NOTE = "備考"

HEADINGS: dict[str, str] = {
    "source": SOURCE,
    "gaiji_code": GAIJI_CODE,
    "class": "区分",
    "subclass": "内訳",
    "mj": "MJ文字図形名",
    "confidence": "確信度",
    "review": "要確認",
    "candidates": "候補",
    "ucs": "文字",
    "ivs": "異体字シーケンス",
    "juki": "住基ネット統一文字コード",
    "koseki": "戸籍統一文字番号",
    "toki": "登記統一文字番号",
    "jisx0213": "JIS X 0213",
    "evidence": "根拠",
    "status": "読み取り",
    "reference": "参照セット",
    "engine": "エンジン",
    "municipality": "団体コード",
    "system": "システム",
    "font": "フォント",
    "kind": "提出区分",
    "same_as": "同じ図形",
    "near_same": "ほぼ同じ図形",
}
"""Heading of each column of :data:`engine.result.COLUMNS` in the list."""

COLUMNS_BY_HEADING: dict[str, str] = {heading: column for column, heading in HEADINGS.items()}
