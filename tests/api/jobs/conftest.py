"""What the tests of jobs share: pictures, ZIPs of them, a place to hand them in, a picture of all rows."""

from __future__ import annotations

import io
import itertools
import zipfile
from collections.abc import Callable, Iterable
from datetime import timedelta

import numpy as np
import pytest
from PIL import Image
from sqlalchemy import select, update

from api.access.place import Place
from api.domain.rights import Actor, Role
from api.domain.standing import SecondReview
from api.jobs.worker import Worker
from api.store.models import Gaiji, Municipality, Project, ProjectShape, Shape, Suggestion, Upload
from api.store.types import now
from api.work.upload_options import UploadOptions
from api.work.uploads import receive
from engine.intake.key import check_digit
from tests.api.close import Close


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
        who = "other-admin" if where == "there" else "admin"
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


@pytest.fixture
def another_town(services, people) -> Callable[[], str]:
    """Make one more municipality, for a test that runs the same work again; its name among the people."""
    codes = itertools.count(1)

    def make() -> str:
        five = f"{13000 + next(codes)}"
        with services.database.writing() as session:
            row = Municipality(code=five + check_digit(five), name="試験市")
            session.add(row)
            session.flush()
            people[row.code] = row.id
        return row.code

    return make


def expire(services) -> None:
    """Let time pass until every lease has run out."""
    with services.database.writing() as session:
        session.execute(update(Upload).values(lease_until=now() - timedelta(seconds=1)))


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


DOTS = UploadOptions(raw="16x16", raw_code="U+E000")


def dots(numbers: Iterable[int]) -> bytes:
    """Raw patterns of 16 by 16 dots, one a number; they are read without another process, so at once."""
    numbers = list(numbers)
    cells = np.zeros((len(numbers), 16, 16), np.uint8)
    for cell, number in zip(cells, numbers, strict=True):
        if number:
            cell[1, 1:15] = cell[14, 1:15] = 1
        for bit in range(7):
            cell[1:15, 2 + 2 * bit] = number >> bit & 1 or cell[1:15, 2 + 2 * bit]
    return np.packbits(cells).tobytes()


def zipped(members: Iterable[tuple[str, bytes]]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members:
            archive.writestr(zipfile.ZipInfo(name, (2026, 1, 1, 0, 0, 0)), content, zipfile.ZIP_DEFLATED)
    return file.getvalue()


def many(numbers: Iterable[int]) -> bytes:
    """A ZIP of pictures, named by private codes in order."""
    return zipped((f"{0xE000 + place:04X}.png", picture(n)) for place, n in enumerate(numbers))


def everything(services, municipality_id: int) -> dict[str, list]:
    """All that jobs write for a municipality, without what differs from run to run: ids of rows, times."""
    of_here = {"municipality_id": municipality_id}
    with services.database.reading() as session:
        uploads = session.scalars(select(Upload).filter_by(**of_here).order_by(Upload.id)).all()
        shapes = session.scalars(select(Shape).filter_by(**of_here).order_by(Shape.id)).all()
        gaiji = session.scalars(
            select(Gaiji).filter_by(**of_here).order_by(Gaiji.upload_id, Gaiji.ordinal)
        ).all()
        digests = {each.id: each.digest for each in shapes}
        number = {each.id: place for place, each in enumerate(uploads)}
        project = {each.project_id: place for place, each in reversed(list(enumerate(uploads)))}
        place_of = {each.id: (number[each.upload_id], each.ordinal) for each in gaiji}
        suggestions = session.scalars(
            select(Suggestion).where(Suggestion.shape_id.in_(digests)).order_by(Suggestion.id)
        ).all()
        counts = session.scalars(select(ProjectShape).where(ProjectShape.shape_id.in_(digests))).all()
    return {
        "gaiji": [
            (
                *place_of[each.id],
                digests.get(each.shape_id),
                each.source,
                each.code,
                each.font,
                each.kind,
                each.status,
                each.message,
                digests.get(each.near_shape_id),
            )
            for each in gaiji
        ],
        "shapes": sorted(
            (
                each.digest,
                each.png,
                each.ink_kind,
                each.machine_class,
                each.machine_mj,
                Close(each.confidence),
                each.review,
                each.state,
                each.version,
            )
            for each in shapes
        ),
        "suggestions": sorted(
            (
                digests[each.shape_id],
                each.verdict,
                each.mj,
                each.candidates,
                Close(each.confidence),
                each.charset,
            )
            for each in suggestions
        ),
        "counts": sorted(
            (
                project[each.project_id],
                digests[each.shape_id],
                each.gaiji_count,
                place_of[each.first_gaiji_id],
            )
            for each in counts
        ),
        "uploads": [(each.state, each.total, each.done, each.failed, each.message) for each in uploads],
    }
