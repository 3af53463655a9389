"""Deciding: a person says what a shape is, as its first, its second, or its conference's decision.

Which of them it is follows from the standing, never from the caller. Only one of several people who decide on
the same version at the same time can win: the version is raised by one conditional UPDATE, which comes first.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import CursorResult, select, update
from sqlalchemy.orm import Session, defer

from api.access.place import Place
from api.audit.record import record
from api.domain.rights import Action
from api.domain.standing import DecisionRecord, Finding, Stage, Standing
from api.errors import ConflictError, ForbiddenError, NotFoundError, StaleError
from api.prototypes.hits import Hit, hits_of
from api.prototypes.keep import on_settled
from api.review.checks import check_finding, clean_reason
from api.review.records import derive, finding_of
from api.review.reference import known_names
from api.review.rule import rule_in_force
from api.review.seen import snapshot
from api.services import Services
from api.store.models import Decision, Explanation, Project, ProjectShape, Shape, Suggestion
from api.store.types import now
from engine.result import Review

_NEEDS = {
    Stage.FIRST: Action.DECIDE_FIRST,
    Stage.SECOND: Action.DECIDE_SECOND,
    Stage.CONFERENCE: Action.CONFER,
}
_LONGEST_S = 24 * 3600.0


@dataclass(frozen=True, slots=True)
class Decided:
    """A decision that was made.

    Attributes
    ----------
    decision_id : int
    stage : Stage
        Which decision it was.
    standing : Standing
        Of the shape, with it.
    version : int
        Of the shape, now.
    """

    decision_id: int
    stage: Stage
    standing: Standing
    version: int


def decide(
    services: Services,
    session: Session,
    *,
    place: Place,
    shape_id: int,
    version: int,
    finding: Finding,
    reason: str = "",
    project_id: int | None = None,
    seen: Mapping[str, Any] | None = None,
    seconds: float | None = None,
) -> Decided:
    """Record a decision.

    Parameters
    ----------
    services : Services
        For the names of the reference set.
    session : Session
        Writing.
    place : Place
    shape_id, version : int
        The shape, and the version of it that the person saw.
    finding : Finding
    reason : str
        Needed where an ``auto`` suggestion or an earlier decision is contradicted, and
        for a conference; at most 1,000 characters.
    project_id : int, optional
        From where it was decided.
    seen : mapping, optional
        What only the page knows of what it showed; see :mod:`api.review.seen`.
    seconds : float, optional
        From showing to deciding.

    Returns
    -------
    Decided

    Raises
    ------
    NotFoundError
        No such shape (or project with it) in this municipality.
    StaleError
        Somebody else changed it; ``details`` holds the ``version`` and ``state`` of now.
    ConflictError
        It is settled already.
    ForbiddenError
        The role does not allow this stage, or the first decision was this person's own.
    InvalidError
        The finding, the reason or ``seconds`` is not as it must be; ``details["field"]`` says which.
    """
    check_finding(finding, known_names(services))
    reason = clean_reason(reason)
    if seconds is not None and not 0 <= seconds <= _LONGEST_S:
        seconds = None  # a page left open over night, or a clock put back: no measurement
    shape = take(session, place=place, shape_id=shape_id, version=version)
    if project_id is not None:
        _check_project(session, place, project_id, shape_id)
    known = derive(session, [shape_id])[shape_id]
    before = known.standing
    stage = _stage(place, before)
    suggestion, explanation_id = _suggestion(session, shape.suggestion_id)
    hits = hits_of(session, shape_id)
    clean_reason(reason, required=_reason_needed(stage, finding, suggestion, hits))
    rule = rule_in_force(session, place.municipality_id)
    at = now()
    decision = Decision(
        shape_id=shape_id,
        municipality_id=place.municipality_id,
        project_id=project_id,
        user_id=place.actor.user_id,
        stage=stage.value,
        verdict=finding.verdict.value,
        subclass=finding.subclass.value if finding.subclass else "",
        mj=finding.mj,
        reason=reason,
        needs_second=stage is Stage.FIRST and rule.second_review.needs_second(finding.verdict),
        answers=before.live[-1].id if before.live else None,
        suggestion_id=suggestion.id if suggestion else None,
        shape_version=version,
        seen=snapshot(
            suggestion=suggestion,
            explanation_id=explanation_id,
            hits=hits,
            standing=before,
            rule=rule,
            page=seen or {},
        ),
        policy_id=rule.policy_id,
        seconds=seconds,
        created_at=at,
    )
    session.add(decision)
    session.flush()
    after = known.followed_by(
        DecisionRecord(
            decision.id, stage, decision.user_id, finding, decision.needs_second, decision.answers
        ),
        at,
    )
    for name, value in after.columns.items():
        setattr(shape, name, value)
    if after.settled_by is not None:
        on_settled(session, shape, after.settled_by)
    record(
        session,
        "decision.made",
        actor=place.actor,
        municipality_id=place.municipality_id,
        object_type="decision",
        object_id=decision.id,
        detail={  # not what was decided: administrators read this, and may be the second person
            "shape_id": shape_id,
            "stage": stage.value,
            "state": shape.state,
            "version": shape.version,
        },
    )
    session.flush()
    return Decided(decision.id, stage, after.standing, shape.version)


def take(session: Session, *, place: Place, shape_id: int, version: int) -> Shape:
    """Raise a shape's version, if it is still the one that was seen, and return it.

    From here on until the transaction ends nobody else can change the shape.

    Raises
    ------
    NotFoundError, StaleError
    """
    changed = session.execute(
        update(Shape)
        .where(Shape.id == shape_id, Shape.municipality_id == place.municipality_id, Shape.version == version)
        .values(version=Shape.version + 1)
        .execution_options(synchronize_session=False)
    )
    shape = session.scalar(
        select(Shape)
        .where(Shape.id == shape_id, Shape.municipality_id == place.municipality_id)
        .options(defer(Shape.png))
        .execution_options(populate_existing=True)
    )
    if shape is None:
        raise NotFoundError("この図形はないか、あなたの団体のものではありません。")
    if not isinstance(changed, CursorResult) or changed.rowcount != 1:
        raise StaleError(
            "ほかの人が先に判定したか、提案が変わりました。今の内容を見てから、もう一度判定してください。",
            {"shape_id": shape_id, "version": shape.version, "state": shape.state},
        )
    return shape


def _suggestion(session: Session, suggestion_id: int | None) -> tuple[Suggestion | None, int | None]:
    """Return what the machine says now, and the id of its explanation."""
    if suggestion_id is None:
        return None, None
    row = session.execute(
        select(Suggestion, Explanation.id)
        .outerjoin(Explanation, Explanation.suggestion_id == Suggestion.id)
        .where(Suggestion.id == suggestion_id)
    ).one()
    return row[0], row[1]


def _stage(place: Place, standing: Standing) -> Stage:
    """Tell which decision it is, if this person may make it."""
    stage = standing.next_stage
    if stage is None:
        raise ConflictError(
            "この図形は確定しています。直すには、先に判定を取り消してください。",
            {"state": standing.state.value},
        )
    place.require(
        _NEEDS[stage],
        f"「{place.role.japanese}」の役割では{stage.japanese}はできません。団体の管理者に相談してください。",
    )
    if stage is Stage.SECOND and standing.live[0].user_id == place.actor.user_id:
        raise ForbiddenError(
            "一次判定をした人は、同じ図形の二次判定はできません。ほかの人に頼んでください。",
            {"action": Action.DECIDE_SECOND.value, "rule": "another-person"},
        )
    return stage


def _reason_needed(stage: Stage, finding: Finding, suggestion: Suggestion | None, hits: Sequence[Hit]) -> str:
    """Say why a reason is needed; empty where none is."""
    if stage is Stage.CONFERENCE:
        return "協議の結果には理由が必要です。どう話し合って決めたかを書いてください。"
    if suggestion is not None and suggestion.review == Review.AUTO.value:
        suggested = finding_of(suggestion.verdict, suggestion.subclass, suggestion.mj)
        if finding != suggested:
            return "機械が「確認不要」とした提案と違う判定には、理由が必要です。"
    if any(hit.finding != finding for hit in hits):
        return "前の判定と違う判定には、理由が必要です。"
    return ""


def _check_project(session: Session, place: Place, project_id: int, shape_id: int) -> None:
    known = session.scalar(
        select(ProjectShape.shape_id)
        .join(Project, Project.id == ProjectShape.project_id)
        .where(
            ProjectShape.project_id == project_id,
            ProjectShape.shape_id == shape_id,
            Project.municipality_id == place.municipality_id,
        )
    )
    if known is None:
        raise NotFoundError("この図形は、そのプロジェクトにありません。", {"project_id": project_id})
