"""Deciding, taking back, and looking at a decision as it was seen."""

from __future__ import annotations

from fastapi import Response
from sqlalchemy.orm import Session

from api.review.checks import check_finding
from api.review.decide import decide
from api.review.history import replay
from api.review.reference import known_names
from api.review.withdraw import withdraw
from api.v1.factory import PLACE
from api.v1.factory import router as make_router
from api.v1.idempotency import Calling, once
from api.v1.models.decision import (
    DecisionMade,
    DecisionRequest,
    ReplayBody,
    WithdrawalMade,
    WithdrawalRequest,
)
from api.v1.parameters import Decider, DecisionId, Reader, ShapeId, Shared, Withdrawer
from api.v1.problems import WRITES, problems
from api.v1.versions import Match, seen_version, tell_version

router = make_router("判定", PLACE)


@router.post("/shapes/{shape_id}/decisions", status_code=201, summary="判定する", responses=problems(*WRITES))
def create_decision(
    place: Decider,
    services: Shared,
    shape_id: ShapeId,
    body: DecisionRequest,
    match: Match,
    call: Calling,
    response: Response,
) -> DecisionMade:
    """一次・二次・協議のどれになるかは、図形の状態で決まります。

    見たあとに図形が変わっていれば 409（`stale-version`）で、`details` に今の版があります。
    見直してから送り直してください。
    """
    version = seen_version(body.version, match)
    check_finding(
        body.finding, known_names(services)
    )  # before it is our turn to write: others wait for theirs

    def make(session: Session) -> DecisionMade:
        made = decide(
            services,
            session,
            place=place,
            shape_id=shape_id,
            version=version,
            finding=body.finding,
            reason=body.reason,
            project_id=body.project_id,
            seen=body.seen,
            seconds=body.seconds,
        )
        return DecisionMade.of(made, shape_id)

    made = once(services, call, body.model_copy(update={"version": version}), DecisionMade, make)
    tell_version(response, made.version)
    return made


@router.get("/decisions/{decision_id}", summary="判定を、見たとおりに再現する")
def read_decision(place: Reader, services: Shared, decision_id: DecisionId) -> ReplayBody:
    """二次判定の前、一次判定は本人にだけ見えます（ほかの人には 404）。"""
    with services.database.reading() as session:
        return ReplayBody.of(replay(session, place=place, decision_id=decision_id))


@router.post(
    "/decisions/{decision_id}/withdrawal",
    status_code=201,
    summary="判定を取り消す",
    responses=problems(*WRITES),
)
def withdraw_decision(
    place: Withdrawer,
    services: Shared,
    decision_id: DecisionId,
    body: WithdrawalRequest,
    call: Calling,
    response: Response,
) -> WithdrawalMade:
    """自分の判定を、理由を付けて取り消します（管理の役割では、だれのものでも）。記録は残ります。"""

    def take_back(session: Session) -> WithdrawalMade:
        made = withdraw(
            session, place=place, decision_id=decision_id, reason=body.reason, version=body.version
        )
        return WithdrawalMade.of(made, decision_id)

    made = once(services, call, body, WithdrawalMade, take_back)
    tell_version(response, made.version)
    return made
