"""Overlays show what only one of two glyphs has."""

import cv2
import numpy as np
import pytest

from engine.sheet.overlay import BOTH, CANDIDATE_ONLY, GAIJI_ONLY, PAPER, cropped, fit, laid_over, overlay


def test_colours_by_hand():
    gaiji = np.array([[255, 255, 0, 0]], np.uint8)
    candidate = np.array([[255, 0, 255, 0]], np.uint8)
    assert overlay(gaiji, candidate).tolist() == [
        [list(BOTH), list(GAIJI_ONLY), list(CANDIDATE_ONLY), list(PAPER)]
    ]


def test_half_ink_is_half_the_colour():
    grey = np.array([[128]], np.uint8)
    assert overlay(grey, np.zeros_like(grey))[0, 0].tolist() == pytest.approx(
        (np.array(PAPER) + np.array(GAIJI_ONLY)) / 2, abs=1.5
    )


def test_cropping():
    ink = np.zeros((9, 9), np.uint8)
    assert cropped(ink).shape == (1, 1)
    ink[2:5, 3:8] = 255
    assert cropped(ink).shape == (3, 5)


@pytest.mark.parametrize("shape", [(1, 1), (200, 3), (3, 200), (64, 64), (500, 400)])
@pytest.mark.parametrize("dots", [True, False])
def test_any_glyph_fits_into_the_tile(shape, dots):
    tile = fit(np.full(shape, 255, np.uint8), 50, margin_px=5, dots=dots)
    assert tile.shape == (50, 50)
    assert tile.any()
    assert not tile[:4].any()
    assert not tile[:, -4:].any()


def test_dots_stay_square():
    ink = np.array([[255, 0], [0, 255]], np.uint8)
    assert set(np.unique(fit(ink, 42, margin_px=1, dots=True))) == {0, 255}


def test_the_same_glyph_shifted_scaled_and_squeezed_leaves_little_colour():
    ink = np.zeros((100, 100), np.uint8)
    cv2.circle(ink, (40, 50), 25, 255, 6)
    cv2.line(ink, (10, 80), (80, 80), 255, 6)
    other = np.pad(cv2.resize(ink, (150, 165)), 20)
    first, second = laid_over(ink, other, 112, margin_px=8)
    differing = np.minimum(first, 255 - second).sum() + np.minimum(second, 255 - first).sum()
    assert differing / first.sum() < 0.35
    same = laid_over(ink, ink, 112, margin_px=8)
    assert np.array_equal(*same)


def test_a_very_different_shape_is_not_stretched():
    tall, flat = np.full((100, 20), 255, np.uint8), np.full((20, 100), 255, np.uint8)
    _, second = laid_over(tall, flat, 60, margin_px=0)
    assert cropped(second).shape[0] < cropped(second).shape[1]


# What people with protanopia and deuteranopia see, on linear RGB (Viénot, Brettel and Mollon, 1999).
_VISION = {
    "usual": np.eye(3),
    "protan": np.array([[0.1121, 0.8853, -0.0005], [0.1127, 0.8897, -0.0001], [0.0045, 0.0001, 1.0019]]),
    "deutan": np.array([[0.2920, 0.7054, -0.0003], [0.2934, 0.7089, 0.0000], [-0.0210, 0.0256, 1.0019]]),
    "none": np.tile([0.2126, 0.7152, 0.0722], (3, 1)),
}


@pytest.mark.parametrize("vision", _VISION)
def test_every_eye_and_a_copier_tell_the_colours_apart(vision):
    linear = (np.array([GAIJI_ONLY, CANDIDATE_ONLY, BOTH, PAPER]) / 255) ** 2.2
    seen = np.clip(linear @ _VISION[vision].T, 0, 1) ** (1 / 2.2) * 255
    apart = np.linalg.norm(seen[:, None] - seen[None], axis=-1)[np.triu_indices(4, 1)]
    assert apart.min() > 40
