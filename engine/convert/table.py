"""The conversion table: what each settled private code becomes, and apart from it what is not sure.

A row is only in the table where its target is the only one. A gaiji that could be either of two MJ drawn
alike, an MJ that shrinks to several characters: these are apart, with what would have been possible.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from engine.convert.settle import GaijiKey, Settled, Unsettled
from engine.glyph.codes import unicode_to_sjis
from engine.reference.codes import to_characters, to_code

if TYPE_CHECKING:
    from engine.reference.shrink import ShrinkMap
    from engine.reference.table import MojiTable


class Target(StrEnum):
    """What private codes are converted to."""

    UCS = "ucs"
    """対応するUCS: the character, without saying which of its glyphs."""
    IVS = "ivs"
    """The glyph: its IVS, or the code point that implements it alone."""
    MJ = "mj"
    """The MJ name; text cannot be converted by it."""
    JISX0213 = "jisx0213"
    """縮退: the character of JIS X 0213 that stands for it."""


@dataclass(frozen=True, slots=True)
class TableRow:
    """One private code and what it becomes.

    Attributes
    ----------
    key : GaijiKey
    mj, ucs, ivs : str
        The MJ name; codes as ``U+8FBB``, ``U+8FBB_E0102``.
    target : str
        ``U+8FBB``, ``U+8FBB_E0102``, or an MJ name.
    jisx0213 : str
        面区点 of a 縮退; empty for other targets.
    basis : str
        Why the MJ is settled.
    shrink_basis : str
        The ground of a 縮退; empty for other targets.
    reference : str
        Reference set and criteria of the result.
    """

    key: GaijiKey
    mj: str
    ucs: str
    ivs: str
    target: str
    jisx0213: str
    basis: str
    shrink_basis: str
    reference: str

    @property
    def text(self) -> str:
        """The target as characters; empty where it is an MJ name."""
        return to_characters(self.target) if self.target.startswith("U+") else ""


@dataclass(frozen=True, slots=True)
class ApartRow:
    """One private code that is not converted.

    Attributes
    ----------
    key : GaijiKey
    source : str
    reason : str
        Japanese.
    choices : tuple of str
        What would have been possible.
    """

    key: GaijiKey
    source: str
    reason: str
    choices: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ConversionTable:
    """Rows by key, those apart by key, and what the rows convert to."""

    target: Target
    rows: tuple[TableRow, ...]
    apart: tuple[ApartRow, ...]


def build_table(
    settled: Sequence[Settled],
    unsettled: Sequence[Unsettled],
    target: Target,
    table: MojiTable,
    shrink: ShrinkMap,
    *,
    by_authority: bool = False,
) -> ConversionTable:
    """Look up what each settled gaiji becomes.

    Parameters
    ----------
    settled, unsettled : sequence
        From :func:`engine.convert.settle.settle`.
    target : Target
    table : MojiTable
    shrink : ShrinkMap
        Only asked where ``target`` is ``JISX0213``.
    by_authority : bool
        Where an MJ shrinks to several characters, take the one of the highest authority, if that is one.

    Returns
    -------
    ConversionTable
        Every gaiji is in one of the two lists.
    """
    lookup = _Lookup(target, table, shrink, by_authority=by_authority)
    rows: list[TableRow] = []
    apart = [ApartRow(each.key, each.source, each.reason.value, each.proposed) for each in unsettled]
    for each in settled:
        choices = lookup.choices(each.mj)
        codes = {choice.code for choice in choices}
        if any(codes != {c.code for c in lookup.choices(mj)} for mj in each.tied if mj in table):
            names = tuple(dict.fromkeys((each.mj, *each.tied)))
            apart.append(ApartRow(each.key, each.source, "同じ図形の MJ が複数あり、変換先が違う", names))
        elif len(choices) != 1:
            reason = f"変換先（{_TITLES[target]}）がない" if not choices else "縮退先が複数ある"
            apart.append(ApartRow(each.key, each.source, reason, tuple(c.words for c in choices)))
        else:
            (only,) = choices
            rows.append(
                TableRow(
                    each.key, each.mj, to_code(each.ucs), to_code(each.ivs), only.code, only.jisx0213,
                    each.basis.value, only.shrink_basis, each.reference,
                )
            )  # fmt: skip
    rows.sort(key=lambda row: row.key)
    apart.sort(key=lambda row: (row.key, row.source))
    return ConversionTable(target, tuple(rows), tuple(apart))


def sjis_code(code: str) -> str:
    """Return ``F040`` for ``U+E000``: where Windows' Shift_JIS has a private code; empty where it has not."""
    if not code.startswith("U+"):
        return ""
    sjis = unicode_to_sjis(int(code[2:], 16))
    return "" if sjis is None else f"{sjis:04X}"


_TITLES = {
    Target.UCS: "UCS",
    Target.IVS: "IVS または単独の符号位置",
    Target.MJ: "MJ",
    Target.JISX0213: "JIS X 0213",
}


@dataclass(frozen=True, slots=True)
class _Choice:
    code: str
    jisx0213: str = ""
    shrink_basis: str = ""

    @property
    def words(self) -> str:
        return f"{self.code}（{self.shrink_basis}）" if self.shrink_basis else self.code


class _Lookup:
    """Targets of MJ names."""

    def __init__(self, target: Target, table: MojiTable, shrink: ShrinkMap, *, by_authority: bool) -> None:
        self._target = target
        self._table = table
        self._shrink = shrink
        self._by_authority = by_authority

    def choices(self, mj: str) -> tuple[_Choice, ...]:
        """Return what an MJ name can become; one is an answer, several are a question."""
        match self._target:
            case Target.MJ:
                code = mj
            case Target.UCS:
                code = self._value("ucs", mj)
            case Target.IVS:
                code = self._value("ivs", mj) or self._value(self._implemented, mj)
            case Target.JISX0213:
                return self._shrunk(mj)
        return (_Choice(code),) if code else ()

    @property
    def _implemented(self) -> str:
        return "ucs_implemented" if "ucs_implemented" in self._table.column_names else "ucs"

    def _value(self, name: str, mj: str) -> str:
        return self._table.value(name, self._table.row(mj)) or ""

    def _shrunk(self, mj: str) -> tuple[_Choice, ...]:
        targets = self._shrink.targets(mj)
        found: dict[str, _Choice] = {}
        for each in targets:
            choice = _Choice(each.target, each.jisx0213, each.basis.title)
            found.setdefault(each.target, choice)
            if each.target == self._value(self._implemented, mj):  # it is that character itself
                return (choice,)
        if self._by_authority and targets:
            highest = {each.target for each in targets if each.basis.authority == targets[0].basis.authority}
            if len(highest) == 1:
                return (found[targets[0].target],)
        return tuple(found.values())
