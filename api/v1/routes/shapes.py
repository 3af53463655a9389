"""Shapes: the list, the numbers, the next one, one of them, and why the machine says what it says."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Query, Response

from api.errors import NotFoundError
from api.pages.decide.view import members_of, shape_here
from api.pictures.explanations import explanation_of, stored_for
from api.prototypes.hits import hits_of
from api.review.history import Suggested, history_of
from api.security.rates import Rates, rates_of
from api.store.models import Suggestion
from api.v1.factory import PLACE
from api.v1.factory import router as make_router
from api.v1.models.explanation import ExplanationBody
from api.v1.models.finding import FindingBody
from api.v1.models.shape import (
    CountsBody,
    EarlierBody,
    MemberGaiji,
    NextBody,
    NextQuery,
    ShapeBody,
    ShapeFilter,
    ShapeLine,
    ShapeQuery,
    SuggestionBody,
    candidate,
    event_of,
    picture_url,
)
from api.v1.parameters import Reader, ShapeId, Shared
from api.v1.problems import problems
from api.v1.schema import Page
from api.v1.versions import tell_version
from api.work.characters import names_of
from api.work.listing import counts, is_decidable, list_page, next_shape

router = make_router("図形", PLACE + "/shapes")


@router.get("", summary="図形の一覧")
def list_shapes(place: Reader, services: Shared, query: Annotated[ShapeQuery, Query()]) -> Page[ShapeLine]:
    """まったく同じ図形の外字は一行です。条件はすべてを満たすもの、一つの条件に値がいくつもあればどれかです。"""
    with services.database.reading() as session:
        shown = list_page(
            session,
            place=place,
            filter=query.filter,
            sort=query.sort,
            cursor=query.here,
            limit=query.limit,
            names_of=names_of(services),
        )
    return Page(
        items=[ShapeLine.of_row(each, place.code) for each in shown.rows],
        next=str(shown.next) if shown.next else None,
    )


@router.get("/counts", summary="図形の数")
def count_shapes(place: Reader, services: Shared, query: Annotated[ShapeFilter, Query()]) -> CountsBody:
    """一覧と同じ条件で、区分・状態・機械の判断ごとに数えます。"""
    with services.database.reading() as session:
        return CountsBody.of_counts(
            counts(session, place=place, filter=query.filter, names_of=names_of(services))
        )


@router.get("/next", summary="次に判定できる図形")
def find_next_shape(place: Reader, services: Shared, query: Annotated[NextQuery, Query()]) -> NextBody:
    """一覧と同じ条件と並びで、要求した人が判定できる次の図形を探します。"""
    with services.database.reading() as session:
        return NextBody(
            shape_id=next_shape(
                session,
                place=place,
                filter=query.filter,
                sort=query.sort,
                after=query.after,
                for_user=place.actor.user_id,
                names_of=names_of(services),
            )
        )


@router.get("/{shape_id}", summary="図形一つ")
def read_shape(place: Reader, services: Shared, shape_id: ShapeId, response: Response) -> ShapeBody:
    """機械の提案、以前の判定、履歴、同じ図形の外字を返します。二次判定の前、一次判定の内容は本人にだけ見えます。"""
    with services.database.reading() as session:
        shape = shape_here(session, place, shape_id)
        history = history_of(session, place=place, shape_id=shape_id)
        hits = hits_of(session, shape_id)
        members, count = members_of(session, place, shape_id, None)
        decidable = is_decidable(session, place=place, shape_id=shape_id)
    told = next(
        (each for each in history.events if isinstance(each, Suggested) and each.id == shape.suggestion_id),
        None,
    )
    standing = history.standing
    tell_version(response, history.version)
    return ShapeBody(
        id=shape.id,
        version=history.version,
        state=standing.state,
        final=FindingBody.of(standing.finding),
        next_stage=standing.next_stage,
        decidable=decidable,
        suggestion=SuggestionBody.of(told) if told else None,
        candidates=[candidate(place.code, shape_id, mj) for mj in told.candidates] if told else [],
        prototypes=[EarlierBody.of(each) for each in hits],
        history=[event_of(each) for each in history.events],
        gaiji=[MemberGaiji.model_validate(each) for each in members],
        gaiji_count=count,
        picture=picture_url(place.code, shape_id, 256),
    )


@router.get("/{shape_id}/explanation", summary="機械の提案の理由", responses=problems(429))
def explain_shape(
    place: Reader, services: Shared, shape_id: ShapeId, rates: Annotated[Rates, Depends(rates_of)]
) -> ExplanationBody:
    """候補との違いと、当てはまった規則です。まだ作っていなければ、その場で作るので 1 秒ほどかかります。"""
    with services.database.reading() as session:
        shape = shape_here(session, place, shape_id)
        suggestion = session.get(Suggestion, shape.suggestion_id) if shape.suggestion_id else None
        kept = stored_for(session, suggestion.id) if suggestion else None
    if suggestion is None:
        raise NotFoundError("この図形は、まだ同定していません。", {"shape_id": shape_id})
    if kept is None:
        rates.hit("identify", "user", str(place.actor.user_id))
        kept = explanation_of(services, shape=shape, suggestion=suggestion)
    return ExplanationBody.of(kept, place.code, shape_id)
