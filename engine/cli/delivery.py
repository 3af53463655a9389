"""The options of ``gaiji identify`` that say what a delivery is, as the engine wants them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from engine.errors import UsageError

if TYPE_CHECKING:
    from engine.glyph.raw import RawLayout
    from engine.intake.key import DeliveryKey
    from engine.intake.ledger import Ledger


def raw_layout(
    size: str | None, order: str, rows: str, skip: int, first_code: str, cells: str
) -> RawLayout | None:
    """Put the options on raw dot patterns together.

    Parameters
    ----------
    size : str or None
        ``24x24``; None where the inputs are no dumps.
    order, rows : str
        ``msb`` or ``lsb``; ``byte`` or ``bit``.
    skip : int
        Bytes before the first cell.
    first_code, cells : str
        ``80A1`` and ``A1-FE``.

    Returns
    -------
    RawLayout or None

    Raises
    ------
    UsageError
        A value that makes no sense, or any of them without ``size``.
    """
    from engine.glyph.raw import BitOrder, RawLayout, RowPacking, parse_size, parse_trails

    if size is None:
        if (order, rows, skip, first_code, cells) != ("msb", "byte", 0, "", "A1-FE"):
            raise UsageError("--raw-… の指定は --raw と一緒に使ってください。例: --raw 24x24")
        return None
    if order not in tuple(BitOrder):
        raise UsageError(f"--raw-order「{order}」は msb か lsb にしてください。")
    if rows not in tuple(RowPacking):
        raise UsageError(f"--raw-rows「{rows}」は byte か bit にしてください。")
    width, height = parse_size(size)
    return RawLayout(
        width, height, BitOrder(order), RowPacking(rows), skip, first_code.strip(), parse_trails(cells)
    )


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
