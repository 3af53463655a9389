"""What can go wrong when a data file is converted."""

from __future__ import annotations

from engine.errors import GaijiError


class ConvertError(GaijiError):
    """A data file cannot be converted, or a conversion cannot be undone; the message says what to do."""

    code = "convert"
