"""Earlier decisions for new shapes: called by the worker once for every block of glyphs.

Comparing takes milliseconds for each glyph, and a person who is deciding must not wait for it. So it comes in
two steps: :func:`find` reads and computes, with no transaction open, and :func:`keep` writes what was found,
in the transaction that adds the shapes.
"""

from __future__ import annotations

import threading
import weakref
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from api.prototypes.pool import Pool, open_pool
from api.services import Services
from api.store.models import Prototype, PrototypeHit, Shape
from api.store.types import now
from engine.glyph.model import Ink

if TYPE_CHECKING:
    from engine.prototype.match import Matcher

_POOLS_KEPT = 4


@dataclass(frozen=True, slots=True)
class Found:
    """An earlier decision that speaks for a glyph.

    Attributes
    ----------
    prototype_id : int
    likeness : str
        ``same``, ``near`` or ``form``.
    probability : float
    """

    prototype_id: int
    likeness: str
    probability: float


@dataclass(eq=False)
class _Matching:
    """What one application keeps between calls."""

    matcher: Matcher
    lock: threading.Lock = field(default_factory=threading.Lock)
    pools: dict[int, Pool] = field(default_factory=dict)


_matchings: weakref.WeakKeyDictionary[Services, _Matching] = weakref.WeakKeyDictionary()
_opening = threading.Lock()


def find(services: Services, *, municipality_id: int, inks: Sequence[Ink]) -> list[list[Found]]:
    """Find the earlier decisions that speak for glyphs of a municipality; call it outside of a transaction.

    Parameters
    ----------
    services : Services
    municipality_id : int
    inks : sequence of (H, W) uint8
        255 = ink.

    Returns
    -------
    list of list of Found, one for each glyph, the surest first.
    """
    matching = _matching_of(services)
    with matching.lock:
        old = matching.pools.pop(municipality_id, None)
        pool = open_pool(services, matching.matcher, municipality_id, old)
        matching.pools[municipality_id] = pool  # at the end: the first one is the one not used for longest
        while len(matching.pools) > _POOLS_KEPT:
            matching.pools.pop(next(iter(matching.pools)))
        matches = matching.matcher.match(inks, pool.confirmed)
    return [
        [Found(pool.prototype_ids[each.number], each.likeness.value, each.probability) for each in of_one]
        for of_one in matches
    ]


def keep(session: Session, *, shape_ids: Sequence[int], found: Sequence[Sequence[Found]]) -> int:
    """Write down what was found for shapes, but what is known already, or about the shape itself.

    Of glyphs that seem to have one form the engine must also name one MJ, right or wrong: a few siblings
    differ so little that a scan hides it, and then the earlier decision would speak for the wrong one.

    Parameters
    ----------
    session : Session
        Writing.
    shape_ids : sequence of int
    found : sequence of sequence of Found
        From :func:`find`, one for each.

    Returns
    -------
    int
        New hits.
    """
    hits = {
        (shape_id, each.prototype_id): each
        for shape_id, of_one in zip(shape_ids, found, strict=True)
        for each in of_one
    }
    if not hits:
        return 0
    shape_of, named = _named(session, hits.keys())
    earlier = session.execute(
        select(PrototypeHit.shape_id, PrototypeHit.prototype_id).where(
            PrototypeHit.shape_id.in_({key[0] for key in hits})
        )
    )
    known = {(row.shape_id, row.prototype_id) for row in earlier}
    rows = [
        {
            "shape_id": shape_id,
            "prototype_id": prototype_id,
            "likeness": each.likeness,
            "probability": each.probability,
            "created_at": now(),
        }
        for (shape_id, prototype_id), each in hits.items()
        if (shape_id, prototype_id) not in known
        and shape_of[prototype_id] != shape_id
        and (each.likeness != "form" or named[shape_of[prototype_id]] == named[shape_id])
    ]
    if rows:
        session.execute(insert(PrototypeHit), rows)
    return len(rows)


def _named(session: Session, hits: Iterable[tuple[int, int]]) -> tuple[dict[int, int], dict[int, str]]:
    """Return the shape of each prototype, and the MJ that the engine names for each shape concerned."""
    shape_ids, prototype_ids = map(set, zip(*hits, strict=True))
    rows = session.execute(
        select(Prototype.id, Prototype.shape_id).where(Prototype.id.in_(prototype_ids))
    ).all()
    shape_of = {row.id: row.shape_id for row in rows}
    shapes = session.execute(
        select(Shape.id, Shape.machine_mj).where(Shape.id.in_(shape_ids | set(shape_of.values())))
    ).all()
    return shape_of, {row.id: row.machine_mj for row in shapes}


def _matching_of(services: Services) -> _Matching:
    with _opening:
        if services not in _matchings:
            from engine.prototype.match import Matcher

            _matchings[services] = _Matching(Matcher.open())
        return _matchings[services]
