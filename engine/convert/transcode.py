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
_ODD = "\x80\xa0\uf8f1\uf8f2\uf8f3"
"""What Python's codec makes of the bytes 80, A0 and FD–FF, which are no characters of CP932."""


@dataclass(frozen=True, slots=True)
class Special:
    """What the way back from another encoding would not restore.

    Attributes
    ----------
    starts, widths : (N,) int64
        In code units, ascending.
    text : (N,) bool
        Whether it is text; else bytes that are none, for which :data:`REPLACEMENT` stands.
    """

    starts: Positions
    widths: Positions
    text: NDArray[np.bool_]


def plain_text(data: bytes, encoding: Encoding) -> str | None:
    """Return a block as text; None where something in it would not come back, or may not."""
    try:
        text = data.decode(encoding.value)
    except UnicodeDecodeError:
        return None
    if encoding is Encoding.CP932 and (
        any(odd in text for odd in _ODD) or text.encode("cp932", "replace") != data
    ):
        return None
    return text


def find_special(units: Units, encoding: Encoding) -> Special:
    """Find what would not come back in a block that begins and ends at characters.

    Parameters
    ----------
    units : (N,) uint8 or uint16
    encoding : Encoding
        CP932 or one of UTF-16.
    """
    find = _find_cp932 if encoding is Encoding.CP932 else _find_utf16
    starts, widths, kinds = find(units)
    return Special(starts, widths, kinds == _COPY)


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
