"""What identifying files has left in a database, in an order that does not depend on when it was done."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import select

from api.services import Services
from api.store.models import Gaiji, ProjectShape, Shape, Suggestion, Upload
from api.work.uploads import receive
from tests.api.close import Close
from tests.api.soak.staff import Office


@dataclass(frozen=True, slots=True)
class Rows:
    """Everything that jobs write, but for ids, times and what is near to what (that goes by who came first).

    Attributes
    ----------
    gaiji : mapping
        By file: ordinal, digest, code, status of each, in order; double rows stay double.
    shapes : mapping
        By digest: what the machine says.
    suggestions, counts : mapping
        By digest: how many.
    """

    gaiji: Mapping[str, Sequence[tuple[Any, ...]]]
    shapes: Mapping[str, tuple[Any, ...]]
    suggestions: Mapping[str, int]
    counts: Mapping[str, int]


def rows_by_file(services: Services) -> Rows:
    """Read the rows of an installation with one project."""
    with services.database.reading() as session:
        files = {row.id: row.name for row in session.execute(select(Upload.id, Upload.name))}
        shapes = session.execute(
            select(
                Shape.id, Shape.digest, Shape.png, Shape.machine_class, Shape.machine_subclass,
                Shape.machine_mj, Shape.confidence, Shape.review,
            )
        ).all()  # fmt: skip
        digests = {row.id: row.digest for row in shapes}
        gaiji = defaultdict(list)
        for row in session.scalars(select(Gaiji).order_by(Gaiji.upload_id, Gaiji.ordinal)):
            gaiji[files[row.upload_id]].append(
                (row.ordinal, digests.get(row.shape_id or 0), row.source, row.code, row.status)
            )
        suggestions = Counter(digests[each] for each in session.scalars(select(Suggestion.shape_id)))
        counts = {
            digests[row.shape_id]: row.gaiji_count
            for row in session.execute(select(ProjectShape.shape_id, ProjectShape.gaiji_count))
        }
    pictures = {row.digest: (*row[2:6], Close(row.confidence), row.review) for row in shapes}
    return Rows(dict(gaiji), pictures, suggestions, counts)


def wrong_jobs(services: Services, names: Sequence[str]) -> list[str]:
    """Say what is wrong with the uploads: each file once, done, counted, and nobody's any more."""
    with services.database.reading() as session:
        uploads = session.scalars(select(Upload)).all()
        held = Counter(session.scalars(select(Gaiji.upload_id)))
    handed_in = Counter(each.name for each in uploads)
    wrong = [
        f"{name}: handed in once, there {handed_in[name]} times" for name in names if handed_in[name] != 1
    ]
    for each in uploads:
        if (each.state, each.worker, each.lease_until) != ("done", "", None):
            wrong.append(f"{each.name}: {each.state}, worker {each.worker!r}, lease until {each.lease_until}")
        if not each.total == each.done == held[each.id]:
            wrong.append(f"{each.name}: {each.total} members, {each.done} counted, {held[each.id]} rows")
    return wrong


def hand_in_all(services: Services, office: Office, files: Sequence[Path]) -> None:
    """Hand files in without a server."""
    for path in files:
        with path.open("rb") as file:
            receive(services, place=office.place(), project_id=office.project_id, file=file, name=path.name)
