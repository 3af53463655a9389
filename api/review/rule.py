"""Which rule on second persons is in force: the adopted policy's, else the municipality's own setting."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session

from api.domain.standing import SecondReview
from api.store.models import Municipality, PolicyVersion
from api.store.types import now


@dataclass(frozen=True, slots=True)
class Rule:
    """What a first decision is recorded under.

    Attributes
    ----------
    second_review : SecondReview
    policy_id : int or None
        The version of the policy that says so; None where none has been adopted.
    policy_label : str
        How people cite it; empty without one.
    """

    second_review: SecondReview
    policy_id: int | None = None
    policy_label: str = ""


def rule_in_force(session: Session, municipality_id: int) -> Rule:
    """Return the rule that holds now.

    The latest adopted policy whose day has come holds. One that this version of the engine cannot read
    (any more) asks for two people everywhere: of all mistakes that one is found out and put right.
    """
    present = now()
    adopted = and_(
        PolicyVersion.municipality_id == Municipality.id,
        PolicyVersion.adopted_at.is_not(None),
        or_(PolicyVersion.in_force_from.is_(None), PolicyVersion.in_force_from <= present),
    )
    found = session.execute(
        select(
            Municipality.second_review,
            PolicyVersion.id,
            PolicyVersion.title,
            PolicyVersion.version_label,
            PolicyVersion.identity,
            PolicyVersion.toml,
        )
        .outerjoin(PolicyVersion, adopted)
        .where(Municipality.id == municipality_id)
        .order_by(
            func.coalesce(PolicyVersion.in_force_from, PolicyVersion.adopted_at).desc(),
            PolicyVersion.id.desc(),
        )
        .limit(1)
    ).one()
    if found.id is None:
        return Rule(SecondReview(found.second_review))
    label = f"{found.title} {found.version_label}（{found.identity[:8]}）"
    return Rule(_second_review(found.toml), found.id, label)


@lru_cache(maxsize=64)
def _second_review(toml: str) -> SecondReview:
    from engine.errors import GaijiError
    from engine.policy.load import parse_policy

    try:
        return SecondReview(parse_policy(toml).second_review.value)
    except (GaijiError, ValueError):
        return SecondReview.ALL
