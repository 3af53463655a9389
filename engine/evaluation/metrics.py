"""Counting: shares with their intervals, classes, calibration. Figures of several sets may be added."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from engine.evaluation.case import CLAIMS, Outcome, is_right
from engine.evaluation.confusion import UNREAD, Confusion, added, confusion
from engine.evaluation.reliability import Bin, calibration_error, mean_confidence, reliability
from engine.result import Review, Verdict

_Z_95 = 1.959964
"""Two-sided 95 % quantile of the normal distribution."""


@dataclass(frozen=True, slots=True)
class Proportion:
    """``hits`` of ``n``."""

    hits: int
    n: int

    @property
    def share(self) -> float:
        """Hits over n; NaN for an empty set."""
        return self.hits / self.n if self.n else math.nan

    def interval(self) -> tuple[float, float]:
        """Wilson score interval at 95 %; (0, 1) for an empty set.

        Notes
        -----
        Unlike the normal interval it stays within 0–1 and does not collapse at 0 or ``n`` hits, where most of
        our figures lie.
        """
        if self.n == 0:
            return 0.0, 1.0
        z2 = _Z_95**2
        centre = (self.share + z2 / (2 * self.n)) / (1 + z2 / self.n)
        spread = self.share * (1 - self.share) / self.n + z2 / (4 * self.n**2)
        half = _Z_95 / (1 + z2 / self.n) * math.sqrt(spread)
        return max(0.0, centre - half), min(1.0, centre + half)

    def __add__(self, other: Proportion) -> Proportion:
        return Proportion(self.hits + other.hits, self.n + other.n)


@dataclass(frozen=True, slots=True)
class SetMetrics:
    """The figures of one set, or of several added by :func:`combine`.

    A share is None where no case of the set can have it.

    Attributes
    ----------
    name : str
    n : int
        Cases.
    unread : int
        Cases that the reader refused.
    top1_exact, top1_ucs : Proportion or None
        First candidate is the MJ drawn (or of the same shape) / of the same character.
    recall10_exact, recall10_ucs : Proportion or None
        The same among the first ten.
    verdicts : mapping of str to int
        Class → number of answers, :data:`~engine.evaluation.confusion.UNREAD` included.
    same, design, similar, unidentified : Proportion
        Called 字形一致, デザイン差, 類似, 同定不可能, rightly or not.
    accepted_right, accepted_exact : Proportion or None
        Called 字形一致 or デザイン差 with an MJ that may be named / that is the one drawn (or of its shape);
        among the cases whose own MJ is on offer and may be called so.
    accepted_wrong : Proportion
        Called 字形一致 or デザイン差 with an MJ that the gaiji is not.
    right : Proportion
        Class and MJ right, see :func:`engine.evaluation.case.is_right`.
    subclass_right : Proportion or None
        Called 同定不可能 with the right subclass, among the cases whose subclass is known.
    auto : Proportion
        Answers that need no look.
    wrong_auto : Proportion
        Answers that need no look and are not right, over all cases.
    wrong_among_auto : Proportion or None
        The same over the answers that need no look.
    reliability : tuple of Bin
        Confidence against the share of right answers.
    confusion : mapping of mappings
        What was due × what was said.
    seconds : float
        Time that the engine took.
    """

    name: str
    n: int
    unread: int
    top1_exact: Proportion | None
    top1_ucs: Proportion | None
    recall10_exact: Proportion | None
    recall10_ucs: Proportion | None
    verdicts: Mapping[str, int]
    same: Proportion
    design: Proportion
    similar: Proportion
    unidentified: Proportion
    accepted_right: Proportion | None
    accepted_exact: Proportion | None
    accepted_wrong: Proportion
    right: Proportion
    subclass_right: Proportion | None
    auto: Proportion
    wrong_auto: Proportion
    wrong_among_auto: Proportion | None
    reliability: tuple[Bin, ...]
    confusion: Confusion
    seconds: float

    @property
    def confidence(self) -> float:
        """Mean confidence of the answers; NaN where there is none."""
        return mean_confidence(self.reliability)

    @property
    def calibration_error(self) -> float:
        """Expected calibration error over the bins of ``reliability``."""
        return calibration_error(self.reliability)

    @property
    def glyphs_per_s(self) -> float:
        """Cases per second; NaN where the time is not known."""
        return self.n / self.seconds if self.seconds > 0 else math.nan

    def proportions(self) -> dict[str, Proportion]:
        """Every proportion that this set has, by name."""
        return {name: value for name in _SHARES if (value := getattr(self, name)) is not None}

    def as_json(self) -> dict[str, object]:
        """Plain values; proportions as hits, n, share and interval."""
        plain: dict[str, object] = {field.name: getattr(self, field.name) for field in fields(self)}
        for name, value in self.proportions().items():
            plain[name] = {
                "hits": value.hits,
                "n": value.n,
                "share": _finite(value.share),
                "interval95": list(value.interval()),
            }
        plain["reliability"] = [
            {
                "low": each.low,
                "high": each.high,
                "n": each.n,
                "confidence": _finite(each.confidence),
                "share_right": _finite(each.share_right),
            }
            for each in self.reliability
        ]
        derived = {
            "confidence": self.confidence,
            "calibration_error": self.calibration_error,
            "glyphs_per_s": self.glyphs_per_s,
        }
        return plain | {name: _finite(value) for name, value in derived.items()}


_SHARES = tuple(field.name for field in fields(SetMetrics) if "Proportion" in str(field.type))


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None


def measure(name: str, outcomes: Sequence[Outcome], *, seconds: float = 0.0) -> SetMetrics:
    """Count over the outcomes of one set.

    Parameters
    ----------
    name : str
    outcomes : sequence of Outcome
    seconds : float
        Time the engine took for all of them.
    """
    rights = [is_right(outcome.case.expected, outcome.answer) for outcome in outcomes]
    judged = [
        (outcome.answer.confidence, right)
        for outcome, right in zip(outcomes, rights, strict=True)
        if outcome.answer.confidence is not None
    ]
    autos = [
        right for outcome, right in zip(outcomes, rights, strict=True) if outcome.answer.review is Review.AUTO
    ]
    verdicts = Counter(o.answer.verdict.value if o.answer.verdict else UNREAD for o in outcomes)
    n = len(outcomes)
    return SetMetrics(
        name=name,
        n=n,
        unread=verdicts[UNREAD],
        top1_exact=_among_first(outcomes, 1, exact=True),
        top1_ucs=_among_first(outcomes, 1, exact=False),
        recall10_exact=_among_first(outcomes, 10, exact=True),
        recall10_ucs=_among_first(outcomes, 10, exact=False),
        verdicts=dict(sorted(verdicts.items())),
        same=Proportion(verdicts[Verdict.SAME.value], n),
        design=Proportion(verdicts[Verdict.DESIGN.value], n),
        similar=Proportion(verdicts[Verdict.SIMILAR.value], n),
        unidentified=Proportion(verdicts[Verdict.UNIDENTIFIED.value], n),
        accepted_right=_share(
            outcomes,
            _own_is_due,
            lambda o: _claims(o) and o.answer.mj in o.case.expected.nameable,
        ),
        accepted_exact=_share(
            outcomes,
            _own_is_due,
            lambda o: _claims(o) and o.answer.mj in o.case.expected.exact,
        ),
        accepted_wrong=Proportion(
            sum(_claims(o) and o.answer.mj not in o.case.expected.nameable for o in outcomes), n
        ),
        right=Proportion(sum(rights), n),
        subclass_right=_share(
            outcomes,
            lambda o: o.case.expected.subclass is not None,
            lambda o: (
                o.answer.verdict is Verdict.UNIDENTIFIED and o.answer.subclass is o.case.expected.subclass
            ),
        ),
        auto=Proportion(len(autos), n),
        wrong_auto=Proportion(len(autos) - sum(autos), n),
        wrong_among_auto=Proportion(len(autos) - sum(autos), len(autos)) if autos else None,
        reliability=reliability(
            np.array([confidence for confidence, _ in judged], np.float64),
            np.array([right for _, right in judged], np.bool_),
        ),
        confusion=confusion(outcomes),
        seconds=seconds,
    )


def combine(name: str, parts: Sequence[SetMetrics]) -> SetMetrics:
    """Add the figures of several sets; every case counts the same.

    Parameters
    ----------
    name : str
        Of the sum.
    parts : sequence of SetMetrics
    """
    values: dict[str, Any] = {
        field.name: getattr(measure(name, []), field.name) for field in fields(SetMetrics)
    }
    for field in _SHARES:
        known = [share for part in parts if (share := getattr(part, field)) is not None]
        if known:
            values[field] = sum(known[1:], known[0])
    verdicts: Counter[str] = Counter()
    for part in parts:
        verdicts.update(part.verdicts)
    bins = zip(values["reliability"], *(part.reliability for part in parts), strict=True)
    values |= {
        "n": sum(part.n for part in parts),
        "unread": sum(part.unread for part in parts),
        "verdicts": dict(sorted(verdicts.items())),
        "reliability": tuple(sum(alike[1:], alike[0]) for alike in bins),
        "confusion": added(part.confusion for part in parts),
        "seconds": sum(part.seconds for part in parts),
    }
    return SetMetrics(**values)


def _claims(outcome: Outcome) -> bool:
    return outcome.answer.verdict in CLAIMS


def _own_is_due(outcome: Outcome) -> bool:
    expected = outcome.case.expected
    return bool(expected.exact and expected.verdicts & CLAIMS)


def _share(
    outcomes: Sequence[Outcome], concerned: Callable[[Outcome], bool], hit: Callable[[Outcome], bool]
) -> Proportion | None:
    """Hits among the outcomes concerned; None where there is none."""
    some = [outcome for outcome in outcomes if concerned(outcome)]
    return Proportion(sum(map(hit, some)), len(some)) if some else None


def _among_first(outcomes: Sequence[Outcome], count: int, *, exact: bool) -> Proportion | None:
    """How often a true MJ is among the first ``count`` candidates; cases without truth are left out."""
    hits = n = 0
    for outcome in outcomes:
        expected = outcome.case.expected
        truth = expected.exact if exact else expected.same_ucs
        if truth:
            n += 1
            hits += not truth.isdisjoint(outcome.answer.candidates[:count])
    return Proportion(hits, n) if n else None
