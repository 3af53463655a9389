"""Private codes in bytes: where they are, in each of the encodings of data files.

Everything here works on whole blocks with array operations: a Python loop over characters would take minutes
for a file of a million rows. A block is seen as an array of code units, bytes for CP932 and UTF-8, two bytes
for UTF-16; positions and widths are in units.

In CP932 the second byte of a character may look like the first of another. A byte that cannot be a first byte
always ends a character, whatever comes before it. So going back from a byte to the nearest such byte, the
bytes between are first and second bytes by turns, and their number says which of the two this one is.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.convert.errors import ConvertError

Units = NDArray[np.unsignedinteger[Any]]
Positions = NDArray[np.int64]

_BMP = 0xE000
_BMP_COUNT = 0x1900
_PLANE_15 = 0xF0000
CODES = _BMP_COUNT + 0x20000
"""Private codes of Unicode: U+E000–F8FF and planes 15 and 16."""

_STEPS = 24
"""A run of bytes that can be first bytes is longer than this only where a file is no text."""

_SAMPLE_BYTES = 1 << 20


class Encoding(StrEnum):
    """Encodings of data files; the values are Python's names."""

    CP932 = "cp932"
    UTF8 = "utf-8"
    UTF16LE = "utf-16-le"
    UTF16BE = "utf-16-be"

    @property
    def unit_bytes(self) -> int:
        """Bytes of a code unit."""
        return 2 if self in (Encoding.UTF16LE, Encoding.UTF16BE) else 1

    @property
    def bom(self) -> bytes:
        """The byte order mark; empty for CP932."""
        return b"" if self is Encoding.CP932 else "\ufeff".encode(self.value)

    def units(self, block: bytes) -> Units:
        """Return a block as its code units; half a unit at the end is left out."""
        if self.unit_bytes == 1:
            return np.frombuffer(block, np.uint8)
        kind = np.dtype("<u2" if self is Encoding.UTF16LE else ">u2")
        return np.frombuffer(block, kind, count=len(block) // 2)


@dataclass(frozen=True, slots=True)
class Found:
    """Private codes of one block.

    Attributes
    ----------
    starts, widths : (N,) int64
        In code units, ascending.
    codes : (N,) int64
        Indices of code points: see :func:`code_index`.
    """

    starts: Positions
    widths: Positions
    codes: Positions


def code_index(code: int) -> int | None:
    """Return the number of a private code point, 0 ≤ n < :data:`CODES`; None for any other code point."""
    if _BMP <= code < _BMP + _BMP_COUNT:
        return code - _BMP
    return code - _PLANE_15 + _BMP_COUNT if _PLANE_15 <= code <= 0x10FFFF else None


def code_of_index(index: int) -> int:
    """Undo :func:`code_index`."""
    return index + _BMP if index < _BMP_COUNT else index - _BMP_COUNT + _PLANE_15


def find_private(
    units: Units, encoding: Encoding, floors: Callable[[Positions], Positions | None] | None = None
) -> Found:
    """Find every private code of a block that begins and ends at a character.

    Parameters
    ----------
    units : (N,) uint8 or uint16
    encoding : Encoding
    floors : callable, optional
        For positions, the nearest place at or before each where a character is known to begin, as fields of
        fixed width begin: in CP932 nothing before it counts.
    """
    if encoding is Encoding.CP932:
        return _find_cp932(units, floors)
    return _find_utf8(units) if encoding is Encoding.UTF8 else _find_utf16(units)


def character_starts(units: Units, encoding: Encoding) -> NDArray[np.bool_]:
    """Return where characters begin, (N,) bool; bytes that are no text count as a character each."""
    if encoding is Encoding.UTF8:
        return np.asarray((units & 0xC0) != 0x80)
    if encoding is not Encoding.CP932:
        return np.asarray((units & 0xFC00) != 0xDC00)
    places = np.arange(len(units), dtype=np.int32)
    last = np.maximum.accumulate(np.where(_LEAD[units], np.int32(-1), places))
    before = np.concatenate((np.full(min(1, len(units)), -1, np.int32), last[:-1]))
    second = ((places - before) & 1 == 0) & _TRAIL[units]
    return np.asarray(~second)


def choose_encoding(head: bytes) -> Encoding:
    """Tell the encoding of a file by its beginning.

    Parameters
    ----------
    head : bytes
        The first megabyte, or the whole file.

    Raises
    ------
    ConvertError
        More than one is possible, or none: the user must say which.
    """
    for encoding in (Encoding.UTF8, Encoding.UTF16LE, Encoding.UTF16BE):
        if head.startswith(encoding.bom):
            return encoding
    possible = [encoding for encoding in (Encoding.UTF8, Encoding.CP932) if _decodes(head, encoding)]
    if len(possible) == 1:
        return possible[0]
    raise ConvertError(
        "文字コードを判断できません。"
        "--encoding で cp932・utf-8・utf-16-le・utf-16-be のどれかを指定してください。"
    )


def sample_bytes() -> int:
    """Bytes that :func:`choose_encoding` wants to see."""
    return _SAMPLE_BYTES


def _decodes(head: bytes, encoding: Encoding) -> bool:
    try:
        head.decode(encoding.value)
    except UnicodeDecodeError as error:
        return len(head) >= _SAMPLE_BYTES and error.start >= len(head) - 4
    return True


def _table(*ranges: tuple[int, int]) -> NDArray[np.bool_]:
    table = np.zeros(256, np.bool_)
    for first, last in ranges:
        table[first : last + 1] = True
    return table


_LEAD = _table((0x81, 0x9F), (0xE0, 0xFC))
_TRAIL = _table((0x40, 0x7E), (0x80, 0xFC))


def _find_cp932(units: Units, floors: Callable[[Positions], Positions | None] | None) -> Found:
    starts = np.flatnonzero((units - np.uint8(0xF0)) < 10)
    starts = starts[starts < len(units) - 1]
    starts = starts[_TRAIL[units[starts + 1]]]
    run = _run_before(units, starts)
    begins = floors(starts) if floors is not None else None
    if begins is not None:
        run = np.minimum(run, starts - begins)
    starts = starts[run % 2 == 0]
    trails = units[starts + 1].astype(np.int64)
    codes = (units[starts].astype(np.int64) - 0xF0) * 188 + trails - np.where(trails < 0x7F, 0x40, 0x41)
    return Found(starts, np.full(len(starts), 2, np.int64), codes)


def _run_before(units: Units, places: Positions) -> Positions:
    """Return how many bytes in a row directly before each place can be first bytes."""
    run = np.zeros(len(places), np.int64)
    active = np.arange(len(places))
    for step in range(1, _STEPS + 1):
        at = places[active] - step
        inside = at >= 0
        active = active[inside][_LEAD[units[at[inside]]]]
        if not len(active):
            return run
        run[active] = step
    ends = np.flatnonzero(~_LEAD[units])  # no text: look all of them up at once
    before = np.searchsorted(ends, places[active])
    nearest = np.concatenate((np.array([-1], np.int64), ends))[before]
    run[active] = places[active] - nearest - 1
    return run


def _find_utf8(units: Units) -> Found:
    starts = np.flatnonzero((units - np.uint8(0xEE)) < 7)
    if not len(starts):
        return Found(starts, starts, starts)
    after = np.zeros((3, len(starts)), np.int64)
    for number in range(3):
        at = starts + number + 1
        inside = at < len(units)
        after[number, inside] = units[at[inside]]
    lead = units[starts].astype(np.int64)
    second, third, fourth = after
    goes_on = (after & 0xC0) == 0x80
    three = goes_on[0] & goes_on[1] & ((lead == 0xEE) | ((lead == 0xEF) & (second <= 0xA3)))
    four = goes_on.all(0) & (((lead == 0xF3) & (second >= 0xB0)) | ((lead == 0xF4) & (second <= 0x8F)))
    of_three = ((lead & 0x0F) << 12) + ((second & 0x3F) << 6) + (third & 0x3F) - _BMP
    of_four = ((lead & 0x07) << 18) + ((second & 0x3F) << 12) + ((third & 0x3F) << 6) + (fourth & 0x3F)
    codes = np.where(three, of_three, of_four - _PLANE_15 + _BMP_COUNT)
    either = three | four
    return Found(starts[either], np.where(three, 3, 4)[either], codes[either])


def _find_utf16(units: Units) -> Found:
    one = np.flatnonzero((units.astype(np.uint16) - np.uint16(_BMP)) < _BMP_COUNT)
    high = np.flatnonzero((units[:-1] & 0xFF80) == 0xDB80)
    high = high[(units[high + 1] & 0xFC00) == 0xDC00]
    pairs = ((units[high].astype(np.int64) & 0x3FF) << 10) + (units[high + 1].astype(np.int64) & 0x3FF)
    starts = np.concatenate((one, high))
    widths = np.repeat(np.array([1, 2], np.int64), (len(one), len(high)))
    codes = np.concatenate((units[one].astype(np.int64) - _BMP, pairs + 0x10000 - _PLANE_15 + _BMP_COUNT))
    order = np.argsort(starts, kind="stable")
    return Found(starts[order], widths[order], codes[order])
