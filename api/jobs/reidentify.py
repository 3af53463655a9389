"""A project's shapes identified again, with the engine and reference set now in use.

The job is an upload without a file; its members are the project's shapes, in the order of their ids. Every
shape gets a further suggestion on record, unless it has one of the same engine, reference set and character
set. Only an open shape shows it: what people have decided on stays as they saw it, and :func:`changed` lists
where the engine says something else today.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session, aliased

from api.domain.standing import State
from api.jobs import lease as leases
from api.jobs.identify import BLOCK_GLYPHS, CAREFUL_FROM, CAREFUL_GLYPHS
from api.jobs.lease import Lease, LeaseLostError
from api.jobs.plan import Stamp, bears
from api.jobs.recognise import Recogniser, Rows
from api.jobs.write import make_current, suggestion
from api.pictures.frame import glyph_of
from api.services import Services
from api.store.models import Project, ProjectShape, Shape, Suggestion, Upload
from api.store.types import now
from engine.glyph.model import Glyph
from engine.result import Identification


@dataclass(frozen=True, slots=True)
class _Block:
    """Some of the project's shapes, and the pictures of those that have no such suggestion yet."""

    first: int
    size: int
    glyphs: dict[int, Glyph]


def reidentify_project(
    services: Services,
    lease: Lease,
    *,
    tick: Callable[[], None] = lambda: None,
    lease_s: float = leases.LEASE_S,
) -> None:
    """Identify what is left of a project's shapes.

    Parameters
    ----------
    services : Services
    lease : Lease
    tick : callable
        Called between steps; raises to give up.
    lease_s : float

    Raises
    ------
    LeaseLostError
        The job is not the caller's any more.
    GaijiError
        The engine cannot be opened now.
    """
    with services.database.reading() as session:
        upload = session.get_one(Upload, lease.upload_id)
        charset = session.get_one(Project, upload.project_id).charset
        total = session.scalar(
            select(func.count()).select_from(ProjectShape).where(ProjectShape.project_id == upload.project_id)
        )
    with services.database.writing() as session:
        leases.count(session, lease, total=total or 0)
    careful = lease.attempts >= CAREFUL_FROM
    recogniser: Recogniser[_Block] = Recogniser(
        services, charset, lambda block: list(block.glyphs.values()), careful=careful
    )
    stamp = Stamp(recogniser.engine_id, recogniser.reference_id, charset)
    blocks = _blocks(services, upload, stamp, CAREFUL_GLYPHS if careful else BLOCK_GLYPHS, tick)
    for block, rows in recogniser.rows(blocks):
        tick()
        with services.database.writing() as session:
            failed = sum(not isinstance(row, Identification) for row in rows)
            leases.advance(
                session, lease, done=block.first, items=block.size, failed=failed, at=now(), lease_s=lease_s
            )
            _write(session, upload.id, block, rows, stamp)
    with services.database.writing() as session:
        if not leases.finish(session, lease, at=now()):
            raise LeaseLostError("この仕事は、取り消されたか、ほかの処理に移りました。")


def changed(
    session: Session, *, municipality_id: int, project_id: int, limit: int = 200, after: int = 0
) -> Sequence[int]:
    """Return shapes that were decided on, and of which the engine says something else today.

    Parameters
    ----------
    session : Session
    municipality_id, project_id : int
    limit : int
        The most.
    after : int
        Shapes with a greater id than this.

    Returns
    -------
    sequence of int
        Shape ids, rising.
    """
    latest = aliased(Suggestion)
    newest = (
        select(func.max(Suggestion.id))
        .where(Suggestion.shape_id == Shape.id)
        .correlate(Shape)
        .scalar_subquery()
    )
    return session.scalars(
        select(Shape.id)
        .join(ProjectShape, ProjectShape.shape_id == Shape.id)
        .join(latest, latest.id == newest)
        .where(
            ProjectShape.project_id == project_id,
            Shape.municipality_id == municipality_id,
            Shape.id > after,
            Shape.state != State.OPEN.value,
            _says_else(latest),
        )
        .order_by(Shape.id)
        .limit(limit)
    ).all()


def _says_else(latest: type[Suggestion]) -> ColumnElement[bool]:
    return or_(
        latest.verdict != Shape.machine_class,
        latest.subclass != Shape.machine_subclass,
        latest.mj != Shape.machine_mj,
    )


def _blocks(
    services: Services, upload: Upload, stamp: Stamp, size: int, tick: Callable[[], None]
) -> Iterator[_Block]:
    """Yield the blocks behind what is done.

    A shape that joins the project meanwhile moves those behind it by one place: one of them is then looked
    at twice, which changes nothing, and none is passed over.
    """
    first, last_id = upload.done, 0
    in_project = select(ProjectShape.shape_id).where(ProjectShape.project_id == upload.project_id)
    if first:
        with services.database.reading() as session:
            place = in_project.order_by(ProjectShape.shape_id).offset(first - 1).limit(1)
            last_id = session.scalar(place) or 0
    while True:
        tick()
        with services.database.reading() as session:
            ids = session.scalars(
                in_project.where(ProjectShape.shape_id > last_id).order_by(ProjectShape.shape_id).limit(size)
            ).all()
            if not ids:
                return
            told = set(
                session.scalars(
                    select(Suggestion.shape_id).where(Suggestion.shape_id.in_(ids), *bears(stamp))
                )
            )
            wanted = [shape_id for shape_id in ids if shape_id not in told]
            pictures = session.execute(
                select(Shape.id, Shape.png, Shape.ink_kind).where(Shape.id.in_(wanted)).order_by(Shape.id)
            )
            glyphs = {shape_id: glyph_of(png, kind) for shape_id, png, kind in pictures}
        yield _Block(first, len(ids), glyphs)
        first, last_id = first + len(ids), ids[-1]


def _write(session: Session, upload_id: int, block: _Block, rows: Rows, stamp: Stamp) -> None:
    wanted = {
        shape_id: row
        for shape_id, row in zip(block.glyphs, rows, strict=True)
        if isinstance(row, Identification) and row.status == "ok"
    }
    shapes = session.scalars(
        select(Shape).where(Shape.id.in_(wanted)).order_by(Shape.id).with_for_update()
    ).all()
    told = set(
        session.scalars(select(Suggestion.shape_id).where(Suggestion.shape_id.in_(wanted), *bears(stamp)))
    )
    made = {
        shape.id: suggestion(wanted[shape.id], shape.id, upload_id, stamp)
        for shape in shapes
        if shape.id not in told
    }
    session.add_all(made.values())
    session.flush()
    for shape in shapes:
        if shape.id in made:
            make_current(shape, made[shape.id])
