"""Whose gaiji it is: municipality, system, font and code together name one; the kind it was submitted as.

The same private code means different glyphs in different systems and fonts, so a wrong key mixes two gaiji
up. What is written in an option or a ledger is therefore checked, not guessed.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

from engine.errors import UsageError

KINDS: dict[str, str] = {
    "1": "住基ネット残存外字",
    "2": "既存住基システム外字",
    "3": "その他システム外字",
}
"""The kinds of the ministry's 2011–12 collection, by their numbers."""

NAME_CHARACTERS = 100
_CODE_DIGITS = 6
_WEIGHTS = (6, 5, 4, 3, 2)
_PREFECTURES = range(1, 48)


@dataclass(frozen=True, slots=True)
class DeliveryKey:
    """What all glyphs of a delivery share, or what one line of a ledger says; empty where it is not known.

    Attributes
    ----------
    municipality : str
        団体コード, six digits.
    system : str
        Name of the business system.
    font : str
        Name of the linked font.
    kind : str
        A key of :data:`KINDS`.
    """

    municipality: str = ""
    system: str = ""
    font: str = ""
    kind: str = ""

    def over(self, default: DeliveryKey) -> DeliveryKey:
        """Fill what is empty from another."""
        return DeliveryKey(
            self.municipality or default.municipality,
            self.system or default.system,
            self.font or default.font,
            self.kind or default.kind,
        )


def check_digit(five: str) -> str:
    """Return the sixth digit of a 団体コード.

    Parameters
    ----------
    five : str
        Two digits for the prefecture, three for the municipality.

    Notes
    -----
    The products of the digits with 6, 5, 4, 3, 2 are summed; the last digit of 11 minus the sum's remainder
    by 11 is the check digit.
    """
    total = sum(weight * int(digit) for weight, digit in zip(_WEIGHTS, five, strict=True))
    return str((11 - total % 11) % 10)


def parse_municipality(text: str) -> tuple[str, str]:
    """Check a 団体コード.

    Parameters
    ----------
    text : str
        Six digits, or five without the check digit; full-width digits are understood.

    Returns
    -------
    code, warning : str
        The six digits, and a Japanese sentence where the check digit had to be added; else empty.

    Raises
    ------
    UsageError
        Another number of digits, a wrong check digit, no such prefecture, or five digits that may as well be
        six whose leading zero a spreadsheet has eaten.
    """
    code = _plain(text)
    if not code:
        return "", ""
    if not code.isascii() or not code.isdigit() or len(code) not in (_CODE_DIGITS - 1, _CODE_DIGITS):
        raise UsageError(f"団体コード「{text[:20]}」は 6 桁の数字ではありません。例: 131016（千代田区）")
    warning = ""
    if len(code) == _CODE_DIGITS - 1:
        as_six = f"0{code}"
        if check_digit(as_six[:-1]) == as_six[-1]:
            raise UsageError(
                f"団体コード「{code}」は、{as_six} の先頭の 0 が消えたものとも、"
                f"{code}{check_digit(code)} の検査数字を省いたものとも読めます。6 桁で書いてください。"
            )
        warning = f"団体コード {code} に検査数字を付けて {code}{check_digit(code)} としました。"
        code += check_digit(code)
    if check_digit(code[:-1]) != code[-1]:
        raise UsageError(
            f"団体コード「{code}」の検査数字（最後の一桁）が合いません。"
            f"{code[:-1]} なら {check_digit(code[:-1])} です。打ち間違いがないか確かめてください。"
        )
    if int(code[:2]) not in _PREFECTURES:
        raise UsageError(f"団体コード「{code}」の先頭二桁は都道府県の番号（01〜47）ではありません。")
    return code, warning


def parse_kind(text: str) -> str:
    """Read how a gaiji was submitted: ``1``, ``①``, ``住基ネット残存外字``, ``①住基ネット残存外字``, ….

    Parameters
    ----------
    text : str
        As written.

    Returns
    -------
    str
        A key of :data:`KINDS`; empty for an empty text.

    Raises
    ------
    UsageError
        Nothing of the kind.
    """
    plain = _plain(text)
    if not plain:
        return ""
    for number, name in KINDS.items():
        if plain in (number, name) or (plain[0] == number and plain[1:].lstrip(".:、 ") == name):
            return number
    kinds = "、".join(f"{number}（{name}）" for number, name in KINDS.items())
    raise UsageError(f"提出区分「{text[:30]}」はありません。{kinds} のどれかにしてください。")


def parse_name(text: str, what: str) -> str:
    """Check the name of a system or font.

    Parameters
    ----------
    text : str
        As written; kept as it is but for the blanks around it.
    what : str
        What it is the name of, for the message.

    Raises
    ------
    UsageError
        Too long, or with characters that are not printed.
    """
    name = text.strip()
    if len(name) > NAME_CHARACTERS or not name.isprintable():
        raise UsageError(
            f"{what}の名前は {NAME_CHARACTERS} 字までで、改行やタブのないものにしてください: "
            f"{name[:20].encode('unicode_escape').decode() if not name.isprintable() else name[:20]}"
        )
    return name


def _plain(text: str) -> str:
    """Full-width digits and letters, circled numbers → plain ones. Never used on gaiji."""
    return unicodedata.normalize("NFKC", text).strip()
