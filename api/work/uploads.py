"""Handing in files: receive one, look at it, call its job off, ask for it again.

The row of the upload is the job (:mod:`api.jobs.lease`); telling the worker at once only saves it some
seconds of waiting.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from api.access.place import Place
from api.audit.record import record
from api.domain.rights import Action
from api.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError, UnsupportedError
from api.services import Services
from api.store.models import Project, Upload
from api.store.types import now
from api.work import storage
from api.work.upload_options import UploadOptions
from engine.errors import GaijiError
from engine.glyph.formats import DOTS, HEAD_BYTES, IMAGES, OUTLINES, Format, sniff, unsupported_message

if TYPE_CHECKING:
    from engine.intake.ledger import Ledger

READABLE = IMAGES | OUTLINES | DOTS | {Format.ZIP, Format.PDF}
UNFINISHED = ("queued", "running")
NAME_CHARACTERS = 255
CODE_CHARACTERS = 20
"""Longest code that a gaiji is filed under."""

LEDGER_BYTES = 64 * 2**20
LEDGER_SUFFIXES = (".csv", ".xlsx")
REIDENTIFY = "reidentify"
"""Value of ``options["job"]`` where no file is read, but the project's shapes are identified again."""

_UNPRINTED = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]")
_UNNAMED = "名前のないファイル"


def receive(
    services: Services,
    *,
    place: Place,
    project_id: int,
    file: BinaryIO,
    name: str,
    options: UploadOptions | None = None,
    size_hint: int | None = None,
    ledger: BinaryIO | None = None,
    ledger_name: str = "",
    beside: Callable[[Session, Upload], None] | None = None,
) -> Upload:
    """Take a file in: store it, queue its job, tell the worker.

    Parameters
    ----------
    services : Services
    place : Place
        Entered with the right to upload.
    project_id : int
        A project of the municipality.
    file : binary stream
        Read once, in pieces.
    name : str
        As the sender has it; only shown, never trusted.
    options : UploadOptions, optional
        How it is to be read.
    size_hint : int, optional
        What the sender says the size is.
    ledger : binary stream, optional
        A ledger (CSV or Excel) of what the file should hold.
    ledger_name : str
        Its name; the suffix says what it is.
    beside : callable, optional
        Called with the upload in the transaction that notes it down; what it raises undoes that.

    Returns
    -------
    Upload
        Queued, with its id; detached from any session.

    Raises
    ------
    ForbiddenError, NotFoundError, ConflictError
        No such right or project; the project is archived.
    InvalidError, UnsupportedError, TooLargeError, UnavailableError
        The file is empty, of no kind that can be read, or too large; the ledger does not fit; the disk is
        full.
    """
    if not place.may(Action.UPLOAD):
        raise ForbiddenError("この団体では、ファイルを登録できません。", {"action": Action.UPLOAD.value})
    options = options or UploadOptions()
    settings, shown = services.settings, clean_name(name)
    with services.database.reading() as session:
        project = _open_project(session, place, project_id)
    with ExitStack() as stack:
        received = stack.enter_context(
            storage.incoming(
                settings.uploads_dir,
                file,
                limit_bytes=settings.upload_bytes,
                head_bytes=HEAD_BYTES,
                size_hint=size_hint,
            )
        )
        _refuse_unreadable(received.head, shown, options)
        words = options.to_words()
        if ledger is not None:
            listed = stack.enter_context(
                storage.incoming(
                    settings.uploads_dir, ledger, limit_bytes=LEDGER_BYTES, head_bytes=HEAD_BYTES
                )
            )
            words["ledger"] = _checked_ledger(listed, ledger_name, place=place, system=project.system)
            storage.keep(settings.uploads_dir, listed)
        storage.keep(settings.uploads_dir, received)
    with services.database.writing() as session:
        _open_project(session, place, project_id, lock=True)  # it may have been archived meanwhile
        upload = Upload(
            municipality_id=place.municipality_id,
            project_id=project_id,
            user_id=place.actor.user_id,
            name=shown,
            size=received.size,
            sha256=received.sha256,
            options=words,
        )
        session.add(upload)
        session.flush()
        _note(session, "upload.received", place, upload, {"size": upload.size, "sha256": upload.sha256})
        if beside is not None:
            beside(session, upload)
    services.ring()
    return upload


def find(session: Session, *, place: Place, upload_id: int, project_id: int | None = None) -> Upload:
    """Return one upload of the municipality.

    Raises
    ------
    NotFoundError
        There is none, or it is another municipality's or project's.
    """
    query = select(Upload).where(Upload.id == upload_id, Upload.municipality_id == place.municipality_id)
    if project_id is not None:
        query = query.where(Upload.project_id == project_id)
    upload = session.scalar(query)
    if upload is None:
        raise NotFoundError("このファイルはありません。")
    return upload


def of_project(
    session: Session, *, place: Place, project_id: int, limit: int = 50, before: int | None = None
) -> Sequence[Upload]:
    """Return a project's uploads, the latest first.

    Parameters
    ----------
    session : Session
    place : Place
    project_id : int
    limit : int
        The most.
    before : int, optional
        Only those that came before this one.
    """
    query = select(Upload).where(
        Upload.municipality_id == place.municipality_id, Upload.project_id == project_id
    )
    if before is not None:
        query = query.where(Upload.id < before)
    return session.scalars(query.order_by(Upload.id.desc()).limit(limit)).all()


def cancel(session: Session, *, place: Place, upload_id: int) -> Upload:
    """Call a job off. What is identified already stays; nothing is deleted.

    Raises
    ------
    ForbiddenError, NotFoundError
    ConflictError
        It has ended already.
    """
    return _turn(session, place, upload_id, UNFINISHED, "cancelled", "upload.cancelled")


def retry(services: Services, *, place: Place, upload_id: int) -> Upload:
    """Queue a failed or cancelled job again; it goes on where it stood.

    Raises
    ------
    ForbiddenError, NotFoundError
    ConflictError
        It is still running, or is done; the project is archived.
    """
    with services.database.writing() as session:
        upload = _turn(session, place, upload_id, ("failed", "cancelled"), "queued", "upload.retried")
    services.ring()
    return upload


def reidentify(services: Services, *, place: Place, project_id: int) -> Upload:
    """Queue the identification of all shapes of a project with the engine and reference set now in use.

    A shape that is still open gets the new suggestion as its current one; for any other it is put on record
    beside the one that was decided on (:func:`api.jobs.reidentify.changed`).

    Raises
    ------
    ForbiddenError, NotFoundError
    ConflictError
        The project is archived, or is being identified again already.
    """
    if not place.may(Action.MANAGE_PROJECTS):
        raise ForbiddenError("同定のやり直しは、管理の役割の人ができます。")
    with services.database.writing() as session:
        _open_project(session, place, project_id, lock=True)
        running = session.scalars(
            select(Upload).where(Upload.project_id == project_id, Upload.state.in_(UNFINISHED))
        )
        if any(each.options.get("job") == REIDENTIFY for each in running):
            raise ConflictError("このプロジェクトの同定のやり直しは、もう始まっています。")
        upload = Upload(
            municipality_id=place.municipality_id,
            project_id=project_id,
            user_id=place.actor.user_id,
            name="同定のやり直し",
            size=0,
            sha256="",
            options={"job": REIDENTIFY},
        )
        session.add(upload)
        session.flush()
        _note(session, "project.reidentified", place, upload, {"project": project_id})
    services.ring()
    return upload


def clean_name(name: str) -> str:
    """Return a file's name without folders and without characters that are not printed.

    Parameters
    ----------
    name : str
        As sent; some browsers send the whole path.
    """
    name = re.split(r"[/\\]", _UNPRINTED.sub("", name))[-1].strip()
    if name in ("", ".", ".."):
        return _UNNAMED
    if len(name) > NAME_CHARACTERS:
        stem, dot, suffix = name.rpartition(".")
        suffix = f".{suffix}" if dot and len(suffix) <= 8 else ""
        name = (stem if suffix else name)[: NAME_CHARACTERS - len(suffix)] + suffix
    return name


def readable_ledger(path: Path, *, code: str, system: str) -> Ledger:
    """Read a ledger and keep the lines that are about this municipality's system.

    Parameters
    ----------
    path : Path
        With the suffix it came with.
    code : str
        団体コード of the municipality that was entered.
    system : str
        The project's system; lines that name another one are somebody else's.

    Raises
    ------
    InvalidError
        It cannot be read, is another municipality's, or has no line on this system.
    """
    from engine.intake.ledger import read_ledger

    try:
        ledger = read_ledger(path)
    except GaijiError as error:
        # The engine names the file; here its name is a temporary one.
        told = str(error).replace(f"（{path}）", "").replace(f": {path}", "").replace(str(path), "台帳")
        raise _bad_ledger(told) from error
    if any(line.key.municipality not in ("", code) for line in ledger.lines):
        raise _bad_ledger("ほかの団体コードの行があります。この団体の台帳を選んでください。")
    if any(len(line.code) > CODE_CHARACTERS for line in ledger.lines):
        raise _bad_ledger(f"外字コードは {CODE_CHARACTERS} 字までにしてください。")
    lines = tuple(line for line in ledger.lines if line.key.system in ("", system))
    if not lines:
        raise _bad_ledger(f"システム「{system}」の行がありません。台帳のシステムの列を確かめてください。")
    return replace(ledger, lines=lines)


def _checked_ledger(listed: storage.Incoming, name: str, *, place: Place, system: str) -> dict[str, Any]:
    """Refuse a ledger that the job could not use, while the person is still there; return what to note."""
    shown = clean_name(name)
    suffix = Path(shown).suffix.lower()
    if suffix not in LEDGER_SUFFIXES:
        raise _bad_ledger(f"{' か '.join(LEDGER_SUFFIXES)} のファイルを選んでください。")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, f"ledger{suffix}")
        path.write_bytes(listed.path.read_bytes())
        readable_ledger(path, code=place.code, system=system)
    return {"sha256": listed.sha256, "name": shown, "suffix": suffix, "size": listed.size}


def _bad_ledger(message: str) -> InvalidError:
    return InvalidError(f"台帳を使えません。{message}", {"field": "ledger"})


def _refuse_unreadable(head: bytes, name: str, options: UploadOptions) -> None:
    if options.raw:
        return  # a dump looks like anything; its own reader refuses what it clearly is not
    kind = sniff(head, name)
    if kind not in READABLE:
        raise UnsupportedError(unsupported_message(kind), {"field": "file", "format": kind.name.lower()})


def _open_project(session: Session, place: Place, project_id: int, *, lock: bool = False) -> Project:
    """Return a project that is not archived; locked, it stays so until the transaction ends."""
    query = select(Project).where(Project.id == project_id, Project.municipality_id == place.municipality_id)
    project = session.scalar(query.with_for_update() if lock else query)
    if project is None:
        raise NotFoundError("このプロジェクトはありません。")
    if project.archived_at is not None:
        raise ConflictError("このプロジェクトは終了しています。先に再開してください。")
    return project


def _turn(
    session: Session, place: Place, upload_id: int, before: Sequence[str], after: str, action: str
) -> Upload:
    """Change an upload's state from one of some to another, unless a worker is faster."""
    upload = find(session, place=place, upload_id=upload_id)
    needed = Action.MANAGE_PROJECTS if upload.options.get("job") == REIDENTIFY else Action.UPLOAD
    place.require(
        needed,
        f"「{place.role.japanese}」の役割では、この処理を操作できません。団体の管理者に相談してください。",
    )
    if after in UNFINISHED:
        _open_project(session, place, upload.project_id, lock=True)
    ended = after not in UNFINISHED
    changed = session.execute(
        update(Upload)
        .where(Upload.id == upload_id, Upload.state.in_(before))
        .values(
            state=after,
            worker="",
            lease_until=None,
            attempts=0,
            message="",
            finished_at=now() if ended else None,
        )
        .execution_options(synchronize_session=False)
    )
    session.refresh(upload)
    if changed.rowcount != 1:  # type: ignore[attr-defined]
        raise ConflictError(
            "このファイルの状態は、いま変わったところです。画面を開き直してください。",
            {"state": upload.state},
        )
    _note(session, action, place, upload, {"done": upload.done, "total": upload.total})
    return upload


def _note(session: Session, action: str, place: Place, upload: Upload, detail: dict[str, Any]) -> None:
    record(
        session,
        action,
        actor=place.actor,
        municipality_id=place.municipality_id,
        object_type="upload",
        object_id=upload.id,
        detail=detail,
    )
