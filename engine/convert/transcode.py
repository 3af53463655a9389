"""Text into another encoding, with a note of everything that the way back would not restore.

CP932 has several codes for some characters (NEC's and IBM's copies of one another), and files hold bytes that
are no text at all. Both are noted with the place they took, so that a conversion can be undone exactly.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.convert.encoding import Encoding, Positions, Units, character_starts

REPLACEMENT = "\ufffd"
_GOOD, _COPY, _BAD = 0, 1, 2


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of the output that the way back would not restore.

    Attributes
    ----------
    start : int
        Place in the input, in bytes.
    old, new : bytes
        What stands there in the input and in the output.
    text : bool
        Whether ``old`` is text; False for bytes that are none.
    """

    start: int
    old: bytes
    new: bytes
    text: bool


def transcode(data: bytes, source: Encoding, target: Encoding) -> tuple[list[bytes], list[Piece]]:
    """Transcode text that begins and ends at characters.

    Parameters
    ----------
    data : bytes
    source : Encoding
        CP932 or one of UTF-16.
    target : Encoding
        Of Unicode.

    Returns
    -------
    parts : list of bytes
        One more than there are pieces: the output before, between and behind them.
    pieces : list of Piece
        By place.
    """
    units = source.units(data)
    find = _find_cp932 if source is Encoding.CP932 else _find_utf16
    starts, widths, kinds = find(units)
    size = source.unit_bytes
    parts: list[bytes] = []
    pieces: list[Piece] = []
    at = 0
    for start, width, kind in zip(starts.tolist(), widths.tolist(), kinds.tolist(), strict=True):
        first, last = start * size, (start + width) * size
        parts.append(data[at:first].decode(source.value).encode(target.value))
        old = data[first:last]
        text = REPLACEMENT if kind == _BAD else old.decode(source.value)
        pieces.append(Piece(first, old, text.encode(target.value), kind != _BAD))
        at = last
    end = len(units) * size
    parts.append(data[at:end].decode(source.value).encode(target.value))
    if end < len(data):  # half a code unit
        pieces.append(Piece(end, data[end:], REPLACEMENT.encode(target.value), text=False))
        parts.append(b"")
    return parts, pieces


def _find_cp932(units: Units) -> tuple[Positions, Positions, Positions]:
    """Return place, width and kind of what would not come back."""
    starts = np.flatnonzero(character_starts(units, Encoding.CP932))
    widths = np.diff(np.append(starts, len(units)))
    codes = units[starts].astype(np.int64)
    double = widths == 2
    codes[double] = (codes[double] << 8) + units[starts[double] + 1]
    kinds = _cp932_kinds()[codes].astype(np.int64)
    found = kinds != _GOOD
    return starts[found], widths[found], kinds[found]


def _find_utf16(units: Units) -> tuple[Positions, Positions, Positions]:
    high = (units & 0xFC00) == 0xD800
    low = (units & 0xFC00) == 0xDC00
    lonely = (high & ~np.append(low[1:], False)) | (low & ~np.insert(high[:-1], 0, False)[: len(low)])
    starts = np.flatnonzero(lonely)
    return starts, np.ones(len(starts), np.int64), np.full(len(starts), _BAD, np.int64)


@functools.cache
def _cp932_kinds() -> NDArray[np.uint8]:
    """Return the kind of every code of one or two bytes."""
    kinds = np.full(1 << 16, _BAD, np.uint8)
    kinds[:0x80] = _GOOD
    kinds[0xA1:0xE0] = _GOOD
    for lead in (*range(0x81, 0xA0), *range(0xE0, 0xFD)):
        for trail in range(0x40, 0xFD):
            code = bytes((lead, trail))
            try:
                text = code.decode("cp932")
            except UnicodeDecodeError:
                continue
            if len(text) == 1:
                kinds[lead << 8 | trail] = _GOOD if text.encode("cp932") == code else _COPY
    return kinds
