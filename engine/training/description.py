"""Train the two linear maps of the description.

Both start as within-class whitening: the differences between a font's glyph and the MJ glyph it shows give
a covariance, and directions in which such differences are large are shrunk. The fine map is then trained
further by softmax over the true MJ and its nearest rivals, the one task it has.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.describe.gradient import GradientParameters
from engine.describe.model import LinearMap

COARSE = GradientParameters(grid=8, sigma_cells=0.7)
COARSE_DIMENSION = 256
FINE = GradientParameters(grid=12, sigma_cells=0.6)
FINE_DIMENSION = 320

RIDGE = 0.1
"""Added to every eigenvalue of the covariance, as a share of their mean."""


@dataclass(frozen=True, slots=True)
class FineTraining:
    """How the fine map is trained."""

    rivals: int = 15
    epochs: int = 3
    batch: int = 256
    learning_rate: float = 3e-4
    temperature: float = 14.0
    seed: int = 20261122


def whitening(
    reference: NDArray[np.float32],
    described: NDArray[np.float16],
    labels: NDArray[np.int64],
    parameters: GradientParameters,
    dimension: int,
) -> LinearMap:
    """Within-class whitening, then the principal directions of the whitened reference.

    Parameters
    ----------
    reference : (M, D) float32
        Gradient descriptions of the reference glyphs.
    described : (N, D) float16
        Gradient descriptions of training pictures.
    labels : (N,) int64
        Row of ``reference`` that each picture shows.
    parameters : GradientParameters
        Of these descriptions.
    dimension : int
        Directions to keep.
    """
    covariance = np.zeros((reference.shape[1],) * 2)
    for start in range(0, len(described), 8192):
        block = slice(start, start + 8192)
        difference = (described[block].astype(np.float32) - reference[labels[block]]).astype(np.float64)
        covariance += difference.T @ difference
    covariance /= len(described)
    values, vectors = np.linalg.eigh(covariance)
    whiten = vectors / np.sqrt(np.maximum(values, 0) + RIDGE * values.mean())
    mean = reference.mean(axis=0)
    sample = (reference[::5] - mean).astype(np.float64) @ whiten
    _, directions = np.linalg.eigh(sample.T @ sample)
    projection = whiten @ directions[:, ::-1][:, :dimension]
    # One overall scale keeps the numbers in the range of float16.
    projection /= np.linalg.norm((reference[::50] - mean) @ projection, axis=1).mean()
    return LinearMap(parameters, mean.astype(np.float32), projection.astype(np.float32))


def refine(
    start: LinearMap,
    reference: NDArray[np.float16],
    described: NDArray[np.float16],
    labels: NDArray[np.int64],
    rivals: NDArray[np.int64],
    training: FineTraining,
) -> LinearMap:
    """Train a map by softmax over the true glyph and its rivals.

    Parameters
    ----------
    start : LinearMap
        Where to start from.
    reference : (M, D) float16
    described : (N, D) float16
    labels : (N,) int64
    rivals : (N, R) int64
        Rows of ``reference`` that look most like each picture and are not its label.
    training : FineTraining

    Returns
    -------
    LinearMap
    """
    import torch

    torch.manual_seed(training.seed)
    mean = torch.from_numpy(start.mean)
    projection = torch.nn.Parameter(torch.from_numpy(start.projection.copy()))
    steps = training.epochs * (len(described) // training.batch)
    optimiser = torch.optim.Adam(
        [projection], lr=training.learning_rate * float(projection.detach().std()) * 10
    )
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, steps)
    order = torch.Generator().manual_seed(training.seed)
    for epoch in range(training.epochs):
        shuffled = torch.randperm(len(described), generator=order).numpy()
        losses = []
        for first in range(0, len(shuffled) - training.batch + 1, training.batch):
            rows = shuffled[first : first + training.batch]
            queries = torch.from_numpy(described[rows].astype(np.float32))
            rows_of = np.concatenate([labels[rows, None], rivals[rows]], axis=1)
            offered, place = np.unique(rows_of, return_inverse=True)
            candidates = torch.from_numpy(reference[offered].astype(np.float32))
            q = torch.nn.functional.normalize((queries - mean) @ projection, dim=1)
            c = torch.nn.functional.normalize((candidates - mean) @ projection, dim=1)
            logits = training.temperature * (q @ c.T)
            own = torch.from_numpy(place.reshape(rows_of.shape))
            loss = torch.nn.functional.cross_entropy(
                torch.gather(logits, 1, own), torch.zeros(len(rows), dtype=torch.long)
            )
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            schedule.step()
            losses.append(loss.item())
        print(f"fine map, epoch {epoch + 1}: loss {np.mean(losses):.4f}")  # noqa: T201
    return LinearMap(start.parameters, start.mean, projection.detach().numpy().astype(np.float32))
