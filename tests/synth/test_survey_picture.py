"""A drawing has the size that was asked, differs from the next one, and is written as few bytes."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from engine.synth.survey import SCAN
from engine.synth.survey_picture import DRAWN_PX, draw, encode


@pytest.fixture
def shape() -> np.ndarray:
    ink = np.zeros((DRAWN_PX, DRAWN_PX), np.uint8)
    cv2.line(ink, (DRAWN_PX // 2, 4), (DRAWN_PX // 2, DRAWN_PX - 4), 255, 8)
    cv2.line(ink, (4, DRAWN_PX // 2), (DRAWN_PX - 4, DRAWN_PX // 2), 255, 5)
    return ink


@pytest.mark.parametrize("size", [64, 48, 40, 32, 24, 16])
def test_dots_are_black_or_white_and_keep_both_strokes(shape: np.ndarray, size: int) -> None:
    for seed in range(8):
        picture = draw(shape, size, np.random.default_rng(seed))
        assert picture.shape == (size, size)
        assert set(np.unique(picture)) == {0, 255}
        black = picture == 0
        assert black.any(axis=0).sum() > 0.7 * size  # the horizontal stroke reaches across
        assert black.any(axis=1).sum() > 0.7 * size


def test_a_scan_is_grey_on_light_paper(shape: np.ndarray) -> None:
    picture = draw(shape, SCAN, np.random.default_rng(0))
    assert len(np.unique(picture)) > 20
    assert np.median(picture) > 180


def test_drawings_depend_on_the_seed_alone_and_differ(shape: np.ndarray) -> None:
    first, again, other = (draw(shape, 64, np.random.default_rng(seed)) for seed in (1, 1, 2))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


@pytest.mark.parametrize("size", [64, SCAN])
def test_what_is_encoded_is_read_back(shape: np.ndarray, size: int) -> None:
    picture = draw(shape, size, np.random.default_rng(0))
    read = cv2.imdecode(np.frombuffer(encode(picture), np.uint8), cv2.IMREAD_GRAYSCALE)
    assert np.array_equal(read, picture)


def test_dots_take_a_bit_a_pixel(shape: np.ndarray) -> None:
    encoded = encode(draw(shape, 64, np.random.default_rng(0)))
    assert len(encoded) < 64 * 64 // 8 + 100
    assert encoded[24] == 1  # bit depth in the header
