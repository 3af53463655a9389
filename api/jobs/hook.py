"""Where the prototypes hear of new shapes."""

from __future__ import annotations

import importlib.util

from sqlalchemy.orm import Session

from api.jobs.write import Written
from api.services import Services


def on_new_shapes(session: Session, services: Services, municipality_id: int, written: Written) -> None:
    """Tell the prototypes which shapes are new, in the transaction that writes them."""
    if importlib.util.find_spec("api.prototypes.match") is None:
        return
