"""Earlier decisions that speak for a shape, as pages and decisions see them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import Session

from api.domain.standing import Finding
from api.store.models import Municipality, Prototype, PrototypeHit, Shape
from engine.result import Subclass, Verdict

_BEST_FIRST = ("same", "near", "form")


@dataclass(frozen=True, slots=True)
class Hit:
    """An earlier decision about a glyph like this one.

    Attributes
    ----------
    prototype_id : int
    likeness : str
        ``same`` (pixel by pixel), ``near`` (but for noise) or ``form`` (the same form, it seems).
    probability : float
        That it is the same form.
    finding : Finding
        What was settled then.
    shared : bool
        From another municipality that shares: which one, when, and by whom is not told.
    shape_id, decision_id : int or None
        None where shared.
    decided_at : datetime or None
        None where shared.
    """

    prototype_id: int
    likeness: str
    probability: float
    finding: Finding
    shared: bool
    shape_id: int | None
    decision_id: int | None
    decided_at: datetime | None

    @property
    def japanese(self) -> str:
        """Name of the likeness in the pages."""
        return {"same": "同じ図形", "near": "ほとんど同じ図形", "form": "同じ字形と思われる"}[self.likeness]

    def as_seen(self) -> dict[str, Any]:
        """What a decision records of it."""
        return {"id": self.prototype_id, "likeness": self.likeness, "probability": self.probability}


def speaks(municipality_id: Any) -> ColumnElement[bool]:
    """Return what must hold of ``prototype`` for it to count in a municipality: its own, or shared now.

    Parameters
    ----------
    municipality_id : int or column
        Where the shape is that it speaks for.
    """
    sharing = select(Municipality.id).where(Municipality.shares_prototypes.is_(True))
    return and_(
        Prototype.ended_at.is_(None),
        or_(Prototype.municipality_id == municipality_id, Prototype.municipality_id.in_(sharing)),
    )


def hits_of(session: Session, shape_id: int) -> list[Hit]:
    """Return the earlier decisions in force that speak for a shape, the likest first.

    Those of other municipalities count only while they share. The caller has made sure that the shape is of
    the municipality that the person has entered.
    """
    rows = session.execute(
        select(
            PrototypeHit.prototype_id,
            PrototypeHit.likeness,
            PrototypeHit.probability,
            Prototype.verdict,
            Prototype.subclass,
            Prototype.mj,
            Prototype.shape_id,
            Prototype.decision_id,
            Prototype.created_at,
            Prototype.municipality_id,
            Shape.municipality_id.label("here"),
        )
        .join(Prototype, Prototype.id == PrototypeHit.prototype_id)
        .join(Shape, Shape.id == PrototypeHit.shape_id)
        .where(PrototypeHit.shape_id == shape_id, speaks(Shape.municipality_id))
    ).all()
    found = []
    for row in rows:
        shared = row.municipality_id != row.here
        found.append(
            Hit(
                prototype_id=row.prototype_id,
                likeness=row.likeness,
                probability=row.probability,
                finding=Finding(
                    Verdict(row.verdict), Subclass(row.subclass) if row.subclass else None, row.mj
                ),
                shared=shared,
                shape_id=None if shared else row.shape_id,
                decision_id=None if shared else row.decision_id,
                decided_at=None if shared else row.created_at,
            )
        )
    found.sort(
        key=lambda hit: (_BEST_FIRST.index(hit.likeness), hit.shared, -hit.probability, hit.prototype_id)
    )
    return found
