"""Is it up, and does it have what it needs? Words for machines; a stranger learns nothing but up or not."""

from __future__ import annotations

import logging

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from api.jobs.heartbeat import NOTE as WORKER_NOTE
from api.ops import disk
from api.ops.notes import WORKER_SILENT_S
from api.services import Services
from api.store.migrate import versions
from api.store.models import Note
from api.store.types import now
from engine.errors import GaijiError

_LOG = logging.getLogger(__name__)


def failing(services: Services) -> list[str]:
    """Return what keeps the application from serving: ``database``, ``schema``, or nothing."""
    try:
        with services.database.reading() as session:
            session.execute(text("SELECT 1"))
        present, known = versions(services.database)
    except SQLAlchemyError:
        _LOG.warning("the database does not answer", exc_info=True)
        return ["database"]
    return [] if present == known else ["schema"]


def failing_deep(services: Services) -> list[str]:
    """Return also what keeps it from working well: ``reference``, ``disk``, ``worker``."""
    found = failing(services)
    if not has_reference(services):
        found.append("reference")
    try:
        if disk.room(services).is_low:
            found.append("disk")
    except OSError:
        found.append("disk")
    if "database" not in found and not worker_is_alive(services):
        found.append("worker")
    return found


def has_reference(services: Services) -> bool:
    """Tell whether reference set, font and a built index are there; the files are not read."""
    from engine.reference.font import find_font
    from engine.reference.refset import find_reference_set

    settings = services.engine_settings
    try:
        refset = find_reference_set(settings)
        has_font = find_font(refset, settings) is not None
    except (GaijiError, OSError):
        return False
    return has_font and any((settings.cache_dir / "index").glob(f"{refset.id}-*"))


def worker_is_alive(services: Services) -> bool:
    """Tell whether a worker has given a sign of life lately."""
    with services.database.reading() as session:
        note = session.get(Note, WORKER_NOTE)
    return note is not None and (now() - note.at).total_seconds() <= WORKER_SILENT_S
