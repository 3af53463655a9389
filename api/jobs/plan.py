"""Blocks of an upload in the making: which members are the same picture, which have to be identified."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from api.jobs.near import NearShapes
from api.services import Services
from api.store.models import Shape, Suggestion
from engine.describe.normalise import EmptyInkError
from engine.errors import READ_CODES
from engine.glyph.model import Glyph, ReadFailure
from engine.intake.digest import ink_digest
from engine.intake.match import Delivered


@dataclass(frozen=True, slots=True)
class Stamp:
    """What a suggestion depends on beside the picture: the same stamp gives the same suggestion."""

    engine: str
    reference: str
    charset: str


@dataclass(frozen=True, slots=True)
class Member:
    """One member of a block: a picture with its digest, or a failure.

    Attributes
    ----------
    ordinal : int
    delivered : Delivered
    digest : str
        Hexadecimal; empty for a failure.
    """

    ordinal: int
    delivered: Delivered
    digest: str = ""


@dataclass(frozen=True, slots=True)
class PlannedBlock:
    """Some members in a row, and what the engine is to look at.

    Attributes
    ----------
    first : int
        Ordinal of the first.
    members : tuple of Member
    wanted : dict of str to Glyph
        Pictures to be identified, by digest, in the order of their first appearance.
    near : dict of str to str
        For digests of new pictures, that of an earlier picture that is nearly the same.
    """

    first: int
    members: tuple[Member, ...]
    wanted: dict[str, Glyph]
    near: dict[str, str]


class Planner:
    """Makes the blocks of one upload.

    Parameters
    ----------
    services : Services
    municipality_id : int
    stamp : Stamp
    near : NearShapes
        What is remembered of the municipality's pictures.
    """

    def __init__(self, services: Services, municipality_id: int, stamp: Stamp, near: NearShapes) -> None:
        self._services = services
        self._municipality_id = municipality_id
        self._stamp = stamp
        self._near = near
        self._asked: set[str] = set()

    def blocks(
        self, items: Iterable[Delivered], start: int, size: int, tick: Callable[[], None]
    ) -> Iterator[PlannedBlock]:
        """Yield the blocks from an ordinal on.

        Parameters
        ----------
        items : iterable of Delivered
            The members from ``start`` on.
        start : int
        size : int
            Members of a block.
        tick : callable
            Called before each block; may raise to give up.
        """
        source = iter(items)
        while chunk := tuple(islice(source, size)):
            tick()
            yield self._planned(tuple(_member(start + index, each) for index, each in enumerate(chunk)))
            start += len(chunk)

    def written(self, block: PlannedBlock) -> None:
        """Note that a block is in the database."""
        self._asked.difference_update(block.wanted)

    def _planned(self, members: tuple[Member, ...]) -> PlannedBlock:
        glyphs: dict[str, Glyph] = {}
        for each in members:
            if each.digest and isinstance(each.delivered.item, Glyph):
                glyphs.setdefault(each.digest, each.delivered.item)
        with self._services.database.reading() as session:
            known, told = self._seen(session, list(glyphs))
            self._near.catch_up(session)
        fresh = [digest for digest in glyphs if digest not in known and digest not in self._asked]
        near = self._near.compare([glyphs[digest] for digest in fresh], fresh)
        wanted = {
            digest: glyph
            for digest, glyph in glyphs.items()
            if digest not in told and digest not in self._asked
        }
        self._asked.update(wanted)
        return PlannedBlock(members[0].ordinal, members, wanted, near)

    def _seen(self, session: Session, digests: list[str]) -> tuple[set[str], set[str]]:
        """Digests that have a shape, and those whose shape has a suggestion with this stamp."""
        if not digests:
            return set(), set()
        of_these = (Shape.municipality_id == self._municipality_id, Shape.digest.in_(digests))
        known = set(session.scalars(select(Shape.digest).where(*of_these)))
        told = session.scalars(
            select(Shape.digest)
            .join(Suggestion, Suggestion.shape_id == Shape.id)
            .where(*of_these, *bears(self._stamp))
        )
        return known, set(told)


def bears(stamp: Stamp) -> tuple[ColumnElement[bool], ...]:
    """Return the conditions under which a suggestion has a stamp."""
    return (
        Suggestion.engine == stamp.engine,
        Suggestion.reference == stamp.reference,
        Suggestion.charset == stamp.charset,
    )


def _member(ordinal: int, delivered: Delivered) -> Member:
    item = delivered.item
    if not isinstance(item, Glyph):
        return Member(ordinal, delivered)
    try:
        return Member(ordinal, delivered, ink_digest(item.ink).hex())
    except EmptyInkError:
        failure = ReadFailure(
            item.source, "empty-glyph", READ_CODES["empty-glyph"], item.gaiji_code, item.font
        )
        return Member(ordinal, Delivered(failure, delivered.key))
