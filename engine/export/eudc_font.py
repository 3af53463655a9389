"""A font like the EUDC.TTE of a Windows machine, whose private codes carry outlines of the reference font.

What such a font is, as far as Microsoft tells (Windows documentation, "Character Sets and Fonts", "EUDC" and
"EUDCCodeRange"): a TrueType font with the private codes U+E000–U+F8FF and nothing else (a "separate" EUDC
font); code page 932 reaches the first 1,880 of them as F040–F9FC. The registry names it by its path, for all
fonts or for one, and Windows hides ``.tte`` files from the lists of fonts; so the family name is free, and
ours is not the original's (:mod:`engine.export.licence`). The table OS/2 declares code page 932 and the
private-use area alone, for that is all there is.

The outlines are copied point by point, as are the advance widths, the heights and the vertical origins.
IPAmj's instructions are dropped: drawn in black and white by them, its glyphs come out less like themselves
than without (:mod:`engine.export.bitmaps` has the figures). What remains is a short program that turns
dropout control on: without it a rasteriser loses the thin strokes of unhinted glyphs at small sizes.

The file depends on nothing but its contents: the same codes and the same font give the same bytes.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.errors import GaijiError, ReferenceSetError
from engine.export.licence import Origin, copyright_notice, description, licence_notice

if TYPE_CHECKING:
    from fontTools.ttLib import TTFont

    from engine.export.replacement import Replacement

DEFAULT_FAMILY = "EUDC"

_BASELINE_AND_BEARINGS = 0b0011
"""head.flags: the base line is y = 0, and every left side bearing is the glyph's xMin."""
_JAPAN_BIT = 1 << 17
"""OS/2.ulCodePageRange1: code page 932."""
_PRIVATE_USE_BIT = 1 << (60 - 32)
"""OS/2.ulUnicodeRange2: bit 60, private-use area."""
_GRIDFIT_NEVER_GREY_ALWAYS = {0xFFFF: 0b1010}
"""gasp: at every size grey and smooth in both directions, never fitted to the grid."""
_DROPOUT_CONTROL = ("PUSHW[ ]", "511", "SCANCTRL[ ]", "PUSHB[ ]", "4", "SCANTYPE[ ]")
"""prep: dropout control at every size (511), smart and with stubs (4)."""
_CHECK_PX = 128


class FontBuildError(GaijiError):
    """The font that was built does not draw what it should."""

    code = "font-build"


@dataclass(frozen=True, slots=True)
class _Source:
    """The reference font with what is asked of it again and again."""

    font: TTFont
    glyphs: Any
    ascent: int
    descent: int

    def name(self, glyph_id: int) -> str:
        return str(self.font.getGlyphName(glyph_id))


def build_eudc(
    font_path: Path, replacements: Sequence[Replacement], origin: Origin, *, family: str = DEFAULT_FAMILY
) -> bytes:
    """Build the font.

    Parameters
    ----------
    font_path : Path
        The reference font, TrueType.
    replacements : sequence of Replacement
        At least one; the codes are in the private-use area and all different.
    origin : Origin
        Of the reference font.
    family : str
        Name of the new font; checked by :func:`engine.export.licence.check_name` beforehand.

    Returns
    -------
    bytes
        A TrueType file. Codes with the same MJ share a glyph, which keeps its name in the reference font.

    Raises
    ------
    ReferenceSetError
        The reference font is damaged, or has no TrueType outlines.
    FontBuildError
        A code of the new font does not draw its MJ: a mistake of this program, which must never reach a user.
    """
    from engine.reference.font import open_font

    with open_font(font_path) as font:
        if "glyf" not in font:
            raise ReferenceSetError(
                f"{font_path} には TrueType の輪郭がありません。TrueType のフォントを使ってください。"
            )
        source = _Source(font, font.getGlyphSet(), font["hhea"].ascent, font["hhea"].descent)
        data = _assemble(source, replacements, origin, family)
    _check(font_path, data, replacements)
    return data


def _assemble(source: _Source, replacements: Sequence[Replacement], origin: Origin, family: str) -> bytes:
    from fontTools.fontBuilder import FontBuilder

    names = {each.code: source.name(each.glyph_id) for each in replacements}
    glyphs, widths = {".notdef": _outline(source, 0)}, {".notdef": _advance(source, source.name(0))}
    glyphs["space"], widths["space"] = _space(source)
    heights = {".notdef": _height(source, source.name(0))}
    heights["space"] = heights[".notdef"][0], 0
    for each in sorted(replacements, key=lambda each: each.code):
        name = names[each.code]
        if name not in glyphs:
            glyphs[name] = _outline(source, each.glyph_id)
            widths[name], heights[name] = _advance(source, name), _height(source, name)

    old, stamp = source.font["head"], source.font["head"].modified
    builder = FontBuilder(old.unitsPerEm, isTTF=True)
    builder.updateHead(
        created=stamp,
        modified=stamp,
        fontRevision=1.0,
        flags=_BASELINE_AND_BEARINGS,
        lowestRecPPEM=old.lowestRecPPEM,
    )
    builder.setupGlyphOrder(list(glyphs))
    builder.setupCharacterMap({0x20: "space", **names})
    cmap = builder.font["cmap"]
    cmap.tables = [table for table in cmap.tables if (table.platformID, table.platEncID) == (3, 1)]
    builder.setupGlyf(glyphs)
    builder.setupHorizontalMetrics(widths)
    builder.setupHorizontalHeader(ascent=source.ascent, descent=source.descent)
    builder.setupVerticalMetrics(heights)
    builder.setupVerticalHeader(**_vertical_header(source), caretSlopeRise=0, caretSlopeRun=1)
    builder.setupNameTable(_names(origin, family, names), mac=False)
    builder.setupOS2(**_os2(source, builder.font))
    builder.setupPost(
        underlinePosition=source.font["post"].underlinePosition,
        underlineThickness=source.font["post"].underlineThickness,
    )
    _set_rendering(builder.font)
    stream = io.BytesIO()
    builder.font.save(stream, reorderTables=True)
    return stream.getvalue()


def _outline(source: _Source, glyph_id: int) -> Any:
    """Copy one outline point by point, composites taken apart."""
    from fontTools.pens.filterPen import DecomposingFilterPointPen
    from fontTools.pens.ttGlyphPen import TTGlyphPointPen

    pen = TTGlyphPointPen(None)
    source.glyphs[source.name(glyph_id)].drawPoints(DecomposingFilterPointPen(pen, source.glyphs))
    return pen.glyph()


def _advance(source: _Source, name: str) -> tuple[int, int]:
    width, bearing = source.font["hmtx"][name]
    return int(width), int(bearing)


def _height(source: _Source, name: str) -> tuple[int, int]:
    """Advance height and top side bearing; where the font has none, those of a body as high as the em."""
    if "vmtx" in source.font:
        height, bearing = source.font["vmtx"][name]
        return int(height), int(bearing)
    glyph = source.font["glyf"][name]
    return source.ascent - source.descent, source.ascent - int(getattr(glyph, "yMax", source.ascent))


def _vertical_header(source: _Source) -> dict[str, int]:
    if "vhea" in source.font:
        return {"ascent": source.font["vhea"].ascent, "descent": source.font["vhea"].descent}
    return {"ascent": source.ascent, "descent": -source.descent}


def _space(source: _Source) -> tuple[Any, tuple[int, int]]:
    from fontTools.pens.ttGlyphPen import TTGlyphPointPen

    name = (source.font.getBestCmap() or {}).get(0x20)
    width = source.font["hmtx"][name][0] if name else source.font["head"].unitsPerEm // 2
    return TTGlyphPointPen(None).glyph(), (int(width), 0)


def _names(origin: Origin, family: str, names: Mapping[int, str]) -> dict[str, dict[str, str]]:
    """Return the name table in English and Japanese."""
    content = "\n".join(f"{code:04X} {name}" for code, name in sorted(names.items()))
    digest = hashlib.sha256(f"{origin.version}\n{content}".encode()).hexdigest()[:16]
    postscript = "".join(char for char in family if char.isascii() and char.isalnum()) or DEFAULT_FAMILY
    texts = {
        "copyright": copyright_notice(origin),
        "familyName": family,
        "styleName": "Regular",
        "uniqueFontIdentifier": f"{postscript} {digest}",
        "fullName": family,
        "version": "Version 1.000",
        "psName": f"{postscript}-Regular",
        "licenseInfoURL": origin.licence_url,
    }
    both = {key: {"en": text, "ja": text} for key, text in texts.items() if text}
    return both | {"description": description(origin), "licenseDescription": licence_notice()}


def _os2(source: _Source, font: TTFont) -> dict[str, Any]:
    """Return the OS/2 table: the reference font's measures, our own coverage."""
    old, glyf = source.font["OS/2"], font["glyf"]
    drawn = [glyf[name] for name in font.getGlyphOrder() if glyf[name].numberOfContours]
    kept = (
        "usWeightClass", "usWidthClass", "fsType", "sFamilyClass", "panose",
        "ySubscriptXSize", "ySubscriptYSize", "ySubscriptXOffset", "ySubscriptYOffset",
        "ySuperscriptXSize", "ySuperscriptYSize", "ySuperscriptXOffset", "ySuperscriptYOffset",
        "yStrikeoutSize", "yStrikeoutPosition", "sTypoAscender", "sTypoDescender", "sTypoLineGap",
    )  # fmt: skip
    return {name: getattr(old, name) for name in kept} | {
        "version": 3,
        "achVendID": "    ",
        "fsSelection": 1 << 6,  # regular
        "usWinAscent": max([source.ascent, *(glyph.yMax for glyph in drawn)]),
        "usWinDescent": max([-source.descent, *(-glyph.yMin for glyph in drawn)]),
        "ulUnicodeRange1": 0,
        "ulUnicodeRange2": _PRIVATE_USE_BIT,
        "ulUnicodeRange3": 0,
        "ulUnicodeRange4": 0,
        "ulCodePageRange1": _JAPAN_BIT,
        "ulCodePageRange2": 0,
        "usDefaultChar": 0,
        "usBreakChar": 0x20,
        "usMaxContext": 1,
    }


def _set_rendering(font: TTFont) -> None:
    from fontTools.ttLib import newTable
    from fontTools.ttLib.tables.ttProgram import Program

    font["gasp"] = newTable("gasp")
    font["gasp"].version = 1
    font["gasp"].gaspRange = dict(_GRIDFIT_NEVER_GREY_ALWAYS)
    font["prep"] = newTable("prep")
    font["prep"].program = Program()
    font["prep"].program.fromAssembly(list(_DROPOUT_CONTROL))
    font["maxp"].maxStackElements = 2


def _check(font_path: Path, data: bytes, replacements: Sequence[Replacement]) -> None:
    """Draw every code of the new font, and its MJ by the reference font: the pictures must be equal."""
    import numpy as np

    from engine.glyph.raster import OutlineRasteriser

    made = OutlineRasteriser(io.BytesIO(data), em_px=_CHECK_PX)
    reference = OutlineRasteriser(font_path, em_px=_CHECK_PX)
    codes = made.cmap()
    for each in replacements:
        drawn = made.render(codes.get(each.code, 0))
        if not drawn.size or not np.array_equal(drawn, reference.render(each.glyph_id)):
            raise FontBuildError(
                f"U+{each.code:04X} の字形が {each.mj} と一致しないため、書き出しをやめました。"
                "参照セットのフォントを入れ直し、それでも起きるときは知らせてください。"
            )
