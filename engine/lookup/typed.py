"""Text as it is typed: one spelling for what keyboards and copied tables spell in several ways."""

from __future__ import annotations

import re
import unicodedata

from engine.errors import UsageError

MAX_LENGTH = 200
"""Characters of a query. The longest sensible one, an IDS or several fields, takes a quarter of it."""

_WIDE = re.compile(r"[\uff01-\uff9f\u3000]+")
_KANA = re.compile(r"[\u3041-\u3096\u309d\u309e\u30a1-\u30f6\u30fc-\u30fe]+")
_KATAKANA = {code: code - 0x60 for code in range(0x30A1, 0x30F7)}
_APOSTROPHES = str.maketrans(dict.fromkeys("\u2018\u2019\u2032\u00b4`", "'") | {"\u2033": "''"})
_CONTROL = ("Cc", "Cf", "Cs", "Zl", "Zp")


def typed(text: str) -> str:
    """Return ``text`` with full-width ASCII and half-width kana brought to their usual width.

    Nothing else is normalised: a compatibility ideograph is a character of its own.

    Raises
    ------
    UsageError
        Too long, empty, or with a character that no keyboard types.
    """
    if len(text) > MAX_LENGTH:
        raise UsageError(f"検索の文字が長すぎます（{len(text)} 字）。{MAX_LENGTH} 字までにしてください。")
    spaced = re.sub(r"[\t\r\n]", " ", text)
    for character in spaced:
        if unicodedata.category(character) == "Co":
            raise UsageError(
                "外字（私用領域の文字）そのものでは探せません。読み・部首・画数・部品で探してください。"
            )
        if unicodedata.category(character) in _CONTROL:
            raise UsageError(
                f"検索の文字に、使えない文字 U+{ord(character):04X} があります。消してから探してください。"
            )
    folded = _WIDE.sub(lambda run: unicodedata.normalize("NFKC", run[0]), spaced).translate(_APOSTROPHES)
    if not (stripped := folded.strip()):
        raise UsageError("探すものがありません。読み・部首・画数・コード・部品のどれかを書いてください。")
    return stripped


def is_kana(text: str) -> bool:
    """Whether ``text`` is hiragana and katakana, at least one."""
    return _KANA.fullmatch(text) is not None


def hiragana(text: str) -> str:
    """Return ``text`` with its katakana as hiragana."""
    return text.translate(_KATAKANA)


def is_selector(character: str) -> bool:
    """Whether a character is a variation selector of ideographs (VS1–VS16, VS17–VS256)."""
    return "\ufe00" <= character <= "\ufe0f" or "\U000e0100" <= character <= "\U000e01ef"


def is_ideograph(character: str) -> bool:
    """Whether a character can be a kanji, a 変体仮名 or a part of one: a letter or sign that is not kana."""
    if is_kana(character) or character.isascii():
        return False
    if "\U00020000" <= character < "\U00040000":
        return True  # reserved for ideographs: newer ones are not in this Python's Unicode yet
    return unicodedata.category(character) in ("Lo", "Lm", "So", "Nl")
