"""The learned part of the description: two linear maps of gradient descriptions, and their file."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.artefact import read_artefact, refuse, write_artefact
from engine.describe.gradient import GradientParameters, describe
from engine.describe.normalise import SIDE_PX

MODEL_PATH = Path(__file__).with_name("model.npz")
FORMAT = 1
_WHAT = "記述モデル"


@dataclass(frozen=True, eq=False)
class LinearMap:
    """Gradient description → shorter vector in which other foundries, dots and scans matter less.

    Attributes
    ----------
    parameters : GradientParameters
        Of the description that goes in.
    mean : (D,) float32
    projection : (D, E) float32
    """

    parameters: GradientParameters
    mean: NDArray[np.float32]
    projection: NDArray[np.float32]

    @property
    def dimension(self) -> int:
        """Length E of what comes out."""
        return int(self.projection.shape[1])

    def apply(self, squares: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Describe normalised pictures: (N, S, S) uint8 → (N, E) float32 unit vectors."""
        return self.project(describe(squares, self.parameters))

    def project(self, described: NDArray[np.float32]) -> NDArray[np.float32]:
        """Map gradient descriptions: (N, D) → (N, E) float32 unit vectors."""
        vectors = (described - self.mean) @ self.projection
        norms = np.linalg.norm(vectors, axis=1, keepdims=True)
        return np.asarray(vectors / np.maximum(norms, 1e-12), np.float32)


@dataclass(frozen=True, eq=False)
class DescriptionModel:
    """Both maps, from one training run.

    Attributes
    ----------
    coarse : LinearMap
        For the search through the whole reference set.
    fine : LinearMap
        For re-ranking the best of it.
    identity : str
        First 12 hex digits of the file's SHA-256; part of every result's ``engine`` column.
    """

    coarse: LinearMap
    fine: LinearMap
    identity: str


def save_model(path: Path, coarse: LinearMap, fine: LinearMap, manifest: dict[str, object]) -> None:
    """Write both maps (as float16) and how they were made."""
    arrays: dict[str, NDArray[Any]] = {}
    for name, part in (("coarse", coarse), ("fine", fine)):
        arrays[f"{name}_mean"] = part.mean.astype(np.float32)
        arrays[f"{name}_projection"] = part.projection.astype(np.float16)
    head = {
        "format": FORMAT,
        "side_px": SIDE_PX,
        "coarse": asdict(coarse.parameters),
        "fine": asdict(fine.parameters),
        "manifest": manifest,
    }
    write_artefact(path, head, arrays)


def load_model(path: Path = MODEL_PATH) -> DescriptionModel:
    """Read a description model.

    Raises
    ------
    ArtefactMismatchError
        The file is damaged, or of another format or picture size than this engine.
    """
    artefact = read_artefact(path, _WHAT)
    if artefact.head["format"] != FORMAT or artefact.head["side_px"] != SIDE_PX:
        raise refuse(path, _WHAT)

    def part(name: str) -> LinearMap:
        return LinearMap(
            GradientParameters(**artefact.head[name]),
            artefact.arrays[f"{name}_mean"].astype(np.float32),
            artefact.arrays[f"{name}_projection"].astype(np.float32),
        )

    return DescriptionModel(part("coarse"), part("fine"), artefact.identity)
