"""Reference glyphs as pictures."""

import re

import numpy as np
import pytest
from PIL import Image

from engine.errors import UsageError
from engine.sheet.face import ReferenceFace


@pytest.fixture(scope="module")
def face(reference_font) -> ReferenceFace:
    return ReferenceFace(reference_font)


def test_a_glyph_and_none(face):
    assert face.ink("MJ026190").max() == 255
    assert face.ink("MJ999999") is None
    assert face.ink("あ").any()
    assert face.ink("\ue000") is None


@pytest.mark.parametrize("mj", ["MJ000001", "MJ026190", "MJ030000", "MJ090001"])
def test_the_picture_is_the_em_square_with_the_whole_glyph(face, mj):
    pixels = 255 - np.asarray(face.picture(mj, 192))
    assert pixels.shape == (192, 192)
    assert pixels.sum(dtype=np.int64) == face.ink(mj).sum(dtype=np.int64)


def test_the_svg_covers_the_same_box_as_the_picture(face):
    text = face.svg("MJ026190")
    em = int(re.search(r'viewBox="0 0 (\d+) \1"', text)[1])
    path = re.search(r' d="([^"]+)"', text)[1]
    numbers = np.array(re.findall(r"-?\d+", path), float).reshape(-1, 2) / em
    rows, cols = np.nonzero(255 - np.asarray(face.picture("MJ026190", 200)) > 128)
    assert numbers[:, 0].min() == pytest.approx(cols.min() / 200, abs=0.02)
    assert numbers[:, 1].max() == pytest.approx((rows.max() + 1) / 200, abs=0.02)
    assert path.startswith("M")
    assert path.endswith("Z")


@pytest.mark.parametrize(
    "call",
    [lambda f: f.picture("MJ999999", 64), lambda f: f.svg("MJ999999"), lambda f: f.picture("MJ026190", 5000)],
)
def test_what_cannot_be_drawn(face, call):
    with pytest.raises(UsageError):
        call(face)


def test_a_set_by_code_points(tiny_refset, tiny_settings):
    face = ReferenceFace.of(tiny_refset, tiny_settings)
    assert isinstance(face.picture("GJ000001", 64), Image.Image)
    assert face.ink("GJ000001") is not None
