"""A decision as it was seen, and what happened to its shape before and after."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from api.pages.decide.choices import Chooser
from api.pages.decide.show import Id, Reader, ServicesOf
from api.pages.decide.view import members_of, withdrawable
from api.pages.templates import page
from api.pictures.explanations import stored_explanation
from api.pictures.reference import reference_of
from api.review.history import history_of, replay

router = APIRouter(include_in_schema=False)


@router.get("/m/{code}/decisions/{decision_id:int}")
def decision_as_seen(request: Request, place: Reader, services: ServicesOf, decision_id: Id) -> HTMLResponse:
    """Show a decision as the person saw it."""
    with services.database.reading() as session:
        seen = replay(session, place=place, decision_id=decision_id)
        history = history_of(session, place=place, shape_id=seen.shape_id)
        members, count = members_of(session, place, seen.shape_id, None)
    explanation = None
    if seen.explanation_id is not None:
        explanation = stored_explanation(services, seen.explanation_id, shape_id=seen.shape_id)
    reference = reference_of(services)
    chooser = Chooser(f"/m/{place.code}/shapes/{seen.shape_id}", reference, explanation)
    candidates = chooser.candidates(seen.candidates)
    shown = {each.mj for each in candidates}
    finding = seen.decision.finding
    named = [finding.mj if finding else "", *(each.finding.mj for each in seen.prototypes)]
    return page(
        request,
        "decide/replay.html",
        place=place,
        seen=seen,
        history=history,
        withdrawable=withdrawable(place, history),
        members=members,
        gaiji_count=count,
        candidates=candidates,
        named=chooser.others("n", (mj for mj in named if mj and mj not in shown)),
        reference=reference,
        section="shapes",
    )
