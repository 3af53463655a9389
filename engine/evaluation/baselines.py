"""What one would use instead of the engine: two image matchers that name the nearest reference glyph.

* **HOG**: histograms of oriented gradients (scikit-image, its usual cells and blocks on 64×64), compared by
  faiss' exact inner product.
* **Three stages**: mean pictures of 8×8, then 16×16, then 64×64 pixels; each stage keeps the nearest by
  squared distance for the next one. The method of the published browser tool for MJ, as we measured it.

Neither has classes. A similarity from which "it is this MJ" is said has to be chosen; the benchmark gives
them the best one for its own pictures, which in real life nobody would know.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.describe.normalise import normalise
from engine.glyph.model import Ink
from engine.settings import Settings

if TYPE_CHECKING:
    from engine.reference.index import ReferenceIndex

NEIGHBOURS = 10
_SIDE_PX = 64
_STAGES = ((8, 2000), (16, 200))
_BLOCK = 1024


@dataclass(frozen=True, slots=True)
class Match:
    """The nearest reference glyphs of one gaiji.

    Attributes
    ----------
    names : tuple of str
        Best first; a non-kanji is named by its character.
    similarity : float
        Of the best; larger is more alike.
    """

    names: tuple[str, ...]
    similarity: float


class Matcher(Protocol):
    """Why this seam exists: the benchmark treats both baselines alike."""

    def match(self, inks: list[Ink]) -> list[Match]:
        """Return the matches of gaiji, ink = 255."""
        ...


class HogMatcher:
    """HOG and an exact search by inner product.

    Parameters
    ----------
    squares : (R, 64, 64) uint8
        Of the reference.
    names : sequence of str
    """

    def __init__(self, squares: NDArray[np.uint8], names: list[str]) -> None:
        import faiss

        self._names = names
        self._index: faiss.IndexFlatIP | None = None
        for start in range(0, len(squares), _BLOCK):
            vectors = _hog(list(squares[start : start + _BLOCK]))
            if self._index is None:
                self._index = faiss.IndexFlatIP(vectors.shape[1])
            self._index.add(vectors)

    def match(self, inks: list[Ink]) -> list[Match]:
        """Describe and search."""
        if self._index is None:
            return [Match((), 0.0)] * len(inks)
        similarity, rows = self._index.search(_hog([normalise(ink) for ink in inks]), NEIGHBOURS)
        return [
            Match(tuple(self._names[row] for row in found), float(best[0]))
            for best, found in zip(similarity, rows, strict=True)
        ]


def _hog(squares: list[Ink]) -> NDArray[np.float32]:
    from skimage.feature import hog

    vectors = np.stack([hog(square) for square in squares]).astype(np.float32)
    return np.asarray(vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9), np.float32)


class ThreeStageMatcher:
    """8×8, then 16×16, then 64×64 pixels.

    Parameters
    ----------
    squares : (R, 64, 64) uint8
    names : sequence of str
    """

    def __init__(self, squares: NDArray[np.uint8], names: list[str]) -> None:
        self._names = names
        self._full = squares
        self._small = [_reduced(squares, side) for side, _ in _STAGES]
        self._lengths = [np.einsum("ij,ij->i", small, small) for small in self._small]

    def match(self, inks: list[Ink]) -> list[Match]:
        """Match one after the other, as the tool does."""
        return [self._one(normalise(ink)) for ink in inks]

    def _one(self, square: Ink) -> Match:
        rows: NDArray[np.int64] | None = None
        for (side, kept), small, lengths in zip(_STAGES, self._small, self._lengths, strict=True):
            own = _reduced(square[None], side)[0]
            some, length = (small, lengths) if rows is None else (small[rows], lengths[rows])
            distance = length - 2 * (some @ own)
            best = np.argpartition(distance, kept)[:kept]
            rows = best if rows is None else rows[best]
        apart = self._full[rows].astype(np.float32) - square.astype(np.float32)
        distance = np.einsum("ijk,ijk->i", apart, apart) / 255**2
        order = np.argsort(distance, kind="stable")[:NEIGHBOURS]
        chosen = np.asarray(rows)[order]
        return Match(tuple(self._names[int(row)] for row in chosen), -float(distance[order[0]]))


def _reduced(squares: NDArray[np.uint8], side: int) -> NDArray[np.float32]:
    """Mean pictures, (N, side²) float32, 0–1."""
    small = [
        cv2.resize(square, (side, side), interpolation=cv2.INTER_AREA).astype(np.float32).ravel() / 255
        for square in squares
    ]
    return np.stack(small)


BASELINES: dict[str, Callable[[NDArray[np.uint8], list[str]], Matcher]] = {
    "HOG + FlatIP": HogMatcher,
    "三段（8・16・64 画素）": ThreeStageMatcher,
}
"""Matchers by the name that reports use."""


def open_reference(settings: Settings) -> tuple[NDArray[np.uint8], list[str]]:
    """Return the pictures of the engine's own index, (R, 64, 64) uint8, and the names of their rows."""
    from engine.reference.index import open_index
    from engine.reference.refset import find_reference_set
    from engine.reference.table import load_table

    refset = find_reference_set(settings)
    index: ReferenceIndex = open_index(refset, settings)
    rows = np.flatnonzero(np.asarray(index.drawing) >= 0)
    table = load_table(refset, ("mj", "kind"))
    every = [*table.mj, *index.characters]
    return index.squares(rows), [every[row] for row in rows.tolist()]
