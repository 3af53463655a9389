"""Pictures of one size."""

from __future__ import annotations

import io

import numpy as np
from PIL import Image

from engine.glyph.model import Glyph, GlyphKind
from engine.report.tiles import LEVELS, in_levels, is_dotted, large_tile, png, tile


def test_dots_stay_square_and_of_even_width():
    ink = np.zeros((16, 16), np.uint8)
    ink[::2, ::2] = 255
    ink[15] = ink[:, 15] = 255
    picture = tile(ink, 120, margin_px=4, dots=True)
    runs = np.diff(np.flatnonzero(np.diff(np.concatenate([[0], picture[6] > 127, [0]]))))
    assert set(runs.tolist()) == {7, 14}  # the last two dots touch


def test_an_even_glyph_fills_the_square_but_for_its_margin():
    picture = tile(np.full((50, 25), 255, np.uint8), 100, margin_px=10)
    assert np.flatnonzero(picture.any(1)).tolist() == list(range(10, 90))
    assert np.flatnonzero(picture.any(0)).tolist() == list(range(30, 70))
    assert not tile(np.zeros((9, 9), np.uint8), 100, margin_px=10).any()


def test_levels_keep_black_and_white_and_come_back_from_the_file():
    ramp = np.arange(256, dtype=np.uint8).reshape(16, 16)
    levels = in_levels(ramp)
    assert (levels.flat[0], levels.flat[255], len(np.unique(levels))) == (0, 255, LEVELS)
    assert np.abs(levels.astype(int) - ramp).max() <= 8
    with Image.open(io.BytesIO(png(ramp))) as image:
        assert np.array_equal(255 - np.asarray(image.convert("L")), levels)
    assert png(ramp) == png(ramp.copy())


def test_an_enlarged_edge_is_an_edge():
    small = np.zeros((64, 64), np.uint8)
    small[20:44, 8:56] = 255
    small[8:56, 28:36] = 255
    picture = large_tile(small, 960, margin_px=0)
    assert ((picture > 30) & (picture < 225)).mean() < 0.03
    assert large_tile(picture, 96, margin_px=0).shape == (96, 96)


def test_what_is_shown_dot_by_dot():
    small, large = np.full((16, 16), 255, np.uint8), np.full((96, 96), 255, np.uint8)
    assert is_dotted(Glyph(small.copy(), "a"))
    assert is_dotted(Glyph(large.copy(), "a", kind=GlyphKind.DOTS))
    assert not is_dotted(Glyph(small.copy(), "a", kind=GlyphKind.OUTLINE))
    assert not is_dotted(Glyph(large.copy(), "a"))
