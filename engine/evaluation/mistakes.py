"""Wrong answers, the most harmful first."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from engine.evaluation.case import CLAIMS, Outcome, is_right
from engine.result import Review

SHOWN = 20
"""Mistakes kept of each set, and shown of all sets together."""


@dataclass(frozen=True, slots=True, eq=False)
class Mistake:
    """A wrong answer and the set that it comes from."""

    set_name: str
    outcome: Outcome


def mistakes(set_name: str, outcomes: Iterable[Outcome], limit: int = SHOWN) -> list[Mistake]:
    """Wrong answers of one set, worst first."""
    wrong = (outcome for outcome in outcomes if not is_right(outcome.case.expected, outcome.answer))
    return worst([Mistake(set_name, outcome) for outcome in wrong], limit)


def worst(found: Sequence[Mistake], limit: int = SHOWN) -> list[Mistake]:
    """Sort by harm and keep the first."""
    return sorted(found, key=_harm)[:limit]


def _harm(mistake: Mistake) -> tuple[bool, bool, bool, float, str, str]:
    """Sort key: unseen before seen, renaming before needless looks, sure before unsure.

    Nobody ever sees a wrong ``auto``; of the others a person sees the picture, but a claim of identity with
    the wrong character is likely to be waved through.
    """
    expected, answer = mistake.outcome.case.expected, mistake.outcome.answer
    claims = answer.verdict in CLAIMS
    return (
        answer.review is not Review.AUTO,
        not (claims and answer.mj not in expected.nameable),
        not claims,
        -(answer.confidence or 0.0),
        mistake.set_name,
        mistake.outcome.case.name,
    )
