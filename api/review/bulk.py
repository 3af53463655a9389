"""Confirming many shapes together: what the machine calls safe, after a sample of it was looked at.

1. :func:`start` puts down the set (what matches now, with the suggestions of now) and draws a sample of it.
2. :func:`judge` takes the verdict on each shape of the sample. One that is wrong abandons the whole: either
   the filter was too wide, or the machine is not to be trusted here.
3. :func:`confirm_some` makes the first decisions, some hundred in a transaction, so that nobody waits long;
   it is called until nothing is left, and may stop and go on at any point. A shape that somebody decided on
   meanwhile, or that got another suggestion, is skipped.

Each decision is one like any other: a first decision by the person who looked at the sample, under the rule
on second persons in force.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, insert, select, update
from sqlalchemy.orm import Session

from api.access.place import Place
from api.audit.record import record
from api.domain.rights import Action
from api.domain.standing import DecisionRecord, Finding, Stage, stand
from api.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError
from api.review.bulk_set import BulkFilter, shapes_of
from api.review.checks import check_finding
from api.review.records import Derived, finding_of
from api.review.reference import KnownNames, known_names
from api.review.rule import Rule, rule_in_force
from api.review.sample import draw
from api.services import Services
from api.store.models import BulkConfirmation, Decision, Project, Prototype, Shape, Suggestion
from api.store.types import now

SAMPLING, CONFIRMING, CONFIRMED, ABANDONED = "sampling", "confirming", "confirmed", "abandoned"
RIGHT, WRONG = "right", "wrong"

AT_ONCE = 100
"""Decisions made in one transaction, in which nobody else can write."""

_JAPANESE = {SAMPLING: "標本の確認中", CONFIRMING: "確定の途中", CONFIRMED: "完了", ABANDONED: "中止"}


@dataclass(frozen=True, slots=True)
class Bulk:
    """A bulk confirmation as people see it.

    Attributes
    ----------
    id : int
    user_id : int
        Who looks at the sample, and whose decisions they are.
    chosen : BulkFilter
    size : int
        Shapes of the set when it was put down.
    sample : tuple of int
        Ids of the shapes to look at.
    findings : mapping of int to bool
        Those that were looked at: whether the machine was right.
    state : str
        ``sampling``, ``confirming``, ``confirmed`` or ``abandoned``.
    confirmed : int
        Decisions made.
    created_at : datetime
    finished_at : datetime or None
    last_suggestion_id : int
        A shape with a later suggestion is skipped.
    """

    id: int
    user_id: int
    chosen: BulkFilter
    size: int
    sample: tuple[int, ...]
    findings: dict[int, bool]
    state: str
    confirmed: int
    created_at: datetime
    finished_at: datetime | None
    last_suggestion_id: int

    @property
    def next_shape_id(self) -> int | None:
        """The shape of the sample to look at next; None where all were."""
        return next((each for each in self.sample if each not in self.findings), None)

    @property
    def wrong(self) -> tuple[int, ...]:
        """Shapes of the sample on which the machine was wrong."""
        return tuple(each for each, right in self.findings.items() if not right)

    @property
    def skipped(self) -> int | None:
        """Shapes of the set that were not confirmed; None before the end."""
        return self.size - self.confirmed if self.state == CONFIRMED else None

    @property
    def japanese(self) -> str:
        """Name of the state in the pages."""
        return _JAPANESE[self.state]


def preview(session: Session, *, place: Place, chosen: BulkFilter) -> int:
    """Return how many shapes a filter would put into a set now."""
    matching = shapes_of((Shape.id,), municipality_id=place.municipality_id, chosen=chosen).order_by(None)
    return session.scalar(select(func.count()).select_from(matching.subquery())) or 0


def start(session: Session, *, place: Place, chosen: BulkFilter) -> Bulk:
    """Put down a set and draw its sample.

    Raises
    ------
    ForbiddenError
        The role does not allow it.
    NotFoundError
        No such project here.
    InvalidError
        Nothing matches.
    """
    _may(place)
    if chosen.project_id is not None:
        project = session.get(Project, chosen.project_id)
        if project is None or project.municipality_id != place.municipality_id:
            raise NotFoundError("このプロジェクトはないか、あなたの団体のものではありません。")
    matching = shapes_of((Shape.id,), municipality_id=place.municipality_id, chosen=chosen)
    ids = list(session.scalars(matching))
    if not ids:
        raise InvalidError(
            "一括確認できる図形がありません。絞り込みの条件を広げてください。", {"field": "filter"}
        )
    row = BulkConfirmation(
        municipality_id=place.municipality_id,
        project_id=chosen.project_id,
        user_id=place.actor.user_id,
        filter={
            **chosen.as_data(),
            "last_suggestion_id": session.scalar(select(func.max(Suggestion.id))) or 0,
            "reached": 0,
        },
        last_shape_id=ids[-1],
        size=len(ids),
        state=SAMPLING,
    )
    session.add(row)
    session.flush()
    row.sample = draw(ids, row.id)
    _told(session, place, row, "bulk.started", {"size": row.size, "sample": len(row.sample), **row.filter})
    session.flush()
    return _view(row)


def find_bulk(session: Session, *, place: Place, bulk_id: int) -> Bulk:
    """Return one of the municipality's bulk confirmations.

    Raises
    ------
    NotFoundError
    """
    return _view(_get(session, place, bulk_id))


def list_bulks(
    session: Session,
    *,
    place: Place,
    project_id: int | None = None,
    limit: int = 20,
    before: int | None = None,
) -> list[Bulk]:
    """Return the latest bulk confirmations of the municipality, or of one project; or those before one."""
    query = select(BulkConfirmation).where(BulkConfirmation.municipality_id == place.municipality_id)
    if before is not None:
        query = query.where(BulkConfirmation.id < before)
    if project_id is not None:
        query = query.where(BulkConfirmation.project_id == project_id)
    return [_view(row) for row in session.scalars(query.order_by(BulkConfirmation.id.desc()).limit(limit))]


def judge(session: Session, *, place: Place, bulk_id: int, shape_id: int, right: bool) -> Bulk:
    """Put down whether the machine was right about one shape of the sample; may be changed until the end.

    Raises
    ------
    NotFoundError, ForbiddenError
    InvalidError
        The shape is not in the sample.
    ConflictError
        The sample is not being looked at any more.
    """
    row = _take(session, place, bulk_id, own=True)
    if row.state != SAMPLING:
        raise ConflictError("この一括確認の標本は、もう確認が終わっています。", {"state": row.state})
    if shape_id not in row.sample:
        raise InvalidError("この図形は標本に入っていません。", {"field": "shape_id"})
    row.findings = {**row.findings, str(shape_id): RIGHT if right else WRONG}
    if not right:
        row.state, row.finished_at = ABANDONED, now()
        _told(session, place, row, "bulk.abandoned", {"wrong": shape_id, "looked_at": len(row.findings)})
    session.flush()
    return _view(row)


def abandon(session: Session, *, place: Place, bulk_id: int) -> Bulk:
    """Give a bulk confirmation up; decisions already made stand.

    Raises
    ------
    NotFoundError, ForbiddenError
    ConflictError
        It has ended.
    """
    row = _take(session, place, bulk_id, own=not place.may(Action.WITHDRAW_ANY))
    if row.state not in (SAMPLING, CONFIRMING):
        raise ConflictError("この一括確認は、もう終わっています。", {"state": row.state})
    row.state, row.finished_at = ABANDONED, now()
    _told(session, place, row, "bulk.abandoned", {"looked_at": len(row.findings)})
    session.flush()
    return _view(row)


def confirm(services: Services, *, place: Place, bulk_id: int, most_s: float | None = None) -> Bulk:
    """Make the decisions, transaction by transaction, until all are made or the time is up.

    Parameters
    ----------
    services : Services
    place : Place
    bulk_id : int
    most_s : float, optional
        Stop after so many seconds; call again to go on.

    Raises
    ------
    As :func:`confirm_some`.
    """
    started = time.monotonic()
    while True:
        with services.database.writing() as session:
            bulk = confirm_some(services, session, place=place, bulk_id=bulk_id)
        if bulk.state == CONFIRMED or (most_s is not None and time.monotonic() - started >= most_s):
            return bulk


def confirm_some(
    services: Services, session: Session, *, place: Place, bulk_id: int, at_once: int = AT_ONCE
) -> Bulk:
    """Make some of the decisions; the state is ``confirmed`` once none are left.

    Raises
    ------
    NotFoundError, ForbiddenError
    ConflictError
        The sample was not looked at to its end, one of it was wrong, or all is done.
    """
    row = _take(session, place, bulk_id, own=True)
    if row.state == SAMPLING:
        if set(row.findings) != {str(each) for each in row.sample} or WRONG in row.findings.values():
            raise ConflictError(
                "標本をすべて確認してから、まとめて確定してください。",
                {"looked_at": len(row.findings), "sample": len(row.sample)},
            )
        row.state = CONFIRMING
    elif row.state != CONFIRMING:
        raise ConflictError("この一括確認は、もう終わっています。", {"state": row.state})
    shapes = _left(session, row, at_once)
    known = known_names(services)
    if sound := [shape for shape in shapes if _is_sound(shape, known)]:
        row.confirmed += _decide_all(session, place, row, sound)
    if shapes:
        row.filter = {**row.filter, "reached": shapes[-1].id}
    if len(shapes) < at_once:
        row.state, row.finished_at = CONFIRMED, now()
        _told(session, place, row, "bulk.confirmed", {"size": row.size, "confirmed": row.confirmed})
    session.flush()
    return _view(row)


def _left(session: Session, row: BulkConfirmation, at_once: int) -> Sequence[Any]:
    """Shapes of the set that are still as they were, behind those dealt with."""
    columns = (
        Shape.id, Shape.version, Shape.suggestion_id,
        Shape.machine_class, Shape.machine_subclass, Shape.machine_mj,
    )  # fmt: skip
    query = shapes_of(
        columns,
        municipality_id=row.municipality_id,
        chosen=BulkFilter.from_data(row.filter),
        last_suggestion_id=row.filter["last_suggestion_id"],
    ).where(Shape.id > row.filter["reached"], Shape.id <= row.last_shape_id)
    return session.execute(query.limit(at_once).with_for_update(of=Shape)).all()


def _is_sound(shape: Any, known: KnownNames) -> bool:
    """Whether a person could decide so; an older reference set may have had other names."""
    try:
        check_finding(finding_of(shape.machine_class, shape.machine_subclass, shape.machine_mj), known)
    except InvalidError:
        return False
    return True


def _decide_all(session: Session, place: Place, row: BulkConfirmation, shapes: Sequence[Any]) -> int:
    rule = rule_in_force(session, place.municipality_id)
    at = now()
    findings: dict[int, Finding] = {
        shape.id: finding_of(shape.machine_class, shape.machine_subclass, shape.machine_mj)
        for shape in shapes
    }
    made = session.execute(
        insert(Decision).returning(Decision.id, Decision.shape_id),
        [_decision(place, row, shape, rule, at) for shape in shapes],
    ).all()
    changes, prototypes = [], []
    versions = {shape.id: shape.version for shape in shapes}
    for decision_id, shape_id in made:
        finding = findings[shape_id]
        needs = rule.second_review.needs_second(finding.verdict)
        first = DecisionRecord(decision_id, Stage.FIRST, place.actor.user_id, finding, needs)
        derived = Derived(stand([first]))
        columns = derived.columns | {"settled_at": at if derived.settled_by else None}
        changes.append({"id": shape_id, "version": versions[shape_id] + 1, **columns})
        if derived.settled_by is not None:
            prototypes.append(
                {
                    "municipality_id": place.municipality_id,
                    "shape_id": shape_id,
                    "decision_id": decision_id,
                    "verdict": columns["final_class"],
                    "subclass": columns["final_subclass"],
                    "mj": columns["final_mj"],
                    "created_at": at,
                }
            )
    session.execute(update(Shape), changes)
    if prototypes:
        session.execute(insert(Prototype), prototypes)
    first_id, last_id = min(each.id for each in made), max(each.id for each in made)
    detail = {"decisions": len(made), "first_decision_id": first_id, "last_decision_id": last_id}
    _told(session, place, row, "bulk.decided", detail)
    return len(made)


def _decision(place: Place, row: BulkConfirmation, shape: Any, rule: Rule, at: datetime) -> dict[str, Any]:
    finding = finding_of(shape.machine_class, shape.machine_subclass, shape.machine_mj)
    looked_at = str(shape.id) in row.findings
    return {
        "shape_id": shape.id,
        "municipality_id": place.municipality_id,
        "project_id": row.project_id,
        "user_id": place.actor.user_id,
        "stage": Stage.FIRST.value,
        "verdict": shape.machine_class,
        "subclass": shape.machine_subclass,
        "mj": shape.machine_mj,
        "reason": f"一括確認（{row.size:,} 件のうち標本 {len(row.sample)} 件を見て、すべて提案のとおり）",
        "needs_second": rule.second_review.needs_second(finding.verdict),
        "suggestion_id": shape.suggestion_id,
        "shape_version": shape.version,
        "seen": {
            "suggestion_id": shape.suggestion_id,
            "bulk_id": row.id,
            "looked_at": looked_at,
            "second_review": rule.second_review.value,
            "policy_id": rule.policy_id,
            "policy": rule.policy_label,
        },
        "policy_id": rule.policy_id,
        "bulk_id": row.id,
        "created_at": at,
    }


def _get(session: Session, place: Place, bulk_id: int) -> BulkConfirmation:
    row = session.scalar(
        select(BulkConfirmation)
        .where(BulkConfirmation.id == bulk_id, BulkConfirmation.municipality_id == place.municipality_id)
        .execution_options(populate_existing=True)
    )
    if row is None:
        raise NotFoundError("この一括確認はないか、あなたの団体のものではありません。")
    return row


def _take(session: Session, place: Place, bulk_id: int, *, own: bool) -> BulkConfirmation:
    """Lock one for the rest of the transaction."""
    _may(place)
    session.execute(
        update(BulkConfirmation)
        .where(BulkConfirmation.id == bulk_id, BulkConfirmation.municipality_id == place.municipality_id)
        .values(version=BulkConfirmation.version + 1)
        .execution_options(synchronize_session=False)
    )
    row = _get(session, place, bulk_id)
    if own and row.user_id != place.actor.user_id:
        raise ForbiddenError(
            "この一括確認は、始めた人だけが進められます。",
            {"action": Action.BULK.value, "rule": "own-sample"},
        )
    return row


def _may(place: Place) -> None:
    place.require(
        Action.BULK,
        f"「{place.role.japanese}」の役割では一括確認はできません。団体の管理者に相談してください。",
    )


def _told(session: Session, place: Place, row: BulkConfirmation, action: str, detail: dict[str, Any]) -> None:
    record(
        session,
        action,
        actor=place.actor,
        municipality_id=place.municipality_id,
        object_type="bulk",
        object_id=row.id,
        detail=detail,
    )


def _view(row: BulkConfirmation) -> Bulk:
    return Bulk(
        id=row.id,
        user_id=row.user_id,
        chosen=BulkFilter.from_data(row.filter),
        size=row.size,
        sample=tuple(row.sample),
        findings={int(each): finding == RIGHT for each, finding in row.findings.items()},
        state=row.state,
        confirmed=row.confirmed,
        created_at=row.created_at,
        finished_at=row.finished_at,
        last_suggestion_id=row.filter["last_suggestion_id"],
    )
