"""The gaiji of a project one by one, with or without a picture, in the order in which they came."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.access.place import Place
from api.errors import InvalidError
from api.store.models import Gaiji, Upload

_CURSOR = re.compile(r"([1-9][0-9]{0,17})\.([0-9]{1,9})")


@dataclass(frozen=True, slots=True)
class GaijiCursor:
    """A place in the list: behind one gaiji of a file.

    Attributes
    ----------
    upload_id, ordinal : int
    """

    upload_id: int
    ordinal: int

    def __str__(self) -> str:
        """Return the text that goes into addresses."""
        return f"{self.upload_id}.{self.ordinal}"

    @classmethod
    def parse(cls, text: str) -> Self:
        """Undo :meth:`__str__`.

        Raises
        ------
        InvalidError
            It was not made by it.
        """
        found = _CURSOR.fullmatch(text)
        if found is None:
            raise InvalidError(
                "一覧の位置が読めません。一覧を初めから取り直してください。", {"field": "cursor"}
            )
        return cls(int(found[1]), int(found[2]))


def list_gaiji(
    session: Session,
    *,
    place: Place,
    project_id: int,
    upload_id: int | None = None,
    cursor: GaijiCursor | None = None,
    limit: int,
) -> tuple[Sequence[Gaiji], GaijiCursor | None]:
    """Return some gaiji of a project, and where the next ones begin.

    File by file along the index that keeps the order within a file: a project may have 200,000.

    Parameters
    ----------
    session : Session
    place : Place
    project_id : int
    upload_id : int, optional
        Only those of one file.
    cursor : GaijiCursor, optional
        Behind which to go on.
    limit : int
    """
    files = select(Upload.id).where(
        Upload.municipality_id == place.municipality_id, Upload.project_id == project_id
    )
    if upload_id is not None:
        files = files.where(Upload.id == upload_id)
    if cursor is not None:
        files = files.where(Upload.id >= cursor.upload_id)
    found: list[Gaiji] = []
    for file in session.scalars(files.order_by(Upload.id)):
        query = select(Gaiji).where(Gaiji.upload_id == file)
        if cursor is not None and file == cursor.upload_id:
            query = query.where(Gaiji.ordinal > cursor.ordinal)
        query = query.order_by(Gaiji.ordinal).limit(limit + 1 - len(found))
        found += session.scalars(query)
        if len(found) > limit:
            last = found[limit - 1]
            return found[:limit], GaijiCursor(last.upload_id, last.ordinal)
    return found, None
