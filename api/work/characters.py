"""From a character to the MJ names that are forms of it, for looking shapes up by what they are."""

from __future__ import annotations

from collections.abc import Collection

from api.pictures.reference import reference_of
from api.services import Services
from api.work.filters import NamesOf
from engine.errors import UsageError


def names_of(services: Services) -> NamesOf:
    """Return what looks a character up in the reference set; the table is read when first needed.

    Parameters
    ----------
    services : Services
    """

    def look_up(character: str) -> Collection[str]:
        table = reference_of(services).table
        try:
            rows = table.rows_of_ucs(character[:1])
        except UsageError:
            return ()
        return [table.mj[row] for row in rows.tolist()]

    return look_up
