"""Outline fonts in every packing, private-use characters first."""

from __future__ import annotations

import hostile
import numpy as np
import pytest

from engine.errors import ReadError, UsageError
from engine.glyph.model import Glyph, GlyphKind, ReadFailure
from engine.glyph.options import PRIVATE_USE, ReadOptions
from engine.glyph.outline import read_outlines
from engine.glyph.progress import Progress
from engine.glyph.read import read_glyphs


def read(data: bytes, **options):
    return list(read_outlines(data, "f", ReadOptions(**options), Progress()))


@pytest.mark.parametrize("flavor", [None, "woff", "woff2"])
def test_the_same_font_in_every_packing(flavor):
    rows = read(hostile.font_bytes(flavor))
    assert [(row.source, row.gaiji_code, row.kind) for row in rows] == [
        ("f", "U+E000", GlyphKind.OUTLINE),
        ("f", "U+E001", GlyphKind.OUTLINE),
    ]
    side = round(0.8 * 96)
    assert rows[0].ink.shape == (side, side) or rows[0].ink.shape == (side + 1, side + 1)
    assert rows[0].ink[side // 3, side // 2] == 0 or rows[0].ink.min() == 0  # the hole


def test_every_face_of_a_collection():
    rows = read(hostile.collection_bytes())
    assert [(row.source, row.gaiji_code) for row in rows] == [("f#face1", "U+E000"), ("f#face2", "U+E001")]


def test_ranges_and_all():
    font = hostile.font_bytes(codes=(0x41, 0x4E00, 0xE000, 0xF0000, 0x10FFFD))
    codes = {name: [row.gaiji_code for row in read(font, **options)] for name, options in {
        "default": {}, "kanji": {"ranges": ((0x4E00, 0x9FFF),)}, "all": {"all_glyphs": True},
    }.items()}  # fmt: skip
    assert codes["default"] == ["U+E000", "U+F0000", "U+10FFFD"]
    assert codes["kanji"] == ["U+4E00"]
    assert codes["all"] == ["U+0041", "U+4E00", "U+E000", "U+F0000", "U+10FFFD"]


def test_nothing_in_the_ranges_is_said_aloud():
    (row,) = read(hostile.font_bytes(codes=(0x4E00,)))
    assert isinstance(row, ReadFailure)
    assert row.code == "no-private-glyphs"
    assert "--all" in row.message


def test_an_empty_private_character_is_a_row_and_a_space_is_not():
    rows = read(hostile.empty_glyphs_font(40))
    assert [row.code for row in rows] == ["empty-glyph"] * 39
    font = hostile._changed(
        hostile.empty_glyphs_font(3), lambda tables: tables.update(cmap=hostile._cmap(12, 0x3000, 0x3001, 1))
    )
    assert [row.gaiji_code for row in read(font, all_glyphs=True)] == ["U+3001"]


def test_em_px_sets_the_size():
    small, large = (read(hostile.font_bytes(), em_px=px)[0].ink.shape[0] for px in (48, 192))
    assert large == pytest.approx(4 * small, abs=3)


@pytest.mark.parametrize(
    "options", [{"em_px": 8}, {"em_px": 1000}, {"ranges": ((5, 4),)}, {"ranges": ((0, 0x110000),)}]
)
def test_options_are_checked(options):
    with pytest.raises(UsageError):
        ReadOptions(**options)


def test_private_use_is_unicode_s():
    assert [(f"{first:X}", f"{last:X}") for first, last in PRIVATE_USE] == [
        ("E000", "F8FF"),
        ("F0000", "FFFFD"),
        ("100000", "10FFFD"),
    ]


@pytest.mark.parametrize("data", [b"", b"wOF2", b"wOFF" + bytes(60), b"ttcf\0\1\0\0\0\0\0\0"])
def test_damaged_containers(data):
    try:
        rows = read(data)
    except ReadError as error:
        assert error.code == "unreadable-font"
    else:
        assert [row.code for row in rows] == ["unreadable-font"]


def test_hanamin_s_own_gaiji(debian_font):
    """A real font: HanaMin A has 1,402 glyphs on private-use code points."""
    rows = list(read_glyphs([debian_font("fonts-hanazono", "HanaMinA.ttf")]))
    assert len(rows) == 1402
    assert all(isinstance(row, Glyph) for row in rows)
    assert len({row.gaiji_code for row in rows}) == 1402
    assert all(0xE000 <= int(row.gaiji_code[2:], 16) <= 0xF8FF for row in rows)


def test_the_ink_is_freetype_s(debian_font):
    from engine.glyph.raster import OutlineRasteriser

    path = debian_font("fonts-hanazono", "HanaMinA.ttf")
    face = OutlineRasteriser(path, em_px=96)
    cmap = face.cmap()
    rows = list(read_glyphs([path], ReadOptions(ranges=((0x4E00, 0x4E0F),))))
    assert len(rows) == 16
    for row in rows:
        np.testing.assert_array_equal(row.ink, face.render(cmap[int(row.gaiji_code[2:], 16)]))
