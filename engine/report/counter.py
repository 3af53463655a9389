"""What a resident is shown at the counter: the glyph in use, the MJ glyph, and what would change."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from engine.difference import DifferenceKind
from engine.explain.explanation import ExplainedCandidate, Explanation
from engine.explain.place import TOLD, Place
from engine.glyph.model import Glyph
from engine.reference.record import MojiRecord, Radical
from engine.result import Identification, Verdict

_LIKELY = 0.7
"""Probability that gaiji and MJ glyph are one form, from which on no difference found means none."""
_FIRST_RADICAL = 0x2F00
_RADICALS = 214

_CHANGES: dict[DifferenceKind, str] = {
    DifferenceKind.PROPORTION: "部分の大きさや高さの釣り合いが、少し変わります。",
    DifferenceKind.APART: "部分どうしが、離れるか付くかが変わります。",
    DifferenceKind.LENGTH: "点や画の長さが変わります。",
    DifferenceKind.JOINED: "点や画の端が、となりの画に付くか離れるかが変わります。",
    DifferenceKind.JOINT_PLACE: "画どうしの付く位置が変わります。",
    DifferenceKind.CROSSING: "画が、ほかの画を突き抜けるか止まるかが変わります。",
    DifferenceKind.DOT_OR_BAR: "短い画が、点の形か棒の形かが変わります。",
    DifferenceKind.SLANT: "点や画の傾きや向きが変わります。",
    DifferenceKind.BEND: "画の曲がり方や折れ方が変わります。",
    DifferenceKind.PRESS: "筆を押さえた形が付くかどうかが変わります。",
    DifferenceKind.STOP_OR_SWEEP: "画の終わりを、止めるか払うかが変わります。",
    DifferenceKind.STOP_OR_TAPER: "画の終わりを、止めるか細く抜くかが変わります。",
    DifferenceKind.HOOK: "画の終わりを、はねるか止めるかが変わります。",
    DifferenceKind.STROKE_ADDED: "今の字にある点や画が、なくなります。",
    DifferenceKind.STROKE_MISSING: "今の字にない点や画が、加わります。",
    DifferenceKind.PART_ADDED: "今の字にある部分（へん・つくりなど）が、なくなります。",
    DifferenceKind.PART_MISSING: "今の字にない部分（へん・つくりなど）が、加わります。",
    DifferenceKind.PART_REPLACED: "部分（へん・つくりなど）が、別の形になります。",
}
"""What a resident would see change, from the gaiji to the MJ glyph."""

NO_CHANGE = "見て分かる違いは見つかりませんでした。"
NOT_COMPARED = "この二つの字は、機械では細かく比べていません。上の図で見比べてください。"
UNNAMED = "ことばで言える違いは見つかりませんでした。上の図で見比べてください。"
BY_MACHINE = "違いは機械で調べたものです。上の図で、ご自分の目でも確かめてください。"

_OPINIONS: Mapping[Verdict | None, str] = {
    Verdict.SAME: "同じ字形",
    Verdict.DESIGN: "同じ字形（書体の違いの範囲）",
    Verdict.SIMILAR: "似ているが、同じとはいえない",
}

NOTES: tuple[str, ...] = (
    "この用紙は、今お使いの字と、国が整備した「文字情報基盤」の字を、並べてお見せするためのものです。",
    "この用紙によって、登録されている字が変わることはありません。"
    "字を置き換えるときは、ご本人に確かめたうえで、この団体が定める手続きによって行います。",
)


@dataclass(frozen=True, eq=False)
class CounterSheet:
    """The content of one sheet.

    Attributes
    ----------
    row : Identification
        The gaiji's row.
    glyph : Glyph
        As it was read.
    record : MojiRecord
        Of the MJ glyph shown beside it.
    changes : tuple of str
        What would change, a sentence each, or why nothing can be said.
    """

    row: Identification
    glyph: Glyph
    record: MojiRecord
    changes: tuple[str, ...]

    @property
    def facts(self) -> tuple[tuple[str, str], ...]:
        """Label and value of what is known of the MJ character; none is empty."""
        record = self.record
        every = (
            ("MJ 文字図形名", record.mj),
            ("文字コード（UCS）", record.ucs or ""),
            ("異体字シーケンス（IVS）", record.ivs or ""),
            ("住基ネット統一文字コード", record.juki or ""),
            ("戸籍統一文字番号", record.koseki or ""),
            ("読み", "、".join(record.readings)),
            ("総画数", f"{record.strokes} 画" if record.strokes else ""),
            ("部首", "、".join(map(radical_in_words, record.radicals))),
        )
        return tuple((label, value) for label, value in every if value)

    @property
    def gaiji_facts(self) -> tuple[tuple[str, str], ...]:
        """Label and value of what is known of the gaiji; none is empty."""
        row = self.row
        every = (
            ("外字コード", row.gaiji_code),
            ("システム", row.system),
            ("フォント", row.font),
            ("機械の判定", _OPINIONS.get(row.verdict, "") if row.mj == self.record.mj else ""),
        )
        return tuple((label, value) for label, value in every if value)


def changes_in_words(explanation: Explanation, mj: str) -> tuple[str, ...]:
    """Return what would change from a gaiji to an MJ glyph, for a person without the terms of the trade.

    Parameters
    ----------
    explanation : Explanation
        Of the gaiji, with as many candidates as can be had.
    mj : str
        The MJ glyph that it would become; it need not be the one that the engine decided on.
    """
    candidate = next((each for each in explanation.candidates if each.name == mj), None)
    if candidate is None:
        return (NOT_COMPARED,)
    if not candidate.places:
        return (NO_CHANGE if _alike(candidate) else UNNAMED,)
    return (*sentences(candidate.places), BY_MACHINE)


def sentences(places: Sequence[Place]) -> tuple[str, ...]:
    """Return a sentence for each place, those of one kind together, the first :data:`TOLD`."""
    together: dict[str, list[str]] = {}
    for place in places:
        where = together.setdefault(_CHANGES[place.difference.kind], [])
        if place.where not in where:
            where.append(place.where)
    told = [f"{'・'.join(where)}: {what}" for what, where in together.items()]
    rest = len(told) - TOLD
    return (*told[:TOLD], *((f"ほかに {rest} 種類の違いがあります。",) if rest > 0 else ()))


def radical_in_words(radical: Radical) -> str:
    """Return ``辵（162） 内画数 14 画``."""
    name = f"{radical.radical}"
    if 1 <= radical.radical <= _RADICALS:
        # The radicals of their own block look like these characters, and fonts have the characters.
        sign = unicodedata.decomposition(chr(_FIRST_RADICAL + radical.radical - 1)).split()[-1]
        name = f"{chr(int(sign, 16))}（{radical.radical}）"
    return name + (f" 内画数 {radical.strokes} 画" if radical.strokes is not None else "")


def _alike(candidate: ExplainedCandidate) -> bool:
    return candidate.probability >= _LIKELY
