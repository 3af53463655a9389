from dataclasses import fields

import cv2
import numpy as np
import pytest

from engine.compare.register import FLOW_LIMIT_PX, Registration, blurred, register, register_pairs
from engine.describe.normalise import normalise


@pytest.fixture
def drawn(reference_font, refset):
    """Normalised pictures of 国, 干, 千 and 語 as the reference font draws them."""
    from engine.synth.fonts import OutlineFont

    font = OutlineFont(reference_font, em_px=96)
    return np.stack([normalise(font.tight(ord(c))) for c in "国干千語"])


def apart(a, b):
    return np.abs(a.astype(int) - b.astype(int)).mean()


def test_the_same_picture_stays_where_it_is(drawn):
    done = register(drawn[0], drawn[:1])
    assert apart(done.warped[0], drawn[0]) < 1
    assert np.abs(done.affine).max() < 0.01
    assert done.flow_max_px[0] < 0.1


@pytest.mark.parametrize(("angle", "shift"), [(1.5, 0), (-1.5, 0), (0, 2.0), (1, -1.5)])
def test_a_turn_or_a_shift_is_taken_out(drawn, angle, shift):
    matrix = cv2.getRotationMatrix2D((31.5, 31.5), angle, 1.0)
    matrix[:, 2] += shift
    moved = cv2.warpAffine(drawn[3], matrix, (64, 64))
    # Resampling twice frays thin strokes, so the yardstick is the true inverse, not the picture itself.
    undone = cv2.warpAffine(moved, cv2.invertAffineTransform(matrix), (64, 64))
    done = register(drawn[3], moved[None])
    assert apart(done.warped[0], undone) < 0.15 * apart(moved, drawn[3])


def test_another_character_is_not_bent_into_this_one(drawn):
    same, other = register(drawn[1], drawn[1:3]).warped
    assert apart(other, drawn[1]) > 10 * apart(same, drawn[1])


def test_the_limits_hold(drawn):
    done = register(drawn[0], drawn[1:])
    assert done.flow_max_px.max() <= np.hypot(FLOW_LIMIT_PX, FLOW_LIMIT_PX) + 1e-4


def test_candidates_do_not_influence_each_other(drawn):
    together = register(drawn[0], drawn[1:]).warped
    alone = np.concatenate([register(drawn[0], drawn[k : k + 1]).warped for k in (1, 2, 3)])
    assert np.abs(together.astype(int) - alone.astype(int)).max() <= 1


def test_pairs_of_several_gaiji_come_out_as_they_would_alone(drawn):
    of = np.array([0, 0, 1, 2, 2, 2])
    candidates = drawn[[1, 2, 3, 0, 1, 3]]
    together = register_pairs(drawn[:3], candidates, of)
    alone = [register(drawn[g], candidates[of == g]) for g in range(3)]
    for field in fields(Registration):
        expected = np.concatenate([getattr(each, field.name) for each in alone])
        np.testing.assert_array_equal(getattr(together, field.name), expected, err_msg=field.name)


def test_paper_is_left_alone():
    done = register(np.zeros((64, 64), np.uint8), np.zeros((1, 64, 64), np.uint8))
    assert not done.warped.any()
    assert np.isfinite(done.flow_rms_px).all()


def test_blurring_keeps_a_plain_picture():
    np.testing.assert_allclose(blurred(np.full((2, 64, 64), 7, np.float32), 3.0), 7, rtol=1e-5)
