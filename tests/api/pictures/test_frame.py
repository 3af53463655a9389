"""How glyphs stand in their pictures."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from api.errors import InvalidError
from api.pictures.frame import (
    Frame,
    black_on_white,
    checked_size,
    framed,
    glyph_of,
    ink_of,
    ink_of_page,
    normal_square,
    red_and_blue,
)
from engine.describe.normalise import normalise
from engine.glyph.model import Glyph, GlyphKind
from tests.api.review.material import bars, png_of

DOTS = np.kron(np.array([[1, 0, 1], [0, 1, 0], [1, 1, 1]], np.uint8), np.ones((5, 5), np.uint8)) * np.uint8(
    255
)


def test_stored_ink_comes_back_as_it_was():
    ink = bars(5)
    assert np.array_equal(ink_of(png_of(ink)), ink)
    assert glyph_of(png_of(ink), "dots").kind is GlyphKind.DOTS


def test_only_a_png_is_opened():
    with pytest.raises(ValueError, match="PNG"):
        ink_of(b"GIF89a")


@pytest.mark.parametrize("frame", Frame)
@pytest.mark.parametrize("size", [96, 256])
def test_dots_stay_square_and_of_even_width(frame, size):
    picture = framed(Glyph(DOTS, "x", kind=GlyphKind.DOTS), size, frame)
    assert picture.shape == (size, size)
    inside = picture[picture.any(axis=1)][:, picture.any(axis=0)]
    grey = ((inside > 20) & (inside < 235)).mean()
    assert grey < 0.06  # only where a dot's edge falls between two pixels
    row = inside[inside.shape[0] // 12] > 127  # through the first row of dots: ink, paper, ink
    ends = np.flatnonzero(np.diff(row.astype(int)))
    assert len(ends) == 2
    widths = np.diff([-1, *ends.tolist(), len(row) - 1])
    assert widths.max() - widths.min() <= 1


def test_the_normal_frame_is_the_comparison_s_enlarged():
    ink = bars(11)
    small = normalise(ink)
    large = normal_square(ink, 256)
    back = np.asarray(Image.fromarray(large).resize((64, 64), Image.Resampling.BOX))
    assert np.abs(back.astype(int) - small.astype(int)).mean() < 12


def test_a_picture_is_black_on_white_and_comes_back():
    ink = normalise(bars(3))
    stored = black_on_white(ink)
    with Image.open(io.BytesIO(stored)) as image:
        assert image.convert("L").getpixel((0, 0)) == 255
    assert np.abs(ink_of_page(stored).astype(int) - ink).max() <= 8


def test_red_and_blue_tell_who_has_the_ink():
    mine, theirs = np.zeros((32, 32), np.uint8), np.zeros((32, 32), np.uint8)
    mine[:16] = 255
    theirs[8:] = 255
    with Image.open(io.BytesIO(red_and_blue(mine, theirs))) as image:
        picture = image.convert("RGB")
    assert picture.getpixel((0, 0)) == (213, 94, 0)
    assert picture.getpixel((0, 31)) == (0, 84, 160)
    assert picture.getpixel((0, 12)) == (176, 176, 176)


def test_sizes_are_few():
    assert checked_size(256) == 256
    with pytest.raises(InvalidError):
        checked_size(257)
