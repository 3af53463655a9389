"""Outline fonts: TrueType, OpenType, collections, WOFF, WOFF2 and EUDC (.tte) → Glyph, by character code.

Every requested character (see :mod:`engine.glyph.charmap`) gives a row: a glyph, or why there is none.
"""

from __future__ import annotations

import io
import struct
from collections.abc import Iterator
from itertools import islice

import freetype

from engine.errors import ReadError
from engine.glyph.charmap import nothing_requested_message, requested_characters, too_many_message
from engine.glyph.formats import Format, sniff
from engine.glyph.limits import Limits
from engine.glyph.model import Glyph, GlyphKind, ReadFailure
from engine.glyph.options import ReadOptions
from engine.glyph.progress import Progress
from engine.glyph.raster import OutlineRasteriser, fit_ink

_UNREADABLE = "フォントとして読めません。ファイルが壊れていないか確かめてください。"
_MAX_FACES = 64
_MAX_NAME = 100
_WOFF_HEADER_BYTES = 44


def read_outlines(
    data: bytes, source: str, options: ReadOptions, progress: Progress
) -> Iterator[Glyph | ReadFailure]:
    """Draw the requested characters of every face.

    Parameters
    ----------
    data : bytes
        The font file's content.
    source : str
        For :attr:`Glyph.source`; the faces of a collection get ``#face1``, ``#face2``, … behind it, and their
        names as :attr:`Glyph.font`.
    options : ReadOptions
        Limits, and which codes to read.
    progress : Progress
        One step a character.

    Yields
    ------
    Glyph or ReadFailure
        In the order of faces and codes.

    Raises
    ------
    ReadError
        ``unreadable-font``, ``too-large``; before the first glyph.
    """
    data = _unpack(data, options.limits)
    faces = _face_count(data)
    for index in range(faces):
        name = f"{source}#face{index + 1}" if faces > 1 else source
        yield from _read_face(data, index if faces > 1 else None, name, options, progress)
        if progress.step + 1 >= options.limits.characters:
            yield ReadFailure(source, "too-many", too_many_message(options.limits.characters))
            return


def _unpack(data: bytes, limits: Limits) -> bytes:
    """WOFF2 → plain font. FreeType unpacks WOFF itself, but the size it announces is checked here."""
    kind = sniff(data[:16], "")
    if kind is Format.WOFF2:
        from engine.glyph.woff2 import unpack_woff2

        return unpack_woff2(data, limits)
    if kind is Format.WOFF:
        if len(data) < _WOFF_HEADER_BYTES:
            raise ReadError("unreadable-font", _UNREADABLE)
        (unpacked,) = struct.unpack(">I", data[16:20])
        if unpacked > limits.file_mb * 1_000_000:
            raise ReadError("too-large", f"展開後のフォントが大きすぎます（上限 {limits.file_mb} MB）。")
    return data


def _face_count(data: bytes) -> int:
    if data[:4] != b"ttcf" or len(data) < 12:
        return 1
    (count,) = struct.unpack(">I", data[8:12])
    if not 1 <= count <= _MAX_FACES:
        raise ReadError("unreadable-font", f"フォントコレクションの書体数が不正です（{count}）。")
    return int(count)


def _read_face(
    data: bytes, index: int | None, source: str, options: ReadOptions, progress: Progress
) -> Iterator[Glyph | ReadFailure]:
    """Read one face; ``index`` is None where the file has no other."""
    try:
        face = OutlineRasteriser(io.BytesIO(data), face_index=index or 0, em_px=options.em_px)
    except (freetype.FT_Exception, ReadError) as error:
        yield ReadFailure(source, "unreadable-font", f"{_UNREADABLE}（{error}）")
        return
    font = "" if index is None else _face_name(face.face, index)
    room = options.limits.characters - (progress.step + 1)
    characters = list(islice(requested_characters(face.face, options), room))
    if not characters:
        yield ReadFailure(source, "no-private-glyphs", nothing_requested_message(options), font=font)
    for character in characters:
        if not progress.begin(source, character.label):
            continue
        try:
            ink = face.render(character.glyph_id)
        except freetype.FT_Exception as error:
            message = f"この字を描けません（{error}）。"
            yield ReadFailure(source, "unreadable-font", message, character.label, font)
        except ReadError as error:
            yield ReadFailure(source, error.code, str(error), character.label, font)
        else:
            if ink.any():
                yield Glyph(fit_ink(ink), source, character.label, GlyphKind.OUTLINE, font)
            elif not character.is_shapeless:
                yield ReadFailure(source, "empty-glyph", "字が描かれていません。", character.label, font)


def _face_name(face: freetype.Face, index: int) -> str:
    """Family and style of a face; its number where the font does not say."""
    parts = [(part or b"").decode("utf-8", "replace") for part in (face.family_name, face.style_name)]
    name = " ".join(part for part in parts if part and part != "Regular")
    printable = "".join(letter for letter in name if letter.isprintable())
    return printable[:_MAX_NAME] or f"face{index + 1}"
