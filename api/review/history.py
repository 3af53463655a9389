"""Everything that happened to a shape, in order; and a decision shown again as it was seen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.access.place import Place
from api.domain.standing import Finding, Stage, Standing
from api.errors import NotFoundError
from api.review.records import derive, finding_of
from api.review.seen import first_is_hidden
from api.store.models import Decision, Explanation, Prototype, Shape, Suggestion, User, Withdrawal


@dataclass(frozen=True, slots=True)
class Suggested:
    """What the machine said.

    Attributes
    ----------
    id : int
    at : datetime
    finding : Finding
    confidence : float
    review : str
        ``auto`` or ``required``.
    candidates : tuple of str
        MJ names, best first.
    evidence : tuple of str
    reference, engine : str
        Versions of the reference set with its criteria, and of the engine with its models.
    """

    id: int
    at: datetime
    finding: Finding
    confidence: float
    review: str
    candidates: tuple[str, ...]
    evidence: tuple[str, ...]
    reference: str
    engine: str


@dataclass(frozen=True, slots=True)
class Taken:
    """A decision that a person took.

    Attributes
    ----------
    id : int
    at : datetime
    user_id : int
    user : str
        Display name.
    stage : Stage
    finding : Finding or None
        None where it is hidden from who asks: they have not made the second decision yet.
    reason : str
        Empty where hidden.
    in_force : bool
        Not withdrawn, nor is one that it answers.
    bulk_id : int or None
    seconds : float or None
    """

    id: int
    at: datetime
    user_id: int
    user: str
    stage: Stage
    finding: Finding | None
    reason: str
    in_force: bool
    bulk_id: int | None
    seconds: float | None


@dataclass(frozen=True, slots=True)
class TakenBack:
    """A withdrawal.

    Attributes
    ----------
    id, decision_id : int
    at : datetime
    user_id : int
    user : str
        Display name.
    reason : str
    """

    id: int
    decision_id: int
    at: datetime
    user_id: int
    user: str
    reason: str


@dataclass(frozen=True, slots=True)
class History:
    """What happened to a shape.

    Attributes
    ----------
    shape_id, version : int
    standing : Standing
        With all findings: not for showing where :attr:`hidden`.
    hidden : bool
        The first decision must not be shown to who asked.
    events : tuple of Suggested, Taken or TakenBack
        In order of time.
    """

    shape_id: int
    version: int
    standing: Standing
    hidden: bool
    events: tuple[Suggested | Taken | TakenBack, ...]


@dataclass(frozen=True, slots=True)
class SeenPrototype:
    """An earlier decision that was shown beside a shape.

    Attributes
    ----------
    prototype_id : int
    likeness : str
    probability : float
    finding : Finding
    shared : bool
        Another municipality's.
    shape_id : int or None
        None where shared.
    ended : bool
        It has been withdrawn since.
    """

    prototype_id: int
    likeness: str
    probability: float
    finding: Finding
    shared: bool
    shape_id: int | None
    ended: bool


@dataclass(frozen=True, slots=True)
class Replay:
    """A decision as it was seen.

    Attributes
    ----------
    decision : Taken
    shape_id, shape_version : int
        The shape, and the version that was seen.
    suggestion : Suggested or None
        What the machine said then.
    explanation_id : int or None
        What it gave as its reasons then.
    candidates : tuple of str
        MJ names in the order in which they were shown.
    prototypes : tuple of SeenPrototype
    earlier : tuple of Taken
        Decisions in force then, which this one answers.
    earlier_shown : bool
        Whether they were shown; the first decision is not, to the second person.
    looked_at : bool
        False for shapes of a bulk confirmation outside of its sample.
    policy_id : int or None
    policy : str
        How people cite the policy in force then; empty where there was none.
    second_review : str
        The rule on second persons in force then.
    page : mapping
        What the page said it showed beside.
    withdrawal : TakenBack or None
    """

    decision: Taken
    shape_id: int
    shape_version: int
    suggestion: Suggested | None
    explanation_id: int | None
    candidates: tuple[str, ...]
    prototypes: tuple[SeenPrototype, ...]
    earlier: tuple[Taken, ...]
    earlier_shown: bool
    looked_at: bool
    policy_id: int | None
    policy: str
    second_review: str
    page: Mapping[str, Any]
    withdrawal: TakenBack | None


def history_of(session: Session, *, place: Place, shape_id: int) -> History:
    """Return everything that happened to a shape.

    The first decision is hidden (who, when and that it was made is told, not what) from everybody else until
    the second one is made.

    Raises
    ------
    NotFoundError
    """
    shape = session.execute(
        select(Shape.id, Shape.version).where(
            Shape.id == shape_id, Shape.municipality_id == place.municipality_id
        )
    ).first()
    if shape is None:
        raise NotFoundError("この図形はないか、あなたの団体のものではありません。")
    standing = derive(session, [shape_id])[shape_id].standing
    hidden = first_is_hidden(standing, place.actor.user_id)
    live = {each.id for each in standing.live}
    suggestions = session.scalars(select(Suggestion).where(Suggestion.shape_id == shape_id))
    decisions = session.execute(
        select(Decision, User.display_name)
        .join(User, User.id == Decision.user_id)
        .where(Decision.shape_id == shape_id)
    ).all()
    withdrawals = session.execute(
        select(Withdrawal, User.display_name)
        .join(User, User.id == Withdrawal.user_id)
        .join(Decision, Decision.id == Withdrawal.decision_id)
        .where(Decision.shape_id == shape_id)
    ).all()
    events: list[Suggested | Taken | TakenBack] = [_suggested(each) for each in suggestions]
    events += [
        _taken(row, name, in_force=row.id in live, hidden=hidden and row.id in live)
        for row, name in decisions
    ]
    events += [_taken_back(row, name) for row, name in withdrawals]
    # Times may be equal: a suggestion comes before decisions on it, a withdrawal after them.
    order = (Suggested, Taken, TakenBack)
    events.sort(key=lambda event: (event.at, order.index(type(event)), event.id))
    return History(shape_id, shape.version, standing, hidden, tuple(events))


def replay(session: Session, *, place: Place, decision_id: int) -> Replay:
    """Return a decision as it was seen.

    Raises
    ------
    NotFoundError
        No such decision here, or one that is hidden from who asks.
    """
    found = session.execute(
        select(Decision, User.display_name)
        .join(User, User.id == Decision.user_id)
        .where(Decision.id == decision_id, Decision.municipality_id == place.municipality_id)
    ).first()
    if found is None:
        raise NotFoundError("この判定はないか、あなたの団体のものではありません。")
    decision, name = found
    standing = derive(session, [decision.shape_id])[decision.shape_id].standing
    live = {each.id for each in standing.live}
    if decision_id in live and first_is_hidden(standing, place.actor.user_id):
        raise NotFoundError("この判定は、二次判定が済むまで表示できません。")
    seen = decision.seen
    suggestion = session.get(Suggestion, decision.suggestion_id) if decision.suggestion_id else None
    told = _suggested(suggestion) if suggestion else None
    explanation_id = seen.get("explanation_id")
    if explanation_id is None and suggestion is not None:
        explanation_id = session.scalar(
            select(Explanation.id).where(Explanation.suggestion_id == suggestion.id)
        )
    withdrawal = session.execute(
        select(Withdrawal, User.display_name)
        .join(User, User.id == Withdrawal.user_id)
        .where(Withdrawal.decision_id == decision_id)
    ).first()
    earlier = session.execute(
        select(Decision, User.display_name)
        .join(User, User.id == Decision.user_id)
        .where(Decision.id.in_(seen.get("earlier", [])), Decision.shape_id == decision.shape_id)
        .order_by(Decision.id)
    ).all()
    return Replay(
        decision=_taken(decision, name, in_force=decision_id in live, hidden=False),
        shape_id=decision.shape_id,
        shape_version=decision.shape_version,
        suggestion=told,
        explanation_id=explanation_id,
        candidates=tuple(seen.get("candidates", told.candidates if told else ())),
        prototypes=_prototypes(session, place, seen.get("prototypes", [])),
        earlier=tuple(_taken(row, who, in_force=row.id in live, hidden=False) for row, who in earlier),
        earlier_shown=seen.get("earlier_shown", True),
        looked_at=seen.get("looked_at", True),
        policy_id=decision.policy_id,
        policy=seen.get("policy", ""),
        second_review=seen.get("second_review", ""),
        page=seen.get("page", {}),
        withdrawal=_taken_back(*withdrawal) if withdrawal else None,
    )


def _prototypes(session: Session, place: Place, seen: list[dict[str, Any]]) -> tuple[SeenPrototype, ...]:
    ids = [each["id"] for each in seen]
    rows = {row.id: row for row in session.scalars(select(Prototype).where(Prototype.id.in_(ids)))}
    found = []
    for each in seen:
        row = rows[each["id"]]
        shared = row.municipality_id != place.municipality_id
        found.append(
            SeenPrototype(
                prototype_id=row.id,
                likeness=each["likeness"],
                probability=each["probability"],
                finding=finding_of(row.verdict, row.subclass, row.mj),
                shared=shared,
                shape_id=None if shared else row.shape_id,
                ended=row.ended_at is not None,
            )
        )
    return tuple(found)


def _suggested(row: Suggestion) -> Suggested:
    return Suggested(
        id=row.id,
        at=row.created_at,
        finding=finding_of(row.verdict, row.subclass, row.mj),
        confidence=row.confidence,
        review=row.review,
        candidates=tuple(row.candidates.split()),
        evidence=tuple(row.evidence.split()),
        reference=row.reference,
        engine=row.engine,
    )


def _taken(row: Decision, name: str, *, in_force: bool, hidden: bool) -> Taken:
    return Taken(
        id=row.id,
        at=row.created_at,
        user_id=row.user_id,
        user=name,
        stage=Stage(row.stage),
        finding=None if hidden else finding_of(row.verdict, row.subclass, row.mj),
        reason="" if hidden else row.reason,
        in_force=in_force,
        bulk_id=row.bulk_id,
        seconds=row.seconds,
    )


def _taken_back(row: Withdrawal, name: str) -> TakenBack:
    return TakenBack(
        id=row.id,
        decision_id=row.decision_id,
        at=row.created_at,
        user_id=row.user_id,
        user=name,
        reason=row.reason,
    )
