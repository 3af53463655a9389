"""The list of shapes: a page of it, how many there are, and the way from one shape to the next.

A shape stands for all gaiji that look exactly alike. Pages are cut by keys, not by numbers, so that nothing is
shown twice when somebody decides meanwhile. Ids are found first, in an index that holds everything that is
filtered by (a row of ``shape`` holds a picture; reading 100,000 of those takes seconds); what is shown of
them is fetched for the page alone.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Self

from sqlalchemy import ColumnElement, and_, case, false, func, or_, select, tuple_
from sqlalchemy.orm import Session

from api.access.place import Place
from api.domain.rights import Action
from api.domain.standing import Finding, State
from api.errors import InvalidError, NotFoundError
from api.store.models import Gaiji, Project, ProjectShape, Prototype, PrototypeHit, Shape
from api.work.filters import Filter, NamesOf, conditions
from engine.result import Review, Subclass, Verdict

__all__ = [
    "Counts",
    "Cursor",
    "Filter",
    "Group",
    "Neighbours",
    "Page",
    "ShapeRow",
    "Sort",
    "conditions",
    "counts",
    "list_page",
    "neighbours",
    "next_shape",
]

PAGE = 50
MOST = 200
"""Rows of a page: usually, and at most."""

_CLASSES = (Verdict.SIMILAR, Verdict.DESIGN, Verdict.SAME, Verdict.UNIDENTIFIED)
"""The order of class: what needs most thought first."""

_CURSOR_CHARACTERS = 400


class Sort(StrEnum):
    """Orders of the list; shapes that are alike in it go by id."""

    ID = "id"
    """As they came."""
    LEAST_SURE = "confidence"
    MOST_SURE = "-confidence"
    CODE = "code"
    """By the 外字コード that a shape has first in the project; only within one project."""
    CLASS = "class"
    """類似, デザイン差, 字形一致, 同定不可能."""

    @property
    def japanese(self) -> str:
        """Name in the pages."""
        return {
            Sort.ID: "登録順",
            Sort.LEAST_SURE: "確信度の低い順",
            Sort.MOST_SURE: "確信度の高い順",
            Sort.CODE: "外字コード順",
            Sort.CLASS: "区分順",
        }[self]


@dataclass(frozen=True, slots=True)
class Cursor:
    """A place in a list, between two rows.

    Attributes
    ----------
    sort : Sort
    key : tuple
        The sort's values of the row beside it; its last is the shape's id.
    backwards : bool
        Whether the page before it is meant.
    """

    sort: Sort
    key: tuple[Any, ...]
    backwards: bool = False

    def __str__(self) -> str:
        """Return the text that goes into addresses; people need not read it."""
        document = json.dumps([self.sort.value, self.backwards, *self.key], separators=(",", ":"))
        return base64.urlsafe_b64encode(document.encode()).decode().rstrip("=")

    @classmethod
    def parse(cls, text: str) -> Self:
        """Undo :meth:`__str__`.

        Raises
        ------
        InvalidError
            It was not made by it.
        """
        try:
            if len(text) > _CURSOR_CHARACTERS:
                raise ValueError
            document = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
            sort, backwards, *key = document
            cursor = cls(Sort(sort), tuple(key), bool(backwards))
            if [type(each) for each in key] != [*_KEY_TYPES[cursor.sort], int] or not _storable(key):
                raise ValueError
        except (ValueError, TypeError, RecursionError, binascii.Error):
            raise InvalidError(
                "一覧の位置が読めません。一覧を開き直してください。", {"field": "cursor"}
            ) from None
        return cursor


@dataclass(frozen=True, slots=True)
class ProjectPart:
    """What of a shape is in one project.

    Attributes
    ----------
    id, name
        Of the project.
    gaiji : int
        How many of its gaiji look like this.
    """

    id: int
    name: str
    gaiji: int


@dataclass(frozen=True, slots=True)
class ShapeRow:
    """One line of the list.

    Attributes
    ----------
    id, version : int
    machine : Finding or None
        The latest suggestion; None where there is none yet.
    confidence : float or None
    review : Review
    state : State
    final : Finding or None
        What is settled.
    gaiji : int
        How many gaiji look like this: in the filter's project, or in all.
    code, source, font : str
        Of the first of them.
    projects : tuple of ProjectPart
        All that have it.
    prototype : bool
        Whether an earlier decision speaks for it.
    first_user_id : int or None
        Who made the live first decision.
    """

    id: int
    version: int
    machine: Finding | None
    confidence: float | None
    review: Review
    state: State
    final: Finding | None
    gaiji: int
    code: str
    source: str
    font: str
    projects: tuple[ProjectPart, ...]
    prototype: bool
    first_user_id: int | None

    @property
    def changed(self) -> bool:
        """Whether people settled otherwise than the machine suggests."""
        return self.final is not None and self.final != self.machine


@dataclass(frozen=True, slots=True)
class Page:
    """Some lines of the list.

    Attributes
    ----------
    rows : tuple of ShapeRow
    previous, next : Cursor or None
        Where the pages beside it begin; None where there is none.
    """

    rows: tuple[ShapeRow, ...]
    previous: Cursor | None
    next: Cursor | None


@dataclass(frozen=True, slots=True)
class Group:
    """How many shapes and gaiji there are of one sort."""

    verdict: Verdict | None
    state: State
    review: Review
    shapes: int
    gaiji: int


@dataclass(frozen=True, slots=True)
class Counts:
    """How many there are.

    Attributes
    ----------
    groups : tuple of Group
        Those that are not empty.
    """

    groups: tuple[Group, ...]

    @property
    def shapes(self) -> int:
        """All shapes."""
        return sum(each.shapes for each in self.groups)

    @property
    def gaiji(self) -> int:
        """All gaiji."""
        return sum(each.gaiji for each in self.groups)

    def of(
        self, *, verdict: Verdict | None = None, state: State | None = None, review: Review | None = None
    ) -> int:
        """Return the number of shapes of a class, state and review; None for any."""
        return sum(
            each.shapes
            for each in self.groups
            if verdict in (None, each.verdict)
            and state in (None, each.state)
            and review in (None, each.review)
        )


@dataclass(frozen=True, slots=True)
class Neighbours:
    """Ids of the shapes beside one in the list; None at its ends."""

    previous: int | None
    next: int | None


def list_page(
    session: Session,
    *,
    place: Place,
    filter: Filter,
    sort: Sort = Sort.ID,
    cursor: Cursor | None = None,
    limit: int = PAGE,
    names_of: NamesOf | None = None,
) -> Page:
    """Return one page of the list.

    Parameters
    ----------
    session : Session
    place : Place
    filter : Filter
    sort : Sort
    cursor : Cursor, optional
        From another page of the same list; the first page without it.
    limit : int
        1 to :data:`MOST`.
    names_of : callable, optional
        Looks up a character that ``filter.text`` is.

    Raises
    ------
    InvalidError
        The cursor belongs to another order; the order needs a project; ``limit`` is out of range.
    """
    if not 1 <= limit <= MOST:
        raise InvalidError(f"件数は 1 から {MOST} までです。", {"field": "limit"})
    if cursor is not None and cursor.sort is not sort:
        raise InvalidError("並べ方が変わりました。一覧を開き直してください。", {"field": "cursor"})
    backwards = cursor is not None and cursor.backwards
    where = conditions(filter, municipality_id=place.municipality_id, names_of=names_of)
    found = _ids(
        session,
        filter,
        sort,
        where,
        beside=cursor.key if cursor else None,
        backwards=backwards,
        limit=limit + 1,
    )
    more = len(found) > limit
    found = found[:limit]
    if backwards:
        found.reverse()
    before = more if backwards else cursor is not None
    behind = cursor is not None if backwards else more
    return Page(
        _rows(session, place, filter, [key[-1] for key in found]),
        Cursor(sort, found[0], backwards=True) if found and before else None,
        Cursor(sort, found[-1]) if found and behind else None,
    )


def counts(session: Session, *, place: Place, filter: Filter, names_of: NamesOf | None = None) -> Counts:
    """Count what a filter lets through, by class, state and review.

    Parameters
    ----------
    session : Session
    place : Place
    filter : Filter
    names_of : callable, optional
        As for :func:`list_page`.
    """
    held = select(func.sum(ProjectShape.gaiji_count)).where(ProjectShape.shape_id == Shape.id)
    if filter.project is not None:
        held = held.where(ProjectShape.project_id == filter.project)
    by = (Shape.machine_class, Shape.state, Shape.review)
    query = (
        select(*by, func.count(), func.coalesce(func.sum(held.scalar_subquery()), 0))
        .where(*conditions(filter, municipality_id=place.municipality_id, names_of=names_of))
        .group_by(*by)
        .order_by(*by)
    )
    return Counts(
        tuple(
            Group(Verdict(verdict) if verdict else None, State(state), Review(review), shapes, gaiji)
            for verdict, state, review, shapes, gaiji in session.execute(query)
        )
    )


def decidable(place: Place, user_id: int) -> ColumnElement[bool]:
    """Return what must hold of ``shape`` for a person to make its next decision.

    Parameters
    ----------
    place : Place
        Whose rights decide.
    user_id : int
        Who made a first decision does not make the second.
    """
    ways: list[ColumnElement[bool]] = []
    if place.may(Action.DECIDE_FIRST):
        ways.append(Shape.state == State.OPEN.value)
    if place.may(Action.DECIDE_SECOND):
        ways.append(
            and_(
                Shape.state == State.AWAITING_SECOND.value,
                or_(Shape.first_user_id.is_(None), Shape.first_user_id != user_id),
            )
        )
    if place.may(Action.CONFER):
        ways.append(Shape.state == State.DISPUTED.value)
    return or_(*ways) if ways else false()


def next_shape(
    session: Session,
    *,
    place: Place,
    filter: Filter,
    sort: Sort = Sort.ID,
    after: int | None = None,
    for_user: int | None = None,
    names_of: NamesOf | None = None,
) -> int | None:
    """Return the id of the next shape of a list.

    Parameters
    ----------
    session : Session
    place : Place
    filter : Filter
    sort : Sort
    after : int, optional
        The shape that one comes from, whether or not the filter still lets it through; the list's first
        without it.
    for_user : int, optional
        Only shapes whose next decision this person may make.
    names_of : callable, optional
        As for :func:`list_page`.

    Raises
    ------
    InvalidError
        The order needs a project.
    NotFoundError
        ``after`` is no shape of the municipality.
    """
    where = conditions(filter, municipality_id=place.municipality_id, names_of=names_of)
    if for_user is not None:
        where.append(decidable(place, for_user))
    beside = None if after is None else _key_of(session, place, filter, sort, after)
    found = _ids(session, filter, sort, where, beside=beside, limit=1)
    return found[0][-1] if found else None


def neighbours(
    session: Session,
    *,
    place: Place,
    filter: Filter,
    sort: Sort = Sort.ID,
    shape_id: int,
    names_of: NamesOf | None = None,
) -> Neighbours:
    """Return the shapes before and behind one in a list, whoever may decide them.

    Raises
    ------
    InvalidError
        The order needs a project.
    NotFoundError
        It is no shape of the municipality.
    """
    where = conditions(filter, municipality_id=place.municipality_id, names_of=names_of)
    key = _key_of(session, place, filter, sort, shape_id)
    before = _ids(session, filter, sort, where, beside=key, backwards=True, limit=1)
    behind = _ids(session, filter, sort, where, beside=key, limit=1)
    return Neighbours(before[0][-1] if before else None, behind[0][-1] if behind else None)


# --- Orders ---

_KEY_TYPES: Mapping[Sort, tuple[type, ...]] = {
    Sort.ID: (),
    Sort.LEAST_SURE: (float,),
    Sort.MOST_SURE: (float,),
    Sort.CODE: (int, str),
    Sort.CLASS: (int,),
}
"""Types of a key before the shape's id."""


def _keys(sort: Sort, filter: Filter) -> tuple[ColumnElement[Any], ...]:
    """Return what the list is ordered by, all ascending; the shape's id comes behind it."""
    sure = func.coalesce(Shape.confidence, -1.0)
    match sort:
        case Sort.ID:
            return ()
        case Sort.LEAST_SURE:
            return (sure,)
        case Sort.MOST_SURE:
            return (-sure,)
        case Sort.CLASS:
            places = {verdict.value: at for at, verdict in enumerate(_CLASSES)}
            return (case(places, value=Shape.machine_class, else_=len(places)),)
        case Sort.CODE:
            if filter.project is None:
                raise InvalidError(
                    "外字コード順は、プロジェクトを選んだときだけ使えます。", {"field": "sort"}
                )
            first = (
                select(Gaiji.code)
                .join(ProjectShape, ProjectShape.first_gaiji_id == Gaiji.id)
                .where(ProjectShape.project_id == filter.project, ProjectShape.shape_id == Shape.id)
                .scalar_subquery()
            )
            code = func.coalesce(first, "")
            return (func.length(code), code)  # U+F8FF comes before U+F0000


def _ids(
    session: Session,
    filter: Filter,
    sort: Sort,
    where: Sequence[ColumnElement[bool]],
    *,
    beside: tuple[Any, ...] | None,
    limit: int,
    backwards: bool = False,
) -> list[tuple[Any, ...]]:
    """Return keys (their last is the id) of the shapes behind, or before, a key; the nearest first."""
    keys = (*_keys(sort, filter), Shape.id)
    query = select(*keys).where(*where)
    if beside is not None:
        here: Any = tuple_(*keys) if len(keys) > 1 else keys[0]
        there: Any = tuple_(*beside) if len(keys) > 1 else beside[0]
        query = query.where(here < there if backwards else here > there)
    query = query.order_by(*(key.desc() if backwards else key for key in keys)).limit(limit)
    return [tuple(row) for row in session.execute(query)]


def _key_of(session: Session, place: Place, filter: Filter, sort: Sort, shape_id: int) -> tuple[Any, ...]:
    row = session.execute(
        select(*_keys(sort, filter), Shape.id).where(
            Shape.id == shape_id, Shape.municipality_id == place.municipality_id
        )
    ).first()
    if row is None:
        raise NotFoundError("この図形はないか、あなたの団体のものではありません。")
    return tuple(row)


def _storable(key: Sequence[Any]) -> bool:
    """Whether a database can compare with these values."""
    return all(_is_plain(each) if isinstance(each, str) else abs(each) < 2**63 for each in key)


def _is_plain(text: str) -> bool:
    return not any(character == "\0" or "\ud800" <= character <= "\udfff" for character in text)


# --- What is shown ---


def _rows(session: Session, place: Place, filter: Filter, ids: Sequence[int]) -> tuple[ShapeRow, ...]:
    if not ids:
        return ()
    shapes = {
        row.id: row
        for row in session.execute(
            select(
                Shape.id, Shape.version, Shape.machine_class, Shape.machine_subclass, Shape.machine_mj,
                Shape.confidence, Shape.review, Shape.state, Shape.final_class, Shape.final_subclass,
                Shape.final_mj, Shape.first_user_id,
            ).where(Shape.id.in_(ids), Shape.municipality_id == place.municipality_id)
        )
    }  # fmt: skip
    parts: dict[int, list[ProjectPart]] = defaultdict(list)
    firsts: dict[int, int] = {}
    for shape_id, project_id, name, count, first in session.execute(
        select(
            ProjectShape.shape_id, ProjectShape.project_id, Project.name, ProjectShape.gaiji_count,
            ProjectShape.first_gaiji_id,
        )
        .join(Project, Project.id == ProjectShape.project_id)
        .where(ProjectShape.shape_id.in_(ids))
        .order_by(ProjectShape.project_id)
    ):  # fmt: skip
        parts[shape_id].append(ProjectPart(project_id, name, count))
        if filter.project in (None, project_id):
            firsts.setdefault(shape_id, first)
    called = {
        row.id: row
        for row in session.execute(
            select(Gaiji.id, Gaiji.code, Gaiji.source, Gaiji.font).where(Gaiji.id.in_(firsts.values()))
        )
    }
    known = set(
        session.scalars(
            select(PrototypeHit.shape_id)
            .join(Prototype, Prototype.id == PrototypeHit.prototype_id)
            .where(PrototypeHit.shape_id.in_(ids), Prototype.ended_at.is_(None))
        )
    )
    return tuple(
        _row(shapes[each], parts[each], called.get(firsts.get(each, 0)), filter, each in known)
        for each in ids
        if each in shapes
    )


def _row(shape: Any, parts: Sequence[ProjectPart], gaiji: Any, filter: Filter, known: bool) -> ShapeRow:
    return ShapeRow(
        id=shape.id,
        version=shape.version,
        machine=finding_of(shape.machine_class, shape.machine_subclass, shape.machine_mj),
        confidence=shape.confidence,
        review=Review(shape.review),
        state=State(shape.state),
        final=finding_of(shape.final_class, shape.final_subclass, shape.final_mj),
        gaiji=sum(part.gaiji for part in parts if filter.project in (None, part.id)),
        code=gaiji.code if gaiji else "",
        source=gaiji.source if gaiji else "",
        font=gaiji.font if gaiji else "",
        projects=tuple(parts),
        prototype=known,
        first_user_id=shape.first_user_id,
    )


def finding_of(verdict: str, subclass: str, mj: str) -> Finding | None:
    """Make a finding of three columns; None where they hold none."""
    if not verdict:
        return None
    return Finding(Verdict(verdict), Subclass(subclass) if subclass else None, mj)
