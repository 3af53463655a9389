"""Taking a decision back. It stays on record, and those that answer it fall with it."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.access.place import Place
from api.audit.record import record
from api.domain.rights import Action
from api.domain.standing import Standing
from api.errors import ConflictError, ForbiddenError, NotFoundError
from api.prototypes.keep import on_settled, on_unsettled
from api.review.checks import clean_reason
from api.review.decide import take
from api.review.records import derive
from api.store.models import Decision, Shape, Withdrawal


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """A decision that was taken back.

    Attributes
    ----------
    withdrawal_id, shape_id : int
    fallen : tuple of int
        Ids of the decisions not in force any more: it, and those that answered it.
    standing : Standing
        Of the shape, without them.
    version : int
        Of the shape, now.
    """

    withdrawal_id: int
    shape_id: int
    fallen: tuple[int, ...]
    standing: Standing
    version: int


def withdraw(
    session: Session, *, place: Place, decision_id: int, reason: str, version: int | None = None
) -> Withdrawn:
    """Take a decision back.

    Parameters
    ----------
    session : Session
        Writing.
    place : Place
    decision_id : int
        One's own, or anybody's where the role allows it.
    reason : str
    version : int, optional
        The shape's version that the person saw; not checked where None: what is withdrawn is one named
        decision, whatever came after it.

    Raises
    ------
    NotFoundError
        No such decision in this municipality.
    ForbiddenError
        Somebody else's, and the role does not allow it.
    ConflictError
        Not in force any more.
    StaleError
        The shape changed.
    InvalidError
        No reason, or one that cannot be kept.
    """
    reason = clean_reason(reason, required="取り消しには理由が必要です。")
    decision = session.scalar(
        select(Decision).where(Decision.id == decision_id, Decision.municipality_id == place.municipality_id)
    )
    if decision is None:
        raise NotFoundError("この判定はないか、あなたの団体のものではありません。")
    own = decision.user_id == place.actor.user_id
    if not ((own and place.may(Action.WITHDRAW_OWN)) or place.may(Action.WITHDRAW_ANY)):
        raise ForbiddenError(
            "ほかの人の判定を取り消せるのは管理者だけです。団体の管理者に相談してください。",
            {"action": (Action.WITHDRAW_OWN if own else Action.WITHDRAW_ANY).value},
        )
    if version is None:
        version = session.scalar(select(Shape.version).where(Shape.id == decision.shape_id).with_for_update())
    shape = take(session, place=place, shape_id=decision.shape_id, version=version or 0)
    before = derive(session, [shape.id])[shape.id].standing
    if all(each.id != decision_id for each in before.live):
        raise ConflictError("この判定は、もう取り消されています。", {"decision_id": decision_id})
    withdrawal = Withdrawal(decision_id=decision_id, user_id=place.actor.user_id, reason=reason)
    session.add(withdrawal)
    session.flush()
    after = derive(session, [shape.id])[shape.id]
    for name, value in after.columns.items():
        setattr(shape, name, value)
    on_unsettled(session, shape)
    if after.settled_by is not None:
        on_settled(session, shape, after.settled_by)
    live = {each.id for each in after.standing.live}
    fallen = tuple(each.id for each in before.live if each.id not in live)
    record(
        session,
        "decision.withdrawn",
        actor=place.actor,
        municipality_id=place.municipality_id,
        object_type="decision",
        object_id=decision_id,
        detail={
            "shape_id": shape.id,
            "own": own,
            "fallen": list(fallen),
            "state": shape.state,
            "version": shape.version,
        },
    )
    session.flush()
    return Withdrawn(withdrawal.id, shape.id, fallen, after.standing, shape.version)
