import numpy as np
import pytest

from engine.describe.gradient import (
    DIRECTIONS,
    GradientParameters,
    describe,
    direction_planes,
    sampling_matrix,
)


def edge(axis: int, *, rising: bool) -> np.ndarray:
    square = np.zeros((1, 64, 64), np.uint8)
    half = (slice(None), slice(32, None)) if axis == 0 else (slice(None), slice(None), slice(32, None))
    square[half] = 200
    return square if rising else 200 - square


@pytest.mark.parametrize(
    ("axis", "rising", "direction"), [(1, True, 0), (0, True, 2), (1, False, 4), (0, False, 6)]
)
def test_a_straight_edge_has_one_direction(axis, rising, direction):
    planes = direction_planes(edge(axis, rising=rising))[0]
    inside = planes[:, 20:44, 20:44].sum(axis=(1, 2))
    assert inside.argmax() == direction
    assert np.delete(inside, direction).sum() == 0


def test_a_gradient_between_two_directions_is_split_by_the_parallelogram():
    ramp = np.arange(64)
    square = (2 * ramp[None, :] + ramp[:, None]).astype(np.uint8)[None]  # gx = 2 gy
    planes = direction_planes(square)[0, :, 30, 30]
    # Sobel weights 8: gx = 16, gy = 8 → along x 16 − 8, along the diagonal 8√2.
    assert planes[0] == pytest.approx(8)
    assert planes[1] == pytest.approx(8 * np.sqrt(2), rel=1e-5)
    assert planes[2:].sum() == 0


def test_the_sampling_rows_sum_to_one():
    weights = sampling_matrix(64, GradientParameters(grid=8, sigma_cells=0.7))
    assert weights.shape == (8, 64)
    np.testing.assert_allclose(weights.sum(axis=1), 1, rtol=1e-6)


def test_descriptions_are_unit_vectors_and_paper_is_zero():
    parameters = GradientParameters(grid=4)
    squares = np.concatenate([edge(0, rising=True), np.zeros((1, 64, 64), np.uint8)])
    described = describe(squares, parameters)
    assert described.shape == (2, 4 * 4 * DIRECTIONS)
    np.testing.assert_allclose(np.linalg.norm(described, axis=1), [1, 0], atol=1e-6)


def test_contrast_does_not_matter():
    rng = np.random.default_rng(5)
    square = (rng.random((1, 64, 64)) > 0.8).astype(np.uint8) * 120
    parameters = GradientParameters()
    np.testing.assert_allclose(describe(square, parameters), describe(square * 2, parameters), atol=1e-5)


def test_blocks_do_not_change_the_result():
    rng = np.random.default_rng(6)
    squares = rng.integers(0, 256, (70, 64, 64)).astype(np.uint8)
    parameters = GradientParameters()
    whole = describe(squares, parameters)
    np.testing.assert_allclose(whole[66:], describe(squares[66:], parameters), atol=1e-6)
