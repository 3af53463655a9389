"""Exports of a project: CSV and Parquet with a row for each gaiji, and the 同定結果リスト for people.

All are written a batch at a time. What people decided stands behind the contract's columns, so that a program
that reads those reads an export too; who decided is told only where it is asked for by somebody who may know.
"""

from __future__ import annotations

import tempfile
import threading
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import IO, TYPE_CHECKING, Any, BinaryIO

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.access.place import Place
from api.audit.record import record
from api.domain.japan import day_of
from api.domain.rights import Action, Role
from api.domain.standing import Stage, State
from api.errors import ForbiddenError, InvalidError, UnavailableError
from api.pictures.reference import reference_of
from api.services import Services
from api.store.database import Database
from api.store.models import Project, Shape
from api.store.types import now
from api.work import projects
from api.work.characters import names_of
from api.work.export_rows import ExportRow, export_rows
from api.work.filters import Filter
from engine.output.csv_text import cell_text, quoted
from engine.output.record import storable, to_record
from engine.result import COLUMNS, Identification, Verdict

if TYPE_CHECKING:
    from engine.glyph.model import GlyphKind

DECISION_COLUMNS = (
    "state", "decided_class", "decided_subclass", "decided_mj", "decided_ucs", "decided_ivs", "decided_juki",
    "decided_koseki", "decided_toki", "decided_jisx0213", "decided_at",
)  # fmt: skip
"""Behind the contract's columns. Other programs read them: add at the end only."""

PEOPLE_COLUMNS: Mapping[str, Stage] = {
    "first_decider": Stage.FIRST,
    "second_decider": Stage.SECOND,
    "conference_decider": Stage.CONFERENCE,
}
"""Behind those, where they are asked for."""

EXCEL_LINES = 20_000
"""Most lines of a list with pictures: what an office PC opens, and what is held while it is drawn."""

_CHUNK = 1 << 18
_GROUP = 10_000
_IN_MEMORY = 8 * 2**20
_OUTSIDE = "system"
"""A column of the contract that holds text from outside: names are made safe for spreadsheets like it."""

_writing = threading.BoundedSemaphore(2)
"""Lists that are drawn at once; each takes a processor for up to a minute."""


class Format(StrEnum):
    """What a project is exported as."""

    CSV = "csv"
    PARQUET = "parquet"
    EXCEL = "xlsx"

    @property
    def media_type(self) -> str:
        """For ``Content-Type``."""
        return {
            Format.CSV: "text/csv; charset=utf-8",
            Format.PARQUET: "application/vnd.apache.parquet",
            Format.EXCEL: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        }[self]


@dataclass(frozen=True, slots=True)
class Export:
    """An export under way.

    Attributes
    ----------
    name : str
        File name, ASCII.
    media_type : str
    content : iterator of bytes
    """

    name: str
    media_type: str
    content: Iterator[bytes]


def export(
    services: Services, *, place: Place, format: Format, filter: Filter, people: bool = False
) -> Export:
    """Begin an export; it is in the audit log before its first byte is sent.

    Parameters
    ----------
    services : Services
    place : Place
    format : Format
    filter : Filter
        With a project; a filter without anything else takes the unreadable gaiji along.
    people : bool
        Whether to name who decided; for administrators, and not in the list for people.

    Raises
    ------
    ForbiddenError, NotFoundError
    InvalidError
        No project; more lines than Excel takes.
    UnavailableError
        Others are drawing lists already.
    """
    if not place.may(Action.EXPORT):
        raise ForbiddenError("この団体のデータは書き出せません。", {"action": Action.EXPORT.value})
    if people and not place.may(Action.MANAGE_MEMBERS):
        raise ForbiddenError(
            f"判定者の名前を書き出せるのは、「{Role.ADMIN.japanese}」の役割の人です。",
            {"action": Action.MANAGE_MEMBERS.value},
        )
    if filter.project is None:
        raise InvalidError("書き出すプロジェクトを選んでください。", {"field": "project"})
    with services.database.reading() as session:
        project = projects.find(session, place=place, project_id=filter.project)
    rows = export_rows(
        services.database,
        place=place,
        system=project.system,
        filter=filter,
        table=reference_of(services).table,
        names_of=names_of(services),
        people=people,
    )
    name = f"gaiji-{place.code}-{project.id}-{day_of(now()):%Y%m%d}.{format.value}"
    match format:
        case Format.CSV:
            content = _csv(rows, people=people)
        case Format.PARQUET:
            content = _file(lambda stream: write_parquet(rows, stream, people=people))
        case Format.EXCEL:
            content = _excel(services, place, project, rows)
    with services.database.writing() as session:  # an export that was refused is none
        _note(session, place, project, format, filter, people)
    return Export(name, format.media_type, content)


def values(row: ExportRow, *, people: bool) -> dict[str, str | float | None]:
    """Return a row's values by column: the contract's, what was decided, and (if asked for) by whom."""
    final, codes = row.final, row.codes
    decided = (
        row.state.value if row.state else "",
        final.verdict.value if final else "",
        final.subclass.value if final and final.subclass else "",
        final.mj if final else "",
        codes.ucs, codes.ivs, codes.juki, codes.koseki, codes.toki, codes.jisx0213,
        row.settled_at.isoformat(timespec="seconds") if row.settled_at else "",
    )  # fmt: skip
    found = to_record(row.result) | dict(zip(DECISION_COLUMNS, decided, strict=True))
    if people:
        found |= {name: storable(row.deciders.get(stage, "")) for name, stage in PEOPLE_COLUMNS.items()}
    return found


def columns(*, people: bool) -> tuple[str, ...]:
    """Return the columns of CSV and Parquet."""
    return (*COLUMNS, *DECISION_COLUMNS, *(PEOPLE_COLUMNS if people else ()))


def write_parquet(rows: Iterable[ExportRow], stream: BinaryIO, *, people: bool) -> None:
    """Write rows as one Parquet file."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    schema = pa.schema(
        [(name, pa.float64() if name == "confidence" else pa.string()) for name in columns(people=people)]
    )
    with pq.ParquetWriter(stream, schema, compression="zstd") as writer:
        group: list[dict[str, Any]] = []
        for row in rows:
            group.append(values(row, people=people))
            if len(group) == _GROUP:
                writer.write_table(pa.Table.from_pylist(group, schema=schema))
                group.clear()
        if group:
            writer.write_table(pa.Table.from_pylist(group, schema=schema))


def _csv(rows: Iterable[ExportRow], *, people: bool) -> Iterator[bytes]:
    """Write rows as CSV that a double click opens in a Japanese Excel."""
    lines = [",".join(columns(people=people))]
    size = 0
    mark = "\ufeff"
    for row in rows:
        cells = [
            cell_text(_OUTSIDE if name in PEOPLE_COLUMNS else name, value)
            for name, value in values(row, people=people).items()
        ]
        lines.append(",".join(map(quoted, cells)))
        size += len(lines[-1])
        if size > _CHUNK:
            yield (mark + "\r\n".join(lines) + "\r\n").encode()
            lines, size, mark = [], 0, ""
    if lines:
        yield (mark + "\r\n".join(lines) + "\r\n").encode()


def _file(write: Any) -> Iterator[bytes]:
    """Write a file aside, then give it in pieces."""
    with tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY) as stream:
        write(stream)
        stream.seek(0)
        while piece := stream.read(_CHUNK):
            yield piece


# --- The list for people ---


def _excel(services: Services, place: Place, project: Project, rows: Iterator[ExportRow]) -> Iterator[bytes]:
    """Draw the list now, so that what is wrong with it is told before anything is sent."""
    if not _writing.acquire(blocking=False):
        raise UnavailableError(
            "ほかの人が Excel を書き出しています。少し待ってから、もう一度お試しください。"
        )
    try:
        stream: IO[bytes] = tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115
        try:
            write_list(services, place, project, rows, stream)
        except BaseException:
            stream.close()
            raise
    finally:
        _writing.release()
    return _pieces(stream)


def _pieces(stream: IO[bytes]) -> Iterator[bytes]:
    with stream:
        stream.seek(0)
        while piece := stream.read(_CHUNK):
            yield piece


def write_list(
    services: Services, place: Place, project: Project, rows: Iterable[ExportRow], stream: Any
) -> None:
    """Write the 同定結果リスト with what is decided filled in, so that ``gaiji convert`` can go on from it.

    Raises
    ------
    InvalidError
        More lines than :data:`EXCEL_LINES`.
    """
    from engine.report.columns import Facts
    from engine.report.entries import Entry, Order, arranged
    from engine.report.listing import Heading, Listing
    from engine.report.pictures import GaijiPictures
    from engine.report.summary import summarise
    from engine.report.words import legend
    from engine.report.workbook import write_workbook
    from engine.sheet.face import ReferenceFace

    results: list[Identification] = []
    lines: dict[tuple[str, int], Entry] = {}
    same: dict[tuple[str, int], list[Identification]] = {}
    shape_ids: dict[Identification, int] = {}
    for number, row in enumerate(rows):
        results.append(row.result)
        key = ("shape", row.shape_id) if row.shape_id else ("row", number)
        if key in lines:
            same.setdefault(key, []).append(row.result)
            continue
        if len(lines) == EXCEL_LINES:
            raise InvalidError(
                f"Excel の一覧は {EXCEL_LINES:,} 図形までです。"
                "一覧で絞り込んでから書き出すか、CSV で書き出してください。",
                {"field": "format"},
            )
        confirmed, mj, note = entered(row)
        lines[key] = Entry(row.result, (), confirmed, mj, note)
        if row.shape_id:
            shape_ids[row.result] = row.shape_id
    entries = [replace(entry, same=tuple(same.get(key, ()))) for key, entry in lines.items()]
    reference = reference_of(services)
    listing = Listing(
        Heading(f"同定結果リスト {project.name}", place.name, day_of(now())),
        arranged(entries, Order.CHECK),
        results,
        summarise(results),
        legend(results),
        ReferenceFace.of(reference.refset, services.engine_settings),
        GaijiPictures(_Stored(services.database, place.municipality_id, shape_ids)),
        Facts(reference.shrink),
    )
    write_workbook(listing, stream)


def entered(row: ExportRow) -> tuple[str, str, str]:
    """Return what stands under 「確認」, 「確定MJ」 and 「備考」 for what people decided.

    「類似」 is settled, but it does not say that the gaiji is that MJ: it stands as a mark of its own, which
    leaves the gaiji as it is. So does what is not settled yet, even where the machine was sure.
    """
    final = row.final
    if final is None:
        waiting = row.state in (State.AWAITING_SECOND, State.DISPUTED)
        return (row.state.japanese if waiting and row.state else "", "", "")
    note = f"確定: {final.verdict}" + (f"（{final.subclass}）" if final.subclass else "")
    if final.verdict is Verdict.SIMILAR:
        return ("類似", "", f"{note} {final.mj}".strip())
    if final.mj == row.result.mj:
        return ("○", "", "" if final.verdict is row.result.verdict else note)
    if final.mj:
        return ("", final.mj, note)
    return ("×", "", note)


class _Stored(Mapping[Identification, tuple[bytes, "GlyphKind"]]):
    """Pictures of rows, fetched when they are drawn: all of them at once would fill the memory."""

    def __init__(
        self, database: Database, municipality_id: int, shape_ids: Mapping[Identification, int]
    ) -> None:
        self._database = database
        self._municipality_id = municipality_id
        self._shape_ids = shape_ids

    def __getitem__(self, row: Identification) -> tuple[bytes, GlyphKind]:
        from engine.glyph.model import GlyphKind

        with self._database.reading() as session:
            found = session.execute(
                select(Shape.png, Shape.ink_kind).where(
                    Shape.id == self._shape_ids[row], Shape.municipality_id == self._municipality_id
                )
            ).one()
        return found.png, GlyphKind(found.ink_kind)

    def __iter__(self) -> Iterator[Identification]:
        return iter(self._shape_ids)

    def __len__(self) -> int:
        return len(self._shape_ids)


def _note(
    session: Session, place: Place, project: Project, format: Format, filter: Filter, people: bool
) -> None:
    wanted = {name: value for name, value in filter.to_mapping().items() if name not in ("project", "text")}
    record(
        session,
        "project.exported",
        actor=place.actor,
        municipality_id=place.municipality_id,
        object_type="project",
        object_id=project.id,
        detail={"format": format.value, "people": people, "filter": wanted, "text": bool(filter.text)},
    )
