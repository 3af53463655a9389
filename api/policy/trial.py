"""Policies tried on a municipality's own gaiji: what the machine says now, and what people have settled."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select

from api.access.place import Place
from api.domain.standing import State
from api.errors import ConflictError, UnavailableError
from api.pictures.reference import reference_of
from api.services import Services
from api.store.models import Gaiji, Project, Shape, Suggestion
from engine.policy.targets import Targets
from engine.result import Review

if TYPE_CHECKING:
    from engine.glyph.model import Glyph
    from engine.policy.columns import Results
    from engine.policy.draft.model import Document
    from engine.policy.policy import Policy
    from engine.policy.simulate import Comparison, Minutes, Simulation
    from engine.result import Identification

AT_ONCE = 2
"""Trials that run at a time; each reads all gaiji of a municipality."""
WAIT_S = 20.0
_trying = threading.BoundedSemaphore(AT_ONCE)
_FEW = 5_000


@dataclass(frozen=True, eq=False)
class Trial:
    """A policy on the municipality's gaiji.

    Attributes
    ----------
    simulation : Simulation
    comparison : Comparison or None
        With the policy that it is compared with, which comes first.
    settled : int
        Gaiji that people have settled; they count as what was decided.
    """

    simulation: Simulation
    comparison: Comparison | None
    settled: int


def targets_of(services: Services) -> Targets:
    """Return what could replace a gaiji, by the reference set in use."""
    reference = reference_of(services)
    return Targets(reference.table, reference.shrink)


def try_policy(
    services: Services, *, place: Place, policy: Policy, against: Policy | None = None,
    minutes: Minutes | None = None,
) -> Trial:  # fmt: skip
    """Try a policy, and compare it with another.

    Parameters
    ----------
    services : Services
    place : Place
    policy : Policy
    against : Policy, optional
        The one before.
    minutes : Minutes, optional
        What looks cost.

    Raises
    ------
    ConflictError
        The municipality has no gaiji yet.
    UnavailableError
        Others are being tried.
    UsageError
        The reference set lacks a character set that the policy names.
    """
    from engine.policy.signatures import look
    from engine.policy.simulate import Comparison, simulate

    with _turn():
        results, settled = own_results(services, place=place)
        targets = targets_of(services)
        looked = look(results)
        simulation = simulate(policy, looked, targets, minutes)
        comparison = Comparison(simulate(against, looked, targets, minutes), simulation) if against else None
        return Trial(simulation, comparison, settled)


def draft_document(services: Services, *, place: Place, policy: Policy) -> Document:
    """Write the draft of a policy as a document, with pictures of the municipality's own gaiji.

    Raises
    ------
    ConflictError, UnavailableError, UsageError
        As in :func:`try_policy`.
    """
    from dataclasses import replace

    from engine.errors import FontMissingError
    from engine.policy.draft.compose import compose
    from engine.policy.draft.evidence import gather
    from engine.policy.draft.pictures import Pictures
    from engine.sheet.face import ReferenceFace

    with _turn():
        results, _ = own_results(services, place=place)
        evidence = gather(policy, results, targets_of(services), municipality=place.name)
        try:
            face = ReferenceFace.of(evidence.refset, services.engine_settings)
        except FontMissingError:
            return compose(evidence)
        shown = results.rows(evidence.places_to_draw)
        glyphs = _glyphs(services, place, shown)
        drawer = Pictures(face, lambda row: glyphs.get(row.same_as))
        return compose(replace(evidence, pictures=drawer))


def own_results(services: Services, *, place: Place) -> tuple[Results, int]:
    """Return all gaiji of a municipality as columns, and how many of them are settled.

    Notes
    -----
    ``same_as`` names the shape: all gaiji that share one are looked at once. What people have settled is no
    longer to be looked at for the engine's doubts; evidence that spoke for another answer is left out.

    Raises
    ------
    ConflictError
        There are none.
    """
    import pyarrow as pa

    from engine.policy.columns import from_table

    columns: dict[str, list[str]] = {name: [] for name in _COLUMNS}
    settled = 0
    with services.database.reading() as session:
        query = (
            select(
                Gaiji.source, Gaiji.code, Gaiji.font, Gaiji.kind, Gaiji.status, Gaiji.shape_id,
                Project.system, Project.kind.label("project_kind"), Shape.state, Shape.final_class,
                Shape.final_subclass, Shape.final_mj, Suggestion.verdict, Suggestion.subclass, Suggestion.mj,
                Suggestion.review, Suggestion.evidence,
            )
            .select_from(Gaiji)
            .join(Project, Project.id == Gaiji.project_id)
            .outerjoin(Shape, Shape.id == Gaiji.shape_id)
            .outerjoin(Suggestion, Suggestion.id == Shape.suggestion_id)
            .where(Gaiji.municipality_id == place.municipality_id)
            .order_by(Gaiji.id)
            .execution_options(yield_per=_FEW)
        )  # fmt: skip
        for row in session.execute(query):
            is_settled = row.state == State.SETTLED.value and bool(row.final_class)
            settled += is_settled
            values = _decided(row) if is_settled else _suggested(row)
            shared = (row.source, row.code, place.code, row.system, row.font, row.kind or row.project_kind)
            for name, value in zip(_COLUMNS, (*shared, _shape(row.shape_id), *values), strict=True):
                columns[name].append(value)
    if not columns["source"]:
        raise ConflictError("この団体には、まだ外字がありません。外字を登録してから試算してください。")
    table = pa.table({name: pa.array(values, pa.string()) for name, values in columns.items()})
    return from_table(table), settled


_COLUMNS = (
    "source", "gaiji_code", "municipality", "system", "font", "kind", "same_as", "class", "subclass", "mj",
    "review", "evidence", "status",
)  # fmt: skip


def _suggested(row: object) -> tuple[str, ...]:
    get = row._mapping  # type: ignore[attr-defined]
    if get["verdict"] is None:
        status = get["status"] if get["status"] != "ok" else "not-identified"
        return "", "", "", Review.REQUIRED.value, "", status
    return get["verdict"], get["subclass"], get["mj"], get["review"], get["evidence"], get["status"]


def _decided(row: object) -> tuple[str, ...]:
    get = row._mapping  # type: ignore[attr-defined]
    final = get["final_class"], get["final_subclass"], get["final_mj"]
    evidence = get["evidence"] if final == (get["verdict"], get["subclass"], get["mj"]) else ""
    return (*final, Review.AUTO.value, evidence, get["status"])


def _shape(shape_id: int | None) -> str:
    return f"#{shape_id}" if shape_id is not None else ""


def _glyphs(services: Services, place: Place, rows: list[Identification]) -> dict[str, Glyph]:
    """Read the pictures of some shapes."""
    import cv2
    import numpy as np

    from engine.glyph.model import Glyph, GlyphKind

    ids = {int(row.same_as[1:]) for row in rows if row.same_as}
    query = select(Shape.id, Shape.png, Shape.ink_kind).where(
        Shape.municipality_id == place.municipality_id, Shape.id.in_(ids)
    )
    found = {}
    with services.database.reading() as session:
        for shape_id, png, kind in session.execute(query):
            ink = cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_GRAYSCALE)
            if ink is not None:
                found[_shape(shape_id)] = Glyph(np.asarray(ink, np.uint8), "", "", GlyphKind(kind))
    return found


@contextmanager
def _turn() -> Iterator[None]:
    if not _trying.acquire(timeout=WAIT_S):
        raise UnavailableError("ほかの試算が動いています。しばらくしてから、もう一度試してください。")
    try:
        yield
    finally:
        _trying.release()
