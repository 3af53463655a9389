import numpy as np
import pytest

from engine.describe.gradient import GradientParameters
from engine.training.description import FineTraining, refine, whitening


def toy(seed: int = 0):
    """Five directions tell the classes apart; a sixth, louder one is noise within the classes."""
    rng = np.random.default_rng(seed)
    reference = np.zeros((40, 8), np.float32)
    reference[:, :5] = rng.normal(size=(40, 5))
    labels = rng.integers(0, 40, 4000)
    pictures = reference[labels] + 0.4 * rng.normal(size=(4000, 8)).astype(np.float32)
    pictures[:, 5] += 5 * rng.normal(size=4000)
    return reference, pictures.astype(np.float16), labels


def first_right(linear, reference, pictures, labels):
    products = linear.project(pictures.astype(np.float32)) @ linear.project(reference).T
    return (products.argmax(axis=1) == labels).mean()


def test_whitening_shrinks_what_differs_within_a_class():
    reference, pictures, labels = toy()
    linear = whitening(reference, pictures, labels, GradientParameters(), 5)
    plain = np.eye(8, dtype=np.float32)
    from engine.describe.model import LinearMap

    before = first_right(LinearMap(GradientParameters(), 0 * plain[0], plain), reference, pictures, labels)
    after = first_right(linear, reference, pictures, labels)
    assert after >= before
    weights = np.linalg.norm(linear.projection, axis=1)
    assert weights[5] < 0.5 * weights[:5].min()


def test_refining_does_not_lose_what_whitening_found():
    pytest.importorskip("torch", reason="training only: `make train` installs it")
    reference, pictures, labels = toy()
    start = whitening(reference, pictures, labels, GradientParameters(), 5)
    products = start.project(pictures.astype(np.float32)) @ start.project(reference).T
    nearest = np.argsort(-products, axis=1)[:, :6]
    rivals = np.stack([row[row != label][:5] for row, label in zip(nearest, labels, strict=True)])
    training = FineTraining(rivals=5, epochs=2)
    refined = refine(start, reference.astype(np.float16), pictures, labels, rivals, training)
    assert (
        first_right(refined, reference, pictures, labels)
        >= first_right(start, reference, pictures, labels) - 0.01
    )
