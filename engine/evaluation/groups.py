"""Which sets are told together: kinds of input, coarser than the sets."""

from __future__ import annotations

from enum import StrEnum


class Group(StrEnum):
    """A kind of input; the value is permanent and appears in the JSON report."""

    SELF = "self"
    MINCHO = "mincho"
    GOTHIC = "gothic"
    SCANS = "scans"
    DOTS = "dots"
    SIBLINGS = "siblings"
    DESIGN = "design"
    EDITED = "edited"
    OUTSIDE = "outside"
    NON_KANJI = "non-kanji"
    JUNK = "junk"

    @property
    def japanese(self) -> str:
        """Japanese name, for reports."""
        return _TITLES[self]


_TITLES = {
    Group.SELF: "IPAmj 明朝自身",
    Group.MINCHO: "他の明朝体",
    Group.GOTHIC: "ゴシック体",
    Group.SCANS: "スキャン",
    Group.DOTS: "ドット",
    Group.SIBLINGS: "正解を除外",
    Group.DESIGN: "デザインを変えた字",
    Group.EDITED: "画・構成要素を変えた字",
    Group.OUTSIDE: "MJ にない漢字",
    Group.NON_KANJI: "変体仮名・記号",
    Group.JUNK: "汚れ・壊れた字",
}
