"""Which glyph goes under which private code: settled gaiji only, and every other one with the reason why not.

A file of gaiji has one glyph a code. So an export is about one linked font of one system of one municipality;
where results of several are mixed, the caller has to choose.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from engine.convert.settle import Reason, Settled, Unsettled
from engine.convert.table import ApartRow
from engine.errors import GaijiError, UsageError

PRIVATE_CODES = range(0xE000, 0xF900)
"""Codes that a Windows gaiji file can hold."""

_CODE = re.compile(r"U\+([0-9A-F]{4,6})")
_CONTRADICTIONS = (Reason.CONFLICT, Reason.CONFLICTING_DECISIONS)
_SHOWN = 5
"""Names shown in a message before it says how many more there are."""


class ExportError(GaijiError):
    """Nothing can be exported, or what is settled contradicts itself; the message says where."""

    code = "export"


class NoGlyph(StrEnum):
    """Why a settled gaiji gets no glyph; Japanese, as in the list of what is left out."""

    NOT_PRIVATE = "外字コードが U+E000〜U+F8FF でない"
    NOT_DRAWN = "フォントに MJ の字形がない"


@dataclass(frozen=True, slots=True)
class Replacement:
    """One code with its glyph.

    Attributes
    ----------
    code : int
        In :data:`PRIVATE_CODES`.
    mj : str
    glyph_id : int
        In the reference font; not 0.
    """

    code: int
    mj: str
    glyph_id: int


@dataclass(frozen=True, slots=True)
class Plan:
    """What an export holds and what it does not.

    Attributes
    ----------
    replacements : tuple of Replacement
        In the order of codes, each code once.
    settled : tuple of Settled
        The row behind each of them.
    left_out : tuple of ApartRow
        Gaiji without a glyph; the reason is one of :class:`engine.convert.settle.Reason` or of
        :class:`NoGlyph`.
    """

    replacements: tuple[Replacement, ...]
    settled: tuple[Settled, ...]
    left_out: tuple[ApartRow, ...]


def plan(settled: Sequence[Settled], unsettled: Sequence[Unsettled], glyph_of: Callable[[str], int]) -> Plan:
    """Decide what is exported.

    Parameters
    ----------
    settled : sequence of Settled
        As :func:`engine.convert.settle.settle` gives them.
    unsettled : sequence of Unsettled
    glyph_of : callable
        MJ name → glyph id in the reference font, 0 where it has none.

    Raises
    ------
    UsageError
        Settled gaiji of several municipalities, systems or fonts: one has to be chosen.
    ExportError
        One gaiji has two outcomes; or there is no glyph to export.
    """
    _check_one_font(settled)
    _check_contradictions(unsettled)
    left_out = [ApartRow(row.key, row.source, row.reason.value, row.proposed) for row in unsettled]
    found: dict[int, tuple[Replacement, Settled]] = {}
    for row in settled:
        code = _private_code(row.key.code)
        glyph_id = 0 if code is None else glyph_of(row.mj)
        if code is not None and glyph_id:
            found[code] = Replacement(code, row.mj, glyph_id), row
        else:
            reason = NoGlyph.NOT_PRIVATE if code is None else NoGlyph.NOT_DRAWN
            left_out.append(ApartRow(row.key, row.source, reason.value, (row.mj,)))
    if not found:
        raise ExportError(
            "書き出せる外字がありません。確定した外字（自動で決まったもの、または同定結果リストの「確認」に○か、"
            "「確定MJ」のあるもの）のうち、U+E000〜U+F8FF のコードを持つものだけが対象です。"
        )
    pairs = [found[code] for code in sorted(found)]
    return Plan(tuple(pair[0] for pair in pairs), tuple(pair[1] for pair in pairs), tuple(left_out))


def _private_code(text: str) -> int | None:
    match = _CODE.fullmatch(text)
    code = int(match[1], 16) if match else 0
    return code if code in PRIVATE_CODES else None


def _check_one_font(settled: Sequence[Settled]) -> None:
    keys = sorted({(row.key.municipality, row.key.system, row.key.font) for row in settled})
    if len(keys) > 1:
        shown = "、".join("／".join(part or "なし" for part in key) for key in keys[:_SHOWN])
        raise UsageError(
            f"外字ファイル {len(keys)} 個の結果が混ざっています"
            f"（団体コード／システム／フォント: {shown}{_more(keys)}）。"
            "同じコードが別の字を指すため、--municipality・--system・--font で 1 個を選んでください。"
        )


def _check_contradictions(unsettled: Sequence[Unsettled]) -> None:
    found = [row for row in unsettled if row.reason in _CONTRADICTIONS and len(row.proposed) > 1]
    if found:
        shown = "、".join(f"{row.key.code}（{'・'.join(row.proposed)}）" for row in found[:_SHOWN])
        raise ExportError(
            f"一つの外字に二つ以上の MJ が決まっています: {shown}{_more(found)}。"
            "別のフォントの外字が混ざっていれば --font などで選び、そうでなければ、"
            "同定結果リストの「確認」「確定MJ」をそろえてください。"
        )


def _more(items: Sequence[object]) -> str:
    return f" ほか {len(items) - _SHOWN} 個" if len(items) > _SHOWN else ""
