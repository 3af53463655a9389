"""What a policy can say of one gaiji, and of one that does not exist yet."""

from __future__ import annotations

from enum import StrEnum


class Action(StrEnum):
    """What happens with a gaiji; the values are permanent, they stand in policies and reports.

    The order is that of strictness: the further down, the harder a character changes or stays in use without
    anybody having thought about it.
    """

    REPLACE = "replace"
    """By the machine, unseen."""
    LOOK = "replace-after-look"
    """Where one person agrees."""
    TWO = "two-people"
    """Where two people agree."""
    ASK = "ask-resident"
    """The resident decides."""
    KEEP = "keep"
    """It stays a gaiji."""
    FORBID = "forbid"
    """It must not be used any longer; no character is proposed for it."""

    @property
    def japanese(self) -> str:
        """Title for people."""
        return _TITLES[self]

    @property
    def rank(self) -> int:
        """0 for the loosest."""
        return _ORDER[self]

    @property
    def replaces(self) -> bool:
        """Whether a standard character takes the gaiji's place, at once or after looks."""
        return self in REPLACING


REPLACING: tuple[Action, ...] = (Action.REPLACE, Action.LOOK, Action.TWO)

_TITLES = {
    Action.REPLACE: "自動で置き換える",
    Action.LOOK: "一人が見て置き換える",
    Action.TWO: "二人が見て置き換える",
    Action.ASK: "本人に確かめる",
    Action.KEEP: "外字のまま残す",
    Action.FORBID: "使用を認めない",
}

_ORDER = {action: rank for rank, action in enumerate(Action)}


class SecondReview(StrEnum):
    """Where a second person looks after the first."""

    ALL = "all"
    SIMILAR = "similar"
    NEVER = "never"

    @property
    def japanese(self) -> str:
        """Title for people."""
        return _SECOND[self]


_SECOND = {
    SecondReview.ALL: "人が見るものすべて",
    SecondReview.SIMILAR: "類似だけ",
    SecondReview.NEVER: "規則に「二人」とあるものだけ",
}


class NewGaiji(StrEnum):
    """What happens with a proposal to make a gaiji."""

    APPROVE = "approve"
    ASK_FIRST = "ask-first"
    FORBID = "forbid"

    @property
    def japanese(self) -> str:
        """Title for people."""
        return _NEW[self]


_NEW = {
    NewGaiji.APPROVE: "承認を得て作る",
    NewGaiji.ASK_FIRST: "似た字を本人に示し、それでもなお必要なら、承認を得て作る",
    NewGaiji.FORBID: "作らない",
}


class NewGaijiCheck(StrEnum):
    """What must be checked before a gaiji is made."""

    SEARCH_STANDARD = "search-standard"
    SEARCH_OWN = "search-own"
    SHOW_SIMILAR = "show-similar"
    PROOF = "proof"
    RECORD = "record"

    @property
    def japanese(self) -> str:
        """Title for people."""
        return _CHECKS[self]


_CHECKS = {
    NewGaijiCheck.SEARCH_STANDARD: "標準の文字に同じ字がないことを確かめる",
    NewGaijiCheck.SEARCH_OWN: "自団体の外字に同じ字がないことを確かめる",
    NewGaijiCheck.SHOW_SIMILAR: "似た標準の文字を本人に示す",
    NewGaijiCheck.PROOF: "字形の根拠となる公の資料を確かめる",
    NewGaijiCheck.RECORD: "字形・根拠・承認した人を台帳に記録する",
}
