"""Which characters of a font to read, and what to call them.

Characters that have no shape by definition (spaces, controls, format characters) are not glyphs: where
nothing is drawn for them they are left out. Every other requested code gives a row.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

import freetype

from engine.glyph.options import ReadOptions

_SHAPELESS = frozenset({"Zs", "Zl", "Zp", "Cc", "Cf"})
_JIS_SPACE = 0x2121
_FULL_RANGE_ENCODINGS = frozenset({(3, 10), (0, 4), (0, 6)})
"""(platform, encoding) of the character maps that reach beyond the Basic Multilingual Plane."""

_VARIATION_SELECTORS = 14
"""cmap format that maps sequences, not characters."""


@dataclass(frozen=True, slots=True)
class Character:
    """One encoded character of a font.

    Attributes
    ----------
    code : int
    is_unicode : bool
        False where the font's codes are something else (JIS rows and cells, Shift JIS).
    glyph_id : int
    """

    code: int
    is_unicode: bool
    glyph_id: int

    @property
    def label(self) -> str:
        """``U+E000``, or the bare code ``0x3021``."""
        return f"U+{self.code:04X}" if self.is_unicode else f"0x{self.code:04X}"

    @property
    def is_shapeless(self) -> bool:
        """Whether nothing is expected to be drawn for it."""
        if self.is_unicode:
            return unicodedata.category(chr(self.code)) in _SHAPELESS
        return self.code <= 0x20 or self.code == _JIS_SPACE


def requested_characters(face: freetype.Face, options: ReadOptions) -> Iterator[Character]:
    """Yield what a face has and the options want, in the order of codes.

    ``options.ranges`` filter a Unicode character map. A font without one (X11 dot fonts, Shift JIS fonts) is
    read whole: the ranges have no meaning there.
    """
    charmap = _choose_charmap(face)
    if charmap is None:
        return
    face.set_charmap(charmap)
    is_unicode = charmap.encoding in (freetype.FT_ENCODING_UNICODE, freetype.FT_ENCODING_MS_SYMBOL)
    for code, glyph_id in face.get_chars():
        if glyph_id == 0 or (is_unicode and (code > 0x10FFFF or not options.wants(code))):
            continue
        yield Character(code, is_unicode, glyph_id)


def _choose_charmap(face: freetype.Face) -> freetype.Charmap | None:
    """Prefer Unicode with all planes, then Unicode, then symbol, then whatever comes first."""

    def rank(charmap: freetype.Charmap) -> int:
        if charmap.encoding == freetype.FT_ENCODING_UNICODE:
            return 0 if (charmap.platform_id, charmap.encoding_id) in _FULL_RANGE_ENCODINGS else 1
        return 2 if charmap.encoding == freetype.FT_ENCODING_MS_SYMBOL else 3

    usable = (c for c in face.charmaps if c.cmap_format != _VARIATION_SELECTORS)
    return min(usable, key=rank, default=None)


def nothing_requested_message(options: ReadOptions) -> str:
    """Japanese text for a font that has nothing in the requested ranges."""
    if options.all_glyphs:
        return "このフォントには文字コードの付いた字がありません。"
    return (
        "指定された範囲（既定は私用領域 U+E000-F8FF と 15・16 面）に字がありません。"
        "すべての字を読むには --all、一部なら文字コードの範囲を指定してください。"
    )


def too_many_message(limit: int) -> str:
    """Japanese text for a font that has more codes than may be read."""
    return f"字が多すぎるため、最初の {limit} 字だけを読みました。文字コードの範囲を分けて指定してください。"
