"""What a person asks for: criteria that a character must all meet."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Script(StrEnum):
    """Which readings count. The table writes 音 in katakana and 訓 in hiragana."""

    BOTH = "読み"
    ON = "音"
    KUN = "訓"


class CodeKind(StrEnum):
    """Codes that lead to a character, by their Japanese names."""

    MJ = "MJ文字図形名"
    KOSEKI = "戸籍統一文字番号"
    JUKI = "住基ネット統一文字コード"
    TOKI = "登記統一文字番号"
    NYUKAN = "入管コード"
    JISX0213 = "JIS X 0213"
    JISX0212 = "JIS X 0212"
    HENTAIGANA = "学術用変体仮名番号"
    DAIKANWA = "大漢和辞典"
    NIHONGO_KANJI = "日本語漢字辞典"
    SHINDAIJITEN = "新大字典"
    DAIJIGEN = "大字源"
    DAIKANGORIN = "大漢語林"


@dataclass(frozen=True, slots=True)
class ByCode:
    """A code; ``value`` is spelled as in the table, but for leading zeros, or is part of an MJ name."""

    kind: CodeKind
    value: str


@dataclass(frozen=True, slots=True)
class ByCharacter:
    """A character, as text or by its code point, with a variation selector or without.

    Attributes
    ----------
    character, selector : str
        One code point; one, or none.
    related : bool
        Whether characters that 縮退 connects with it are meant as well.
    """

    character: str
    selector: str = ""
    related: bool = False


@dataclass(frozen=True, slots=True)
class ByRelation:
    """The siblings and the 縮退 relations of an MJ name or of a character."""

    name: str


@dataclass(frozen=True, slots=True)
class ByReading:
    """A reading or its beginning, in hiragana."""

    reading: str
    script: Script = Script.BOTH


@dataclass(frozen=True, slots=True)
class ByWord:
    """A character written with okurigana, as in 食べる; okurigana in hiragana."""

    character: str
    okurigana: str


@dataclass(frozen=True, slots=True)
class ByRadical:
    """部首 with 内画数.

    Attributes
    ----------
    numbers : tuple of int
        部首番号, any of them; empty: every radical.
    fewest, most : int or None
        Bounds of 内画数, both included.
    """

    numbers: tuple[int, ...]
    fewest: int | None = None
    most: int | None = None


@dataclass(frozen=True, slots=True)
class ByStrokes:
    """総画数, both bounds included."""

    fewest: int
    most: int


@dataclass(frozen=True, slots=True)
class ByParts:
    """Parts that the character is made of, as often as they are named.

    Attributes
    ----------
    parts : tuple of str
        One character each.
    layout : str
        An IDS that some part of the character must fit, ``?`` standing for anything; empty: layout is free.
    """

    parts: tuple[str, ...]
    layout: str = ""


@dataclass(frozen=True, slots=True)
class AnyOf:
    """Several meanings of one word; the earlier ones go before the later ones."""

    options: tuple[Criterion, ...]


Criterion = ByCode | ByCharacter | ByRelation | ByReading | ByWord | ByRadical | ByStrokes | ByParts | AnyOf


@dataclass(frozen=True, slots=True)
class Query:
    """All of the criteria must be met; there is at least one."""

    criteria: tuple[Criterion, ...]
