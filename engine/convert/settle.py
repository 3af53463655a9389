"""Which gaiji are settled: what the machine is sure of, and what a person decided. Nothing else is converted.

A gaiji is known by its key (団体, システム, フォント, 外字コード). The same private code stands for different
glyphs in different systems, so a key that turns up twice with different outcomes is a sign that the key is
incomplete; it is a conflict and stays unsettled until a person or a fuller key resolves it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from engine.output.load import Decision, Ruling
from engine.result import Identification, Review

if TYPE_CHECKING:
    from engine.reference.table import MojiTable


@dataclass(frozen=True, slots=True, order=True)
class GaijiKey:
    """What a gaiji is known by; ``code`` as in the results: ``U+E000``, or a host's ``80A1``."""

    municipality: str
    system: str
    font: str
    code: str


class Basis(StrEnum):
    """Why a gaiji counts as settled."""

    AUTO = "自動"
    PERSON = "人の確認"
    SAME_PICTURE = "同じ図形への人の確認"


class Reason(StrEnum):
    """Why a gaiji is not settled."""

    UNCONFIRMED = "未確認（人の確認がない）"
    OPEN = "保留（「確認」が○でも×でもない）"
    KEPT = "外字のまま残す（人の確認）"
    UNIDENTIFIED = "同定不可能（当たる MJ がない）"
    UNREADABLE = "読めなかった"
    NO_CODE = "外字コードがない"
    CONFLICT = "同じ外字コードに別の結果がある（団体・システム・フォントで分ける）"
    CONFLICTING_DECISIONS = "人の確認が食い違っている"
    UNKNOWN_MJ = "参照セットにない MJ"
    NO_RESULT = "確認に当たる同定結果がない"


@dataclass(frozen=True, slots=True)
class Settled:
    """A gaiji that is one MJ character.

    Attributes
    ----------
    key : GaijiKey
    source : str
        Of the first row that says so.
    mj, ucs, ivs : str
        MJ name; its character; its IVS, empty where it has none.
    basis : Basis
    tied : tuple of str
        Other MJ names that are drawn alike, between which the machine could not choose; none where a person
        decided.
    reference : str
        Of the results.
    """

    key: GaijiKey
    source: str
    mj: str
    ucs: str
    ivs: str
    basis: Basis
    tied: tuple[str, ...] = ()
    reference: str = ""


@dataclass(frozen=True, slots=True)
class Unsettled:
    """A gaiji that must not be converted.

    Attributes
    ----------
    key : GaijiKey
    source : str
    reason : Reason
    proposed : tuple of str
        MJ names that were proposed or decided on, best first; several where they conflict.
    """

    key: GaijiKey
    source: str
    reason: Reason
    proposed: tuple[str, ...] = ()


def settle(
    results: Sequence[Identification], decisions: Iterable[Decision], table: MojiTable
) -> tuple[list[Settled], list[Unsettled]]:
    """Sort results into those that are settled and those that are not.

    Parameters
    ----------
    results : sequence of Identification
        Of any number of runs.
    decisions : iterable of Decision
        What people wrote on the 同定結果リスト. A decision also holds for the gaiji that are exactly the same
        picture (``same_as``) and have none of their own.
    table : MojiTable
        Where codes are looked up, also of an MJ that only a person named.

    Returns
    -------
    settled, unsettled : list
        In the order of the results; equal rows of one key are one entry. Decisions that belong to no row are
        at the end of ``unsettled``. Nothing is left out.
    """
    judged, left_over = _judge_all(results, list(decisions), table)
    by_key: dict[GaijiKey, list[Settled | Unsettled]] = defaultdict(list)
    unsettled: list[Unsettled] = []
    for entry in judged:
        if not entry.key.code:
            mj = (entry.mj,) if isinstance(entry, Settled) else entry.proposed
            reason = Reason.NO_CODE if isinstance(entry, Settled) else entry.reason
            unsettled.append(Unsettled(entry.key, entry.source, reason, mj))
        elif isinstance(entry, Unsettled) and entry.reason is Reason.UNREADABLE:
            unsettled.append(entry)
        else:
            by_key[entry.key].append(entry)
    settled: list[Settled] = []
    for key, entries in by_key.items():
        outcomes = {entry.mj if isinstance(entry, Settled) else entry.reason for entry in entries}
        first = next((e for e in entries if isinstance(e, Settled) and e.basis is not Basis.AUTO), entries[0])
        if len(outcomes) > 1:
            named = [mj for e in entries for mj in ((e.mj,) if isinstance(e, Settled) else e.proposed)]
            unsettled.append(Unsettled(key, first.source, Reason.CONFLICT, tuple(dict.fromkeys(named))))
        elif isinstance(first, Settled):
            settled.append(first)
        else:
            named = [mj for e in entries if isinstance(e, Unsettled) for mj in e.proposed]
            unsettled.append(Unsettled(key, first.source, first.reason, tuple(dict.fromkeys(named))))
    return settled, unsettled + left_over


def key_of(row: Identification) -> GaijiKey:
    """Return the key of a row."""
    return GaijiKey(row.municipality, row.system, row.font, row.gaiji_code)


def _judge_all(
    results: Sequence[Identification], decisions: Sequence[Decision], table: MojiTable
) -> tuple[list[Settled | Unsettled], list[Unsettled]]:
    of_row = _matched(results, decisions)
    used = {id(decision) for own in of_row.values() for decision in own}
    left_over = [
        Unsettled(
            GaijiKey(each.municipality, each.system, each.font, each.gaiji_code), each.source,
            Reason.NO_RESULT, (each.mj,) if each.mj else (),
        )
        for each in decisions
        if id(each) not in used
    ]  # fmt: skip
    firsts = _firsts(results)
    judged: list[Settled | Unsettled] = []
    for place, row in enumerate(results):
        own, basis = of_row.get(place, ()), Basis.PERSON
        if not own and place in firsts:
            own, basis = of_row.get(firsts[place], ()), Basis.SAME_PICTURE
        judged.append(_judge(row, own, basis, table))
    return judged, left_over


def _judge(
    row: Identification, decisions: Sequence[Decision], basis: Basis, table: MojiTable
) -> Settled | Unsettled:
    reason: Reason | None
    if row.status != "ok":
        reason, named = Reason.UNREADABLE, ""
    elif decisions:
        reason, named = _ruled(row, decisions)
    else:
        reason, named = _by_machine(row)
        basis = Basis.AUTO
    if reason is not None:
        return Unsettled(key_of(row), row.source, reason, tuple(named.split()))
    if named not in table:
        return Unsettled(key_of(row), row.source, Reason.UNKNOWN_MJ, (named,))
    codes = table.codes(named)
    ties = [each.removeprefix("tie:") for each in row.evidence if each.startswith("tie:")]
    tied = tuple(ties) if basis is Basis.AUTO else ()
    return Settled(key_of(row), row.source, named, codes.ucs, codes.ivs, basis, tied, row.reference)


def _ruled(row: Identification, decisions: Sequence[Decision]) -> tuple[Reason | None, str]:
    """What people decided: why it is not settled, or None; and the MJ names, separated by blanks."""
    if len({(each.verdict is Ruling.OPEN, each.mj) for each in decisions}) > 1:
        return Reason.CONFLICTING_DECISIONS, " ".join(sorted({each.mj for each in decisions}))
    if decisions[0].verdict is Ruling.OPEN:
        return Reason.OPEN, row.mj
    if any(each.verdict is Ruling.REJECTED for each in decisions):
        return Reason.KEPT, row.mj
    return (None, decisions[0].mj) if decisions[0].mj else (Reason.UNIDENTIFIED, "")


def _by_machine(row: Identification) -> tuple[Reason | None, str]:
    if row.review is not Review.AUTO:
        return Reason.UNCONFIRMED, row.mj
    return (None, row.mj) if row.mj else (Reason.UNIDENTIFIED, "")


def _matched(results: Sequence[Identification], decisions: Sequence[Decision]) -> dict[int, list[Decision]]:
    """Decisions of each row, by the row's place."""
    by_name: dict[tuple[str, str], list[Decision]] = defaultdict(list)
    for decision in decisions:
        by_name[decision.source, decision.gaiji_code].append(decision)
    found: dict[int, list[Decision]] = {}
    for place, row in enumerate(results):
        own = [
            decision
            for decision in by_name.get((row.source, row.gaiji_code), ())
            if decision.municipality in ("", row.municipality)
            and decision.system in ("", row.system)
            and decision.font in ("", row.font)
        ]
        if own:
            found[place] = own
    return found


def _firsts(results: Sequence[Identification]) -> dict[int, int]:
    """Place of the glyph that each exact duplicate is the same picture as, where that is beyond doubt."""
    names: dict[str, list[int]] = defaultdict(list)
    for place, row in enumerate(results):
        if not row.same_as:
            ways = {row.source, f"{row.source}#{row.gaiji_code}", f"{row.source} {row.gaiji_code}"}
            for name in ways:
                names[name].append(place)
    found: dict[int, int] = {}
    for place, row in enumerate(results):
        named = names.get(row.same_as, []) if row.same_as else []
        if len(named) == 1:
            found[place] = named[0]
    return found
