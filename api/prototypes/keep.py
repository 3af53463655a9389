"""Keeping prototypes in step with decisions, in the decisions' own transactions.

A description of the picture takes milliseconds that a decision has not got while others wait for their turn
to write: it is made later, by whoever compares (:mod:`api.prototypes.pool`).
"""

from __future__ import annotations

from sqlalchemy import update
from sqlalchemy.orm import Session

from api.store.models import Prototype, Shape
from api.store.types import now


def on_settled(session: Session, shape: Shape, decision_id: int) -> None:
    """Make a settled shape a prototype of its municipality.

    Parameters
    ----------
    session : Session
        The writing session of the decision.
    shape : Shape
        With its derived columns as they are now.
    decision_id : int
        The decision that settled it.
    """
    session.add(
        Prototype(
            municipality_id=shape.municipality_id,
            shape_id=shape.id,
            decision_id=decision_id,
            verdict=shape.final_class,
            subclass=shape.final_subclass,
            mj=shape.final_mj,
        )
    )


def on_unsettled(session: Session, shape: Shape) -> None:
    """End the prototype of a shape that is not settled any more; the row stays, for replaying."""
    session.execute(
        update(Prototype)
        .where(
            Prototype.shape_id == shape.id,  # alone: by municipality thousands would be stepped over
            Prototype.ended_at.is_(None),
        )
        .values(ended_at=now())
    )
