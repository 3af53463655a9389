"""Dot fonts: BDF, PCF and their gzip → Glyph, dot for dot."""

from __future__ import annotations

import io
import zlib
from collections.abc import Iterator
from itertools import islice

import freetype

from engine.errors import ReadError
from engine.glyph.charmap import nothing_requested_message, requested_characters, too_many_message
from engine.glyph.formats import DOTS, Format, sniff, unsupported_message
from engine.glyph.limits import Limits
from engine.glyph.model import Glyph, GlyphKind, ReadFailure
from engine.glyph.options import ReadOptions
from engine.glyph.progress import Progress
from engine.glyph.raster import bitmap_to_ink, fit_ink

_RATIO_COUNTS_FROM = 1_000_000
"""Bytes. Below this a high compression ratio is just an empty font."""

_UNREADABLE = "ドットフォントとして読めません。ファイルが壊れていないか確かめてください。"


def read_dots(
    data: bytes, source: str, options: ReadOptions, progress: Progress
) -> Iterator[Glyph | ReadFailure]:
    """Read the requested characters.

    X11's dot fonts carry JIS rows and cells instead of Unicode; their codes are labelled ``0x3021`` and all
    of them are read (see :mod:`engine.glyph.charmap`).

    Parameters
    ----------
    data : bytes
        The font file's content.
    source : str
        For :attr:`Glyph.source`.
    options : ReadOptions
        Limits, and which codes to read.
    progress : Progress
        One step a character.

    Raises
    ------
    ReadError
        ``unreadable-font``, ``too-large``; before the first glyph.
    """
    data = _unpack(data, options.limits)
    kind = sniff(data[:16], "")
    if kind not in DOTS or kind is Format.GZIP:
        raise ReadError("unsupported-format", unsupported_message(Format.UNKNOWN))
    try:
        face = freetype.Face(io.BytesIO(data))
        if not face.available_sizes:
            raise ReadError("unreadable-font", _UNREADABLE)
        face.select_size(0)
    except freetype.FT_Exception as error:
        raise ReadError("unreadable-font", f"{_UNREADABLE}（{error}）") from error
    characters = list(islice(requested_characters(face, options), options.limits.characters))
    if not characters:
        yield ReadFailure(source, "no-private-glyphs", nothing_requested_message(options))
    for character in characters:
        if not progress.begin(source, character.label):
            continue
        try:
            face.load_glyph(character.glyph_id, freetype.FT_LOAD_DEFAULT)
        except freetype.FT_Exception as error:
            yield ReadFailure(source, "unreadable-font", f"この字を読めません（{error}）。", character.label)
            continue
        ink = bitmap_to_ink(face.glyph.bitmap)
        if ink.any():
            yield Glyph(fit_ink(ink), source, character.label, GlyphKind.DOTS)
        elif not character.is_shapeless:
            yield ReadFailure(source, "empty-glyph", "字が描かれていません。", character.label)
    if len(characters) == options.limits.characters:
        yield ReadFailure(source, "too-many", too_many_message(options.limits.characters))


def _unpack(data: bytes, limits: Limits) -> bytes:
    """Gunzip within the limits; plain data is returned as is."""
    if sniff(data[:16], "") is not Format.GZIP:
        return data
    limit = min(limits.file_mb * 1_000_000, max(_RATIO_COUNTS_FROM, len(data) * limits.ratio))
    try:
        unpacker = zlib.decompressobj(wbits=31)
        unpacked = unpacker.decompress(data, limit + 1)
    except zlib.error as error:
        raise ReadError("unreadable-font", f"GZIP として展開できません（{error}）。") from error
    if len(unpacked) > limit:
        raise ReadError(
            "too-large",
            f"展開後のフォントが大きすぎます（上限 {limits.file_mb} MB、圧縮率 {limits.ratio} 倍）。",
        )
    if not unpacker.eof:
        raise ReadError(
            "unreadable-font", "GZIP が途中で切れています。ファイルをもう一度受け取ってください。"
        )
    return unpacked
