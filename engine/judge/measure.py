"""What the criteria may look at, and how a measured value is said to a person."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Scale(StrEnum):
    """How a measured value is said."""

    FLAG = "flag"
    NUMBER = "number"
    PERCENT = "percent"
    PROBABILITY = "probability"
    """Said in per cent, but never as 0 % or 100 %, which nobody can know."""
    ODDS = "odds"
    """A natural logarithm of odds, said as how many times likelier."""


@dataclass(frozen=True, slots=True)
class Measure:
    """Something measured that a condition may look at.

    Attributes
    ----------
    title : str
        Japanese; of a flag, a whole sentence.
    scale : Scale
    unit : str
        Said behind a number.
    otherwise : str
        The sentence that is true where a flag is not set.
    """

    title: str
    scale: Scale = Scale.NUMBER
    unit: str = ""
    otherwise: str = ""

    def say(self, value: float, *, unlike: float | None = None) -> str:
        """Return a value in words.

        Parameters
        ----------
        value : float
        unlike : float, optional
            A bound; digits are added until a value beside it does not read like it.
        """
        if self.scale is Scale.FLAG:
            return self.title if value >= 1 else self.otherwise
        if self.scale is Scale.PROBABILITY:
            bound = 0.5 if unlike is None else unlike
            if value < _DOUBT <= bound:
                return f"{_plain(100 * _SAID, 1)} % 未満"
            if value >= 1 - _DOUBT >= bound:
                return f"{_plain(100 * (1 - _SAID), 1)} % 超"
        for digits in range(_DIGITS[self.scale], _MOST_DIGITS):
            text = self._say(value, digits)
            if unlike is None or value == unlike or text != self._say(unlike, digits):
                break
        return text

    def _say(self, value: float, digits: int) -> str:
        if self.scale in {Scale.PERCENT, Scale.PROBABILITY}:
            return f"{_plain(100 * value, digits)} %"
        if self.scale is Scale.ODDS:
            if value > _LARGEST_LOG_ODDS:
                return "1 万倍超"
            times = math.exp(value)
            return f"{_plain(times, 0 if times >= 10 else digits)} 倍"
        return f"{_plain(value, digits)} {self.unit}".rstrip()


_DIGITS = {Scale.FLAG: 0, Scale.NUMBER: 2, Scale.PERCENT: 1, Scale.PROBABILITY: 1, Scale.ODDS: 2}
_MOST_DIGITS = 7
_DOUBT = 0.0005
"""A probability nearer than this to 0 or 1 would be rounded to it."""
_SAID = 0.001
"""Bound said instead."""
_LARGEST_LOG_ODDS = math.log(10_000)

MEASURES: Mapping[str, Measure] = {
    "kanji": Measure(
        "最良の候補は漢字である", Scale.FLAG, otherwise="最良の候補は漢字でない（仮名・英数字・記号など）"
    ),
    "hentaigana": Measure("最良の候補は変体仮名である", Scale.FLAG, otherwise="最良の候補は変体仮名でない"),
    "non_kanji": Measure(
        "最良の候補は仮名・英数字・記号などである",
        Scale.FLAG,
        otherwise="最良の候補は仮名・英数字・記号などでない",
    ),
    "same": Measure("最良の候補と同じ字形である確率", Scale.PROBABILITY),
    "rival": Measure("次点（形の異なる候補）と同じ字形である確率", Scale.PROBABILITY),
    "lead": Measure("最良の候補の、次点に対する確からしさ（オッズ比）", Scale.ODDS),
    "identical": Measure("最良の候補と、太さや大きさのほかは同じ図形である確率", Scale.PROBABILITY),
    "related": Measure("最良の候補と同じ文字である確率（字形の違いは問わない）", Scale.PROBABILITY),
    "stranger": Measure("次点（別の文字）と同じ字形である確率", Scale.PROBABILITY),
    "stranger_lead": Measure("最良の候補の、次点（別の文字）に対する確からしさ（オッズ比）", Scale.ODDS),
    "sibling": Measure("次点（同じ文字の別の字形）と同じ字形である確率", Scale.PROBABILITY),
    "sibling_lead": Measure(
        "最良の候補の、次点（同じ文字の別の字形）に対する確からしさ（オッズ比）", Scale.ODDS
    ),
    "similarity": Measure("最良の候補との特徴の類似度（1 が最大）"),
    "unshared_stroke_px": Measure("相手のない画の、最も長い続き（64 画素の図で測る）", unit="画素"),
    "unshared_share": Measure("相手のない画の割合", Scale.PERCENT),
    "unshared_ink": Measure("相手のない墨の割合", Scale.PERCENT),
    "correlation": Measure("重ね合わせたときの図の一致の度合い（1 が最大）"),
    "ink": Measure("図に占める墨の割合", Scale.PERCENT),
    "size_px": Measure("読み取った図での字の大きさ（長いほうの辺）", unit="画素"),
    "strokes": Measure("最良の候補の総画数", unit="画"),
    "certainty": Measure("判定の確かさ（校正する前の値）", Scale.PROBABILITY),
    "accepted": Measure(
        "字形一致かデザイン差と判定した", Scale.FLAG, otherwise="字形一致ともデザイン差とも判定していない"
    ),
    "unidentified": Measure("同定不可能と判定した", Scale.FLAG, otherwise="同定不可能とは判定していない"),
    "offered": Measure(
        "最良の候補は指定した文字集合にある",
        Scale.FLAG,
        otherwise="最良の候補は指定した文字集合の外にある",
    ),
}
"""What a condition may look at, by its name in the criteria file; flags are 0 or 1."""


def _plain(value: float, digits: int) -> str:
    text = f"{value:,.{digits}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
