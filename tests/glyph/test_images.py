"""Every picture format and mode gives the same ink."""

from __future__ import annotations

import io

import hostile
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst
from PIL import Image

from engine.errors import READ_CODES, ReadError
from engine.glyph.model import GlyphKind
from engine.glyph.read import Limits, read_glyphs, read_image_bytes

EXPECTED = 255 - np.asarray(hostile.picture())


def saved(picture: Image.Image, kind: str, **options) -> bytes:
    stream = io.BytesIO()
    picture.save(stream, kind, **options)
    return stream.getvalue()


def read(data: bytes) -> np.ndarray:
    return read_image_bytes(data, "x").ink


LOSSLESS = [
    *[("PNG", mode) for mode in ("1", "L", "LA", "P", "RGB", "RGBA", "I;16")],
    *[("BMP", mode) for mode in ("1", "L", "P", "RGB")],
    *[("TIFF", mode) for mode in ("1", "L", "P", "RGB", "RGBA", "CMYK", "I;16", "F")],
    *[("GIF", mode) for mode in ("1", "L", "P")],
    *[("PPM", mode) for mode in ("1", "L", "RGB")],
]


@pytest.mark.parametrize(("kind", "mode"), LOSSLESS)
def test_lossless_formats(kind, mode):
    picture = hostile.picture()
    if mode == "I;16":
        picture = Image.fromarray(np.asarray(picture).astype(np.uint16) * 257)
    else:
        picture = picture.convert(mode)
    np.testing.assert_allclose(read(saved(picture, kind)), EXPECTED, atol=2)


def test_jpeg_is_close():
    np.testing.assert_allclose(read(saved(hostile.picture(), "JPEG", quality=90)), EXPECTED, atol=40)


def test_provenance():
    glyph = read_image_bytes(hostile.image_bytes("PNG"), "a/b.png")
    assert (glyph.source, glyph.gaiji_code, glyph.kind) == ("a/b.png", "", GlyphKind.IMAGE)
    assert not glyph.ink.flags.writeable


@pytest.mark.parametrize("tone", [0, 90, 255])
def test_a_glyph_in_the_alpha_channel(tone):
    ink = EXPECTED
    colour = np.full_like(ink, tone)
    rgba = np.dstack([colour, colour, colour, ink])
    np.testing.assert_allclose(read(saved(Image.fromarray(rgba), "PNG")), EXPECTED, atol=2)


def test_a_transparent_palette_colour_is_paper():
    picture = Image.fromarray(np.where(EXPECTED > 127, 1, 0).astype(np.uint8)).convert("P")
    picture.putpalette([0, 0, 0, 0, 0, 0])  # black on transparent black
    np.testing.assert_array_equal(read(saved(picture, "PNG", transparency=0)), EXPECTED)


def test_red_on_green_of_the_same_brightness():
    red, green = (200, 0, 0), (0, 102, 0)
    pixels = np.where(EXPECTED[:, :, None] > 127, np.array(red), np.array(green)).astype(np.uint8)
    np.testing.assert_allclose(read(saved(Image.fromarray(pixels), "PNG")), EXPECTED, atol=2)


def test_the_first_of_several_frames_is_read():
    second = Image.new("L", hostile.picture().size, 255)
    for kind in ("GIF", "TIFF", "PNG"):
        data = saved(hostile.picture(), kind, save_all=True, append_images=[second])
        np.testing.assert_array_equal(read(data), EXPECTED)


def test_the_name_does_not_decide(tmp_path):
    path = tmp_path / "really-a-tiff.png"
    path.write_bytes(hostile.image_bytes("TIFF"))
    (glyph,) = read_glyphs([path])
    np.testing.assert_array_equal(glyph.ink, EXPECTED)


@pytest.mark.parametrize("side", [12, 300, 2000])
def test_any_size_is_read_and_large_ones_are_reduced(side):
    ink = read(saved(hostile.picture(side), "PNG"))
    assert set(ink.shape) == {12} if side == 12 else 200 < min(ink.shape) <= max(ink.shape) <= 256
    assert ink.max() == 255


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "unreadable-image"),
        (b"hello", "unsupported-format"),
        (hostile.image_bytes("PNG")[:60], "unreadable-image"),
        (hostile.png_bytes(30_000, 30_000), "too-large"),
        (hostile.png_bytes(1, 1), "too-small"),
        (saved(Image.new("L", (50, 50), 128), "PNG"), "empty-glyph"),
    ],
)
def test_errors_are_named(data, code):
    with pytest.raises(ReadError) as caught:
        read_image_bytes(data, "x")
    assert caught.value.code == code


def test_colour_spaces_that_mean_nothing_here_are_read_or_refused():
    lab = saved(Image.merge("LAB", [hostile.picture()] * 3), "TIFF")
    try:
        read(lab)
    except ReadError as error:
        assert error.code == "unreadable-image"


@pytest.mark.parametrize("worst", [np.nan, np.inf, -np.inf, 3e38])
def test_floating_point_pixels_of_any_value(worst):
    values = np.asarray(hostile.picture(), np.float32).copy()
    values[0, 0] = worst
    try:
        assert read(saved(Image.fromarray(values), "TIFF")).any()
    except ReadError as error:
        assert error.code == "empty-glyph"


def test_limits_are_obeyed():
    with pytest.raises(ReadError) as caught:
        read_image_bytes(hostile.image_bytes("PNG"), "x", Limits(image_pixels=1000))
    assert caught.value.code == "too-large"


@settings(deadline=None)
@given(
    npst.arrays(np.uint8, st.tuples(st.integers(2, 70), st.integers(2, 70))),
    st.sampled_from(["PNG", "BMP", "PPM"]),
)
def test_any_pixels_give_ink_or_an_error_with_a_code(pixels, kind):
    try:
        glyph = read_image_bytes(saved(Image.fromarray(pixels), kind), "x")
    except ReadError as error:
        assert error.code in READ_CODES
    else:
        assert glyph.ink.any()
        assert max(glyph.ink.shape) <= 256


@settings(deadline=None)
@given(npst.arrays(np.bool_, st.tuples(st.integers(2, 39), st.integers(2, 39))))
def test_small_dot_pictures_keep_every_dot(dots):
    """Whatever the polarity is taken to be: no dot is added or removed."""
    if dots.all() or not dots.any():
        return
    ink = read(saved(Image.fromarray(dots), "PNG")) > 127
    assert np.array_equal(ink, dots) or np.array_equal(ink, ~dots)
