from __future__ import annotations

import freetype
import numpy as np
import pytest

from engine.demo import DOT_CHARACTERS, OUTLINE_GLYPHS, build_dots
from engine.glyph.raster import OutlineRasteriser
from engine.synth.fonts import DotFont, JisPlane
from engine.synth.gaiji_files import write_eudc

HANAMIN = ("fonts-hanazono", "HanaMinA.ttf")
JISKAN = ("xfonts-jisx0213", "jiskan16-2004-1.pcf.gz")


@pytest.fixture(scope="module")
def eudc(debian_font, tmp_path_factory):
    path = tmp_path_factory.mktemp("demo") / "EUDC.tte"
    write_eudc(debian_font(*HANAMIN), OUTLINE_GLYPHS, path)
    return path


def test_the_eudc_file_has_the_glyphs_in_order_from_e000(eudc, debian_font):
    made, original = OutlineRasteriser(eudc), OutlineRasteriser(debian_font(*HANAMIN))
    codes, glyphs = made.cmap(), original.cmap()
    assert list(codes) == list(range(0xE000, 0xE000 + len(OUTLINE_GLYPHS)))
    for code, old in zip(codes, OUTLINE_GLYPHS, strict=True):
        assert np.array_equal(made.render(codes[code]), original.render(glyphs[old]))


def test_the_eudc_file_is_small_and_has_a_name_of_its_own(eudc):
    from fontTools.ttLib import TTFont

    assert eudc.stat().st_size < 50_000
    with TTFont(eudc) as font:
        names = {record.toUnicode() for record in font["name"].names}
    assert names == {"Gaiji Demo", "Regular", "GaijiDemo"}


def test_the_dot_file_has_the_dots_of_the_font(debian_font, tmp_path):
    path = tmp_path / "dots16.bdf"
    build_dots(debian_font(*JISKAN), DOT_CHARACTERS, path)
    original = DotFont(debian_font(*JISKAN), JisPlane.X0213_PLANE_1)
    with path.open("rb") as stream:
        face = freetype.Face(stream)
        assert [code for code, glyph in face.get_chars() if glyph] == list(
            range(0xE000, 0xE000 + len(DOT_CHARACTERS))
        )
        for index, character in enumerate(DOT_CHARACTERS):
            face.load_char(chr(0xE000 + index), freetype.FT_LOAD_RENDER | freetype.FT_LOAD_TARGET_MONO)
            bitmap = face.glyph.bitmap
            rows = np.array(bitmap.buffer, np.uint8).reshape(bitmap.rows, bitmap.pitch)
            dots = np.unpackbits(rows, axis=1)[:, : bitmap.width] * np.uint8(255)
            assert np.array_equal(dots, original.body(ord(character)))


def test_the_dot_characters_are_asked_for_once_each():
    assert len(set(DOT_CHARACTERS)) == len(DOT_CHARACTERS) == 16
