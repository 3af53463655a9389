"""What is compared with new glyphs: the prototypes in force, with their descriptions, kept between calls.

Descriptions are made here, when first needed: never while a person waits for a decision to be recorded.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from api.pictures.frame import ink_of
from api.prototypes.hits import speaks
from api.services import Services
from api.store.models import Prototype, Shape
from engine.prototype.confirmed import Confirmed
from engine.prototype.match import Matcher

MOST = 100_000
"""Prototypes compared with at most, the latest: 100 MB of descriptions."""

_AT_ONCE = 256


@dataclass(frozen=True, eq=False)
class Pool:
    """The prototypes that a municipality's new glyphs are compared with.

    Attributes
    ----------
    stamp : tuple of int
        Changes whenever a prototype begins or ends.
    prototype_ids : tuple of int
        By number in ``confirmed``.
    confirmed : Confirmed
    """

    stamp: tuple[int, ...]
    prototype_ids: tuple[int, ...]
    confirmed: Confirmed


def open_pool(
    services: Services,
    matcher: Matcher,
    municipality_id: int,
    old: Pool | None,
) -> Pool:
    """Return the pool as it is now; ``old`` itself where nothing changed.

    Parameters
    ----------
    services : Services
    matcher : Matcher
        Describes what is not described yet, or by another model.
    municipality_id : int
        Whose glyphs are to be compared: its own prototypes, and those of municipalities that share.
    old : Pool or None
        From the call before.
    """
    scope = speaks(municipality_id)
    with services.database.reading() as session:
        stamp = session.execute(
            select(
                func.count(Prototype.id),
                func.coalesce(func.max(Prototype.id), 0),
                func.coalesce(func.sum(Prototype.id), 0),
            ).where(scope)
        ).one()
        if old is not None and old.stamp == tuple(stamp):
            return old
        latest = session.execute(
            select(Prototype.id, Prototype.shape_id, Prototype.describe, Prototype.vector, Shape.digest)
            .join(Shape, Shape.id == Prototype.shape_id)
            .where(scope)
            .order_by(Prototype.id.desc())
            .limit(MOST)
        ).all()
    rows = latest[::-1]
    dimension = matcher.describe(np.zeros((1, 64, 64), np.uint8)).shape[1]
    vectors = np.empty((len(rows), dimension), np.float32)
    missing: list[int] = []
    for number, row in enumerate(rows):
        if row.describe == matcher.describe_id and row.vector:
            vectors[number] = np.frombuffer(row.vector, np.float32)
        else:
            missing.append(number)
    for start in range(0, len(missing), _AT_ONCE):
        some = missing[start : start + _AT_ONCE]
        with services.database.reading() as session:
            vectors[some] = matcher.describe(squares_of_shapes(session, [rows[at].shape_id for at in some]))
        described = [(rows[at].id, vectors[at]) for at in some]
        with services.database.writing() as session:
            _store(session, described, matcher.describe_id)
    shape_ids = np.array([row.shape_id for row in rows], np.int64)

    def squares_of(numbers: NDArray[np.int64]) -> NDArray[np.uint8]:
        with services.database.reading() as session:
            return squares_of_shapes(session, shape_ids[numbers].tolist())

    digests = tuple(bytes.fromhex(row.digest) for row in rows)
    return Pool(
        tuple(int(each) for each in stamp),
        tuple(row.id for row in rows),
        Confirmed(digests, vectors, squares_of),
    )


def squares_of_shapes(session: Session, shape_ids: Sequence[int]) -> NDArray[np.uint8]:
    """Normalise the pictures of shapes, which may be named twice: (K, S, S) uint8."""
    from engine.describe.normalise import normalise_many

    wanted = sorted(set(shape_ids))
    pngs: dict[int, bytes] = {}
    for start in range(0, len(wanted), _AT_ONCE):
        found = session.execute(
            select(Shape.id, Shape.png).where(Shape.id.in_(wanted[start : start + _AT_ONCE]))
        )
        pngs.update((row.id, row.png) for row in found)
    squares = dict(zip(wanted, normalise_many([ink_of(pngs[each]) for each in wanted]), strict=True))
    return np.array([squares[each] for each in shape_ids], np.uint8)


def _store(session: Session, described: list[tuple[int, NDArray[np.float32]]], model: str) -> None:
    rows = [{"id": each, "vector": vector.tobytes(), "describe": model} for each, vector in described]
    session.execute(update(Prototype), rows)
