"""Checking that the derived columns are what follows from the records, and putting right what is not.

They are written in one transaction with the records, so there is nothing to find; unless somebody changed the
database by hand, or restored half of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select, update

from api.audit.record import record
from api.prototypes.keep import on_settled, on_unsettled
from api.review.records import Derived, derive
from api.services import Services
from api.store.models import Prototype, Shape

_AT_ONCE = 500
_COLUMNS = ("state", "final_class", "final_subclass", "final_mj", "settled_at", "first_user_id")


@dataclass(frozen=True, slots=True)
class Mismatch:
    """A shape whose columns are not what follows from its records.

    Attributes
    ----------
    shape_id : int
    column : str
        ``prototype`` where the columns are right, but not what is kept as a prototype.
    stored, derived : object
    """

    shape_id: int
    column: str
    stored: Any
    derived: Any


@dataclass(frozen=True, slots=True)
class Checked:
    """What a check has found.

    Attributes
    ----------
    shapes : int
        Looked at.
    mismatches : tuple of Mismatch
    repaired : int
        Shapes put right.
    """

    shapes: int
    mismatches: tuple[Mismatch, ...]
    repaired: int


def check(services: Services, *, repair: bool = False) -> Checked:
    """Check every shape of the installation.

    Parameters
    ----------
    services : Services
    repair : bool
        Put right what is wrong, each shape under its version; an audit event tells of it.
    """
    count, repaired = 0, 0
    found: list[Mismatch] = []
    for ids in _blocks(services):
        count += len(ids)
        wrong = _compare(services, ids)
        found += wrong
        if repair and wrong:
            repaired += _repair(services, sorted({each.shape_id for each in wrong}))
    return Checked(count, tuple(found), repaired)


def _blocks(services: Services) -> Iterator[list[int]]:
    last = 0
    while True:
        with services.database.reading() as session:
            ids = list(
                session.scalars(select(Shape.id).where(Shape.id > last).order_by(Shape.id).limit(_AT_ONCE))
            )
        if not ids:
            return
        yield ids
        last = ids[-1]


def _compare(services: Services, ids: list[int]) -> list[Mismatch]:
    with services.database.reading() as session:
        derived = derive(session, ids)
        columns = [getattr(Shape, name) for name in ("id", *_COLUMNS)]
        rows = session.execute(select(*columns).where(Shape.id.in_(ids))).all()
        live: dict[int, list[int]] = {}
        for shape_id, decision_id in session.execute(
            select(Prototype.shape_id, Prototype.decision_id).where(
                Prototype.shape_id.in_(ids), Prototype.ended_at.is_(None)
            )
        ):
            live.setdefault(shape_id, []).append(decision_id)
    found = []
    for row in rows:
        wanted = derived[row.id].columns
        found += [
            Mismatch(row.id, name, getattr(row, name), wanted[name])
            for name in _COLUMNS
            if getattr(row, name) != wanted[name]
        ]
        due = _prototypes(derived[row.id])
        if live.get(row.id, []) != due:
            found.append(Mismatch(row.id, "prototype", live.get(row.id, []), due))
    return found


def _prototypes(derived: Derived) -> list[int]:
    return [] if derived.settled_by is None else [derived.settled_by]


def _repair(services: Services, ids: list[int]) -> int:
    """Put shapes right, by what the records say now."""
    done = 0
    with services.database.writing() as session:
        session.execute(
            update(Shape)
            .where(Shape.id.in_(ids))
            .values(version=Shape.version + 1)
            .execution_options(synchronize_session=False)
        )
        for shape_id, derived in derive(session, ids).items():
            shape = session.get_one(Shape, shape_id)
            for name, value in derived.columns.items():
                setattr(shape, name, value)
            session.flush()
            on_unsettled(session, shape)
            if derived.settled_by is not None:
                known = session.scalar(
                    select(Prototype).where(
                        Prototype.shape_id == shape_id, Prototype.decision_id == derived.settled_by
                    )
                )
                if known is None:
                    on_settled(session, shape, derived.settled_by)
                else:
                    known.ended_at = None
            record(
                session,
                "shape.repaired",
                actor=None,
                municipality_id=shape.municipality_id,
                object_type="shape",
                object_id=shape_id,
                detail={"state": shape.state, "version": shape.version},
            )
            done += 1
    return done
