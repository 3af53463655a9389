"""Which shapes a bulk confirmation is about: what it asked for, and what it must leave to people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, or_, select

from api.domain.standing import State
from api.errors import InvalidError
from api.prototypes.hits import speaks
from api.store.models import Decision, ProjectShape, Prototype, PrototypeHit, Shape
from engine.result import Review, Verdict


@dataclass(frozen=True, slots=True)
class BulkFilter:
    """Which of the shapes that are safe to accept.

    Attributes
    ----------
    verdicts : tuple of Verdict
        Classes by the machine; empty for all.
    confidence_from, confidence_to : float
        Range of the confidence, both ends included.
    project_id : int or None
        None: all projects of the municipality.
    """

    verdicts: tuple[Verdict, ...] = ()
    confidence_from: float = 0.0
    confidence_to: float = 1.0
    project_id: int | None = None

    def __post_init__(self) -> None:
        """Refuse an empty range."""
        if not 0 <= self.confidence_from <= self.confidence_to <= 1:
            raise InvalidError(
                "確信度の範囲は、0 以上 1 以下で、下限を上限以下にしてください。",
                {"field": "confidence_from"},
            )

    def as_data(self) -> dict[str, Any]:
        """Plain values, as stored."""
        return {
            "verdicts": [each.value for each in self.verdicts],
            "confidence_from": self.confidence_from,
            "confidence_to": self.confidence_to,
            "project_id": self.project_id,
        }

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> BulkFilter:
        """From what was stored."""
        return cls(
            tuple(Verdict(each) for each in data["verdicts"]),
            data["confidence_from"],
            data["confidence_to"],
            data["project_id"],
        )


def shapes_of(
    columns: Sequence[Any], *, municipality_id: int, chosen: BulkFilter, last_suggestion_id: int | None = None
) -> Select[Any]:
    """Select the shapes of a set, in order of their ids.

    Left to people are shapes that somebody has decided on before (a decision that was withdrawn is a reason
    to look), and those for which an earlier decision says something else than the machine.

    Parameters
    ----------
    columns : sequence
        What to select of ``shape``.
    municipality_id : int
    chosen : BulkFilter
    last_suggestion_id : int, optional
        Shapes with a later suggestion do not belong to the set any more.
    """
    where: list[ColumnElement[bool]] = [
        # The set is walked along the ids, some at a time: no index on other columns must lead the way.
        Shape.municipality_id + 0 == municipality_id,
        Shape.state == State.OPEN.value,
        Shape.review == Review.AUTO.value,
        Shape.suggestion_id.is_not(None),
        Shape.confidence.between(chosen.confidence_from, chosen.confidence_to),
        ~select(Decision.id).where(Decision.shape_id == Shape.id).exists(),
        ~select(PrototypeHit.id)
        .join(Prototype, Prototype.id == PrototypeHit.prototype_id)
        .where(
            PrototypeHit.shape_id == Shape.id,
            speaks(municipality_id),
            or_(
                Prototype.verdict != Shape.machine_class,
                Prototype.subclass != Shape.machine_subclass,
                Prototype.mj != Shape.machine_mj,
            ),
        )
        .exists(),
    ]
    if chosen.verdicts:
        where.append(Shape.machine_class.in_([each.value for each in chosen.verdicts]))
    if last_suggestion_id is not None:
        where.append(Shape.suggestion_id <= last_suggestion_id)
    if chosen.project_id is not None:
        where.append(
            select(ProjectShape.shape_id)
            .where(ProjectShape.shape_id == Shape.id, ProjectShape.project_id == chosen.project_id)
            .exists()
        )
    return select(*columns).where(*where).order_by(Shape.id)
