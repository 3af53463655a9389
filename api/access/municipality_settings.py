"""What a municipality's administrators set for all of it."""

from __future__ import annotations

from sqlalchemy import CursorResult, select, update
from sqlalchemy.orm import Session

from api.access.place import Place
from api.audit.record import record
from api.domain.rights import Action
from api.domain.standing import SecondReview
from api.errors import ForbiddenError, StaleError
from api.store.models import Municipality


def settings_of(session: Session, *, place: Place) -> Municipality:
    """Return the municipality that was entered, with its settings."""
    return session.get_one(Municipality, place.municipality_id)


def change_settings(
    session: Session, *, place: Place, version: int, second_review: SecondReview, shares_prototypes: bool
) -> Municipality:
    """Set for which shapes a second person decides, and whether others may see what was confirmed here.

    An adopted policy goes before the former. Decisions that were made keep the rule they were made under.

    Raises
    ------
    ForbiddenError
    StaleError
        Somebody else changed them first.
    """
    if not place.may(Action.MANAGE_POLICY):
        raise ForbiddenError(
            "団体の設定を変えられるのは、管理の役割の人です。", {"action": Action.MANAGE_POLICY.value}
        )
    changed = session.execute(
        update(Municipality)
        .where(Municipality.id == place.municipality_id, Municipality.version == version)
        .values(
            second_review=second_review.value,
            shares_prototypes=shares_prototypes,
            version=Municipality.version + 1,
        )
        .execution_options(synchronize_session=False)
    )
    present = session.scalars(
        select(Municipality)
        .where(Municipality.id == place.municipality_id)
        .execution_options(populate_existing=True)
    ).one()
    if not isinstance(changed, CursorResult) or changed.rowcount != 1:
        raise StaleError(
            "ほかの人が先に変更しました。今の設定を確かめてから、もう一度操作してください。",
            {"version": present.version},
        )
    record(
        session,
        "municipality.settings-changed",
        actor=place.actor,
        municipality_id=place.municipality_id,
        object_type="municipality",
        object_id=place.municipality_id,
        detail={
            "second_review": second_review.value,
            "shares_prototypes": shares_prototypes,
            "version": present.version,
        },
    )
    return present
