"""How the state of a shape follows from the records: a pure function of decisions and withdrawals.

Nothing is overwritten: a machine's suggestion, a person's decision and its withdrawal are separate records.
What the list shows is derived from them here; the columns of ``shape`` only keep the answer for filtering.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from engine.result import Subclass, Verdict


class Stage(StrEnum):
    """Which decision it is."""

    FIRST = "first"
    SECOND = "second"
    CONFERENCE = "conference"

    @property
    def japanese(self) -> str:
        """Name in the pages."""
        return {Stage.FIRST: "一次判定", Stage.SECOND: "二次判定", Stage.CONFERENCE: "協議"}[self]


class State(StrEnum):
    """Where a shape stands."""

    OPEN = "open"
    AWAITING_SECOND = "awaiting-second"
    DISPUTED = "disputed"
    SETTLED = "settled"

    @property
    def japanese(self) -> str:
        """Name in the pages."""
        return {
            State.OPEN: "未判定",
            State.AWAITING_SECOND: "二次待ち",
            State.DISPUTED: "協議中",
            State.SETTLED: "確定",
        }[self]


class SecondReview(StrEnum):
    """For which shapes a second person must decide."""

    ALL = "all"
    SIMILAR = "similar"
    NEVER = "never"

    @property
    def japanese(self) -> str:
        """Name in the pages."""
        return {
            SecondReview.ALL: "すべて二人で判定する",
            SecondReview.SIMILAR: "「類似」だけ二人で判定する",
            SecondReview.NEVER: "一人で判定する",
        }[self]

    def needs_second(self, verdict: Verdict) -> bool:
        """Tell whether a first decision of this class waits for a second one."""
        return self is SecondReview.ALL or (self is SecondReview.SIMILAR and verdict is Verdict.SIMILAR)


@dataclass(frozen=True, slots=True)
class Finding:
    """What somebody (or the machine) says a shape is.

    Attributes
    ----------
    verdict : Verdict
    subclass : Subclass or None
        For 同定不可能.
    mj : str
        MJ文字図形名; for 類似 the one to fall back on, if any; empty otherwise.
    """

    verdict: Verdict
    subclass: Subclass | None = None
    mj: str = ""


@dataclass(frozen=True, slots=True)
class DecisionRecord:
    """One decision, as the state depends on it.

    Attributes
    ----------
    id : int
        Rising with time.
    stage : Stage
    user_id : int
    finding : Finding
    needs_second : bool
        What the rule in force asked for when a first decision was made.
    answers : int or None
        The decision it follows: of a second one the first, of a conference the second.
    withdrawn : bool
    """

    id: int
    stage: Stage
    user_id: int
    finding: Finding
    needs_second: bool = False
    answers: int | None = None
    withdrawn: bool = False


@dataclass(frozen=True, slots=True)
class Standing:
    """What follows from the records of one shape.

    Attributes
    ----------
    state : State
    finding : Finding or None
        What is settled; None in every other state.
    live : tuple of DecisionRecord
        The decisions in force, first to last.
    """

    state: State
    finding: Finding | None
    live: tuple[DecisionRecord, ...]

    @property
    def next_stage(self) -> Stage | None:
        """The decision that is waited for; None where it is settled."""
        return {
            State.OPEN: Stage.FIRST,
            State.AWAITING_SECOND: Stage.SECOND,
            State.DISPUTED: Stage.CONFERENCE,
            State.SETTLED: None,
        }[self.state]


def stand(records: Sequence[DecisionRecord]) -> Standing:
    """Derive the standing of one shape.

    Parameters
    ----------
    records : sequence of DecisionRecord
        All of one shape's decisions, in any order. A withdrawn decision takes those that answer it with it.

    Returns
    -------
    Standing
    """
    dead: set[int] = set()
    live: dict[Stage, DecisionRecord] = {}
    for record in sorted(records, key=lambda each: each.id):
        if record.withdrawn or record.answers in dead:
            dead.add(record.id)
        else:
            live[record.stage] = record
    chain = tuple(live[stage] for stage in Stage if stage in live)
    first, second, conference = (live.get(stage) for stage in Stage)
    if first is None:
        return Standing(State.OPEN, None, chain)
    if conference is not None:
        return Standing(State.SETTLED, conference.finding, chain)
    if second is not None:
        agreed = second.finding == first.finding
        state = State.SETTLED if agreed else State.DISPUTED
        return Standing(state, second.finding if agreed else None, chain)
    if first.needs_second:
        return Standing(State.AWAITING_SECOND, None, chain)
    return Standing(State.SETTLED, first.finding, chain)
