"""The vocabulary of differences between two glyphs, and where they are: pure data shared by many.

Items 1-1 to 3-7 are those of 常用漢字表 付「字体についての解説」第1「明朝体のデザインについて」: differences
of this kind are matters of design. The others change the character form: a stroke or a part more, less
or another. Group 4 of that text (five sets of particular characters) is no kind of difference.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class DifferenceKind(StrEnum):
    """What kind of difference; the value is a permanent id that appears in ``evidence`` as ``diff:<id>``."""

    PROPORTION = "1-1"
    APART = "1-2"
    LENGTH = "2-1"
    JOINED = "2-2"
    JOINT_PLACE = "2-3"
    CROSSING = "2-4"
    DOT_OR_BAR = "3-1"
    SLANT = "3-2"
    BEND = "3-3"
    PRESS = "3-4"
    STOP_OR_SWEEP = "3-5"
    STOP_OR_TAPER = "3-6"
    HOOK = "3-7"
    STROKE_ADDED = "f-1"
    STROKE_MISSING = "f-2"
    PART_ADDED = "f-3"
    PART_MISSING = "f-4"
    PART_REPLACED = "f-5"

    @property
    def within_design(self) -> bool:
        """Whether the difference, taken by itself, is a matter of design (デザイン差)."""
        return not self.value.startswith("f")

    @property
    def japanese(self) -> str:
        """Japanese name, as in the source."""
        return _TITLES[self]


_TITLES = {
    DifferenceKind.PROPORTION: "大小・高低",
    DifferenceKind.APART: "はなれているか、接触しているか",
    DifferenceKind.LENGTH: "長短",
    DifferenceKind.JOINED: "つけるか、はなすか",
    DifferenceKind.JOINT_PLACE: "接触の位置",
    DifferenceKind.CROSSING: "交わるか、交わらないか",
    DifferenceKind.DOT_OR_BAR: "点か、棒か",
    DifferenceKind.SLANT: "傾斜・方向",
    DifferenceKind.BEND: "曲げ方・折り方",
    DifferenceKind.PRESS: "筆押さえ",
    DifferenceKind.STOP_OR_SWEEP: "とめるか、はらうか",
    DifferenceKind.STOP_OR_TAPER: "とめるか、ぬくか",
    DifferenceKind.HOOK: "はねるか、とめるか",
    DifferenceKind.STROKE_ADDED: "画が多い",
    DifferenceKind.STROKE_MISSING: "画が足りない",
    DifferenceKind.PART_ADDED: "構成要素が多い",
    DifferenceKind.PART_MISSING: "構成要素が足りない",
    DifferenceKind.PART_REPLACED: "構成要素が違う",
}


@dataclass(frozen=True, slots=True)
class Difference:
    """One place where a gaiji differs from a reference glyph.

    ``STROKE_ADDED`` means that the gaiji has the stroke and the reference glyph lacks it.

    Attributes
    ----------
    kind : DifferenceKind
    x_px, y_px : float
        Centre of the place in the normalised picture of the gaiji (64 px a side), from the top left.
    radius_px : float
        Circle that holds the place.
    strength : float
        How far the measured quantity is beyond what registration and rendering explain, as a multiple: 1 is
        just visible.
    """

    kind: DifferenceKind
    x_px: float
    y_px: float
    radius_px: float
    strength: float
