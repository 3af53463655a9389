"""The rows of an export: every gaiji of a project, with what the machine suggests and what people decided."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from api.access.place import Place
from api.domain.standing import Finding, Stage, State
from api.review.records import derive
from api.store.database import Database
from api.store.models import Gaiji, ProjectShape, Shape, Suggestion, User
from api.work.filters import Filter, NamesOf, conditions
from api.work.listing import finding_of
from engine.errors import UsageError
from engine.reference.record import Codes
from engine.result import Identification, Review, Subclass, Verdict

if TYPE_CHECKING:
    from engine.reference.table import MojiTable

BATCH = 500
"""Gaiji that are read at a time; nothing else is held."""

_NO_CODES = Codes("", "", "", "", "", "")


@dataclass(frozen=True, slots=True)
class ExportRow:
    """One gaiji.

    Attributes
    ----------
    result : Identification
        The machine's, in the contract's columns; ``same_as`` names the first gaiji of the project that looks
        exactly alike.
    shape_id : int or None
        None where it could not be read.
    state : State or None
    final : Finding or None
        What is settled.
    codes : Codes
        Of the settled MJ.
    settled_at : datetime or None
    deciders : mapping of Stage to str
        Names; empty unless asked for.
    """

    result: Identification
    shape_id: int | None = None
    state: State | None = None
    final: Finding | None = None
    codes: Codes = _NO_CODES
    settled_at: datetime | None = None
    deciders: Mapping[Stage, str] = field(default_factory=dict)


def export_rows(
    database: Database,
    *,
    place: Place,
    system: str,
    filter: Filter,
    table: MojiTable,
    names_of: NamesOf | None = None,
    people: bool = False,
) -> Iterator[ExportRow]:
    """Yield the gaiji of a project, in the order in which they came.

    Parameters
    ----------
    database : Database
        Each batch is read in a session of its own: a slow reader must not keep the database's journal long.
    place : Place
    system : str
        The project's.
    filter : Filter
        With a project. Where it asks for anything else, gaiji that could not be read are left out.
    table : MojiTable
        Where codes are looked up.
    names_of : callable, optional
        Looks up a character that ``filter.text`` is.
    people : bool
        Whether to name who decided.
    """
    codes = lru_cache(maxsize=None)(lambda mj: _codes(table, mj))
    last = 0
    while True:
        with database.reading() as session:
            rows = session.execute(_batch(place, filter, names_of, last)).all()
            deciders = _deciders(session, {row.shape_id for row in rows if row.shape_id}) if people else {}
        for row in rows:
            yield _row(row, place, system, codes, deciders)
        if len(rows) < BATCH:
            return
        last = rows[-1].id


def _batch(place: Place, filter: Filter, names_of: NamesOf | None, last: int) -> Any:
    first = aliased(Gaiji)
    only = filter != Filter(project=filter.project)
    query = (
        select(
            Gaiji.id, Gaiji.source, Gaiji.code, Gaiji.font, Gaiji.kind, Gaiji.status, Gaiji.message,
            Gaiji.shape_id, Shape.state, Shape.final_class, Shape.final_subclass, Shape.final_mj,
            Shape.settled_at, Suggestion.verdict, Suggestion.subclass, Suggestion.mj, Suggestion.confidence,
            Suggestion.review, Suggestion.candidates, Suggestion.evidence, Suggestion.reference,
            Suggestion.engine, first.id.label("first_id"), first.source.label("first_source"),
            first.code.label("first_code"),
        )
        .select_from(Gaiji)
        .join(Shape, Shape.id == Gaiji.shape_id, isouter=not only)
        .outerjoin(Suggestion, Suggestion.id == Shape.suggestion_id)
        .outerjoin(
            ProjectShape,
            (ProjectShape.project_id == filter.project) & (ProjectShape.shape_id == Gaiji.shape_id),
        )
        .outerjoin(first, first.id == ProjectShape.first_gaiji_id)
        .where(
            Gaiji.municipality_id == place.municipality_id,
            Gaiji.project_id + 0 == filter.project,  # go on by id; the project's index is in another order
            Gaiji.id > last,
        )
        .order_by(Gaiji.id)
        .limit(BATCH)
    )  # fmt: skip
    if only:
        where = conditions(filter, municipality_id=place.municipality_id, names_of=names_of, held=False)
        query = query.where(*where)
    return query


def _row(
    row: Any, place: Place, system: str, codes: Any, deciders: Mapping[int, Mapping[Stage, str]]
) -> ExportRow:
    suggested = row.verdict is not None
    suggestion = codes(row.mj) if suggested else _NO_CODES
    alike = row.first_id is not None and row.first_id != row.id
    result = Identification(
        source=row.source,
        gaiji_code=row.code,
        verdict=Verdict(row.verdict) if suggested else None,
        subclass=Subclass(row.subclass) if suggested and row.subclass else None,
        mj=row.mj if suggested else "",
        confidence=row.confidence if suggested else None,
        review=Review(row.review) if suggested else Review.REQUIRED,
        candidates=tuple(row.candidates.split()) if suggested else (),
        ucs=suggestion.ucs,
        ivs=suggestion.ivs,
        juki=suggestion.juki,
        koseki=suggestion.koseki,
        toki=suggestion.toki,
        jisx0213=suggestion.jisx0213,
        evidence=tuple(row.evidence.split()) if suggested else (),
        status=row.status,
        reference=row.reference if suggested else "",
        engine=row.engine if suggested else "",
        message=row.message,
        municipality=place.code,
        system=system,
        font=row.font,
        kind=row.kind,
        same_as=Identification(row.first_source, row.first_code).place if alike else "",
    )
    if row.shape_id is None:
        return ExportRow(result)
    final = finding_of(row.final_class, row.final_subclass, row.final_mj)
    return ExportRow(
        result,
        row.shape_id,
        State(row.state),
        final,
        codes(final.mj) if final else _NO_CODES,
        row.settled_at,
        deciders.get(row.shape_id, {}),
    )


def _codes(table: MojiTable, mj: str) -> Codes:
    """Return the codes of an MJ; none for one of another reference set."""
    try:
        return table.codes(mj) if mj else _NO_CODES
    except UsageError:
        return _NO_CODES


def _deciders(session: Session, shape_ids: set[int]) -> dict[int, dict[Stage, str]]:
    if not shape_ids:
        return {}
    live = {
        shape_id: {each.stage: each.user_id for each in derived.standing.live}
        for shape_id, derived in derive(session, sorted(shape_ids)).items()
    }
    users = {user_id for stages in live.values() for user_id in stages.values()}
    query = select(User.id, User.display_name).where(User.id.in_(users))
    called: dict[int, str] = dict(iter(session.execute(query)))
    return {
        shape_id: {stage: called[user_id] for stage, user_id in stages.items()}
        for shape_id, stages in live.items()
    }
