"""The options of ``gaiji identify`` that say what a delivery is, as the engine wants them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from engine.intake.key import DeliveryKey
    from engine.intake.ledger import Ledger


def delivery_key(municipality: str, system: str, kind: str) -> tuple[DeliveryKey, tuple[str, ...]]:
    """Check the options on whose gaiji these are.

    Parameters
    ----------
    municipality, system, kind : str
        As typed; empty where they were not.

    Returns
    -------
    DeliveryKey, tuple of str
        The key, and Japanese sentences on what was put right.

    Raises
    ------
    UsageError
    """
    from engine.intake.key import DeliveryKey, parse_kind, parse_municipality, parse_name

    code, warning = parse_municipality(municipality)
    key = DeliveryKey(code, parse_name(system, "システム"), "", parse_kind(kind))
    return key, (warning,) if warning else ()


def open_ledger(path: Path | None) -> Ledger | None:
    """Read the ledger, where one is given.

    Raises
    ------
    GaijiError
        It cannot be read, or holds what cannot be right.
    """
    if path is None:
        return None
    from engine.intake.ledger import read_ledger

    return read_ledger(path)
