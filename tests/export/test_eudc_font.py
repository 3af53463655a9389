"""The replacement font: IPAmj's outlines under private codes, as fontTools, FreeType and fontconfig see."""

import io
import shutil
import subprocess

import freetype
import numpy as np
import pytest
from fontTools.ttLib import TTFont

from engine.export import eudc_font
from engine.export.eudc_font import FontBuildError, build_eudc
from engine.export.licence import LICENCE, origin_of
from engine.export.replacement import Replacement
from engine.glyph.raster import OutlineRasteriser
from engine.reference.font import glyph_ids

MJ = {
    0xE000: "MJ026190", 0xE001: "MJ008095", 0xE00A: "MJ090010", 0xE757: "MJ006377", 0xE758: "MJ059422",
    0xF8FF: "MJ008095",
}  # fmt: skip
"""The first code, one of 変体仮名, both sides of the end of Shift_JIS's user area, the last; one MJ twice."""


@pytest.fixture(scope="module")
def origin(refset, reference_font):
    return origin_of(refset, reference_font)


@pytest.fixture(scope="module")
def replacements(refset, reference_font):
    ids = glyph_ids(refset, reference_font, list(MJ.values()))
    return [Replacement(code, mj, int(glyph)) for (code, mj), glyph in zip(MJ.items(), ids, strict=True)]


@pytest.fixture(scope="module")
def data(reference_font, replacements, origin):
    return build_eudc(reference_font, replacements, origin)


@pytest.fixture(scope="module")
def font(data):
    return TTFont(io.BytesIO(data), checkChecksums=2)  # a wrong checksum raises


def test_the_codes_are_in_one_windows_table(font):
    (cmap,) = font["cmap"].tables
    assert (cmap.platformID, cmap.platEncID, cmap.format) == (3, 1, 4)
    assert cmap.cmap == {0x20: "space"} | {code: mj.lower() for code, mj in MJ.items()}
    assert font.getGlyphOrder()[0] == ".notdef"
    assert len(font.getGlyphOrder()) == 2 + len(set(MJ.values()))


def test_every_glyph_and_its_metrics_are_those_of_the_reference_font(font, reference_font):
    with TTFont(reference_font, lazy=True) as original:
        assert font["head"].unitsPerEm == original["head"].unitsPerEm
        for mj in set(MJ.values()):
            name = mj.lower()
            ours, theirs = font["glyf"][name], original["glyf"][name]
            assert ours.coordinates == theirs.coordinates
            assert list(ours.endPtsOfContours) == list(theirs.endPtsOfContours)
            assert [flag & 1 for flag in ours.flags] == [flag & 1 for flag in theirs.flags]
            assert font["hmtx"][name] == original["hmtx"][name]
            assert font["vmtx"][name] == original["vmtx"][name]
        for table, fields in {"hhea": ("ascent", "descent"), "vhea": ("ascent", "descent")}.items():
            assert all(getattr(font[table], f) == getattr(original[table], f) for f in fields)


def test_what_the_font_says_it_covers(font):
    os2 = font["OS/2"]
    assert (os2.usFirstCharIndex, os2.usLastCharIndex) == (0x20, 0xF8FF)
    assert os2.ulCodePageRange1 == 1 << 17
    assert os2.getUnicodeRanges() == {60}
    assert os2.fsType == 0


def test_thin_strokes_are_kept_without_instructions(font):
    assert not any(tag in font for tag in ("fpgm", "cvt "))
    assert font["prep"].program.getAssembly()[-1].startswith("SCANTYPE")
    assert all(not font["glyf"][name].program.getBytecode() for name in set(map(str.lower, MJ.values())))


def test_the_names_are_the_licences(font, origin):
    names = font["name"]
    for number in (1, 2, 3, 4, 6):
        for record in (r for r in names.names if r.nameID == number):
            assert not any(name.lower() in record.toUnicode().lower() for name in origin.names)
    assert names.getDebugName(1) == "EUDC"
    assert "Information-technology Promotion Agency" in names.getDebugName(0)
    assert "Derived Program" in names.getDebugName(10)
    assert origin.download in names.getName(10, 3, 1, 0x411).toUnicode()
    assert "IPA Font License Agreement v1.0" in names.getDebugName(13)
    assert "IPAフォントライセンスv1.0" in names.getName(13, 3, 1, 0x411).toUnicode()
    assert names.getDebugName(14) == origin.licence_url
    assert LICENCE.endswith("v1.0")


def test_freetype_draws_it(data, reference_font):
    made, original = (
        OutlineRasteriser(io.BytesIO(data), em_px=64),
        OutlineRasteriser(reference_font, em_px=64),
    )
    codes = made.cmap()
    for code, mj in MJ.items():
        assert np.array_equal(made.render(codes[code]), original.render(original.glyph_id(mj.lower())))
    face = freetype.Face(io.BytesIO(data))
    assert face.family_name == b"EUDC"
    face.set_char_size(12 * 64)
    face.load_char(chr(0xE000), freetype.FT_LOAD_RENDER | freetype.FT_LOAD_TARGET_MONO)  # runs the program
    assert face.glyph.bitmap.rows > 0
    assert face.has_vertical


@pytest.mark.skipif(shutil.which("fc-scan") is None, reason="fontconfig's fc-scan is not installed")
def test_fontconfig_opens_it(data, tmp_path):
    path = tmp_path / "EUDC.TTE"
    path.write_bytes(data)
    told = subprocess.run(
        ["fc-scan", "--format", "%{family}|%{fontformat}|%{charset}", path],
        capture_output=True, check=True, text=True,
    ).stdout  # fmt: skip
    assert told == "EUDC|TrueType|20 e000-e001 e00a e757-e758 f8ff"


def test_the_same_contents_give_the_same_bytes(data, reference_font, replacements, origin):
    assert build_eudc(reference_font, replacements[::-1], origin) == data


def test_another_family_name(reference_font, replacements, origin):
    font = TTFont(io.BytesIO(build_eudc(reference_font, replacements[:1], origin, family="住基外字")))
    assert font["name"].getName(1, 3, 1, 0x411).toUnicode() == "住基外字"
    assert font["name"].getDebugName(6) == "EUDC-Regular"


def test_a_font_that_draws_something_else_is_never_handed_over(
    reference_font, replacements, origin, monkeypatch
):
    wrong = eudc_font._outline
    monkeypatch.setattr(eudc_font, "_outline", lambda source, glyph: wrong(source, replacements[1].glyph_id))
    with pytest.raises(FontBuildError, match=r"U\+E000"):
        build_eudc(reference_font, replacements[:1], origin)
