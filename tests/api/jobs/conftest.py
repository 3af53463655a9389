"""What the tests of jobs share: pictures, ZIPs of them, a place to hand them in, a picture of all rows."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Iterable

import numpy as np
import pytest
from PIL import Image
from sqlalchemy import select

from api.access.place import Place
from api.domain.rights import Actor, Role
from api.domain.standing import SecondReview
from api.jobs.worker import Worker
from api.store.models import Gaiji, Municipality, Project, ProjectShape, Shape, Suggestion, Upload
from api.work.uploads import receive


@pytest.fixture
def place(services, people) -> Callable[..., Place]:
    """Enter a municipality as one of its administrators."""

    def enter(where: str = "here", who: str = "admin", role: Role = Role.ADMIN) -> Place:
        with services.database.reading() as session:
            municipality = session.get_one(Municipality, people[where])
        actor = Actor(people[who], who, {municipality.id: role})
        return Place(actor, role, municipality.id, municipality.code, municipality.name, SecondReview.ALL)

    return enter


@pytest.fixture
def project(services, people) -> Callable[..., int]:
    """Make a project; its id."""

    def make(name: str = "住民記録", where: str = "here", **values) -> int:
        with services.database.writing() as session:
            row = Project(municipality_id=people[where], name=name, system=name, **values)
            session.add(row)
            session.flush()
            return row.id

    return make


@pytest.fixture
def hand_in(services, place) -> Callable[..., Upload]:
    """Receive a file as the administrator."""

    def give(content: bytes, name: str, project_id: int, where: str = "here", **values) -> Upload:
        who = "admin" if where == "here" else "other-admin"
        return receive(
            services,
            place=place(where, who),
            project_id=project_id,
            file=io.BytesIO(content),
            name=name,
            **values,
        )

    return give


@pytest.fixture
def work(services) -> Callable[[], int]:
    """Do every job that waits, as a worker does."""
    return lambda: Worker(services, poll_s=0.01).run_all()


def picture(number: int, *, side: int = 48) -> bytes:
    """A PNG with bars whose places spell a number: no two alike."""
    page = np.full((side, side), 255, np.uint8)
    page[6:9, 4:44] = 0
    for bit in range(9):
        if number >> bit & 1:
            page[9:42, 4 + 4 * bit : 6 + 4 * bit] = 0
    page[39:42, 4:44] = 0
    file = io.BytesIO()
    Image.fromarray(page).save(file, "PNG")
    return file.getvalue()


def zipped(members: Iterable[tuple[str, bytes]]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members:
            archive.writestr(zipfile.ZipInfo(name, (2026, 1, 1, 0, 0, 0)), content)
    return file.getvalue()


def many(numbers: Iterable[int]) -> bytes:
    """A ZIP of pictures, named by private codes in order."""
    return zipped((f"{0xE000 + place:04X}.png", picture(n)) for place, n in enumerate(numbers))


def everything(services) -> dict[str, list]:
    """All that jobs write, without what differs from run to run: ids of rows, times."""
    with services.database.reading() as session:
        digests = dict(session.execute(select(Shape.id, Shape.digest)).all())
        gaiji = [
            (
                each.upload_id,
                each.ordinal,
                digests.get(each.shape_id),
                each.source,
                each.code,
                each.font,
                each.status,
                each.message,
                digests.get(each.near_shape_id),
            )
            for each in session.scalars(select(Gaiji).order_by(Gaiji.upload_id, Gaiji.ordinal))
        ]
        ids = {each.id: each for each in session.scalars(select(Gaiji))}
        shapes = sorted(
            (
                each.municipality_id,
                each.digest,
                each.png,
                each.ink_kind,
                each.machine_class,
                each.machine_mj,
                each.confidence,
                each.review,
                each.state,
                each.version,
            )
            for each in session.scalars(select(Shape))
        )
        suggestions = sorted(
            (digests[each.shape_id], each.verdict, each.mj, each.candidates, each.confidence, each.charset)
            for each in session.scalars(select(Suggestion))
        )
        counts = sorted(
            (
                each.project_id,
                digests[each.shape_id],
                each.gaiji_count,
                ids[each.first_gaiji_id].ordinal,
                ids[each.first_gaiji_id].upload_id,
            )
            for each in session.scalars(select(ProjectShape))
        )
        uploads = [
            (each.id, each.state, each.total, each.done, each.failed, each.message)
            for each in session.scalars(select(Upload).order_by(Upload.id))
        ]
    return {
        "gaiji": gaiji,
        "shapes": shapes,
        "suggestions": suggestions,
        "counts": counts,
        "uploads": uploads,
    }
