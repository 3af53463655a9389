"""Cleaning up behind interrupted uploads and ended jobs."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import or_, select

from api.jobs import spool
from api.services import Services
from api.store.models import Upload
from api.store.types import now
from api.work import storage
from api.work.uploads import UNFINISHED

SPOOL_DAYS = 7
"""How long a failed or cancelled job can be taken up again without reading its file anew."""


def sweep(services: Services) -> int:
    """Delete files that nothing needs any more.

    Returns
    -------
    int
        Files and folders deleted.
    """
    settings = services.settings
    before = now() - timedelta(days=SPOOL_DAYS)
    with services.database.reading() as session:
        wanted: set[str] = set()
        for sha256, options in session.execute(select(Upload.sha256, Upload.options)):
            wanted.add(sha256)
            wanted.add((options.get("ledger") or {}).get("sha256", ""))
        resumable = set(
            session.scalars(
                select(Upload.id).where(
                    or_(
                        Upload.state.in_(UNFINISHED),
                        (Upload.state != "done") & (Upload.finished_at > before),
                    )
                )
            )
        )
    deleted = storage.sweep(settings.uploads_dir, wanted)
    jobs = spool.folder_of(settings.data_dir, 0).parent
    for folder in jobs.iterdir() if jobs.is_dir() else ():
        if not (folder.name.isdigit() and int(folder.name) in resumable):
            spool.discard(folder)
            deleted += 1
    return deleted
