"""What every writer writes: the contract's row with values that every format can hold."""

from __future__ import annotations

from engine.result import COLUMNS, Identification

Record = dict[str, str | float | None]
"""Values by column name: text everywhere, a float or None in ``confidence``."""

NUMBER_COLUMN = "confidence"
"""The only column that is not text."""

CONFIDENCE_DECIMALS = 4
"""A calibrated probability is not known better than this; rounding also keeps files comparable."""


def to_record(identification: Identification) -> Record:
    r"""Return the row of one identification, ready for any writer.

    Parameters
    ----------
    identification : Identification
        The row as the engine made it.

    Returns
    -------
    Record
        In the order of :data:`engine.result.COLUMNS`.

    Notes
    -----
    A file name that is not valid in the file system's encoding reaches Python with lone surrogates, which no
    output format may hold; they are written as ``\udcXX``, so that the name stays recognisable.
    """
    row = identification.row()
    return {name: storable(row[name]) for name in COLUMNS}


def storable(value: str | float | None) -> str | float | None:
    """Return a value as every format can hold it; see the notes of :func:`to_record`."""
    if isinstance(value, str):
        return value.encode("utf-8", "backslashreplace").decode("utf-8")
    return None if value is None else round(float(value), CONFIDENCE_DECIMALS)
