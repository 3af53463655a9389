"""The way through a list: where the person comes from, and the shapes before and after this one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlencode

from sqlalchemy import select

from api.access.place import Place
from api.errors import InvalidError
from api.store.models import Project
from api.work.characters import names_of
from api.work.filters import Filter
from api.work.listing import Sort, neighbours, next_shape

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from api.services import Services

_MOST_FIELDS = 100


@dataclass(frozen=True, slots=True)
class Beside:
    """Ids of the shapes beside one in its list; None at the end.

    Attributes
    ----------
    previous, next : int or None
        In the list, whoever may decide them.
    waiting : int or None
        The next one whose next decision this person may make.
    """

    previous: int | None
    next: int | None
    waiting: int | None


@dataclass(frozen=True, slots=True)
class Way:
    """The list that a person walks through.

    Attributes
    ----------
    filter : Filter
    sort : Sort
    """

    filter: Filter
    sort: Sort = Sort.ID

    @property
    def query(self) -> str:
        """The query part of its addresses."""
        return urlencode(self.pairs)

    @property
    def pairs(self) -> list[tuple[str, str]]:
        """Names and values of :attr:`query`, for the hidden fields of a form."""
        pairs = self.filter.to_query()
        return pairs if self.sort is Sort.ID else [*pairs, ("sort", self.sort.value)]

    @property
    def project_id(self) -> int | None:
        """The project whose list it is."""
        return self.filter.project

    def shape_url(self, place: Place, shape_id: int) -> str:
        """Return the address of a shape of the list."""
        return self._with_query(f"/m/{place.code}/shapes/{shape_id}")

    def list_url(self, place: Place) -> str:
        """Return the address of the list itself."""
        if self.project_id is None:
            return self._with_query(f"/m/{place.code}/shapes")
        return self._with_query(f"/m/{place.code}/projects/{self.project_id}/shapes")

    def project(self, session: Session, place: Place) -> Project | None:
        """Return the project of the list, if it is the municipality's."""
        if self.project_id is None:
            return None
        return session.scalar(
            select(Project).where(
                Project.id == self.project_id, Project.municipality_id == place.municipality_id
            )
        )

    def beside(self, services: Services, session: Session, place: Place, shape_id: int) -> Beside:
        """Return the shapes beside one."""
        look_up = names_of(services)
        near = neighbours(
            session, place=place, filter=self.filter, sort=self.sort, shape_id=shape_id, names_of=look_up
        )
        return Beside(near.previous, near.next, self.waiting(services, session, place, shape_id))

    def waiting(self, services: Services, session: Session, place: Place, shape_id: int) -> int | None:
        """Return the next shape of the list whose next decision this person may make."""
        return next_shape(
            session,
            place=place,
            filter=self.filter,
            sort=self.sort,
            after=shape_id,
            for_user=place.actor.user_id,
            names_of=names_of(services),
        )

    def _with_query(self, url: str) -> str:
        query = self.query
        return f"{url}?{query}" if query else url


def way_from(pairs: Iterable[tuple[str, str]]) -> Way:
    """Read the way from the query part of an address.

    Raises
    ------
    InvalidError
        It makes no sense.
    """
    given = list(pairs)
    order = next((value for name, value in reversed(given) if name == "sort" and value), Sort.ID.value)
    try:
        sort = Sort(order)
    except ValueError:
        raise InvalidError("そのような並べ方はありません。", {"field": "sort"}) from None
    return Way(Filter.from_query(given), sort)


def way_of(query: str) -> Way:
    """Read the way from the text that a form carries.

    Raises
    ------
    InvalidError
        It makes no sense.
    """
    try:
        pairs = parse_qsl(query, max_num_fields=_MOST_FIELDS)
    except ValueError:
        raise InvalidError("一覧の条件が長すぎます。", {"field": "query"}) from None
    return way_from(pairs)
