"""JSON Lines: one object a row, the contract's columns as keys, ``confidence`` a number or null."""

from __future__ import annotations

import json
from typing import BinaryIO

from engine.output.record import Record


class JsonlWriter:
    r"""Writes rows as JSON Lines (UTF-8, ``\n``).

    Parameters
    ----------
    stream : BinaryIO
    """

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream

    def write(self, record: Record) -> None:
        """Append one row."""
        self._stream.write(json.dumps(record, ensure_ascii=False, allow_nan=False).encode("utf-8") + b"\n")

    def close(self) -> None:
        """Hand everything to the operating system; the stream stays open."""
        self._stream.flush()

    def discard(self) -> None:
        """Nothing is kept aside."""
