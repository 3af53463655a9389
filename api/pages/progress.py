"""Pages: files being handed in, and how far each is — live by server-sent events, or by loading again."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator
from typing import Annotated, Any, cast

from fastapi import APIRouter, Depends, Path, Request
from fastapi.responses import RedirectResponse, Response, StreamingResponse
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData, UploadFile

from api.access.place import Place, enter, services_of
from api.domain.rights import Action
from api.errors import ApiError, InvalidError, NotFoundError
from api.jobs.progress import Progress, Speedometer, Streams, overall_rate, progress_of
from api.pages.templates import page
from api.security.rates import by_user
from api.services import Services
from api.store.models import Project
from api.store.types import now
from api.work import uploads
from api.work.upload_options import UploadOptions

router = APIRouter(include_in_schema=False, prefix="/m/{code}/projects/{project_id}")

_Shared = Annotated[Services, Depends(services_of)]
_Reader = Annotated[Place, Depends(enter(Action.READ))]
_Uploader = Annotated[Place, Depends(enter(Action.UPLOAD))]
_Manager = Annotated[Place, Depends(enter(Action.MANAGE_PROJECTS))]
_Id = Annotated[int, Path(ge=1, le=2**63 - 1)]

_Counted = Depends(by_user("identify"))
"""Each file sets the engine to work: a person may hand in only so many a minute."""

POLL_S = 0.7
LONGEST_S = 300.0
"""After which a stream ends; the browser opens the next, and its right to it is looked at again."""

_QUIET_S = 15.0
"""Silence after which a comment is sent, so that nothing between takes the connection for dead."""

_MOST_FILES, _MOST_FIELDS = 100, 100


async def _form(request: Request, place: _Uploader) -> AsyncIterator[FormData]:
    """Read the form only once the right to upload is known; a declared form would be read before that."""
    async with request.form(max_files=_MOST_FILES, max_fields=_MOST_FIELDS) as form:
        yield form


@router.post("/uploads", dependencies=[_Counted])
def hand_in(
    place: _Uploader, services: _Shared, project_id: _Id, form: Annotated[FormData, Depends(_form)]
) -> Response:
    """Take files in."""
    files = [each for each in form.getlist("file") if isinstance(each, UploadFile) and each.filename]
    if not files:
        raise InvalidError("ファイルを選んでください。", {"field": "file"})
    options = UploadOptions.from_form({name: value for name, value in form.items() if isinstance(value, str)})
    ledger = form.get("ledger")
    listed = ledger if isinstance(ledger, UploadFile) and ledger.filename else None
    for number, file in enumerate(files):
        if listed is not None:
            listed.file.seek(0)
        try:
            uploads.receive(
                services,
                place=place,
                project_id=project_id,
                file=file.file,
                name=file.filename or "",
                options=options,
                size_hint=file.size,
                ledger=listed.file if listed else None,
                ledger_name=(listed.filename or "") if listed else "",
            )
        except ApiError as error:
            if len(files) > 1:
                before = f"（先の {number} 個は受け取りました）" if number else ""
                error.args = (f"「{uploads.clean_name(file.filename or '')}」: {error}{before}",)
            raise
    return _to(place, project_id, "uploaded")


@router.get("/uploads/{upload_id}")
def show(request: Request, place: _Reader, services: _Shared, project_id: _Id, upload_id: _Id) -> Response:
    """Show how far one file is; to htmx only the part that changes."""
    with services.database.reading() as session:
        upload = uploads.find(session, place=place, upload_id=upload_id, project_id=project_id)
        project = session.get_one(Project, project_id)
    standing = progress_of(upload, overall_rate(upload, now()))
    part = request.headers.get("HX-Request") == "true"
    return page(
        request,
        "uploads/progress.html" if part else "uploads/one.html",
        place=place,
        section="projects",
        project=project,
        upload=upload,
        standing=standing,
    )


@router.get("/uploads/{upload_id}/events")
def events(request: Request, place: _Reader, services: _Shared, project_id: _Id, upload_id: _Id) -> Response:
    """Tell how far a file is, whenever that changes, until it is finished.

    Each message is a JSON object (``state``, ``total``, ``done``, ``failed``, ``rate``, ``seconds_left``,
    ``message``); the event ``end`` follows the last one.
    """

    def look() -> Progress | None:
        with services.database.reading() as session:
            try:
                upload = uploads.find(session, place=place, upload_id=upload_id, project_id=project_id)
            except NotFoundError:
                return None
            return progress_of(upload, speed.see(upload.done, time.monotonic()))

    speed = Speedometer()
    if look() is None:
        raise NotFoundError("このファイルはありません。")
    streams = _streams(request)
    streams.enter(place.actor.user_id)
    return _Events(_told(look), streams, place.actor.user_id)


class _Events(StreamingResponse):
    """A stream of events that counts as open until it has ended, however that comes about."""

    def __init__(self, content: AsyncIterator[str], streams: Streams, user_id: int) -> None:
        headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        super().__init__(content, media_type="text/event-stream", headers=headers)
        self._streams, self._user_id = streams, user_id

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        with self._streams.held(self._user_id):
            await super().__call__(scope, receive, send)


async def _told(look: Any) -> AsyncIterator[str]:
    until, said, said_at = time.monotonic() + LONGEST_S, None, time.monotonic()
    while time.monotonic() < until:
        standing = cast("Progress | None", await run_in_threadpool(look))
        if standing is None:
            return
        if standing != said:
            said, said_at = standing, time.monotonic()
            yield f"data: {json.dumps(standing.to_words(), ensure_ascii=False)}\n\n"
        elif time.monotonic() - said_at > _QUIET_S:
            said_at = time.monotonic()
            yield ": \n\n"
        if standing.finished:
            yield "event: end\ndata: {}\n\n"
            return
        await asyncio.sleep(POLL_S)


@router.post("/uploads/{upload_id}/cancel")
def cancel(place: _Uploader, services: _Shared, project_id: _Id, upload_id: _Id) -> Response:
    """Call the job off."""
    with services.database.writing() as session:
        uploads.find(session, place=place, upload_id=upload_id, project_id=project_id)
        uploads.cancel(session, place=place, upload_id=upload_id)
    return _to(place, project_id, "cancelled")


@router.post("/uploads/{upload_id}/retry")
def retry(place: _Uploader, services: _Shared, project_id: _Id, upload_id: _Id) -> Response:
    """Queue the job again."""
    with services.database.reading() as session:
        uploads.find(session, place=place, upload_id=upload_id, project_id=project_id)
    uploads.retry(services, place=place, upload_id=upload_id)
    return _to(place, project_id, "retried")


@router.post("/reidentify", dependencies=[_Counted])
def reidentify(place: _Manager, services: _Shared, project_id: _Id) -> Response:
    """Identify the project's shapes again."""
    uploads.reidentify(services, place=place, project_id=project_id)
    return _to(place, project_id, "reidentified")


def _to(place: Place, project_id: int, done: str) -> Response:
    return RedirectResponse(f"/m/{place.code}/projects/{project_id}?done={done}", status_code=303)


def _streams(request: Request) -> Streams:
    """Return the application's count of streams; made by the first that asks."""
    state = request.app.state
    if not hasattr(state, "streams"):
        state.streams = Streams()
    streams: Streams = state.streams
    return streams
