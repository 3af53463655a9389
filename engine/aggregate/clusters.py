"""Unknown pictures that show one glyph: candidates for a character that the standard lacks.

Two municipalities hardly ever draw a glyph to the same dot, so that equal pixels alone would miss most. The
descriptions that find MJ candidates serve here too: the pictures that most municipalities have go first, and
each of the others joins the nearest of those before it that is near enough, or stands for a cluster itself.
That a picture joins only what stands for a cluster, never another member, keeps chains of small differences
from leading from one glyph to another.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.aggregate.unknown import Unknown
from engine.describe.model import DescriptionModel
from engine.describe.normalise import SIDE_PX

LEAST_SIMILARITY = 0.78
"""Cosine of two descriptions from which on two pictures are taken for one glyph. Of two drawings of one of
3,000 Han that MJ lacks (24 to 64 dots, scans) 95 % are as near; 1.6 % of the Han have a stranger as near."""

_BLOCK = 512

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class Cluster:
    """Pictures of, as far as the machine can see, one glyph.

    Attributes
    ----------
    members : tuple of int
        Numbers of the pictures; the one that stands for the cluster first, then by descending similarity.
    similarity : tuple of float
        Of each to the first.
    glyphs, municipalities : int
        Of all together.
    """

    members: tuple[int, ...]
    similarity: tuple[float, ...]
    glyphs: int
    municipalities: int


def cluster(
    unknown: Unknown,
    model: DescriptionModel,
    *,
    least: float = LEAST_SIMILARITY,
    progress: Progress | None = None,
) -> list[Cluster]:
    """Put unknown pictures together.

    Parameters
    ----------
    unknown : Unknown
    model : DescriptionModel
    least : float
        Cosine, 0–1.
    progress : callable, optional
        Called with (text, done, total).

    Returns
    -------
    list of Cluster
        Those of most municipalities first, then of most gaiji; every picture is in exactly one.
    """
    pictures = unknown.pictures
    if not pictures:
        return []
    order = sorted(
        range(len(pictures)),
        key=lambda number: (
            -pictures[number].places.bit_count(),
            -pictures[number].glyphs,
            pictures[number].place,
        ),
    )
    leader_of, similarity = _leaders(unknown, model, np.array(order), least, progress)
    members: dict[int, list[int]] = {}
    for number in order:
        members.setdefault(int(leader_of[number]), []).append(number)
    found = []
    for leader, numbers in members.items():
        numbers.sort(key=lambda number: (number != leader, -similarity[number], pictures[number].place))
        places = 0
        for number in numbers:
            places |= pictures[number].places
        found.append(
            Cluster(
                tuple(numbers),
                tuple(round(float(similarity[number]), 4) for number in numbers),
                sum(pictures[number].glyphs for number in numbers),
                places.bit_count(),
            )
        )
    return sorted(
        found, key=lambda each: (-each.municipalities, -each.glyphs, pictures[each.members[0]].place)
    )


def describe_pictures(pictures: NDArray[np.uint8], model: DescriptionModel) -> NDArray[np.float32]:
    """Describe small normalised pictures: (N, s, s) uint8 → (N, E) float32 unit vectors."""
    squares = np.stack(
        [cv2.resize(picture, (SIDE_PX, SIDE_PX), interpolation=cv2.INTER_CUBIC) for picture in pictures]
    )
    return model.coarse.apply(squares)


def _leaders(
    unknown: Unknown,
    model: DescriptionModel,
    order: NDArray[np.int64],
    least: float,
    progress: Progress | None,
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """For each picture the one that stands for its cluster, and how alike the two are."""
    leader_of = np.empty(len(order), np.int64)
    similarity = np.ones(len(order), np.float32)
    kept = np.empty((0, model.coarse.dimension), np.float32)
    leaders: list[int] = []
    for start in range(0, len(order), _BLOCK):
        numbers = order[start : start + _BLOCK]
        vectors = describe_pictures(unknown.squares(numbers), model)
        before = len(leaders)
        best, at = _best(vectors, kept[:before])
        for row, number in enumerate(numbers.tolist()):
            likeness, leader = float(best[row]), int(at[row])
            if len(leaders) > before:  # those of this block, too
                beside = kept[before : len(leaders)] @ vectors[row]
                if float(beside.max()) > likeness:
                    likeness, leader = float(beside.max()), before + int(beside.argmax())
            if likeness >= least:
                leader_of[number], similarity[number] = leaders[leader], likeness
                continue
            if len(leaders) == len(kept):
                kept = np.concatenate([kept, np.empty((max(1024, len(kept)), kept.shape[1]), np.float32)])
            kept[len(leaders)] = vectors[row]
            leaders.append(number)
            leader_of[number] = number
        if progress is not None:
            progress("不明の字をまとめています", start + len(numbers), len(order))
    return leader_of, similarity


def _best(
    vectors: NDArray[np.float32], kept: NDArray[np.float32]
) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    if not len(kept):
        return np.full(len(vectors), -1.0, np.float32), np.zeros(len(vectors), np.int64)
    products = vectors @ kept.T
    at = products.argmax(axis=1)
    return products[np.arange(len(vectors)), at], at
