"""What a finding and a reason must be like, whoever states them."""

from __future__ import annotations

import unicodedata

from api.domain.standing import Finding
from api.errors import InvalidError
from api.review.reference import KnownNames
from engine.result import Subclass, Verdict

REASON_CHARACTERS = 1000
"""Longest reason."""

_UNPRINTABLE = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
"""Control characters, direction marks and the like. Private use is fine: gaiji are what we talk about."""


def check_finding(finding: Finding, known: KnownNames) -> None:
    """Refuse a finding whose parts do not fit together.

    字形一致, デザイン差 and 類似 name a kanji of the reference set; 同定不可能 says which kind, and for a
    変体仮名 may name the MJ that it is.

    Raises
    ------
    InvalidError
    """
    if finding.verdict is not Verdict.UNIDENTIFIED:
        if finding.subclass is not None:
            raise _invalid("subclass", f"「{finding.verdict}」には内訳を付けません。内訳を外してください。")
        if not finding.mj:
            raise _invalid(
                "mj", f"「{finding.verdict}」には MJ文字図形名が必要です。候補か検索から選んでください。"
            )
        if finding.mj in known.hentaigana:
            raise _invalid(
                "mj", "変体仮名は、区分を「同定不可能」、内訳を「変体仮名」にして MJ を選んでください。"
            )
        if finding.mj not in known.kanji:
            raise _not_known()
        return
    if finding.subclass is None:
        raise _invalid("subclass", "「同定不可能」には内訳（不明文字・変体仮名・記号等）を選んでください。")
    if not finding.mj:
        return
    if finding.subclass is not Subclass.HENTAIGANA:
        raise _invalid("mj", f"「{finding.subclass}」には MJ を付けません。MJ を空にしてください。")
    if finding.mj in known.kanji:
        raise _invalid("mj", "内訳が「変体仮名」のときは、変体仮名の MJ を選んでください。")
    if finding.mj not in known.hentaigana:
        raise _not_known()


def clean_reason(reason: str, *, required: str = "") -> str:
    """Return a reason without space around it and with plain line ends.

    Parameters
    ----------
    reason : str
    required : str
        Why there must be one, in Japanese; empty where there need not.

    Raises
    ------
    InvalidError
        Missing, too long, or with characters that cannot be shown.
    """
    text = reason.replace("\r\n", "\n").replace("\r", "\n").strip()
    if required and not text:
        raise _invalid("reason", required)
    if len(text) > REASON_CHARACTERS:
        raise _invalid("reason", f"理由は {REASON_CHARACTERS} 字までにしてください（今は {len(text)} 字）。")
    if any(unicodedata.category(each) in _UNPRINTABLE for each in text if each != "\n"):
        raise _invalid("reason", "理由に、表示できない文字（制御文字）が入っています。取り除いてください。")
    return text


def _not_known() -> InvalidError:
    return _invalid("mj", "その MJ文字図形名は参照セットにありません。候補か検索から選び直してください。")


def _invalid(field: str, message: str) -> InvalidError:
    return InvalidError(message, {"field": field})
