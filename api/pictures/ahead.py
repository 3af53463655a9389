"""Opening the reference set before anybody asks for it."""

from __future__ import annotations

import logging

from api.pictures.reference import warm
from api.review.reference import known_names
from api.services import Services
from engine.errors import GaijiError

_LOG = logging.getLogger("gaiji.warm")


def open_ahead(services: Services) -> None:
    """Open what the first pages and decisions would wait for; a set that is missing is told of in the log."""
    try:
        known_names(services)
        warm(services)
    except GaijiError as error:
        _LOG.warning("the reference set cannot be opened", extra={"fields": {"code": error.code}})
