"""A file in blocks that end where a record ends, so that no character, quote or field is cut in two."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

from engine.convert.encoding import Encoding
from engine.convert.errors import ConvertError

BLOCK_BYTES = 1 << 20
"""Fits the processor's cache with the arrays made of it; larger blocks are not faster."""

LONGEST_LINE_BYTES = 4 << 20
"""What is in memory at once is a few dozen times a block, where every character of it is a private code."""


def line_blocks(stream: BinaryIO, encoding: Encoding, block_bytes: int = BLOCK_BYTES) -> Iterator[bytes]:
    """Yield blocks that end after a line feed, or a carriage return in a file that has only those.

    Parameters
    ----------
    stream : BinaryIO
        Behind the byte order mark.
    encoding : Encoding
    block_bytes : int
        What is read at once; a block is longer where a line is.

    Raises
    ------
    ConvertError
        A line is longer than any line of a data file.
    """
    rest = b""
    while chunk := stream.read(block_bytes):
        data = rest + chunk
        cut = _last_line_end(data, encoding)
        if cut:
            yield data[:cut]
        rest = data[cut:]
        if len(rest) > LONGEST_LINE_BYTES:
            raise ConvertError(
                f"改行のない部分が {LONGEST_LINE_BYTES >> 20} MB を超えています。"
                "--encoding を確かめてください。改行のない固定長なら --record-length を指定してください。"
            )
    if rest:
        yield rest


def record_blocks(stream: BinaryIO, record_bytes: int, block_bytes: int = BLOCK_BYTES) -> Iterator[bytes]:
    """Yield blocks of whole records of one length; the last may be cut short.

    Parameters
    ----------
    stream : BinaryIO
    record_bytes : int
    block_bytes : int
        Rounded to records.
    """
    size = max(1, block_bytes // record_bytes) * record_bytes
    rest = b""
    while chunk := stream.read(size - len(rest)):
        rest += chunk
        if len(rest) == size:
            yield rest
            rest = b""
    if rest:
        yield rest


def _last_line_end(data: bytes, encoding: Encoding) -> int:
    if encoding.unit_bytes == 1:
        return data.rfind(b"\n") + 1 or data.rfind(b"\r", 0, len(data) - 1) + 1
    whole = len(data) // 2 * 2
    return _last_unit(data, "\n".encode(encoding.value), whole) or _last_unit(
        data, "\r".encode(encoding.value), whole - 2
    )


def _last_unit(data: bytes, unit: bytes, end: int) -> int:
    """Return the place behind the last ``unit`` before ``end`` at an even place; 0 where there is none."""
    at = data.rfind(unit, 0, max(end, 0))
    while at >= 0 and at % 2:
        at = data.rfind(unit, 0, at + 1)
    return at + 2 if at >= 0 else 0
