"""The exception report: which private codes are left, where, and why. Never the text of a field."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import BinaryIO

from engine.output.csv_text import quoted

COLUMNS: tuple[str, ...] = ("row", "column", "code", "bytes", "reason")

NOT_IN_MAP = "変換表にない"
NO_ROOM = "固定長の項目に入らない"
NO_FIELD = "項目の外、または項目の境にまたがる"
NO_TEXT = "文字として正しくないバイト（U+FFFD に置き換えた）"


class ExceptionReport:
    """Writes exceptions as CSV (UTF-8 with byte order mark, CRLF) and counts them.

    Parameters
    ----------
    stream : BinaryIO
    """

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self.reasons: Counter[str] = Counter()
        stream.write(b"\xef\xbb\xbf" + ",".join(COLUMNS).encode("ascii") + b"\r\n")

    def write(self, entries: Iterable[tuple[int, str, int | None, bytes, str]]) -> None:
        """Append exceptions.

        Parameters
        ----------
        entries : iterable of tuple
            Record (1 first), column, code point (None: no text), the bytes of the code, reason.
        """
        lines = []
        for row, column, code, stored, reason in entries:
            self.reasons[reason] += 1
            spelled = "" if code is None else f"U+{code:04X}"
            lines.append(f"{row},{quoted(column)},{spelled},{stored.hex().upper()},{quoted(reason)}\r\n")
        self._stream.write("".join(lines).encode("utf-8", "backslashreplace"))
