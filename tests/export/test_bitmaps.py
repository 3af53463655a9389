"""Bitmaps for the Windows editor: one bit a dot, in the body, no stroke lost, named by their codes."""

import io
import zipfile

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from engine.export.bitmaps import DotRasteriser, bitmap_name, bmp, draw_bitmaps, write_zip
from engine.export.replacement import Replacement
from engine.glyph.names import code_from_name
from engine.glyph.raster import OutlineRasteriser

DENSE = ("mj026190", "mj030000", "mj059000", "mj010041", "mj006377", "mj000022")


def parts(ink: np.ndarray) -> int:
    """Connected pieces of ink."""
    return cv2.connectedComponents((ink > 0).astype(np.uint8), connectivity=8)[0] - 1


@pytest.mark.parametrize("size", [16, 64, 256])
def test_dots_are_where_the_outline_has_ink_in_the_body(reference_font, size):
    dots, outline = DotRasteriser(reference_font, size), OutlineRasteriser(reference_font, em_px=2048)
    for name in DENSE:
        glyph = outline.glyph_id(name)
        exact = outline.render(glyph)
        slot = outline.face.glyph
        body = np.zeros((2048, 2048), np.uint8)
        top, left = outline.face.ascender - slot.bitmap_top, slot.bitmap_left
        body[top : top + exact.shape[0], left : left + exact.shape[1]] = exact
        step = 2048 // size
        covered = body.reshape(size, step, size, step).mean(axis=(1, 3)) / 255
        drawn = dots.draw(glyph)
        assert drawn.shape == (size, size)
        assert set(np.unique(drawn)) == {0, 255}
        assert (drawn[covered == 1] == 255).all()
        near = cv2.dilate((covered > 0).astype(np.uint8), np.ones((3, 3), np.uint8))  # a stroke between dots
        assert (drawn[near == 0] == 0).all()


@pytest.mark.parametrize("name", DENSE)
def test_no_stroke_breaks_at_64_dots(reference_font, name):
    dots, outline = DotRasteriser(reference_font, 64), OutlineRasteriser(reference_font, em_px=1024)
    glyph = outline.glyph_id(name)
    assert parts(dots.draw(glyph)) <= parts(outline.render(glyph))


def test_a_thin_line_between_two_rows_of_dots_is_drawn(tiny_font):
    # The bars of the tiny font are 0.06 em wide: less than half a dot at 8 dots per em.
    dots = DotRasteriser(tiny_font, 8)
    for glyph in dots.cmap().values():
        drawn = dots.draw(glyph)
        assert drawn.any(axis=0).sum() >= 6  # the horizontal bar of 0.8 em


def test_ink_outside_the_body_is_moved_in(reference_font):
    dots = DotRasteriser(reference_font, 16)
    assert all(dots.draw(glyph).shape == (16, 16) for glyph in range(0, 60_000, 997))


def test_a_bitmap_has_one_bit_a_dot_and_black_ink(reference_font):
    dots = DotRasteriser(reference_font, 64).draw(20_000)
    data = bmp(dots)
    assert data[:2] == b"BM"
    assert len(data) == 62 + 64 * 8
    with Image.open(io.BytesIO(data)) as image:
        assert (image.mode, image.size) == ("1", (64, 64))
        assert np.array_equal(np.asarray(image), dots == 0)


@given(st.integers(0xE000, 0xF8FF))
def test_the_name_reads_back_as_the_code(code):
    assert code_from_name(bitmap_name(code).removesuffix(".bmp")) == f"U+{code:04X}"


def test_names():
    assert [bitmap_name(code) for code in (0xE000, 0xF03F, 0xF040)] == ["E000.bmp", "F03F.bmp", "U+F040.bmp"]


def test_a_zip_of_all_is_the_same_each_time(reference_font):
    rows = [Replacement(0xE001, "MJ000002", 20_001), Replacement(0xE000, "MJ000001", 20_000)]
    archives = []
    for _ in range(2):
        stream = io.BytesIO()
        write_zip(stream, draw_bitmaps(reference_font, rows, 32))
        archives.append(stream.getvalue())
    assert archives[0] == archives[1]
    with zipfile.ZipFile(io.BytesIO(archives[0])) as archive:
        assert archive.namelist() == ["E000.bmp", "E001.bmp"]
        assert archive.read("E000.bmp") == bmp(DotRasteriser(reference_font, 32).draw(20_000))
