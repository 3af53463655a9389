"""Counting: shares with their intervals, class distribution, calibration."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass

import numpy as np

from engine.evaluation.case import Outcome, is_right
from engine.result import Review, Verdict

_Z_95 = 1.959964
"""Two-sided 95 % quantile of the normal distribution."""
_BINS = 10
UNREAD = "unread"
"""Stands for the class where the reader refused the input."""


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


@dataclass(frozen=True, slots=True)
class SetMetrics:
    """The figures of one set.

    Attributes
    ----------
    name : str
    n : int
        Cases.
    unread : int
        Cases that the reader refused.
    top1_exact, top1_ucs : Proportion or None
        First candidate is the MJ drawn (or of the same shape) / of the same character; None where the set has
        no such truth.
    recall10_exact, recall10_ucs : Proportion or None
        The same among the first ten.
    verdicts : dict
        Class → number of answers, :data:`UNREAD` included.
    right : Proportion
        Class and MJ right, see :func:`engine.evaluation.case.is_right`.
    subclass_right : Proportion or None
        Among the 同定不可能 answers of cases whose subclass is known.
    auto : Proportion
        Answers that need no look.
    wrong_auto : Proportion
        Answers that need no look and are not right, over all cases.
    confidence : float
        Mean confidence of the answers; NaN where there is none.
    calibration_error : float
        Expected calibration error over ten equal bins of confidence.
    glyphs_per_s : float
    """

    name: str
    n: int
    unread: int
    top1_exact: Proportion | None
    top1_ucs: Proportion | None
    recall10_exact: Proportion | None
    recall10_ucs: Proportion | None
    verdicts: dict[str, int]
    right: Proportion
    subclass_right: Proportion | None
    auto: Proportion
    wrong_auto: Proportion
    confidence: float
    calibration_error: float
    glyphs_per_s: float

    def proportions(self) -> dict[str, Proportion]:
        """Every proportion that this set has, by name."""
        return {
            field: value for field in self.__slots__ if isinstance(value := getattr(self, field), Proportion)
        }

    def as_json(self) -> dict[str, object]:
        """Plain values; proportions as hits, n, share and interval."""
        plain: dict[str, object] = asdict(self)
        for field, value in self.proportions().items():
            plain[field] = {
                "hits": value.hits,
                "n": value.n,
                "share": _finite(value.share),
                "interval95": list(value.interval()),
            }
        return {key: _finite(value) if isinstance(value, float) else value for key, value in plain.items()}


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
    autos = [outcome.answer.review is Review.AUTO for outcome in outcomes]
    judged = [
        (outcome.answer.confidence, right)
        for outcome, right in zip(outcomes, rights, strict=True)
        if outcome.answer.confidence is not None
    ]
    confidences = np.array([confidence for confidence, _ in judged], np.float64)
    subclassed = [
        outcome.answer.subclass is outcome.case.expected.subclass
        for outcome in outcomes
        if outcome.case.expected.subclass and outcome.answer.verdict is Verdict.UNIDENTIFIED
    ]
    n = len(outcomes)
    return SetMetrics(
        name=name,
        n=n,
        unread=sum(outcome.answer.verdict is None for outcome in outcomes),
        top1_exact=_among_first(outcomes, 1, exact=True),
        top1_ucs=_among_first(outcomes, 1, exact=False),
        recall10_exact=_among_first(outcomes, 10, exact=True),
        recall10_ucs=_among_first(outcomes, 10, exact=False),
        verdicts=dict(
            sorted(Counter(o.answer.verdict.value if o.answer.verdict else UNREAD for o in outcomes).items())
        ),
        right=Proportion(sum(rights), n),
        subclass_right=Proportion(sum(subclassed), len(subclassed)) if subclassed else None,
        auto=Proportion(sum(autos), n),
        wrong_auto=Proportion(sum(auto and not right for auto, right in zip(autos, rights, strict=True)), n),
        confidence=float(confidences.mean()) if judged else math.nan,
        calibration_error=calibration_error(confidences, np.array([right for _, right in judged], np.bool_)),
        glyphs_per_s=n / seconds if seconds > 0 else math.nan,
    )


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


def calibration_error(confidences: np.ndarray, rights: np.ndarray) -> float:
    """Mean distance between confidence and share of right answers, over equal bins.

    Parameters
    ----------
    confidences : (N,) float64, 0–1
    rights : (N,) bool

    Returns
    -------
    float
        Σ over bins of (share of cases in the bin) · |mean confidence − share right|; NaN for N = 0.
    """
    if confidences.size == 0:
        return math.nan
    bins = np.minimum((confidences * _BINS).astype(int), _BINS - 1)
    error = 0.0
    for index in range(_BINS):
        inside = bins == index
        if inside.any():
            error += inside.mean() * abs(confidences[inside].mean() - rights[inside].mean())
    return float(error)
