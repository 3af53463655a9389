"""What is shown of a character: its codes by their Japanese names, readings, radical, 縮退先, siblings."""

from __future__ import annotations

from dataclasses import dataclass

from engine.lookup.radicals import radical_character
from engine.reference.codes import to_code
from engine.reference.record import MojiRecord
from engine.reference.shrink import ShrinkMap
from engine.reference.table import MojiTable

_LAST_IN_FONTS = 0x2A6DF
"""The last code point of CJK Extension B: Windows has fonts up to there."""
_MOST_READINGS = 8
_MOST_SHRINK = 6


@dataclass(frozen=True, slots=True)
class Shrunk:
    """A character that may stand in for another one, and on what ground."""

    character: str
    code: str
    ground: str


@dataclass(frozen=True, slots=True)
class Character:
    """One MJ文字図形.

    Attributes
    ----------
    mj : str
    text : str
        対応するUCS as the character itself; empty where there is none.
    is_hentaigana : bool
    readings : tuple of str
        For 変体仮名: the sounds.
    strokes : int or None
        総画数.
    radical : str
        ``水（85）5 画``, the character, its number and 内画数; empty where there is none.
    codes : tuple of (str, str)
        Name of the code, code.
    shrunk : tuple of Shrunk
        縮退先, the highest authority first.
    siblings : tuple of str
        Other MJ names of the same 対応するUCS.
    remarks : tuple of str
        漢字施策, 字母, JIS X 0213 unification and the like.
    """

    mj: str
    text: str
    is_hentaigana: bool
    readings: tuple[str, ...]
    strokes: int | None
    radical: str
    codes: tuple[tuple[str, str], ...]
    shrunk: tuple[Shrunk, ...]
    siblings: tuple[str, ...]
    remarks: tuple[str, ...]

    @property
    def shown(self) -> str:
        """The character, or its code where the fonts of an office PC do not have it: 変体仮名, late kanji."""
        if self.text and (self.is_hentaigana or ord(self.text[0]) > _LAST_IN_FONTS):
            return to_code(self.text)
        return self.text


def character_of(table: MojiTable, shrink: ShrinkMap, mj: str) -> Character:
    """Gather what is shown of a character.

    Raises
    ------
    UsageError
        The table has no such name.
    """
    record = table.record(mj)
    hentaigana = record.kind == "hentaigana"
    return Character(
        mj=mj,
        text=record.character,
        is_hentaigana=hentaigana,
        readings=(record.phonetics if hentaigana else record.readings)[:_MOST_READINGS],
        strokes=record.strokes,
        radical=_radical(record),
        codes=_codes(record),
        shrunk=_shrunk(shrink, mj),
        siblings=table.siblings(mj) if record.ucs else (),
        remarks=_remarks(record),
    )


def _radical(record: MojiRecord) -> str:
    if not record.radicals:
        return ""
    first = record.radicals[0]
    inner = "" if first.strokes is None else f"＋{first.strokes} 画"
    return f"{radical_character(first.radical)}（{first.radical}）{inner}"


def _codes(record: MojiRecord) -> tuple[tuple[str, str], ...]:
    named = (
        ("UCS", record.ucs),
        ("IVS", record.ivs),
        ("戸籍統一", record.koseki),
        ("住基統一", record.juki),
        ("登記統一", record.toki),
        ("X 0213", record.jisx0213),
        ("入管正字", record.nyukan_seiji),
        ("変体仮名", record.hentaigana_id),
    )
    return tuple((name, code) for name, code in named if code)


def _shrunk(shrink: ShrinkMap, mj: str) -> tuple[Shrunk, ...]:
    first: dict[str, Shrunk] = {}
    for target in shrink.targets(mj):
        if target.character not in first:
            first[target.character] = Shrunk(target.character, target.jisx0213, target.basis.title)
    return tuple(first.values())[:_MOST_SHRINK]


def _remarks(record: MojiRecord) -> tuple[str, ...]:
    told = [record.policy or ""]
    if record.jibo_character:
        told.append(f"字母 {record.jibo_character}")
    if record.jisx0213_rules:
        told.append(f"包摂 {'・'.join(record.jisx0213_rules)}")
    return tuple(filter(None, told))
