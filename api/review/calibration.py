"""How right the machine really was here: what people settled, against the suggestion that they settled it on.

Counted is each settled shape once, by the decision that settled it; decisions withdrawn since do not count.
A shape that was only confirmed in bulk counts if it was in the sample: nobody looked at the others. People
see the suggestion before they decide, so these figures flatter the machine a little; the decisions of second
persons, who see it too but not the first decision, do not change that.
"""

from __future__ import annotations

import heapq
import math
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.access.place import Place
from api.domain.standing import Finding
from api.review.records import finding_of
from api.store.models import BulkConfirmation, Decision, Prototype, Suggestion
from engine.result import Review, Verdict

BINS: tuple[float, ...] = (0.0, 0.5, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995)
"""Lower ends of the ranges of confidence."""

_Z = 1.959963984540054
"""Of a normal distribution, for 95 %."""
_SHOWN = 200
_AT_ONCE = 1000
_CLAIMS = (Verdict.SAME, Verdict.DESIGN)
"""What says that the gaiji is that MJ."""


@dataclass(frozen=True, slots=True)
class Share:
    """How many of some were right.

    Attributes
    ----------
    title : str
        Of what.
    right, total : int
        Right: class, subclass and MJ as suggested.
    """

    title: str
    right: int
    total: int

    @property
    def value(self) -> float | None:
        """Share, 0–1; None of nothing."""
        return self.right / self.total if self.total else None

    @property
    def interval(self) -> tuple[float, float]:
        """The 95 % interval of Wilson; 0 to 1 of nothing."""
        return wilson(self.right, self.total)


@dataclass(frozen=True, slots=True)
class Contradicted:
    """A shape on which people say something else than the machine.

    Attributes
    ----------
    shape_id, decision_id : int
    suggested, settled : Finding
    confidence : float
    review : str
    """

    shape_id: int
    decision_id: int
    suggested: Finding
    settled: Finding
    confidence: float
    review: str


@dataclass(frozen=True, slots=True)
class Calibration:
    """What the report says.

    Attributes
    ----------
    by_review : tuple of Share
        ``auto`` and ``required``.
    by_class : tuple of Share
        By the class that the machine suggested, among all.
    auto_by_class : tuple of Share
    by_confidence : tuple of Share
        By range of confidence, lowest first, among all.
    claims : Share
        Of 字形一致 and デザイン差 that were ``auto``: how often the MJ was right, whatever the class.
    unlooked : int
        Settled shapes left out because nobody looked at them.
    contradicted : tuple of Contradicted
        ``auto`` first, the most confident first; at most 200.
    contradictions : int
        All of them.
    """

    by_review: tuple[Share, ...]
    by_class: tuple[Share, ...]
    auto_by_class: tuple[Share, ...]
    by_confidence: tuple[Share, ...]
    claims: Share
    unlooked: int
    contradicted: tuple[Contradicted, ...]
    contradictions: int


def wilson(right: int, total: int) -> tuple[float, float]:
    """Return the 95 % interval of a share by E. B. Wilson (1927); (0, 1) where there is nothing."""
    if total == 0:
        return 0.0, 1.0
    share, z2 = right / total, _Z * _Z
    centre = (share + z2 / (2 * total)) / (1 + z2 / total)
    half = _Z / (1 + z2 / total) * math.sqrt(share * (1 - share) / total + z2 / (4 * total * total))
    return max(0.0, centre - half), min(1.0, centre + half)


def calibration(session: Session, *, place: Place) -> Calibration:
    """Compare what people settled with what the machine suggested, counting row by row."""
    samples = {
        row.id: frozenset(row.sample)
        for row in session.execute(
            select(BulkConfirmation.id, BulkConfirmation.sample).where(
                BulkConfirmation.municipality_id == place.municipality_id
            )
        )
    }
    tally = _Tally()
    worst = heapq.nsmallest(
        _SHOWN,
        tally.contradicted(_settled(session, place.municipality_id), samples),
        key=lambda each: (each.review != Review.AUTO.value, -each.confidence, each.shape_id),
    )
    ends = (*BINS[1:], 1.0)
    return Calibration(
        by_review=tuple(tally.share("review", each.value, each.value) for each in Review),
        by_class=tuple(tally.share("class", each, each.value) for each in Verdict),
        auto_by_class=tuple(tally.share("auto", each, each.value) for each in Verdict),
        by_confidence=tuple(
            tally.share("confidence", at, f"{low:g}〜{high:g}")
            for at, (low, high) in enumerate(zip(BINS, ends, strict=True))
        ),
        claims=tally.share("claim", None, "auto の字形一致・デザイン差で MJ が正しい"),
        unlooked=tally.unlooked,
        contradicted=tuple(worst),
        contradictions=tally.wrong,
    )


class _Tally:
    """Counts of right suggestions among all, by what is asked and the answer: ``("class", 類似)``."""

    def __init__(self) -> None:
        self.unlooked = self.wrong = 0
        self._right: Counter[tuple[str, Any]] = Counter()
        self._total: Counter[tuple[str, Any]] = Counter()

    def share(self, question: str, answer: Any, title: str) -> Share:
        """Return what was counted under an answer."""
        return Share(title, self._right[question, answer], self._total[question, answer])

    def contradicted(
        self, rows: Iterable[Any], samples: Mapping[int, frozenset[int]]
    ) -> Iterator[Contradicted]:
        """Count all rows, and yield those in which people say something else."""
        for row in rows:
            if row.bulk_id is not None and row.shape_id not in samples[row.bulk_id]:
                self.unlooked += 1
                continue
            suggested = finding_of(row.suggested_verdict, row.suggested_subclass, row.suggested_mj)
            settled = finding_of(row.verdict, row.subclass, row.mj)
            self._count(row, suggested, settled)
            if suggested != settled:
                self.wrong += 1
                yield Contradicted(
                    row.shape_id, row.decision_id, suggested, settled, row.confidence, row.review
                )

    def _count(self, row: Any, suggested: Finding, settled: Finding) -> None:
        is_right = suggested == settled
        self._note("review", row.review, is_right)
        self._note("class", suggested.verdict, is_right)
        self._note("confidence", bisect_right(BINS, row.confidence, lo=1) - 1, is_right)
        if row.review != Review.AUTO.value:
            return
        self._note("auto", suggested.verdict, is_right)
        if suggested.verdict in _CLAIMS:
            self._note("claim", None, settled.verdict in _CLAIMS and suggested.mj == settled.mj)

    def _note(self, question: str, answer: Any, is_right: bool) -> None:
        self._total[question, answer] += 1
        self._right[question, answer] += is_right


def _settled(session: Session, municipality_id: int) -> Iterable[Any]:
    """What each settled shape was settled as, with the suggestion that the settling decision was made on.

    The prototypes in force say which decision that is.
    """
    return session.execute(
        select(
            Prototype.decision_id,
            Prototype.shape_id,
            Prototype.verdict,
            Prototype.subclass,
            Prototype.mj,
            Decision.bulk_id,
            Suggestion.verdict.label("suggested_verdict"),
            Suggestion.subclass.label("suggested_subclass"),
            Suggestion.mj.label("suggested_mj"),
            Suggestion.confidence,
            Suggestion.review,
        )
        .join(Decision, Decision.id == Prototype.decision_id)
        .join(Suggestion, Suggestion.id == Decision.suggestion_id)
        .where(Prototype.municipality_id == municipality_id, Prototype.ended_at.is_(None))
        .execution_options(yield_per=_AT_ONCE)
    )
