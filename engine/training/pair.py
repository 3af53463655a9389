"""Train the pair model on shortlists as they really come out of retrieval.

Each training picture gives two lists: one with its true MJ, and one from which it was taken away, so that
the model also learns that the best of a list may be wrong. Glyphs with one stroke taken away or added give
lists in which nothing is right.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.compare.pair import PairModel, context, measure, spread
from engine.compare.shortlist import worth_comparing
from engine.describe.normalise import ink_box, longer_side, normalise
from engine.glyph.model import Ink
from engine.reference.index import ReferenceIndex
from engine.search.retrieve import Retriever, Shortlist
from engine.synth import degrade
from engine.synth.edit import add_stroke, borrowed_strokes, remove_stroke
from engine.synth.fonts import OutlineFont
from engine.training import corpus

SOURCES = tuple(s for s in corpus.SOURCES if s.face_index == 0 and not s.file.startswith("TW-Sung"))
"""Faces whose drawings follow the MJ shapes closely enough to say "same" of; Taiwanese ones often differ."""

PER_SOURCE = 2000
EDITED_PER_SOURCE = 700
NON_KANJI_PER_SOURCE = 300

UNCHANGED = 0.4
"""Share of the pictures of the reference font that are its glyphs as they are, at some size."""
UNCHANGED_SIZE = 0.6
"""… and of these, the share that is drawn at another size."""

LEAST_ALIKE, LEAST_ALIKE_DOTS = 0.85, 0.55
"""As in the training of the description, but stricter: here a wrong label teaches to accept a wrong glyph."""

EDITED = -1
"""Label of a picture that shows no MJ glyph."""


@dataclass(frozen=True, slots=True)
class PairTraining:
    """How the pair model is trained."""

    hidden: tuple[int, ...] = (48, 24)
    epochs: int = 40
    batch: int = 1024
    learning_rate: float = 2e-3
    weight_decay: float = 1e-4
    held_out: float = 0.15
    seed: int = 20261122


@dataclass(frozen=True, eq=False)
class Pairs:
    """Measured pairs.

    Attributes
    ----------
    inputs : (N, I) float32
    same : (N,) bool
    label : (N,) int64
        Index row that the gaiji shows, or :data:`EDITED`.
    gaiji : (N,) int64
        Number of the list; pairs of one list share it.
    row : (N,) int64
        Index row of the candidate.
    source : (N,) int64
        Number of the font.
    """

    inputs: NDArray[np.float32]
    same: NDArray[np.bool_]
    label: NDArray[np.int64]
    gaiji: NDArray[np.int64]
    row: NDArray[np.int64]
    source: NDArray[np.int64]


def edited_glyphs(
    font: OutlineFont, codes: NDArray[np.int64], rng: np.random.Generator, count: int
) -> Iterator[Ink]:
    """Draw characters with one stroke taken away or added, in turn, until there are ``count``."""
    strokes = borrowed_strokes(font, [int(code) for code in codes[:400]])
    made = 0
    for code in codes:
        if made == count:
            return
        if made % 2:
            edited = add_stroke(font, int(code), strokes, rng, em_px=96)
        else:
            edited = remove_stroke(font, int(code), rng, em_px=96)
        if edited is not None:
            made += 1
            yield edited.ink


def reference_picture(ink: Ink, rng: np.random.Generator) -> Ink | None:
    """A glyph of the reference font itself, as it is or degraded."""
    if rng.random() < UNCHANGED:
        return degrade.resize(ink, int(rng.integers(32, 129))) if rng.random() < UNCHANGED_SIZE else ink
    return corpus.degraded(np.pad(ink, 6), rng, strike=False)


def non_kanji_pictures(
    font: OutlineFont, rows: Mapping[str, int], rng: np.random.Generator, count: int
) -> Iterator[tuple[Ink, int]]:
    """Draw non-kanji of a font with the index row of each, degraded."""
    drawn = [code for code in sorted(font.codes()) if chr(code) in rows]
    for i in rng.permutation(len(drawn))[:count]:
        ink = font.body(drawn[i])
        changed = corpus.degraded(ink, rng, strike=False)
        if changed is not None:
            yield changed, rows[chr(drawn[i])]


def measure_pairs(
    retriever: Retriever, shape: NDArray[np.int64], pictures: list[tuple[Ink, int, int]], block: int = 512
) -> Pairs:
    """Retrieve and measure.

    Parameters
    ----------
    retriever : Retriever
    shape : (R,) int64
        Equal numbers: identical glyphs.
    pictures : list of (ink, index row or EDITED, source)
    block : int
        Pictures described at once.
    """
    parts: dict[str, list[NDArray[np.generic]]] = {name: [] for name in Pairs.__dataclass_fields__}
    number = 0
    for start in range(0, len(pictures), block):
        some = pictures[start : start + block]
        squares = np.stack([normalise(ink) for ink, _, _ in some])
        for (ink, label, source), square, shortlist in zip(
            some, squares, retriever.shortlists(squares), strict=True
        ):
            side = longer_side(ink_box(ink))
            for chosen, inputs in _both_lists(retriever.index, shortlist, shape, label, square, side):
                count = len(chosen.rows)
                parts["inputs"].append(inputs)
                parts["same"].append(
                    shape[chosen.rows] == shape[label] if label != EDITED else np.zeros(count, np.bool_)
                )
                parts["label"].append(np.full(count, label, np.int64))
                parts["gaiji"].append(np.full(count, number, np.int64))
                parts["row"].append(chosen.rows)
                parts["source"].append(np.full(count, source, np.int64))
                number += 1
    return Pairs(**{name: np.concatenate(arrays) for name, arrays in parts.items()})


def _both_lists(
    index: ReferenceIndex,
    shortlist: Shortlist,
    shape: NDArray[np.int64],
    label: int,
    square: NDArray[np.uint8],
    side: int,
) -> list[tuple[Shortlist, NDArray[np.float32]]]:
    """The list as it is, and the list without the true glyph; the pictures are measured only once."""
    own = (
        shape[shortlist.rows] == shape[label] if label != EDITED else np.zeros(len(shortlist.rows), np.bool_)
    )
    lists = [shortlist, shortlist.take(~own)] if own.any() else [shortlist]
    chosen = [part.take(worth_comparing(index, part)) for part in lists]
    rows = np.unique(np.concatenate([part.rows for part in chosen]))
    residual = measure(square, index.squares(rows))
    return [
        (
            part,
            np.concatenate(
                [residual[np.searchsorted(rows, part.rows)], context(part.coarse, part.fine, square, side)],
                axis=1,
            ),
        )
        for part in chosen
    ]


def train_pair_model(pairs: Pairs, training: PairTraining) -> tuple[PairModel, dict[str, object]]:
    """Train on most MJ, calibrate on the others.

    Returns
    -------
    PairModel
        Its log odds are calibrated on pairs whose MJ was kept out of training.
    report : dict
        Counts, and the loss on those pairs.
    """
    import torch

    torch.manual_seed(training.seed)
    # By the row of the best candidate, so that an edited glyph stays on the side of its character.
    key = np.where(pairs.label >= 0, pairs.label, pairs.row)
    held = (key * 2654435761 % 1000) < training.held_out * 1000
    features = spread(pairs.inputs)
    mean, scale = features[~held].mean(axis=0), features[~held].std(axis=0) + 1e-6
    scaled = np.clip((features - mean) / scale, -12, 12)
    x, y = torch.from_numpy(scaled), torch.from_numpy(pairs.same.astype(np.float32))
    sizes = (x.shape[1], *training.hidden, 1)
    layers: list[torch.nn.Module] = []
    for wide, narrow in itertools.pairwise(sizes):
        layers += [torch.nn.Linear(wide, narrow), torch.nn.ReLU()]
    network = torch.nn.Sequential(*layers[:-1])
    optimiser = torch.optim.AdamW(
        network.parameters(), lr=training.learning_rate, weight_decay=training.weight_decay
    )
    rows = torch.from_numpy(np.flatnonzero(~held))
    steps = training.epochs * (len(rows) // training.batch)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, steps)
    generator = torch.Generator().manual_seed(training.seed)
    loss_of = torch.nn.functional.binary_cross_entropy_with_logits
    for _ in range(training.epochs):
        order = rows[torch.randperm(len(rows), generator=generator)]
        for first in range(0, len(order) - training.batch + 1, training.batch):
            batch = order[first : first + training.batch]
            loss = loss_of(network(x[batch])[:, 0], y[batch])
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            schedule.step()
    with torch.no_grad():
        logits = network(x[torch.from_numpy(held)])[:, 0].double()
    slope, offset = platt(logits.numpy(), pairs.same[held])
    linear = [layer for layer in network if isinstance(layer, torch.nn.Linear)]
    weights = [layer.weight.detach().numpy().T.copy() for layer in linear]
    biases = [layer.bias.detach().numpy().copy() for layer in linear]
    weights[-1], biases[-1] = (
        weights[-1] * np.float32(slope),
        biases[-1] * np.float32(slope) + np.float32(offset),
    )
    model = PairModel(mean, scale, tuple(weights), tuple(biases), "in-training")
    final = loss_of(torch.from_numpy(slope * logits.numpy() + offset), y[torch.from_numpy(held)].double())
    report: dict[str, object] = {
        "pairs": len(pairs.same),
        "same": int(pairs.same.sum()),
        "held_out_pairs": int(held.sum()),
        "held_out_loss": round(float(final), 5),
        "calibration": [round(slope, 4), round(offset, 4)],
    }
    return model, report


def platt(log_odds: NDArray[np.float64], same: NDArray[np.bool_]) -> tuple[float, float]:
    """Slope and offset that calibrate log odds (J. Platt, 1999), by Newton's method."""
    slope, offset = 0.0, 0.0  # from further away the steps may diverge
    target = same.astype(np.float64)
    for _ in range(25):
        p = 1 / (1 + np.exp(-np.clip(slope * log_odds + offset, -30, 30)))
        weight = np.maximum(p * (1 - p), 1e-9)
        gradient = np.array([((p - target) * log_odds).sum(), (p - target).sum()])
        hessian = np.array(
            [
                [(weight * log_odds**2).sum(), (weight * log_odds).sum()],
                [(weight * log_odds).sum(), weight.sum()],
            ]
        )
        step = np.linalg.solve(hessian, gradient)
        slope, offset = slope - step[0], offset - step[1]
    return float(slope), float(offset)
