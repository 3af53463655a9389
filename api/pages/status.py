"""Pages: how the installation is doing, and its queue, for operators."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Request
from fastapi.responses import RedirectResponse, Response

from api.access.place import operate, services_of
from api.domain.rights import Actor
from api.errors import ConflictError
from api.ops import queue, status
from api.pages.templates import page
from api.services import Services

router = APIRouter(include_in_schema=False, prefix="/operate/status")

Operator = Annotated[Actor, Depends(operate)]
Shared = Annotated[Services, Depends(services_of)]
JobId = Annotated[int, Path(ge=1, le=2**53)]

_DONE = {"retried": "処理をやり直します。", "cancelled": "処理を取り消しました。"}


@router.get("")
def show_status(request: Request, actor: Operator, services: Shared, done: str = "") -> Response:
    """Show queue, disk, versions, the last backup."""
    return _shown(request, actor, services, done=_DONE.get(done, ""))


@router.post("/jobs/{job_id}/retry")
def retry(request: Request, job_id: JobId, actor: Operator, services: Shared) -> Response:
    """Queue a failed job again."""
    try:
        queue.retry(services, actor=actor, upload_id=job_id)
    except ConflictError as error:
        return _shown(request, actor, services, error=error)
    return RedirectResponse("/operate/status?done=retried", 303)


@router.post("/jobs/{job_id}/cancel")
def cancel(request: Request, job_id: JobId, actor: Operator, services: Shared) -> Response:
    """Call a job off."""
    try:
        queue.cancel(services, actor=actor, upload_id=job_id)
    except ConflictError as error:
        return _shown(request, actor, services, error=error)
    return RedirectResponse("/operate/status?done=cancelled", 303)


def _shown(
    request: Request, actor: Actor, services: Services, *, done: str = "", error: ConflictError | None = None
) -> Response:
    with services.database.reading() as session:
        jobs = queue.look(session)
    return page(
        request,
        "operate/status.html",
        status=error.status if error else 200,
        actor=actor,
        jobs=jobs,
        now=status.look(services),
        most_waiting=queue.MOST_WAITING,
        most_failed=queue.MOST_FAILED,
        done=done,
        error=str(error) if error else "",
    )
