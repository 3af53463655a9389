"""Raw dot patterns: what a host system's dump of its user-defined characters holds, one cell after the other.

Nothing in such a file says what it is, so everything is told by the caller: the size of a cell, how its dots
lie in the bytes, and how the codes run on from the first.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from engine.errors import ReadError, UsageError
from engine.glyph.codes import LAST_CODE, prefixed_unicode, sjis_to_unicode, unicode_label
from engine.glyph.limits import Limits
from engine.glyph.model import MAX_INK_PX, Glyph, GlyphKind, Ink, ReadFailure
from engine.glyph.names import split_source

MIN_SIDE_DOTS = 8
MAX_SIDE_DOTS = MAX_INK_PX

_LAST_HOST_CODE = 0xFFFF
_JIS_TRAILS = ((0xA1, 0xFE),)
_SJIS_TRAILS = ((0x40, 0x7E), (0x80, 0xFC))
_CONTAINERS = (b"PK\x03\x04", b"\x89PNG", b"GIF8", b"OTTO", b"ttcf", b"STARTFONT", b"\x01fcp")


class BitOrder(StrEnum):
    """Which bit of a byte is the leftmost dot."""

    MSB = "msb"
    LSB = "lsb"


class RowPacking(StrEnum):
    """Where a row of dots begins: at a byte, or at the bit after the row above."""

    BYTES = "byte"
    BITS = "bit"


@dataclass(frozen=True, slots=True)
class RawLayout:
    """How the dot patterns lie in a dump.

    Attributes
    ----------
    width, height : int
        Dots of a cell.
    order : BitOrder
    rows : RowPacking
    skip : int
        Bytes before the first cell.
    first_code : str
        Code of the first cell: two bytes of a host in hexadecimal (``80A1``), or ``U+E000``. Empty where the
        codes are not known; the cells are then numbered.
    trails : tuple of (int, int)
        Low bytes that a row of the host's code has, bounds included: A1–FE in JEF and KEIS (94 cells), 41–FE
        in IBM's host code (190 cells), 40–7E and 80–FC in Shift_JIS, whose codes are given as Unicode.

    Raises
    ------
    UsageError
        Values that make no sense, or do not go together.
    """

    width: int
    height: int
    order: BitOrder = BitOrder.MSB
    rows: RowPacking = RowPacking.BYTES
    skip: int = 0
    first_code: str = ""
    trails: tuple[tuple[int, int], ...] = _JIS_TRAILS

    def __post_init__(self) -> None:
        for side in (self.width, self.height):
            if not MIN_SIDE_DOTS <= side <= MAX_SIDE_DOTS:
                raise UsageError(
                    f"--raw の縦横は {MIN_SIDE_DOTS} から {MAX_SIDE_DOTS} ドットまでで指定してください"
                    f"（指定値: {self.width}x{self.height}）。例: --raw 24x24"
                )
        if self.skip < 0:
            raise UsageError(f"--raw-skip は 0 以上で指定してください（指定値: {self.skip}）。")
        if any(not 0 <= first <= last <= 0xFF for first, last in self.trails) or not self.trails:
            raise UsageError("--raw-cells は下位バイトの範囲です。例: --raw-cells A1-FE")
        next(self.codes(), None)  # refuses a first code outside its own row

    @property
    def cell_bytes(self) -> int:
        """Bytes of one cell; a packed cell too begins at a byte."""
        if self.rows is RowPacking.BITS:
            return -(-self.width * self.height // 8)
        return -(-self.width // 8) * self.height

    def codes(self) -> Iterator[str]:
        """Yield the codes of the cells, as far as the code goes; none where the first is not given."""
        if not self.first_code:
            return
        first = prefixed_unicode(self.first_code)
        if first is not None:
            yield from map(unicode_label, range(first, LAST_CODE + 1))
            return
        if not re.fullmatch(r"[0-9A-Fa-f]{4}", self.first_code):
            raise UsageError(
                f"--raw-code「{self.first_code}」は文字コードではありません。"
                "例: --raw-code 80A1、--raw-code U+E000"
            )
        start = int(self.first_code, 16)
        if not self._is_cell(start & 0xFF):
            cells = ",".join(f"{low:02X}-{high:02X}" for low, high in self.trails)
            raise UsageError(
                f"--raw-code「{self.first_code}」の下位バイトが {cells} にありません。"
                "IBM の漢字コードのように範囲が違うときは --raw-cells 41-FE のように指定してください。"
            )
        for code in range(start, _LAST_HOST_CODE + 1):
            if self._is_cell(code & 0xFF):
                from_sjis = sjis_to_unicode(code) if self.trails == _SJIS_TRAILS else None
                yield f"{code:04X}" if from_sjis is None else unicode_label(from_sjis)

    def _is_cell(self, trail: int) -> bool:
        return any(first <= trail <= last for first, last in self.trails)


def parse_size(text: str) -> tuple[int, int]:
    """Read ``24x24`` (width and height in dots).

    Parameters
    ----------
    text : str
        As typed; ``×`` and ``*`` are understood too.

    Raises
    ------
    UsageError
    """
    match = re.fullmatch(r"([0-9]{1,4})\s*[xX×*]\s*([0-9]{1,4})", text.strip())
    if match is None:
        raise UsageError(f"--raw「{text}」は大きさではありません。例: --raw 24x24（横×縦のドット数）")
    return int(match[1]), int(match[2])


def parse_trails(text: str) -> tuple[tuple[int, int], ...]:
    """Read ``A1-FE``, or several ranges with commas between them.

    Parameters
    ----------
    text : str
        As typed.

    Raises
    ------
    UsageError
    """
    ranges = [re.fullmatch(r"([0-9A-Fa-f]{2})-([0-9A-Fa-f]{2})", part.strip()) for part in text.split(",")]
    if any(match is None for match in ranges):
        raise UsageError(
            f"--raw-cells「{text}」は下位バイトの範囲ではありません。"
            "例: --raw-cells A1-FE、--raw-cells 41-FE、--raw-cells 40-7E,80-FC"
        )
    return tuple((int(match[1], 16), int(match[2], 16)) for match in ranges if match is not None)


def read_raw(data: bytes, source: str, layout: RawLayout, limits: Limits) -> Iterator[Glyph | ReadFailure]:
    """Cut a dump into its cells.

    Parameters
    ----------
    data : bytes
        The file's content.
    source : str
        For :attr:`Glyph.source`; cells without a code are called ``source#1``, ``source#2``, …. The name of
        the file without its suffix becomes :attr:`Glyph.font`.
    layout : RawLayout
    limits : Limits
        How many cells are read at most.

    Yields
    ------
    Glyph or ReadFailure
        One for each cell; an empty cell, or bytes left over at the end, are failures that say so.

    Raises
    ------
    ReadError
        ``unsupported-format`` where the file is clearly something else; ``too-small`` where not one cell
        fits.
    """
    if data.startswith(_CONTAINERS) and not layout.skip:
        raise ReadError(
            "unsupported-format",
            "画像・フォント・ZIP のファイルです。--raw はドットパターンだけを並べたファイルに使います。",
        )
    size = layout.cell_bytes
    count, rest = divmod(max(0, len(data) - layout.skip), size)
    if not count:
        raise ReadError(
            "too-small",
            f"一字分（{size} バイト）もありません。--raw の大きさと --raw-skip を確かめてください。",
        )
    codes = list(islice(layout.codes(), min(count, limits.characters)))
    cells = min(count, limits.characters, len(codes) if layout.first_code else count)
    patterns = np.frombuffer(data, np.uint8, cells * size, layout.skip).reshape(cells, size)
    font = split_source(source)[1]
    for number, pattern in enumerate(patterns):
        code = codes[number] if codes else ""
        name = source if code else f"{source}#{number + 1}"
        ink = _ink(pattern, layout)
        if ink.any():
            yield Glyph(ink, name, code, GlyphKind.DOTS, font)
        else:
            yield ReadFailure(name, "empty-glyph", "字が描かれていません。", code, font)
    if cells < count:
        yield ReadFailure(
            source, "too-many",
            f"最初の {cells} 字だけを読みました（残り {count - cells} 字）。"
            "--raw-code と --raw-cells を確かめるか、ファイルを分けてください。",
        )  # fmt: skip
    elif rest:
        yield ReadFailure(
            source, "unreadable-font",
            f"最後に {rest} バイト余りました（一字は {size} バイト）。"
            "--raw の大きさ・--raw-rows・--raw-skip が違うと、字の形も崩れます。確かめてください。",
        )  # fmt: skip


def _ink(pattern: NDArray[np.uint8], layout: RawLayout) -> Ink:
    """One cell's bytes → (height, width) uint8, 0 or 255."""
    bits = np.unpackbits(pattern, bitorder="big" if layout.order is BitOrder.MSB else "little")
    if layout.rows is RowPacking.BITS:
        dots = bits[: layout.width * layout.height].reshape(layout.height, layout.width)
    else:
        dots = bits.reshape(layout.height, -1)[:, : layout.width]
    return np.ascontiguousarray(dots) * np.uint8(255)
