"""Train the pair network on gathered pairs, calibrate it on what it has not seen, write it as ONNX.

Trains on a CPU in about an hour on two cores (bfloat16 where the processor has it); a GPU is used where there
is one. Torch is needed here only.
"""

from __future__ import annotations

import functools
import io
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from engine.compare.network import MEASURES, OUTPUTS, save_pair_network
from engine.training.pair import platt
from engine.training.pairs import UNKNOWN, PairSet, joined_pairs

if TYPE_CHECKING:
    import torch
    from torch import nn

_EASY = 0.87
"""Correlation below which a pair of different forms is easy: about two thirds of them…"""
_EASY_KEPT = 0.15
"""… of which only this share is used."""
_CORRELATION = MEASURES.index("correlation")


@dataclass(frozen=True, slots=True)
class NetworkTraining:
    """How the pair network is trained.

    Attributes
    ----------
    stem, middle, deep : int
        Channels of a branch.
    joint, wide : int
        Channels after the two branches meet, at 16 × 16 and at 8 × 8.
    hidden : int
    epochs, again : int
        Passes over the first parts of the pairs, then over all of them.
    pictures : int
        Pictures in a batch (each with all its pairs).
    learning_rate, again_rate, weight_decay : float
        Highest learning rate of the first passes and of the others.
    shift_px : int
        Both pictures of a pair are moved together by up to this much.
    gamma : float
        Ink is raised to a power between 1/(1+gamma) and 1+gamma, each picture for itself.
    ranking : float
        Weight of the loss that ranks a picture's own glyph before its others.
    held_out : float
        Share of the characters kept out of training for calibration.
    seed : int
    """

    stem: int = 16
    middle: int = 24
    deep: int = 48
    joint: int = 64
    wide: int = 96
    hidden: int = 64
    epochs: int = 4
    again: int = 3
    pictures: int = 64
    learning_rate: float = 3e-3
    again_rate: float = 1.5e-3
    weight_decay: float = 1e-3
    shift_px: int = 2
    gamma: float = 0.4
    ranking: float = 0.3
    held_out: float = 0.08
    seed: int = 20261124


def kept_out(family: NDArray[np.int64], share: float) -> NDArray[np.bool_]:
    """Whether a character is kept out of training, by a hash of its number."""
    return np.asarray((family * 2654435761 % 1000 < share * 1000) & (family >= 0), np.bool_)


def build_network(training: NetworkTraining, measures: int) -> nn.Module:
    """Build the untrained network; ``forward(gaiji, candidates, measures)`` gives log odds (K, 3).

    ``branch`` and ``joined`` are its two halves, for many gaiji at once.
    """
    import torch
    from torch import nn

    def layer(inner: int, outer: int, size: int = 3, stride: int = 1) -> nn.Sequential:
        return nn.Sequential(
            nn.Conv2d(inner, outer, size, stride, size // 2, bias=False), nn.BatchNorm2d(outer), nn.ReLU()
        )

    class Network(nn.Module):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            t = training
            self.stem = nn.Sequential(layer(1, t.stem, 5, 2), layer(t.stem, t.middle))
            self.deep = layer(t.middle, t.deep, stride=2)
            self.early = layer(t.middle, t.middle, stride=2)
            self.meet = layer(2 * t.deep + t.middle, t.joint, 1)
            self.joint = layer(t.joint, t.joint)
            self.wide = layer(t.joint, t.wide, stride=2)
            self.last = layer(t.wide, t.wide)
            self.hidden = nn.Linear(2 * t.joint + 2 * t.wide + measures, t.hidden)
            self.out = nn.Linear(t.hidden, len(OUTPUTS))
            self.register_buffer("mean", torch.zeros(measures))
            self.register_buffer("scale", torch.ones(measures))

        def branch(self, pictures: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
            early = self.stem(pictures)
            return early, self.deep(early)

        def joined(
            self,
            gaiji: tuple[torch.Tensor, torch.Tensor],
            others: tuple[torch.Tensor, torch.Tensor],
            numbers: torch.Tensor,
        ) -> torch.Tensor:
            early = self.early((gaiji[0] - others[0]).abs())
            x = self.meet(torch.cat([(gaiji[1] - others[1]).abs(), gaiji[1] + others[1], early], 1))
            x = x + self.joint(x)
            pooled = [x.amax((2, 3)), x.mean((2, 3))]
            x = self.wide(x)
            x = x + self.last(x)
            pooled += [x.amax((2, 3)), x.mean((2, 3))]
            scaled = ((numbers - self.mean) / self.scale).clamp(-8, 8)
            return self.out(self.hidden(torch.cat([*pooled, scaled], 1)).relu())

        def forward(
            self, gaiji: torch.Tensor, candidates: torch.Tensor, numbers: torch.Tensor
        ) -> torch.Tensor:
            return self.joined(self.branch(gaiji), self.branch(candidates), numbers)

    return Network()


def train_network(
    parts: Sequence[PairSet], held: PairSet, training: NetworkTraining, say: Callable[[str], None]
) -> tuple[nn.Module, dict[str, object]]:
    """Train on most characters of ``parts``; calibrate on the others and on ``held``.

    Parameters
    ----------
    parts : sequence of PairSet
        The first is what a network learns most from. The others correct what it gets wrong: passes over all
        follow, which costs half of what it would to pass over all from the beginning.
    held : PairSet
        From a font that ``parts`` do not have.
    training : NetworkTraining
    say : callable
        Told how far it is.

    Returns
    -------
    nn.Module
        In evaluation mode, its outputs calibrated.
    report : dict
        Counts, losses and calibration.
    """
    import torch

    torch.manual_seed(training.seed)
    pairs = joined_pairs(parts)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    network = build_network(training, len(MEASURES)).to(device, memory_format=torch.channels_last)
    out_of_training = kept_out(pairs.family, training.held_out)[pairs.picture]
    early = np.arange(len(pairs.picture)) < len(parts[0].picture)
    learn = functools.partial(_learn, network, pairs, held, training=training, device=device, say=say)
    used = _worth_learning(pairs, early & ~out_of_training, np.random.default_rng(training.seed))
    network.mean.copy_(torch.from_numpy(pairs.measures[used].mean(axis=0)))
    network.scale.copy_(torch.from_numpy(pairs.measures[used].std(axis=0) + 1e-6))
    learn(used, epochs=training.epochs, rate=training.learning_rate, seed=training.seed + 1)
    if len(parts) > 1:
        used = _worth_learning(pairs, ~out_of_training, np.random.default_rng(training.seed + 2))
        learn(used, epochs=training.again, rate=training.again_rate, seed=training.seed + 3)
    network.eval()
    calibration = [
        _predicted(network, part, chosen, device)
        for part, chosen in ((pairs, out_of_training), (held, np.ones(len(held.picture), np.bool_)))
    ]
    odds, labels = (np.concatenate([each[i] for each in calibration]) for i in (0, 1))
    report: dict[str, object] = {
        "pairs": int(used.sum()),
        "of_the_first": int((used & early).sum()),
        "calibration_pairs": len(odds),
    }
    network.cpu()
    for column, name in enumerate(OUTPUTS):
        known = labels[:, column] != UNKNOWN
        slope, offset = platt(odds[known, column].astype(np.float64), labels[known, column] == 1)
        with torch.no_grad():
            network.out.weight[column] *= slope
            network.out.bias[column] = slope * network.out.bias[column] + offset
        report[name] = {"known": int(known.sum()), "slope": round(slope, 4), "offset": round(offset, 4)}
    return network, report


def _worth_learning(
    pairs: PairSet, candidates: NDArray[np.bool_], rng: np.random.Generator
) -> NDArray[np.bool_]:
    """Choose the pairs with a known label, of those of clearly different forms only a few."""
    easy = (pairs.measures[:, _CORRELATION] < _EASY) & (pairs.labels[:, 0] == 0)
    chosen = candidates & (pairs.labels != UNKNOWN).any(axis=1)
    return np.asarray(chosen & (~easy | (rng.random(len(chosen)) < _EASY_KEPT)), np.bool_)


def _learn(
    network: nn.Module,
    pairs: PairSet,
    held: PairSet,
    used: NDArray[np.bool_],
    *,
    epochs: int,
    rate: float,
    seed: int,
    training: NetworkTraining,
    device: torch.device,
    say: Callable[[str], None],
) -> None:
    """Pass over the chosen pairs some times."""
    import torch

    rng = np.random.default_rng(seed)
    say(f"{used.sum()} of {len(used)} pairs for training")
    optimiser = torch.optim.AdamW(network.parameters(), lr=rate, weight_decay=training.weight_decay)
    pictures = np.unique(pairs.picture[used])
    steps = epochs * (len(pictures) // training.pictures)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, rate, total_steps=steps + 1, pct_start=0.15)
    for epoch in range(epochs):
        network.train()
        start, losses = time.monotonic(), []
        for batch in _batches(pairs, used, pictures, training, rng):
            odds = _log_odds(network, batch, device)
            loss = _loss(odds, batch.labels.to(device), batch.pair_of.to(device), training.ranking)
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            schedule.step()
            losses.append(float(loss.detach()))
        say(f"epoch {epoch + 1}: loss {np.mean(losses):.4f}, {time.monotonic() - start:.0f} s")
        say(f"  held out: {_score(network, held, np.ones(len(held.picture), np.bool_), device)}")


@dataclass(frozen=True, eq=False)
class _Batch:
    gaiji: torch.Tensor
    candidates: torch.Tensor
    measures: torch.Tensor
    labels: torch.Tensor
    pair_of: torch.Tensor
    """Which of the batch's pictures each pair belongs to."""


def _batches(
    pairs: PairSet,
    used: NDArray[np.bool_],
    pictures: NDArray[np.int32],
    training: NetworkTraining,
    rng: np.random.Generator,
) -> Iterator[_Batch]:
    rows = np.flatnonzero(used)
    order = rows[np.argsort(pairs.picture[rows], kind="stable")]
    starts = np.searchsorted(pairs.picture[order], pictures)
    ends = np.append(starts[1:], len(order))
    shuffled = rng.permutation(len(pictures))
    for first in range(0, len(shuffled) - training.pictures + 1, training.pictures):
        some = shuffled[first : first + training.pictures]
        chosen = np.concatenate([order[starts[i] : ends[i]] for i in some])
        pair_of = np.repeat(np.arange(len(some)), [ends[i] - starts[i] for i in some])
        shift = tuple(int(s) for s in rng.integers(-training.shift_px, training.shift_px + 1, 2))
        gaiji, candidates = (
            _varied(stack, shift, training.gamma, rng)
            for stack in (pairs.gaiji[pictures[some]], pairs.warped[chosen])
        )
        yield _batch(gaiji, candidates, pairs.measures[chosen], pairs.labels[chosen], pair_of)


def _varied(
    pictures: NDArray[np.uint8], shift: tuple[int, ...], gamma: float, rng: np.random.Generator
) -> NDArray[np.float32]:
    """Move all pictures alike, and vary the ink of each."""
    moved = np.roll(pictures, shift, axis=(1, 2)).astype(np.float32) / np.float32(255)
    powers = np.exp(rng.uniform(-np.log1p(gamma), np.log1p(gamma), len(pictures)))
    return np.asarray(moved ** powers.astype(np.float32)[:, None, None], np.float32)


def _batch(
    gaiji: NDArray[np.float32],
    candidates: NDArray[np.float32],
    measures: NDArray[np.float32],
    labels: NDArray[np.int8],
    pair_of: NDArray[np.int64],
) -> _Batch:
    import torch

    return _Batch(
        torch.from_numpy(gaiji[:, None]).contiguous(memory_format=torch.channels_last),
        torch.from_numpy(candidates[:, None]).contiguous(memory_format=torch.channels_last),
        torch.from_numpy(measures),
        torch.from_numpy(labels.astype(np.float32)),
        torch.from_numpy(pair_of),
    )


def _log_odds(network: nn.Module, batch: _Batch, device: torch.device) -> torch.Tensor:
    import torch

    with torch.autocast(device.type, dtype=torch.bfloat16):
        early, deep = network.branch(batch.gaiji.to(device))
        pair_of = batch.pair_of.to(device)
        others = network.branch(batch.candidates.to(device))
        out = network.joined(
            (early.index_select(0, pair_of), deep.index_select(0, pair_of)), others, batch.measures.to(device)
        )
    return out.float()


def _loss(odds: torch.Tensor, labels: torch.Tensor, pair_of: torch.Tensor, ranking: float) -> torch.Tensor:
    """Cross entropy of the known labels, and of a picture's own glyph among its pairs."""
    import torch

    known = (labels != UNKNOWN).float()
    each = torch.nn.functional.binary_cross_entropy_with_logits(odds, labels.clamp(min=0), reduction="none")
    weights = known * torch.tensor([1.0, 0.5, 0.5], device=odds.device)
    plain = (each * weights).sum() / weights.sum().clamp(min=1)
    same, certain = odds[:, 0], known[:, 0] > 0
    own = certain & (labels[:, 0] == 1)
    pictures = int(pair_of.max()) + 1
    total = torch.zeros(pictures, device=odds.device)
    total = total.index_add(0, pair_of[certain], same[certain].clamp(max=30).exp())
    ranked = (total[pair_of[own]].clamp(min=1e-9).log() - same[own]).mean() if bool(own.any()) else 0.0
    return plain + ranking * ranked


def _predicted(
    network: nn.Module, pairs: PairSet, chosen: NDArray[np.bool_], device: torch.device
) -> tuple[NDArray[np.float32], NDArray[np.int8]]:
    """Log odds (N, 3) float32 and labels (N, 3) of the chosen pairs, in their order."""
    import torch

    rows = np.flatnonzero(chosen)
    odds = np.empty((len(rows), len(OUTPUTS)), np.float32)
    network.eval()
    with torch.no_grad():
        for first in range(0, len(rows), 512):
            some = rows[first : first + 512]
            batch = _batch(
                pairs.gaiji[pairs.picture[some]].astype(np.float32) / np.float32(255),
                pairs.warped[some].astype(np.float32) / np.float32(255),
                pairs.measures[some],
                pairs.labels[some],
                np.arange(len(some)),
            )
            odds[first : first + len(some)] = _log_odds(network, batch, device).cpu().numpy()
    return odds, pairs.labels[rows]


def _score(network: nn.Module, pairs: PairSet, chosen: NDArray[np.bool_], device: torch.device) -> str:
    """Equal error rate of each output, for the log."""
    odds, labels = _predicted(network, pairs, chosen, device)
    words = []
    for column, name in enumerate(OUTPUTS):
        yes = np.sort(odds[labels[:, column] == 1, column])
        no = np.sort(odds[labels[:, column] == 0, column])
        if len(yes) and len(no):
            missed = np.searchsorted(yes, no) / len(yes)
            passed = 1 - np.arange(len(no)) / len(no)
            at = int(np.abs(missed - passed).argmin())
            words.append(f"{name} EER {(missed[at] + passed[at]) / 2:.4f}")
    return ", ".join(words)


def save_network(
    path: Path, network: nn.Module, training: NetworkTraining, report: dict[str, object]
) -> None:
    """Write the network, as ONNX in an artefact that says how it was made."""
    import onnx
    import torch

    stream = io.BytesIO()
    side = 64
    with warnings.catch_warnings():
        # The newer exporter needs one more package and gives the same few layers.
        warnings.simplefilter("ignore", DeprecationWarning)
        torch.onnx.export(
            network,
            (torch.zeros(1, 1, side, side), torch.zeros(2, 1, side, side), torch.zeros(2, len(MEASURES))),
            stream,
            input_names=["gaiji", "candidates", "measures"],
            output_names=["log_odds"],
            dynamic_axes={"candidates": {0: "pairs"}, "measures": {0: "pairs"}, "log_odds": {0: "pairs"}},
            opset_version=17,
            dynamo=False,
        )
    # Without the exporter's names of its own build, the same weights give the same bytes.
    model = onnx.load_from_string(stream.getvalue())
    model.producer_version = ""
    save_pair_network(
        path, model.SerializeToString(deterministic=True), {"training": asdict(training), **report}
    )
