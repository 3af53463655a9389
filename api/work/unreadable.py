"""The gaiji that could not be read, with the reason for each: nothing that was handed in is dropped."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from api.access.place import Place
from api.store.models import Gaiji, Project, Upload

PAGE = 50


@dataclass(frozen=True, slots=True)
class Unreadable:
    """One gaiji without a picture.

    Attributes
    ----------
    id : int
    code, source : str
    upload_id : int
    file : str
        Name of the file handed in.
    status : str
        The contract's error code.
    message : str
        Japanese: why, and what to do.
    """

    id: int
    code: str
    source: str
    upload_id: int
    file: str
    status: str
    message: str


def list_unreadable(
    session: Session, *, place: Place, project_id: int, after: int | None = None, limit: int = PAGE
) -> tuple[tuple[Unreadable, ...], int | None]:
    """Return some of a project's unreadable gaiji, in the order in which they came.

    Parameters
    ----------
    session : Session
    place : Place
    project_id : int
    after : int, optional
        Id of the last one of the page before.
    limit : int

    Returns
    -------
    rows : tuple of Unreadable
    after : int or None
        What the next page begins behind; None where there is none.
    """
    query = (
        select(Gaiji.id, Gaiji.code, Gaiji.source, Gaiji.upload_id, Upload.name, Gaiji.status, Gaiji.message)
        .join(Upload, Upload.id == Gaiji.upload_id)
        .where(
            Gaiji.project_id == project_id,
            Gaiji.municipality_id == place.municipality_id,
            Gaiji.shape_id.is_(None),
            Gaiji.id > (after or 0),
        )
        .order_by(Gaiji.id)
        .limit(limit + 1)
    )
    rows = tuple(Unreadable(*row) for row in session.execute(query))
    return rows[:limit], rows[limit - 1].id if len(rows) > limit else None


def count_unreadable(session: Session, *, place: Place, project_id: int | None) -> int:
    """Return how many there are in a project, or (None) in the municipality."""
    projects = select(Project.id).where(Project.municipality_id == place.municipality_id)
    if project_id is not None:
        projects = projects.where(Project.id == project_id)
    query = select(func.count()).where(Gaiji.project_id.in_(projects), Gaiji.shape_id.is_(None))
    return session.scalar(query) or 0
