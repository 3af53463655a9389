"""The list of shapes: a page of it, how many there are, and the way from one shape to the next.

A shape stands for all gaiji that look exactly alike. Pages are cut by keys, not by numbers, so that nothing
is shown twice when somebody decides meanwhile. Ids are found first, in an index that holds everything that is
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

from sqlalchemy import ColumnElement, and_, exists, false, func, literal, or_, select, tuple_
from sqlalchemy.orm import InstrumentedAttribute, Session

from api.access.place import Place
from api.domain.rights import Action
from api.domain.standing import Finding, State
from api.errors import InvalidError, NotFoundError
from api.prototypes.hits import speaks
from api.store.models import Gaiji, Project, ProjectShape, Prototype, PrototypeHit, Shape
from api.work.filters import Filter, NamesOf, conditions
from engine.report.entries import CHECKING_ORDER
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

_CLASSES = (*(each.value for each in CHECKING_ORDER if each is not None), "")
"""The order of class: what needs most thought first; what has no suggestion last."""

_FEW = 2000
"""Shapes that are sorted by code here rather than found in the order of all codes."""

_Key = tuple[Any, ...]

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
        Of the row beside it: the part of the order it is in, what it goes by there, and its id.
    backwards : bool
        Whether the page before it is meant.
    """

    sort: Sort
    key: _Key
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
            if not _fits(cursor.sort, key):
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
    beside = cursor.key if cursor else None
    found = _keys(session, filter, sort, where, beside=beside, backwards=backwards, limit=limit + 1)
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


def counts(
    session: Session,
    *,
    place: Place,
    filter: Filter,
    names_of: NamesOf | None = None,
    with_gaiji: bool = True,
) -> Counts:
    """Count what a filter lets through, by class, state and review.

    Parameters
    ----------
    session : Session
    place : Place
    filter : Filter
    names_of : callable, optional
        As for :func:`list_page`.
    with_gaiji : bool
        Whether to count the gaiji too, which takes twice as long; else they are 0.
    """
    by = (Shape.state, Shape.machine_class, Shape.review)
    query: Any
    if not with_gaiji:
        query = select(*by, func.count(), literal(0)).select_from(Shape)
    elif filter.project is not None:
        query = select(*by, func.count(ProjectShape.shape_id), func.sum(ProjectShape.gaiji_count)).outerjoin(
            ProjectShape,
            and_(ProjectShape.shape_id == Shape.id, ProjectShape.project_id == filter.project),
        )
    else:
        held = select(func.sum(ProjectShape.gaiji_count)).where(ProjectShape.shape_id == Shape.id)
        query = select(*by, func.count(), func.sum(held.scalar_subquery())).select_from(Shape)
    where = conditions(filter, municipality_id=place.municipality_id, names_of=names_of, held=not with_gaiji)
    # In the order of an index, so that nothing is sorted.
    query = query.where(*where).group_by(*by).order_by(*by)
    return Counts(
        tuple(
            Group(Verdict(verdict) if verdict else None, State(state), Review(review), shapes, gaiji or 0)
            for state, verdict, review, shapes, gaiji in session.execute(query)
            if shapes
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


def is_decidable(session: Session, *, place: Place, shape_id: int) -> bool:
    """Tell whether who entered may make the next decision on a shape of the municipality."""
    found = select(Shape.id).where(
        Shape.id == shape_id,
        Shape.municipality_id == place.municipality_id,
        decidable(place, place.actor.user_id),
    )
    return session.scalar(found) is not None


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
    found = _keys(session, filter, sort, where, beside=beside, limit=1)
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
    before = _keys(session, filter, sort, where, beside=key, backwards=True, limit=1)
    behind = _keys(session, filter, sort, where, beside=key, limit=1)
    return Neighbours(before[0][-1] if before else None, behind[0][-1] if behind else None)


# --- Orders ---


@dataclass(frozen=True, slots=True)
class _Part:
    """A stretch of a list that an index gives in order; an order is one or several of them.

    Attributes
    ----------
    where : tuple of conditions
        Which shapes are in it.
    key : column or None
        What they go by before their id.
    falling : bool
        Whether both fall.
    """

    where: tuple[ColumnElement[bool], ...] = ()
    key: InstrumentedAttribute[Any] | None = None
    falling: bool = False


_UNSURE = _Part((Shape.confidence.is_(None),))
_PARTS: Mapping[Sort, tuple[_Part, ...]] = {
    Sort.ID: (_Part(),),
    Sort.LEAST_SURE: (_Part((Shape.confidence.is_not(None),), Shape.confidence), _UNSURE),
    Sort.MOST_SURE: (_Part((Shape.confidence.is_not(None),), Shape.confidence, falling=True), _UNSURE),
    Sort.CODE: (_Part(key=Gaiji.code),),
    Sort.CLASS: tuple(_Part((Shape.machine_class == each,)) for each in _CLASSES),
}


def _keys(
    session: Session,
    filter: Filter,
    sort: Sort,
    where: Sequence[ColumnElement[bool]],
    *,
    beside: _Key | None,
    limit: int,
    backwards: bool = False,
) -> list[_Key]:
    """Return the keys of the shapes behind, or before, a key; the nearest first."""
    if sort is Sort.CODE:
        if filter.project is None:
            raise InvalidError("外字コード順は、プロジェクトを選んだときだけ使えます。", {"field": "sort"})
        few = session.scalars(select(Shape.id).where(*where).limit(_FEW + 1)).all()
        if len(few) <= _FEW:
            return _sorted_here(session, filter.project, few, beside=beside, limit=limit, backwards=backwards)
    parts = _PARTS[sort]
    found: list[_Key] = []
    for at in reversed(range(len(parts))) if backwards else range(len(parts)):
        part = parts[at]
        if beside is not None and (at > beside[0] if backwards else at < beside[0]):
            continue
        by = (Shape.id,) if part.key is None else (part.key, Shape.id)
        query = select(*by).where(*where, *part.where)
        if sort is Sort.CODE:
            query = query.join_from(Gaiji, Shape, Shape.id == Gaiji.shape_id).where(
                Gaiji.project_id == filter.project,
                exists(
                    select(ProjectShape.shape_id)
                    .where(
                        ProjectShape.project_id == filter.project,
                        ProjectShape.shape_id == Shape.id,
                        ProjectShape.first_gaiji_id == Gaiji.id,
                    )
                    .correlate(Shape, Gaiji)
                ),
            )
        falls = backwards is not part.falling
        if beside is not None and at == beside[0]:
            here: Any = tuple_(*by) if len(by) > 1 else Shape.id
            there: Any = tuple_(*beside[1:]) if len(by) > 1 else beside[-1]
            query = query.where(here < there if falls else here > there)
        query = query.order_by(*(each.desc() if falls else each for each in by)).limit(limit - len(found))
        found += [(at, *row) for row in session.execute(query)]
        if len(found) == limit:
            break
    return found


def _sorted_here(
    session: Session,
    project_id: int,
    shape_ids: Sequence[int],
    *,
    beside: _Key | None,
    limit: int,
    backwards: bool,
) -> list[_Key]:
    """Do the same by code for a few shapes: going through all codes for them would take longer."""
    keys = sorted((0, code, shape_id) for shape_id, code in _codes(session, project_id, shape_ids))
    if beside is not None:
        keys = [key for key in keys if (key < beside if backwards else key > beside)]
    return (keys[::-1] if backwards else keys)[:limit]


def _codes(session: Session, project_id: int, shape_ids: Sequence[int]) -> list[tuple[int, str]]:
    """Return each shape's id and its first code in a project."""
    query = (
        select(ProjectShape.shape_id, Gaiji.code)
        .join(Gaiji, Gaiji.id == ProjectShape.first_gaiji_id)
        .where(ProjectShape.project_id == project_id, ProjectShape.shape_id.in_(shape_ids))
    )
    return [(shape_id, code) for shape_id, code in session.execute(query)]


def _key_of(session: Session, place: Place, filter: Filter, sort: Sort, shape_id: int) -> _Key:
    """Return where in a list a shape is, or would be if the filter let it through."""
    shape = session.execute(
        select(Shape.confidence, Shape.machine_class).where(
            Shape.id == shape_id, Shape.municipality_id == place.municipality_id
        )
    ).first()
    if shape is None:
        raise NotFoundError("この図形はないか、あなたの団体のものではありません。")
    match sort:
        case Sort.LEAST_SURE | Sort.MOST_SURE:
            return (1, shape_id) if shape.confidence is None else (0, shape.confidence, shape_id)
        case Sort.CLASS:
            return (_CLASSES.index(shape.machine_class), shape_id)
        case Sort.CODE:
            codes = _codes(session, filter.project, [shape_id]) if filter.project is not None else []
            return (0, codes[0][1] if codes else "", shape_id)
    return (0, shape_id)


def _fits(sort: Sort, key: Sequence[Any]) -> bool:
    """Whether something from outside is a key of an order, with values that a database can compare with."""
    if not key or type(key[0]) is not int or not 0 <= key[0] < len(_PARTS[sort]):
        return False
    by = _PARTS[sort][key[0]].key
    kinds = [int, int] if by is None else [int, str if sort is Sort.CODE else float, int]
    return [type(each) for each in key] == kinds and all(map(_is_storable, key))


def _is_storable(value: float | str) -> bool:
    if isinstance(value, str):
        return not any(character == "\0" or "\ud800" <= character <= "\udfff" for character in value)
    return abs(value) < 2**63


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
            .where(PrototypeHit.shape_id.in_(ids), speaks(place.municipality_id))
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
