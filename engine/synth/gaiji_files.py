"""Files of gaiji as systems hand them out, made from the glyphs of a font: an EUDC.TTE, a BDF."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np

from engine.glyph.model import Ink

FIRST_PRIVATE_CODE = 0xE000


def write_eudc(font: Path, codes: Sequence[int], target: Path) -> None:
    """Write a TrueType file in the manner of EUDC.TTE.

    Parameters
    ----------
    font : Path
        A TrueType font with the glyphs.
    codes : sequence of int
        Their code points there; in the new file they become U+E000, U+E001, … in this order.
    target : Path
        The file to write; replaced where it exists.
    """
    from fontTools.subset import Options, Subsetter
    from fontTools.ttLib import TTFont

    with TTFont(font, lazy=True) as source:
        names = [source.getBestCmap()[code] for code in codes]
        options = Options(layout_features=[], name_IDs=[], hinting=False, notdef_outline=True)
        options.drop_tables += ["FFTM", "GDEF", "GPOS", "GSUB", "vhea", "vmtx", "VORG"]
        subsetter = Subsetter(options)
        subsetter.populate(unicodes=codes)
        subsetter.subset(source)
        cmap = source["cmap"]
        cmap.tables = [table for table in cmap.tables if table.format == 4][:1]
        cmap.tables[0].cmap = {FIRST_PRIVATE_CODE + index: name for index, name in enumerate(names)}
        # The licence of HanaMin allows the change; its reserved names must not be kept.
        for name_id, text in ((1, "Gaiji Demo"), (2, "Regular"), (4, "Gaiji Demo"), (6, "GaijiDemo")):
            source["name"].setName(text, name_id, 3, 1, 0x409)
        source.save(target)


def write_bdf(glyphs: Iterable[tuple[int, Ink]], size_px: int, target: Path) -> None:
    """Write a BDF file.

    Parameters
    ----------
    glyphs : iterable of (int, (H, W) uint8)
        Code point and dots, any ink but 0 is a dot.
    size_px : int
        Dots a side that the file announces; no glyph is larger.
    target : Path
        The file to write; replaced where it exists.
    """
    drawn = list(glyphs)
    lines = [
        "STARTFONT 2.1",
        f"FONT -Gaiji-Demo-Medium-R-Normal--{size_px}-{size_px * 10}-75-75-C-{size_px * 10}-ISO10646-1",
        f"SIZE {size_px} 75 75",
        f"FONTBOUNDINGBOX {size_px} {size_px} 0 0",
        "STARTPROPERTIES 4",
        f"FONT_ASCENT {size_px}",
        "FONT_DESCENT 0",
        'CHARSET_REGISTRY "ISO10646"',
        'CHARSET_ENCODING "1"',
        "ENDPROPERTIES",
        f"CHARS {len(drawn)}",
    ]
    for code, ink in drawn:
        height, width = ink.shape
        lines += [
            f"STARTCHAR uni{code:04X}",
            f"ENCODING {code}",
            f"SWIDTH 1000 0\nDWIDTH {width} 0\nBBX {width} {height} 0 0\nBITMAP",
            *(row.tobytes().hex().upper() for row in np.packbits(ink > 0, axis=1)),
            "ENDCHAR",
        ]
    target.write_text("\n".join([*lines, "ENDFONT", ""]), encoding="ascii")
