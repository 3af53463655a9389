"""The judge: compared candidates → class, subclass, confidence and whether a person must look."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.compare.pair import INPUTS
from engine.compare.shortlist import Compared
from engine.judge.criteria import Comparison, Criteria
from engine.result import Review, Subclass, Verdict

_AT = {name: i for i, name in enumerate(INPUTS)}
_NO_RIVAL = -12.0
"""Log odds assumed where nothing else was compared."""
_ALIKE = 0.85
"""Correlation from which on "similar" is beyond doubt: lower quartile of glyphs with one stroke changed."""
_SURE = 30.0
"""Log odds beyond which nothing changes."""
_LIKELY = 0.25
"""Probability from which on a kana or symbol stays the subject of the judgement."""
_AS_SIMILAR = 0.05
"""Difference of similarity up to which two candidates are about as similar."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """What the judge says of one gaiji.

    Attributes
    ----------
    verdict : Verdict
    subclass : Subclass or None
    review : Review
    confidence : float
        Probability that class and MJ are both right, 0–1.
    evidence : tuple of str
        Ids of the rules that fired.
    best : int
        Position of the decided candidate among the compared ones.
    measures : mapping of str to float
        What the rules looked at (:data:`engine.judge.measure.MEASURES`).
    """

    verdict: Verdict
    subclass: Subclass | None
    review: Review
    confidence: float
    evidence: tuple[str, ...]
    best: int
    measures: Mapping[str, float]


@dataclass(frozen=True, eq=False)
class Kinds:
    """What each compared candidate is, (K,) bool each.

    Attributes
    ----------
    hentaigana, non_kanji : (K,) bool
    offered : (K,) bool
        In the character set asked for.
    shape : (K,) int64
        Equal numbers: declared or drawn identical, so never each other's rivals.
    family : (K,) int64
        Equal numbers: one character, in whatever form.
    strokes : (K,) int16
        総画数; −1 where there is none.
    """

    hentaigana: NDArray[np.bool_]
    non_kanji: NDArray[np.bool_]
    offered: NDArray[np.bool_]
    shape: NDArray[np.int64]
    family: NDArray[np.int64]
    strokes: NDArray[np.int16]


def decided_on(compared: Compared, kinds: Kinds) -> int:
    """Return the position of the candidate that the judgement is about.

    The first, with two exceptions. Where a hentaigana is the most similar of all, and the first is one too
    or unlikely: the most similar, since hands differ more than one form may in print. Where the first is no
    kanji, unlikely, and a kanji is about as similar: that kanji, since what resembles a kana only vaguely is
    described better by the kanji nearest to it.
    """
    kanji = np.flatnonzero(~kinds.hentaigana & ~kinds.non_kanji)
    likely = _probability(float(compared.log_odds[0])) >= _LIKELY
    most_similar = int(np.argmax(compared.similarity))
    if kinds.hentaigana[most_similar] and (kinds.hentaigana[0] or not likely):
        return most_similar
    if likely or not len(kanji) or compared.similarity[kanji[0]] < compared.similarity[0] - _AS_SIMILAR:
        return 0
    return int(kanji[0])


def measures_of(compared: Compared, kinds: Kinds, best: int = 0) -> Mapping[str, float]:
    """Reduce the comparison to what the class rules look at (:data:`engine.judge.measure.MEASURES`).

    Parameters
    ----------
    compared : Compared
    kinds : Kinds
    best : int
        Position of the candidate that the judgement is about.
    """
    # A handful of candidates: plain numbers are quicker than arrays.
    shapes, characters = kinds.shape.tolist(), kinds.family.tolist()
    all_odds: list[float] = compared.log_odds.tolist()
    odds = all_odds[best]
    others = [
        (each, character == characters[best])
        for each, shape, character in zip(all_odds, shapes, characters, strict=True)
        if shape != shapes[best]
    ]
    rival_odds = max((each for each, _ in others), default=_NO_RIVAL)
    stranger_odds = max((each for each, is_sibling in others if not is_sibling), default=_NO_RIVAL)
    sibling_odds = max((each for each, is_sibling in others if is_sibling), default=_NO_RIVAL)
    row: list[float] = compared.inputs[best].tolist()

    def larger(name: str) -> float:
        return max(row[_AT[f"gaiji_{name}"]], row[_AT[f"candidate_{name}"]])

    return {
        "kanji": float(not kinds.hentaigana[best] and not kinds.non_kanji[best]),
        "hentaigana": float(kinds.hentaigana[best]),
        "non_kanji": float(kinds.non_kanji[best]),
        "same": _probability(odds),
        "identical": _probability(float(compared.identical[best])),
        "related": _probability(float(compared.related[best])),
        "rival": _probability(rival_odds),
        "lead": odds - rival_odds,
        "stranger": _probability(stranger_odds),
        "stranger_lead": odds - stranger_odds,
        "sibling": _probability(sibling_odds),
        "sibling_lead": odds - sibling_odds,
        "similarity": float(compared.similarity[best]),
        "unshared_stroke_px": larger("far_run"),
        "unshared_share": larger("near_share"),
        "unshared_ink": larger("blob_share"),
        "correlation": row[_AT["correlation"]],
        "ink": row[_AT["gaiji_ink"]],
        "size_px": 2 ** row[_AT["gaiji_size"]],
        "offered": float(kinds.offered[best]),
        "strokes": float(kinds.strokes[best]),
    }


def _probability(odds: float) -> float:
    return 1 / (1 + math.exp(-min(max(odds, -_SURE), _SURE)))


def judge(compared: Compared, kinds: Kinds, criteria: Criteria) -> Judgement:
    """Judge one gaiji.

    Parameters
    ----------
    compared : Compared
        At least one candidate, best first.
    kinds : Kinds
        Of these candidates.
    criteria : Criteria
    """
    best = decided_on(compared, kinds)
    measures = dict(measures_of(compared, kinds, best))
    rule = next(rule for rule in criteria.class_rules if rule.fires(measures))
    accepted = rule.verdict in {Verdict.SAME, Verdict.DESIGN}
    measures["accepted"] = float(accepted)
    measures["unidentified"] = float(rule.verdict is Verdict.UNIDENTIFIED)
    measures["certainty"] = _certainty(rule.verdict, rule.subclass, measures, criteria.comparison)
    review = next(rule for rule in criteria.review_rules if rule.fires(measures))
    if rule.verdict is None or review.review is None:  # load_criteria refuses such rules
        msg = f"criteria {criteria.version}: rule {rule.id} or {review.id} gives no verdict"
        raise ValueError(msg)
    # 類似 means that a person decides, and 同定不可能 is let pass only by a rule written for it.
    speaks = accepted or (rule.verdict is Verdict.UNIDENTIFIED and review.asks("unidentified"))
    decided = review.review if speaks else Review.REQUIRED
    evidence = (rule.id, review.id) if speaks else (rule.id,)
    confidence = criteria.confidence(rule.id, measures["certainty"])
    return Judgement(rule.verdict, rule.subclass, decided, confidence, evidence, best, measures)


def _certainty(
    verdict: Verdict | None, subclass: Subclass | None, measures: Mapping[str, float], comparison: Comparison
) -> float:
    """How sure the verdict is, 0–1; the criteria say what share of such verdicts was right."""
    same, related = measures["same"], measures["related"]
    if verdict in {Verdict.SAME, Verdict.DESIGN}:
        return _shared(same, measures["rival"])
    if comparison is Comparison.MEASURED:
        if subclass in {Subclass.HENTAIGANA, Subclass.SYMBOL}:
            return _shared(same, measures["rival"])
        alike = min(1.0, measures["correlation"] / _ALIKE)
        return (1 - same) * (alike if verdict is Verdict.SIMILAR else 1.0)
    if verdict is Verdict.SIMILAR:
        # What is on offer is never the very form seen, so only the likeness to that one counts.
        return (1 - same) * related if measures["offered"] else max(same, related)
    sure = {
        Subclass.HENTAIGANA: max(0.0, measures["similarity"]),
        Subclass.SYMBOL: _shared(max(same, related), measures["stranger"]),
    }
    return sure[subclass] if subclass in sure else (1 - same) * (1 - related)


def _shared(same: float, rival: float) -> float:
    """Probability of the best where best and rival cannot both be right."""
    odds, rival_odds = same / (1 - same + 1e-9), rival / (1 - rival + 1e-9)
    return odds / (1 + odds + rival_odds)
