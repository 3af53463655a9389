"""Pages: the audit log with its export, and how right the machine was."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Path, Query, Request
from fastapi.responses import Response, StreamingResponse

from api.access.place import Place, enter, services_of
from api.audit import read
from api.audit.export import as_csv, as_jsonl
from api.audit.record import record
from api.audit.words import title
from api.domain.japan import JAPAN
from api.domain.rights import Action
from api.errors import InvalidError
from api.pages.templates import page
from api.review.calibration import calibration
from api.services import Services

router = APIRouter(include_in_schema=False, prefix="/m/{code}")

Shared = Annotated[Services, Depends(services_of)]
Reader = Annotated[Place, Depends(enter(Action.READ))]
Auditor = Annotated[Place, Depends(enter(Action.READ_AUDIT))]

_FORMATS = {
    "csv": (as_csv, "text/csv; charset=utf-8"),
    "jsonl": (as_jsonl, "application/x-ndjson; charset=utf-8"),
}
_LARGEST_ID = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Asked:
    """What the form of the audit log says, as it was typed."""

    since: str = ""
    until: str = ""
    action: str = ""
    user: str = ""
    object_type: str = ""
    object_id: str = ""

    @property
    def query(self) -> str:
        """For links to further pages and exports."""
        values = {name: getattr(self, name) for name in self.__slots__}
        return urlencode({name: value for name, value in values.items() if value})

    def filter(self) -> read.AuditFilter:
        """What it means. Days are days in Japan; the last one is included.

        Raises
        ------
        InvalidError
        """
        until = _day("until", self.until)
        return read.AuditFilter(
            since=_day("since", self.since),
            until=until + timedelta(days=1) if until else None,
            action=self.action.strip(),
            user_id=_number("user", self.user),
            object_type=self.object_type.strip(),
            object_id=_number("object_id", self.object_id),
        )


def _asked(
    since: str = "",
    until: str = "",
    action: Annotated[str, Query(max_length=40)] = "",
    user: str = "",
    object_type: Annotated[str, Query(max_length=40)] = "",
    object_id: str = "",
) -> Asked:
    return Asked(since, until, action, user, object_type, object_id)


Question = Annotated[Asked, Depends(_asked)]


@router.get("/audit")
def show_audit(
    request: Request,
    place: Auditor,
    services: Shared,
    asked: Question,
    before: Annotated[int | None, Query(ge=1, le=_LARGEST_ID)] = None,
) -> Response:
    """Show the audit log, the latest first."""
    error: InvalidError | None = None
    chosen = read.AuditFilter()
    try:
        chosen = asked.filter()
    except InvalidError as problem:
        error = problem
    with services.database.reading() as session:
        found = read.read_page(session, municipality_id=place.municipality_id, chosen=chosen, before=before)
        actions = read.actions_of(session, municipality_id=place.municipality_id)
        people = read.people_of(session, municipality_id=place.municipality_id)
    return page(
        request,
        "audit/audit.html",
        status=error.status if error else 200,
        place=place,
        section="audit",
        asked=asked,
        error=error,
        events=found.events,
        before=found.before,
        first=before is None,
        actions=[("", "すべて"), *((each, title(each)) for each in actions)],
        people=[("", "すべて"), *((str(number), name) for number, name in people)],
        objects=[("", "すべて"), ("decision", "判定"), ("bulk", "一括確認"), ("shape", "図形"),
                 ("upload", "ファイル"), ("project", "プロジェクト"), ("policy", "ポリシー")],
    )  # fmt: skip


@router.get("/audit/export.{suffix}")
def export_audit(
    place: Auditor,
    services: Shared,
    asked: Question,
    suffix: Annotated[str, Path(pattern="^(csv|jsonl)$")],
) -> Response:
    """Send the audit log as a file; that it was exported is on record, too."""
    chosen = asked.filter()
    with services.database.writing() as session:
        record(
            session,
            "audit.exported",
            actor=place.actor,
            municipality_id=place.municipality_id,
            detail={"format": suffix, **chosen.as_detail()},
        )
    write, media_type = _FORMATS[suffix]
    events = read.read_all(services.database, municipality_id=place.municipality_id, chosen=chosen)
    name = f"audit-{place.code}-{datetime.now(JAPAN):%Y%m%d-%H%M}.{suffix}"
    body: Iterator[bytes] = write(events)
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return StreamingResponse(body, media_type=media_type, headers=headers)


@router.get("/calibration")
def show_calibration(request: Request, place: Reader, services: Shared) -> Response:
    """Show how right the machine was, by what people settled."""
    with services.database.reading() as session:
        report = calibration(session, place=place)
    return page(
        request, "audit/calibration.html", place=place, section="calibration", report=report, words=_words
    )


def _words(finding: Any) -> str:
    return " ".join(str(part) for part in (finding.verdict, finding.subclass, finding.mj) if part)


def _day(field: str, text: str) -> datetime | None:
    if not text.strip():
        return None
    try:
        return datetime.combine(date.fromisoformat(text.strip()), time(), JAPAN).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise InvalidError("日付は 2026-04-01 の形で入力してください。", {"field": field}) from error


def _number(field: str, text: str) -> int | None:
    if not text.strip():
        return None
    if not (text.strip().isascii() and text.strip().isdigit() and int(text) <= _LARGEST_ID):
        raise InvalidError("番号は半角の数字で入力してください。", {"field": field})
    return int(text)
