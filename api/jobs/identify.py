"""One upload, from its file to its rows, block by block; may be killed at any point and goes on there.

Each block is one transaction that also counts it on the upload (:mod:`api.jobs.write`), so that what is
counted is what is written. A block that is interrupted leaves nothing; the next worker identifies it again.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from sqlalchemy.orm import Session

from api.jobs import lease as leases
from api.jobs import spool
from api.jobs.lease import Lease, LeaseLostError
from api.jobs.near import NearShapes
from api.jobs.plan import PlannedBlock, Planner, Stamp
from api.jobs.reading import spooled
from api.jobs.recognise import Recogniser
from api.jobs.write import write_block
from api.prototypes.match import find, keep
from api.services import Services
from api.store.models import Municipality, Project, Upload
from api.store.types import now

BLOCK_GLYPHS = 64
"""Members of a block: about a second's work, so that progress is seen and little is lost."""

CAREFUL_GLYPHS = 8
CAREFUL_FROM = 3
"""Attempts without progress from which on a job is done carefully."""

_MUNICIPALITIES_KEPT = 4


@dataclass(eq=False)
class Memory:
    """What a worker keeps from job to job.

    Attributes
    ----------
    near : dict of int to NearShapes
        By municipality, the latest used last.
    """

    near: dict[int, NearShapes] = field(default_factory=dict)

    def near_shapes(self, municipality_id: int) -> NearShapes:
        """Return what is remembered of a municipality's pictures."""
        kept = self.near.pop(municipality_id, None) or NearShapes(municipality_id)
        self.near[municipality_id] = kept
        while len(self.near) > _MUNICIPALITIES_KEPT:
            del self.near[next(iter(self.near))]
        return kept

    def forget(self, municipality_id: int) -> None:
        """Begin anew with a municipality: pictures of a block that was not written are no shapes."""
        self.near.pop(municipality_id, None)


def identify_upload(
    services: Services,
    lease: Lease,
    memory: Memory,
    *,
    tick: Callable[[], None] = lambda: None,
    lease_s: float = leases.LEASE_S,
) -> None:
    """Identify what is left of one upload.

    Parameters
    ----------
    services : Services
    lease : Lease
        The claim; renewed with every block.
    memory : Memory
    tick : callable
        Called between steps; raises to give up.
    lease_s : float

    Raises
    ------
    LeaseLostError
        The job is not the caller's any more; nothing was written since.
    HopelessError
        It can never be done.
    GaijiError
        The engine cannot be opened now.
    """
    with services.database.reading() as session:
        upload = session.get_one(Upload, lease.upload_id)
        project = session.get_one(Project, upload.project_id)
        municipality = session.get_one(Municipality, upload.municipality_id)
    tick()
    glyphs = spooled(
        services.settings,
        upload,
        municipality=municipality.code,
        system=project.system,
        kind=project.kind,
        tick=tick,
    )
    if upload.total != glyphs.total:
        with services.database.writing() as session:
            leases.count(session, lease, total=glyphs.total)
    tick()
    try:
        _run(services, lease, upload, project.charset, glyphs, memory, tick, lease_s)
    except BaseException:
        memory.forget(upload.municipality_id)
        raise
    with services.database.writing() as session:
        if not leases.finish(session, lease, at=now(), message=_summary(session, upload.id)):
            raise LeaseLostError("この仕事は、取り消されたか、ほかの処理に移りました。")
    spool.discard(spool.folder_of(services.settings.data_dir, upload.id))


def _run(
    services: Services,
    lease: Lease,
    upload: Upload,
    charset: str,
    glyphs: spool.Spool,
    memory: Memory,
    tick: Callable[[], None],
    lease_s: float,
) -> None:
    careful = lease.attempts >= CAREFUL_FROM
    recogniser: Recogniser[PlannedBlock] = Recogniser(
        services, charset, lambda block: list(block.wanted.values()), careful=careful
    )
    stamp = Stamp(recogniser.engine_id, recogniser.reference_id, charset)
    near = memory.near_shapes(upload.municipality_id)
    planner = Planner(services, upload.municipality_id, stamp, near)
    size = CAREFUL_GLYPHS if careful else BLOCK_GLYPHS
    blocks = planner.blocks(glyphs.items(upload.done), upload.done, size, tick)
    for block, rows in recogniser.rows(blocks):
        tick()
        inks = [glyph.ink for glyph in block.wanted.values()]
        speak_for = find(services, municipality_id=upload.municipality_id, inks=inks) if inks else []
        tick()
        with services.database.writing() as session:
            written = write_block(
                session, upload, block, rows, stamp, advance=_advancer(session, lease, block, lease_s)
            )
            told = [place for place, digest in enumerate(block.wanted) if digest in written]
            keep(
                session,
                shape_ids=[written[digest] for digest in block.wanted if digest in written],
                found=[speak_for[place] for place in told],
            )
        planner.written(block)


def _advancer(session: Session, lease: Lease, block: PlannedBlock, lease_s: float) -> Callable[[int], None]:
    def advance(failed: int) -> None:
        leases.advance(
            session,
            lease,
            done=block.first,
            items=len(block.members),
            failed=failed,
            at=now(),
            lease_s=lease_s,
        )

    return advance


def _summary(session: Session, upload_id: int) -> str:
    upload = session.get_one(Upload, upload_id, populate_existing=True)
    return f"{upload.failed:,} 件は読めませんでした。" if upload.failed else ""
