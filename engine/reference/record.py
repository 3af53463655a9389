"""What the table says of one character."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from engine.reference.codes import to_characters


@dataclass(frozen=True, slots=True)
class Codes:
    """The codes of one MJ name as the results show them; empty where there is none.

    ``ucs`` is the character itself, ``ivs`` the sequence (character and variation selector).
    """

    ucs: str = ""
    ivs: str = ""
    juki: str = ""
    koseki: str = ""
    toki: str = ""
    jisx0213: str = ""


@dataclass(frozen=True, slots=True)
class Radical:
    """部首番号 (1–214) with 内画数 (None where the source has none)."""

    radical: int
    strokes: int | None


@dataclass(frozen=True, slots=True)
class MojiRecord:
    """One row of the table; None or empty where the source is silent.

    Attributes
    ----------
    mj, kind : str
        MJ文字図形名; ``kanji`` or ``hentaigana``.
    ucs, ucs_implemented, compat : str or None
        対応するUCS, 実装したUCS, 対応する互換漢字, as ``U+8FBB``.
    ivs, svs : str or None
        実装した Moji_Joho IVS and SVS, as ``U+8FBB_E0102``; further IVS in ``ivs_extra``.
    koseki, juki, toki, nyukan_seiji, nyukan_gaiji : str or None
        戸籍統一文字番号, 住基ネット統一文字コード, 登記統一文字番号, 入管正字コード, 入管外字コード.
    jisx0213, jisx0212 : str or None
        面-区-点; 区-点.
    jisx0213_rules, jisx0213_class : tuple of str, int or None
        包摂連番 (``U128``); 包摂区分 (0 the glyph itself, 2 unified by a rule).
    policy : str or None
        漢字施策: 常用漢字 or 人名用漢字.
    strokes : int or None
        総画数.
    radicals, readings, ids : tuple
        IDS belong to the 対応するUCS, not to the glyph; Japanese sources first.
    daikanwa, nihongo_kanji, shindaijiten, daijigen, daikangorin : str or int or None
        Numbers in 大漢和辞典, 日本語漢字辞典, 新大字典, 大字源, 大漢語林.
    jibo, phonetics, hentaigana_id : str or None, tuple of str, str or None
        For 変体仮名: 字母 as ``U+5B89``, 音価, 学術用変体仮名番号.
    version, note, shrink_note : str or None
        MJ文字図形バージョン, 備考, the 縮退マップ's 参考情報.
    other : mapping
        Columns that only this set has.
    """

    mj: str
    kind: str
    ucs: str | None = None
    ucs_implemented: str | None = None
    ivs: str | None = None
    ivs_extra: tuple[str, ...] = ()
    svs: str | None = None
    koseki: str | None = None
    juki: str | None = None
    toki: str | None = None
    nyukan_seiji: str | None = None
    nyukan_gaiji: str | None = None
    jisx0213: str | None = None
    jisx0213_rules: tuple[str, ...] = ()
    jisx0213_class: int | None = None
    jisx0212: str | None = None
    policy: str | None = None
    compat: str | None = None
    strokes: int | None = None
    radicals: tuple[Radical, ...] = ()
    readings: tuple[str, ...] = ()
    ids: tuple[str, ...] = ()
    daikanwa: str | None = None
    nihongo_kanji: int | None = None
    shindaijiten: int | None = None
    daijigen: int | None = None
    daikangorin: int | None = None
    jibo: str | None = None
    phonetics: tuple[str, ...] = ()
    hentaigana_id: str | None = None
    version: str | None = None
    note: str | None = None
    shrink_note: str | None = None
    other: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def from_values(cls, values: Mapping[str, Any]) -> MojiRecord:
        """Build a record from values by column name; unknown columns go to ``other``."""
        known = {spec.name for spec in fields(cls)} - {"other"}
        arguments: dict[str, Any] = {}
        other: dict[str, Any] = {}
        for name, value in values.items():
            if name not in known:
                other[name] = value
            elif name == "radicals":
                arguments[name] = tuple(Radical(item["radical"], item["strokes"]) for item in value or ())
            elif isinstance(value, list):
                arguments[name] = tuple(value)
            elif value is not None:
                arguments[name] = value
        return cls(**arguments, other=other)

    @property
    def character(self) -> str:
        """対応するUCS as the character itself; empty where there is none."""
        return to_characters(self.ucs or "")

    @property
    def sequence(self) -> str:
        """The Moji_Joho IVS as text (character and variation selector); empty where there is none."""
        return to_characters(self.ivs or "")

    @property
    def jibo_character(self) -> str:
        """字母 as the character itself; empty for kanji."""
        return to_characters(self.jibo or "")

    @property
    def codes(self) -> Codes:
        """The codes as the results show them."""
        return Codes(
            ucs=self.character,
            ivs=self.sequence,
            juki=self.juki or "",
            koseki=self.koseki or "",
            toki=self.toki or "",
            jisx0213=self.jisx0213 or "",
        )
