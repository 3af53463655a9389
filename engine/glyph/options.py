"""What to read from a container, and how: one frozen object, passed down explicitly."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from engine.errors import UsageError
from engine.glyph.limits import Limits
from engine.glyph.page.options import SheetOptions
from engine.glyph.raw import RawLayout

CodeRange = tuple[int, int]
"""First and last code point, both included."""

PRIVATE_USE: tuple[CodeRange, ...] = ((0xE000, 0xF8FF), (0xF0000, 0xFFFFD), (0x100000, 0x10FFFD))
"""Unicode's private-use areas: where gaiji live."""

_PAGE_SECONDS = 8.0
"""Drawing or unpacking a page and finding its grid take a second or two, on a slow computer some more."""

_CELL_COST = 10
"""A cell of a page takes so much longer than a glyph of a font."""


@dataclass(frozen=True, slots=True)
class ReadOptions:
    """Options of :func:`engine.glyph.read.read_glyphs`.

    Attributes
    ----------
    limits : Limits
    ranges : tuple of (int, int)
        Code points to read from fonts that have Unicode codes, bounds included.
    all_glyphs : bool
        Read every encoded character, whatever ``ranges`` says.
    em_px : int
        Pixels per em at which outlines are drawn, 16–256.
    codes_from_names : bool or None
        Whether the names of pictures give private codes (:class:`engine.glyph.names.NamedSource`).
    raw : RawLayout or None
        Read every file as a dump of dot patterns laid out like this, whatever it looks like.
    sheet : SheetOptions or None
        Read pictures as pages of printed lists; None: one glyph each. A PDF is always a printed list.
    """

    limits: Limits = field(default_factory=Limits)
    ranges: tuple[CodeRange, ...] = PRIVATE_USE
    all_glyphs: bool = False
    em_px: int = 96
    codes_from_names: bool | None = None
    raw: RawLayout | None = None
    sheet: SheetOptions | None = None

    def __post_init__(self) -> None:
        if not 16 <= self.em_px <= 256:
            msg = f"em_px は 16 から 256 までで指定してください（指定値: {self.em_px}）。"
            raise UsageError(msg)
        for first, last in self.ranges:
            if not 0 <= first <= last <= 0x10FFFF:
                msg = f"文字コードの範囲が正しくありません: {first:X}-{last:X}。例: E000-F8FF"
                raise UsageError(msg)

    def wants(self, code: int) -> bool:
        """Whether the character ``code`` of a Unicode font is to be read."""
        return self.all_glyphs or any(first <= code <= last for first, last in self.ranges)


def for_pages(options: ReadOptions) -> ReadOptions:
    """Widen the limits of time and memory to what pages need; a page at 400 dpi has 15 million pixels.

    Parameters
    ----------
    options : ReadOptions
    """
    limits = options.limits
    return replace(
        options,
        limits=replace(
            limits,
            seconds=limits.seconds + 6 * _PAGE_SECONDS,
            stall_seconds=limits.stall_seconds + _PAGE_SECONDS,
            glyph_seconds=limits.glyph_seconds * _CELL_COST,
            memory_mb=limits.memory_mb * 2,
        ),
    )
