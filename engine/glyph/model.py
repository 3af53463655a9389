"""The one type that every input becomes.

Why this seam exists: a gaiji arrives as a bitmap, a scan, an outline or a dot pattern, and everything after
this point (describing, searching, comparing, reports, the review pages) must not care which. A reader
therefore hands over ink on paper, where it came from, and nothing else.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

Ink = NDArray[np.uint8]
"""A picture of one glyph: (H, W) uint8, axes (row, col), 0 = paper, 255 = full ink."""


MAX_INK_PX = 256
"""Longest side of a glyph's ink: more carries no information that a later stage uses."""


class GlyphKind(StrEnum):
    """What the glyph was drawn as; a hint for people and reports, never for the matching."""

    IMAGE = "image"
    OUTLINE = "outline"
    DOTS = "dots"


@dataclass(frozen=True, slots=True, eq=False)
class Glyph:
    """One glyph with its provenance.

    Attributes
    ----------
    ink : (H, W) uint8
        0 = paper, 255 = full ink; cleaned (polarity, frame, specks), small pictures with their margins; at
        most :data:`MAX_INK_PX` a side. Read-only.
    source : str
        The path as given; a member of a container as ``path#member``.
    gaiji_code : str
        Private code where the container or the file's name has one (``U+E000``), else empty.
    kind : GlyphKind
    font : str
        The font that the code belongs to, where it is known: the name of a face or of a font file. The same
        private code means another glyph in another font.
    """

    ink: Ink
    source: str
    gaiji_code: str = ""
    kind: GlyphKind = GlyphKind.IMAGE
    font: str = ""

    def __post_init__(self) -> None:
        if self.ink.ndim != 2 or self.ink.dtype != np.uint8:
            msg = f"ink: expected (H, W) uint8, got {self.ink.shape} {self.ink.dtype}"
            raise ValueError(msg)
        self.ink.flags.writeable = False


@dataclass(frozen=True, slots=True)
class ReadFailure:
    """An input, or one member of it, that could not be read; it becomes a row that says why.

    Attributes
    ----------
    source, gaiji_code, font : str
        As in :class:`Glyph`.
    code : str
        A key of :data:`engine.errors.READ_CODES`.
    message : str
        Japanese, for the person who handed the file in; says what to do.
    """

    source: str
    code: str
    message: str
    gaiji_code: str = ""
    font: str = ""
