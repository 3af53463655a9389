"""How right the machine really was here: what people settled, against the suggestion that they settled it on.

Counted is each settled shape once, by the decision that settled it; decisions withdrawn since do not count.
A shape that was only confirmed in bulk counts if it was in the sample: nobody looked at the others. People
see the suggestion before they decide, so these figures flatter the machine a little; the decisions of second
persons, who see it too but not the first decision, do not change that.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
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
    """Compare what people settled with what the machine suggested."""
    samples = {
        row.id: frozenset(row.sample)
        for row in session.execute(
            select(BulkConfirmation.id, BulkConfirmation.sample).where(
                BulkConfirmation.municipality_id == place.municipality_id
            )
        )
    }
    looked: list[Contradicted] = []
    unlooked = 0
    for row in _settled(session, place.municipality_id):
        if row.bulk_id is not None and row.shape_id not in samples[row.bulk_id]:
            unlooked += 1
            continue
        suggested = finding_of(row.suggested_verdict, row.suggested_subclass, row.suggested_mj)
        settled = finding_of(row.verdict, row.subclass, row.mj)
        looked.append(
            Contradicted(row.shape_id, row.decision_id, suggested, settled, row.confidence, row.review)
        )
    auto = [each for each in looked if each.review == Review.AUTO.value]
    claims = [each for each in auto if each.suggested.verdict in (Verdict.SAME, Verdict.DESIGN)]
    wrong = [each for each in looked if each.suggested != each.settled]
    wrong.sort(key=lambda each: (each.review != Review.AUTO.value, -each.confidence, each.shape_id))
    return Calibration(
        by_review=tuple(
            _share(review.value, [each for each in looked if each.review == review.value])
            for review in Review
        ),
        by_class=_classes(looked),
        auto_by_class=_classes(auto),
        by_confidence=_ranges(looked),
        claims=Share(
            "auto の字形一致・デザイン差で MJ が正しい",
            sum(
                each.suggested.mj == each.settled.mj
                and each.settled.verdict in (Verdict.SAME, Verdict.DESIGN)
                for each in claims
            ),
            len(claims),
        ),
        unlooked=unlooked,
        contradicted=tuple(wrong[:_SHOWN]),
        contradictions=len(wrong),
    )


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
    )


def _share(title: str, some: Sequence[Contradicted]) -> Share:
    return Share(title, sum(each.suggested == each.settled for each in some), len(some))


def _classes(some: Sequence[Contradicted]) -> tuple[Share, ...]:
    return tuple(
        _share(verdict.value, [each for each in some if each.suggested.verdict is verdict])
        for verdict in Verdict
    )


def _ranges(some: Sequence[Contradicted]) -> tuple[Share, ...]:
    right: Counter[int] = Counter()
    total: Counter[int] = Counter()
    for each in some:
        at = max(number for number, low in enumerate(BINS) if number == 0 or each.confidence >= low)
        total[at] += 1
        right[at] += each.suggested == each.settled
    ends = (*BINS[1:], 1.0)
    return tuple(
        Share(f"{low:g}〜{high:g}", right[at], total[at])
        for at, (low, high) in enumerate(zip(BINS, ends, strict=True))
    )
