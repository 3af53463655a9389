"""Files: hand one in, see how far it is, call it off, ask for it again."""

from __future__ import annotations

import hashlib
import json
from collections.abc import AsyncIterator
from typing import Annotated, Any, BinaryIO

from fastapi import APIRouter, Depends, Request, Response
from sqlalchemy.orm import Session
from starlette.datastructures import FormData, UploadFile

from api.access.place import Place
from api.errors import InvalidError, UnsupportedError
from api.pages import progress
from api.services import Services
from api.store.models import Upload
from api.v1.factory import PLACE
from api.v1.factory import router as make_router
from api.v1.idempotency import Call, Calling, InProgressError, TakenError
from api.v1.models.upload import FILES, UploadBody, upload_form
from api.v1.parameters import Behind, Limit, ProjectId, Reader, Shared, Uploader, UploadId
from api.v1.problems import WRITES, problems
from api.v1.schema import Page
from api.work import projects, uploads
from api.work.upload_options import UploadOptions

router: APIRouter = make_router("ファイル", PLACE + "/projects/{project_id}/uploads")

_FORM = "multipart/form-data"
_MOST_FIELDS = 40
_STREAM = {
    "description": "進み具合が変わるたびの `data:`（JSON: state・total・done・failed・rate・seconds_left・"
    "message）。終わると `event: end`。5 分で切れるので、つなぎ直してください。",
    "content": {
        "text/event-stream": {
            "schema": {
                "type": "object",
                "title": "UploadEvent",
                "properties": {
                    "event": {"enum": ["message", "end"]},
                    "data": {"type": "string", "contentMediaType": "application/json"},
                },
                "required": ["data"],
                "examples": [
                    {"event": "message", "data": '{"state": "running", "total": 1046, "done": 512}'}
                ],
            }
        }
    },
}


async def _form(request: Request, place: Uploader) -> AsyncIterator[FormData]:
    """Read the form only once the right to upload is known; a declared form would be read before that."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != _FORM:
        raise UnsupportedError(f"ファイルは {_FORM} で送ってください。", {"content_type": _FORM})
    async with request.form(max_files=len(FILES), max_fields=_MOST_FIELDS) as form:
        yield form


@router.get("", summary="ファイルの一覧")
def list_uploads(
    place: Reader, services: Shared, project_id: ProjectId, cursor: Behind = None, limit: Limit = 50
) -> Page[UploadBody]:
    """新しい順です。"""
    with services.database.reading() as session:
        projects.find(session, place=place, project_id=project_id)
        found = uploads.of_project(
            session, place=place, project_id=project_id, limit=limit + 1, before=cursor
        )
        shown = [UploadBody.of(each) for each in found[:limit]]
    return Page(items=shown, next=str(shown[-1].id) if len(found) > limit else None)


@router.post(
    "",
    status_code=201,
    summary="ファイルを登録する",
    responses=problems(*WRITES, 415),
    openapi_extra=upload_form(),
)
def create_upload(
    place: Uploader,
    services: Shared,
    project_id: ProjectId,
    call: Calling,
    form: Annotated[FormData, Depends(_form)],
) -> UploadBody:
    """受け取るとすぐに答え、同定は裏で進みます。進み具合は、このファイルか `events` で見られます。

    `Idempotency-Key` は、ファイルの内容と読み方の指定まで同じときに、同じ要求とみなします。
    """
    file, ledger = _file(form, "file"), _file(form, "ledger")
    if file is None:
        raise InvalidError("file にファイルを付けてください。", {"field": "file"})
    words = _words(form)
    options = UploadOptions.from_form(words)
    digest = call.digest(_content(words, file, ledger))

    def receive(beside: Any) -> Upload:
        return uploads.receive(
            services,
            place=place,
            project_id=project_id,
            file=file.file,
            name=file.filename or "",
            options=options,
            size_hint=file.size,
            ledger=ledger.file if ledger else None,
            ledger_name=(ledger.filename or "") if ledger else "",
            beside=beside,
        )

    return _received(services, place, call, digest, receive, (file.file, ledger.file if ledger else None))


@router.get("/{upload_id}", summary="ファイル一つと、その進み具合")
def read_upload(place: Reader, services: Shared, project_id: ProjectId, upload_id: UploadId) -> UploadBody:
    """同定が終わるまで、ときどき（2 秒に一度ほど）見に来てください。"""
    with services.database.reading() as session:
        return UploadBody.of(uploads.find(session, place=place, upload_id=upload_id, project_id=project_id))


@router.get(
    "/{upload_id}/events",
    summary="進み具合の知らせ（server-sent events）",
    response_class=Response,
    responses=problems(429) | {200: _STREAM},
)
def watch_upload(
    request: Request, place: Reader, services: Shared, project_id: ProjectId, upload_id: UploadId
) -> Response:
    """一人が同時に開けるのは 6 本までです。"""
    return progress.events(request, place, services, project_id, upload_id)


@router.post("/{upload_id}/cancel", summary="同定を取り消す", responses=problems(*WRITES))
def cancel_upload(
    place: Uploader, services: Shared, project_id: ProjectId, upload_id: UploadId
) -> UploadBody:
    """それまでに済んだ分は残ります。"""
    with services.database.writing() as session:
        uploads.find(session, place=place, upload_id=upload_id, project_id=project_id)
        return UploadBody.of(uploads.cancel(session, place=place, upload_id=upload_id))


@router.post("/{upload_id}/retry", summary="同定をもう一度始める", responses=problems(*WRITES))
def retry_upload(place: Uploader, services: Shared, project_id: ProjectId, upload_id: UploadId) -> UploadBody:
    """失敗したか、取り消したファイルの続きをします。"""
    with services.database.reading() as session:
        uploads.find(session, place=place, upload_id=upload_id, project_id=project_id)
    return UploadBody.of(uploads.retry(services, place=place, upload_id=upload_id))


def _received(
    services: Services,
    place: Place,
    call: Call,
    digest: str,
    receive: Any,
    files: tuple[BinaryIO | None, ...],
) -> UploadBody:
    """Receive a file once: the key is taken in the transaction that notes the file down."""

    def beside(session: Session, upload: Upload) -> None:
        put_down = call.take(session, digest)
        put_down(UploadBody.of(upload))

    for _ in range(2):
        with services.database.reading() as session:
            kept = call.kept(session, digest, UploadBody)
        if kept is not None:
            return kept
        for each in files:
            if each is not None:
                each.seek(0)
        try:
            return UploadBody.of(receive(beside))
        except TakenError:  # the same file came twice at once: the other one is noted down now
            continue
    raise InProgressError("同じ要求を処理しています。少し待ってから、もう一度送ってください。")


def _file(form: FormData, name: str) -> UploadFile | None:
    given = form.getlist(name)
    if len(given) > 1 or any(not isinstance(each, UploadFile) for each in given):
        raise InvalidError(f"{name} はファイル一つにしてください。", {"field": name})
    file = given[0] if given else None
    return file if isinstance(file, UploadFile) and file.filename else None


def _words(form: FormData) -> dict[str, str]:
    """Return the fields beside the files; one that means nothing is an error."""
    words = {name: value for name, value in form.items() if isinstance(value, str)}
    for name in {*words, *form.keys()} - set(FILES):
        if name not in UploadOptions.__dataclass_fields__ or name not in words:
            raise InvalidError(f"{name[:100]} という項目はありません。", {"field": name[:100]})
    return words


def _content(words: dict[str, str], *files: UploadFile | None) -> str:
    """Return what stands for the request: the fields, names and digests of the files."""
    told = [None if each is None else [each.filename, _digest(each.file)] for each in files]
    return json.dumps([sorted(words.items()), told])


def _digest(file: BinaryIO) -> str:
    digest = hashlib.sha256()
    while chunk := file.read(2**20):
        digest.update(chunk)
    return digest.hexdigest()
