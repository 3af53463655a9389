"""How much one input may cost. Everything from outside is hostile until it has stayed within these."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """Ceilings on what a single input (a file, or one member of a ZIP) may ask for.

    Attributes
    ----------
    file_mb : int
        Largest font or archive. The largest font known to be in use (TW-Sung Ext-B) has 67 MB.
    image_mb : int
        Largest image file.
    image_pixels : int
        Width × height of an image, as its header declares them. Checked before decoding, which takes up to
        20 bytes a pixel (transparency, 16 bit).
    image_side_px : int
        Longest side of an image.
    page_pixels : int
        Width × height of one page of a printed list: A4 at 600 dpi, A3 at 400 dpi.
    pages : int
        Pages of one file of printed lists.
    members : int
        Members of a ZIP, or files in a folder.
    characters : int
        Characters read from one font file (a face has at most 65,535 glyphs, but any number of codes).
    archive_mb : int
        All members of a ZIP together, unpacked.
    ratio : int
        Unpacked ÷ packed size of one compressed member, applied above 1 MB unpacked.
    seconds : float
        Time to read one input. A container gets ``glyph_seconds`` more for each glyph that it has delivered,
        so a large font may take as long as it needs, but only while it makes progress.
    stall_seconds : float
        Longest silence of a container: short enough that one bad member leaves time for the others.
    glyph_seconds : float
        See ``seconds``.
    memory_mb : int
        Memory of the worker beyond its own start-up size (where the operating system can enforce it).
    crashes : int
        How often one container may kill the worker before the rest of it is given up.
    """

    file_mb: int = 200
    image_mb: int = 64
    image_pixels: int = 16_000_000
    image_side_px: int = 12_000
    page_pixels: int = 36_000_000
    pages: int = 500
    members: int = 100_000
    characters: int = 100_000
    archive_mb: int = 2_000
    ratio: int = 200
    seconds: float = 9.0
    stall_seconds: float = 4.0
    glyph_seconds: float = 0.01
    memory_mb: int = 400
    crashes: int = 3
