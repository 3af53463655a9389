"""A municipality and its settings."""

from __future__ import annotations

from fastapi import Response
from sqlalchemy.orm import Session

from api.access.municipality_settings import change_settings, settings_of
from api.access.place import Place
from api.domain.rights import RIGHTS
from api.domain.standing import SecondReview
from api.review.rule import rule_in_force
from api.store.models import Municipality
from api.v1.factory import PLACE
from api.v1.factory import router as make_router
from api.v1.models.municipality import MunicipalityBody, SettingsRequest
from api.v1.parameters import Reader, RuleMaker, Shared
from api.v1.problems import WRITES, problems
from api.v1.versions import Match, seen_version, tell_version

router = make_router("団体", PLACE)


@router.get("", summary="団体とその設定")
def read_municipality(place: Reader, services: Shared, response: Response) -> MunicipalityBody:
    """団体の名前、自分の権限、二次判定の決まりを返します。"""
    with services.database.reading() as session:
        return _body(session, response, place, settings_of(session, place=place))


@router.patch("/settings", summary="団体の設定を変える", responses=problems(*WRITES))
def change_municipality_settings(
    place: RuleMaker, services: Shared, body: SettingsRequest, match: Match, response: Response
) -> MunicipalityBody:
    """採用したポリシーがあるあいだは、二次判定の決まりはポリシーのものが効きます。"""
    with services.database.writing() as session:
        changed = change_settings(
            session,
            place=place,
            version=seen_version(body.version, match),
            second_review=body.second_review,
            shares_prototypes=body.shares_prototypes,
        )
        return _body(session, response, place, changed)


def _body(session: Session, response: Response, place: Place, municipality: Municipality) -> MunicipalityBody:
    rule = rule_in_force(session, place.municipality_id)
    tell_version(response, municipality.version)
    return MunicipalityBody(
        code=municipality.code,
        name=municipality.name,
        role=place.role,
        rights=sorted(RIGHTS[place.role]),
        second_review=SecondReview(municipality.second_review),
        second_review_in_force=rule.second_review,
        policy=rule.policy_label,
        shares_prototypes=municipality.shares_prototypes,
        version=municipality.version,
    )
