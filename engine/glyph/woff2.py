"""WOFF2 → plain TrueType/OpenType, within the limits.

fontTools unpacks the tables, but lets Brotli write as much as it likes: a few hundred kilobytes become
gigabytes. So the compressed stream is found and measured first, in small bites.
"""

from __future__ import annotations

import io
import struct

from engine.errors import ReadError
from engine.glyph.limits import Limits

_HEADER_BYTES = 48
_ARBITRARY_TAG = 0x3F
_GLYF, _LOCA = 10, 11
"""Indices of the two tables that are transformed by default, in the format's list of known tags."""

_BITE_BYTES = 4096

_UNREADABLE = "WOFF2 フォントとして読めません。ファイルが壊れていないか確かめてください。"


def unpack_woff2(data: bytes, limits: Limits) -> bytes:
    """Return the plain font.

    Parameters
    ----------
    data : bytes
        A WOFF2 file with one font.
    limits : Limits
        ``file_mb`` bounds what it unpacks to.

    Raises
    ------
    ReadError
        ``unreadable-font``, ``too-large``.
    """
    from fontTools.ttLib import woff2

    plain = io.BytesIO()
    try:
        _measure(data, limits.file_mb)
        woff2.decompress(io.BytesIO(data), plain)
    except ReadError:
        raise
    except MemoryError as error:
        raise ReadError("too-large", "展開後のフォントが大きすぎます。") from error
    except Exception as error:  # fontTools and brotli raise almost anything on damaged files
        raise ReadError("unreadable-font", f"{_UNREADABLE}（{type(error).__name__}）") from error
    return plain.getvalue()


def _measure(data: bytes, limit_mb: int) -> None:
    import brotli  # type: ignore[import-untyped]

    _, flavor, _, tables, _, announced, packed = struct.unpack(">4s4sIHHII", data[:24])
    if flavor == b"ttcf":
        raise ReadError(
            "unreadable-font", "WOFF2 のコレクションは読めません。TTC か TTF にして指定してください。"
        )
    limit = limit_mb * 1_000_000
    start = _directory_end(data, tables)
    end = min(len(data), start + packed)
    size, unpacker = 0, brotli.Decompressor()
    for offset in range(start, end, _BITE_BYTES):
        if max(size, announced) > limit:
            raise ReadError("too-large", f"展開後のフォントが大きすぎます（上限 {limit_mb} MB）。")
        size += len(unpacker.process(data[offset : min(offset + _BITE_BYTES, end)]))


def _directory_end(data: bytes, tables: int) -> int:
    """Walk the table directory, whose entries have no fixed length."""
    position = _HEADER_BYTES
    for _ in range(tables):
        flags = data[position]
        position += 1
        index, version = flags & 0x3F, flags >> 6
        position += 4 if index == _ARBITRARY_TAG else 0
        position = _skip_number(data, position)
        transformed = version != 3 if index in (_GLYF, _LOCA) else version != 0
        position = _skip_number(data, position) if transformed else position
    return position


def _skip_number(data: bytes, position: int) -> int:
    """Step over a number in base 128, of which all bytes but the last have their top bit set."""
    while data[position] & 0x80:
        position += 1
    return position + 1
