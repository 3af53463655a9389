"""The pair model: from what two registered drawings do not share to the probability that they are one."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.artefact import read_artefact, refuse, write_artefact
from engine.compare.register import register
from engine.compare.residual import FEATURES, residual_features

PAIR_MODEL_PATH = Path(__file__).with_name("pair.npz")
FORMAT = 1
_WHAT = "比較モデル"

CONTEXT: tuple[str, ...] = ("coarse", "fine", "coarse_behind", "fine_behind", "gaiji_ink", "gaiji_size")
"""Beside the residual: both similarities, how far each is behind the best candidate's, share of ink in the
gaiji's picture, and log2 of the longer side of its ink in pixels as read (at most 6: 64 px)."""

INPUTS: tuple[str, ...] = FEATURES + CONTEXT
_COUNTS = tuple(i for i, name in enumerate(INPUTS) if name.endswith(("_run", "_blob")))
_MAX_LOG_SIZE = 6.0


@dataclass(frozen=True, eq=False)
class PairModel:
    """A small fully connected network over standardised measurements.

    Attributes
    ----------
    mean, scale : (I,) float32
    weights, biases : tuple of arrays
        Of the layers; rectified between them.
    identity : str
        First 12 hex digits of the file's SHA-256.
    """

    mean: NDArray[np.float32]
    scale: NDArray[np.float32]
    weights: tuple[NDArray[np.float32], ...]
    biases: tuple[NDArray[np.float32], ...]
    identity: str

    def log_odds(self, inputs: NDArray[np.float32]) -> NDArray[np.float32]:
        """Log odds that each pair shows one form: (K, I) → (K,) float32.

        The same for a pair whatever other pairs are beside it.
        """
        # A product for each pair: how a larger one is rounded depends on its size.
        layer = ((spread(inputs) - self.mean) / self.scale)[:, None]
        for number, (weight, bias) in enumerate(zip(self.weights, self.biases, strict=True)):
            layer = layer @ weight + bias
            if number < len(self.weights) - 1:
                layer = np.maximum(layer, 0)
        return np.asarray(layer[:, 0, 0], np.float32)


def spread(inputs: NDArray[np.float32]) -> NDArray[np.float32]:
    """Take logarithms of the counts of pixels, whose meaning is relative: (K, I) float32."""
    out = np.array(inputs, np.float32)
    out[:, _COUNTS] = np.log1p(out[:, _COUNTS])
    return out


def probability(log_odds: NDArray[np.float32]) -> NDArray[np.float32]:
    """Logistic function."""
    return np.asarray(1 / (1 + np.exp(-np.clip(log_odds, -30, 30))), np.float32)


def context(
    coarse: NDArray[np.float32],
    fine: NDArray[np.float32],
    square: NDArray[np.uint8],
    ink_side_px: int,
) -> NDArray[np.float32]:
    """Build the columns :data:`CONTEXT`.

    Parameters
    ----------
    coarse, fine : (K,) float32
        Similarities of the candidates on offer; the best is among them.
    square : (S, S) uint8
        The normalised gaiji.
    ink_side_px : int
        Longer side of its ink as it was read.

    Returns
    -------
    (K, 6) float32
    """
    ink = float(square.mean()) / 255
    size = min(_MAX_LOG_SIZE, float(np.log2(max(1, ink_side_px))))
    columns = (coarse, fine, coarse.max() - coarse, fine.max() - fine)
    constant = np.tile(np.array([ink, size], np.float32), (len(coarse), 1))
    return np.concatenate([np.stack(columns, axis=1), constant], axis=1).astype(np.float32)


def measure(gaiji: NDArray[np.uint8], candidates: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Register every candidate and measure what is left: (S, S), (K, S, S) uint8 → (K, F) float32."""
    return residual_features(gaiji, register(gaiji, candidates))


def save_pair_model(path: Path, model: PairModel, manifest: dict[str, object]) -> None:
    """Write a pair model and how it was made."""
    head = {"format": FORMAT, "inputs": INPUTS, "layers": len(model.weights), "manifest": manifest}
    arrays: dict[str, NDArray[Any]] = {"mean": model.mean, "scale": model.scale}
    arrays |= {f"weight{i}": weight for i, weight in enumerate(model.weights)}
    arrays |= {f"bias{i}": bias for i, bias in enumerate(model.biases)}
    write_artefact(path, head, arrays)


def load_pair_model(path: Path = PAIR_MODEL_PATH) -> PairModel:
    """Read a pair model.

    Raises
    ------
    ArtefactMismatchError
        The file is missing, damaged, or made for other measurements.
    """
    artefact = read_artefact(path, _WHAT)
    head, arrays = artefact.head, artefact.arrays
    if head["format"] != FORMAT or tuple(head["inputs"]) != INPUTS:
        raise refuse(path, _WHAT)
    layers = range(head["layers"])
    return PairModel(
        arrays["mean"],
        arrays["scale"],
        tuple(arrays[f"weight{i}"] for i in layers),
        tuple(arrays[f"bias{i}"] for i in layers),
        artefact.identity,
    )
