import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from engine.compare.thin import thin
from engine.describe.normalise import normalise
from engine.synth.fonts import OutlineFont


def test_a_bar_becomes_a_line():
    mask = np.zeros((1, 20, 20), bool)
    mask[0, 8:11, 2:18] = True
    lines = thin(mask)
    assert lines.sum(axis=1).max() == 1
    assert 12 <= lines.sum() <= 16
    assert not (lines & ~mask).any()


def pieces(mask: np.ndarray) -> int:
    return cv2.connectedComponents(mask.astype(np.uint8), connectivity=8)[0] - 1


@pytest.mark.parametrize("character", "語国千榊丶齊")
def test_much_as_scikit_image_does(reference_font, character):
    from skimage.morphology import skeletonize

    font = OutlineFont(reference_font, em_px=96)
    mask = normalise(font.tight(ord(character))) >= 112
    ours, theirs = thin(mask[None])[0], skeletonize(mask)
    for one, other in ((ours, theirs), (theirs, ours)):
        distance = cv2.distanceTransform((~other).astype(np.uint8), cv2.DIST_L2, 5)
        assert np.quantile(distance[one], 0.95) <= 1.5
    assert abs(int(ours.sum()) - int(theirs.sum())) <= 0.15 * theirs.sum() + 3


@settings(deadline=None)
@given(arrays(bool, (18, 18), elements=st.booleans()))
def test_lines_lie_in_the_ink_and_keep_its_pieces(mask):
    mask = np.pad(cv2.dilate(mask.astype(np.uint8), np.ones((3, 3))).astype(bool), 2)
    lines = thin(mask[None])[0]
    assert not (lines & ~mask).any()
    assert pieces(lines) == pieces(mask)


@pytest.mark.parametrize("seed", range(3))
def test_pictures_do_not_touch_each_other(seed):
    masks = np.pad(np.random.default_rng(seed).random((5, 30, 30)) > 0.4, ((0, 0), (1, 1), (1, 1)))
    together = thin(masks)
    alone = np.concatenate([thin(mask[None]) for mask in masks])
    np.testing.assert_array_equal(together, alone)


def test_paper_stays_paper():
    assert not thin(np.zeros((2, 8, 8), bool)).any()
