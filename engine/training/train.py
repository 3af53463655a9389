"""Make the learned artefacts again: ``python -m engine.training.train [STEP…]``.

The steps are nonkanji, description, pair and network, in this order: each builds on those before. Each writes
one small file beside the code that reads it, with a manifest inside: seeds, parameters, counts. The first
three take some minutes, the network an hour to an hour and a half on two cores.
"""

from __future__ import annotations

import argparse
import os
import time
from dataclasses import asdict
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from engine.compare.network import NETWORK_PATH, load_pair_network
from engine.compare.pair import PAIR_MODEL_PATH, load_pair_model, save_pair_model
from engine.describe.gradient import GradientParameters, describe
from engine.describe.model import MODEL_PATH, load_model, save_model
from engine.describe.normalise import SIDE_PX, normalise, normalise_many
from engine.glyph.model import Ink
from engine.reference.fetch import debian_font
from engine.reference.font import glyph_ids, locate_font
from engine.reference.identical import load_identical
from engine.reference.index import open_index
from engine.reference.nonkanji import NON_KANJI_PATH, save_non_kanji
from engine.reference.refset import file_sha256, find_reference_set
from engine.reference.shapes import shapes
from engine.reference.table import MojiTable, load_table
from engine.search.retrieve import Retriever
from engine.settings import Settings
from engine.synth.fonts import OutlineFont
from engine.training import corpus, description, gather, network, nonkanji, pair
from engine.training.pairs import load_pairs

SEED = 20261122
PER_SOURCE = 9000
LEAST_ALIKE, LEAST_ALIKE_DOTS = 0.75, 0.5
"""Cosine of the plain descriptions below which a font's glyph is not taken as a drawing of that MJ."""


class Reference:
    """The reference glyphs as training sees them."""

    def __init__(self, settings: Settings) -> None:
        self.refset = find_reference_set(settings)
        self.table: MojiTable = load_table(self.refset)
        self.font = locate_font(self.refset, settings)
        self.ids = glyph_ids(self.refset, self.font, self.table.mj)
        self.rows = np.flatnonzero(self.ids)
        self.inks: list[Ink] = corpus.draw_reference(self.font, self.ids[self.rows].tolist())
        keep = [i for i, ink in enumerate(self.inks) if ink.any()]
        self.rows, self.inks = self.rows[keep], [self.inks[i] for i in keep]
        self.by_text = self._texts()

    @cached_property
    def _plain(self) -> NDArray[np.float32]:
        return described(normalise_many(self.inks), description.COARSE).astype(np.float32)

    def label(self, text: str, ink: Ink, least: float) -> int | None:
        """Position (in ``rows``) of the MJ that a font's clean glyph shows; None where all are too far."""
        positions = self.by_text[text]
        alike = self._plain[positions] @ describe(normalise(ink)[None], description.COARSE)[0]
        return positions[int(alike.argmax())] if alike.max() >= least else None

    def _texts(self) -> dict[str, list[int]]:
        """Character or sequence → positions (in ``rows``) of the MJ that it may show."""
        found: dict[str, list[int]] = {}
        for i, row in enumerate(self.rows):
            codes = self.table.codes(self.table.mj[row])
            if codes.ucs and not self.table.is_hentaigana[row]:
                found.setdefault(codes.ucs, []).append(i)
            if codes.ivs:
                found[codes.ivs] = [i]
        return found


def labelled_pictures(
    reference: Reference, settings: Settings, per_source: int = PER_SOURCE
) -> tuple[NDArray[np.uint8], NDArray[np.int64], NDArray[np.int64]]:
    """Draw the training pictures.

    Returns
    -------
    squares : (N, S, S) uint8
    labels : (N,) int64
        Position in ``reference.rows``.
    sources : (N,) int64
        Number of the font in :data:`engine.training.corpus.SOURCES`; its length for the reference font.
    """
    wanted = set(reference.by_text)
    squares, labels, sources = [], [], []
    for number, source in enumerate(corpus.SOURCES):
        path = debian_font(source.package, source.file, settings.cache_dir)
        drawn = corpus.draw_source(source, path, wanted)
        least = LEAST_ALIKE_DOTS if source.strike_px else LEAST_ALIKE
        for text, ink, changed in corpus.samples(drawn, source, count=per_source, seed=SEED + number):
            label = reference.label(text, ink, least)
            if label is not None:
                squares.append(normalise(changed))
                labels.append(label)
                sources.append(number)
        say(f"{source.file} {source.face_index} {source.strike_px or ''}: {len(labels)} pictures so far")
    rng = np.random.default_rng(SEED - 1)
    for i in rng.permutation(len(reference.inks))[: 2 * per_source]:
        own = corpus.degraded(np.pad(reference.inks[i], 6), rng, strike=False)
        if own is not None:
            squares.append(normalise(own))
            labels.append(int(i))
            sources.append(len(corpus.SOURCES))
    return np.stack(squares), np.array(labels), np.array(sources)


def described(squares: NDArray[np.uint8], parameters: GradientParameters) -> NDArray[np.float16]:
    """Describe many pictures in little memory."""
    out = np.empty((len(squares), parameters.dimension), np.float16)
    for start in range(0, len(squares), 2048):
        out[start : start + 2048] = describe(squares[start : start + 2048], parameters)
    return out


def train_non_kanji(settings: Settings) -> None:
    """Write the non-kanji pictures."""
    table = load_table(find_reference_set(settings))
    kanji = frozenset(chr(code) for code in table.code_points if code)
    paths = [debian_font(package, name, settings.cache_dir) for package, name in nonkanji.FONTS]
    drawn = nonkanji.draw_non_kanji(paths, kanji)
    save_non_kanji(NON_KANJI_PATH, drawn, {"fonts": {path.name: file_sha256(path) for path in paths}})
    say(f"{len(drawn.characters)} pictures, {len(set(drawn.characters))} characters → {NON_KANJI_PATH.name}")


def train_description(settings: Settings, out: Path = MODEL_PATH) -> None:
    """Write the description model."""
    import faiss

    reference = Reference(settings)
    squares, labels, sources = labelled_pictures(reference, settings)
    say(f"{len(squares)} pictures; whitening")
    reference_squares = normalise_many(reference.inks)
    ours, theirs = (described(s, description.COARSE) for s in (reference_squares, squares))
    coarse = description.whitening(
        ours.astype(np.float32), theirs, labels, description.COARSE, description.COARSE_DIMENSION
    )
    training = description.FineTraining()
    _, nearest = faiss.knn(
        coarse.project(theirs.astype(np.float32)),
        coarse.project(ours.astype(np.float32)),
        training.rivals + 1,
        metric=faiss.METRIC_INNER_PRODUCT,
    )
    say(f"first among the training pictures: {(nearest[:, 0] == labels).mean():.4f}; fine map")
    rivals = np.stack(
        [row[row != label][: training.rivals] for row, label in zip(nearest, labels, strict=True)]
    )
    ours, theirs = (described(s, description.FINE) for s in (reference_squares, squares))
    fine = description.whitening(
        ours.astype(np.float32), theirs, labels, description.FINE, description.FINE_DIMENSION
    )
    fine = description.refine(fine, ours, theirs, labels, rivals, training)
    manifest: dict[str, object] = {
        "seed": SEED,
        "side_px": SIDE_PX,
        "per_source": PER_SOURCE,
        "pictures": {
            f"{s.file}#{s.face_index}" + (f"@{s.strike_px}" if s.strike_px else ""): int((sources == i).sum())
            for i, s in enumerate(corpus.SOURCES)
        },
        "ridge": description.RIDGE,
        "fine": asdict(training),
        "reference_font": file_sha256(reference.font),
    }
    save_model(out, coarse, fine, manifest)
    say(f"→ {out.name} {load_model(out).identity}")


def train_pair(settings: Settings, out: Path = PAIR_MODEL_PATH) -> None:
    """Write the pair model; the description model must be there."""
    reference = Reference(settings)
    model = load_model()
    index = open_index(reference.refset, settings, model=model)
    retriever = Retriever(index, model, index.drawing >= 0)
    shape = shapes(index, reference.table, load_identical(reference.refset))
    wanted = set(reference.by_text)
    non_kanji = {c: row for row, c in enumerate(index.characters, index.non_kanji_start)}
    pictures: list[tuple[Ink, int, int]] = []
    for number, source in enumerate(corpus.SOURCES):
        if source not in pair.SOURCES:
            continue
        path = debian_font(source.package, source.file, settings.cache_dir)
        drawn = corpus.draw_source(source, path, wanted)
        least = pair.LEAST_ALIKE_DOTS if source.strike_px else pair.LEAST_ALIKE
        for text, ink, changed in corpus.samples(
            drawn, source, count=pair.PER_SOURCE, seed=SEED + 100 + number
        ):
            label = reference.label(text, ink, least)
            if label is not None:
                pictures.append((changed, int(reference.rows[label]), number))
        if source.strike_px == 0:
            rng = np.random.default_rng(SEED + 200 + number)
            font = OutlineFont(path, face_index=source.face_index)
            codes = np.array(sorted(c for c in font.codes() if chr(c) in wanted))
            for edited in pair.edited_glyphs(font, rng.permutation(codes), rng, pair.EDITED_PER_SOURCE):
                changed_or_none = corpus.degraded(edited, rng, strike=False)
                if changed_or_none is not None:
                    pictures.append((changed_or_none, pair.EDITED, number))
            others = pair.non_kanji_pictures(font, non_kanji, rng, pair.NON_KANJI_PER_SOURCE)
            pictures.extend((ink, row, number) for ink, row in others)
        say(f"{source.file} {source.face_index} {source.strike_px or ''}: {len(pictures)} pictures so far")
    rng = np.random.default_rng(SEED + 99)
    for i in rng.permutation(len(reference.inks))[: 4 * pair.PER_SOURCE]:
        changed_or_none = pair.reference_picture(reference.inks[i], rng)
        if changed_or_none is not None:
            pictures.append((changed_or_none, int(reference.rows[i]), len(corpus.SOURCES)))
    say(f"{len(pictures)} pictures; measuring")
    pairs = pair.measure_pairs(retriever, shape, pictures)
    say(f"{len(pairs.same)} pairs; training")
    training = pair.PairTraining()
    trained, report = pair.train_pair_model(pairs, training)
    manifest = {"seed": SEED, "description": model.identity, "training": asdict(training), **report}
    save_pair_model(out, trained, manifest)
    say(f"{report} → {out.name} {load_pair_model(out).identity}")


def train_network_step(settings: Settings, out: Path = NETWORK_PATH) -> None:
    """Write the pair network; description and pair model must be there. Needs 3 GB of disk and of memory."""
    folder = settings.cache_dir / "training" / "pairs"
    paths = gather.gather(settings, folder, jobs=os.cpu_count() or 1)
    held = load_pairs([path for path in paths if path.name.startswith(gather.HELD_OUT)])
    first, later = (
        load_pairs([path for path in some if not path.name.startswith(gather.HELD_OUT)])
        for some in (paths[: len(gather.FIRST_PARTS)], paths[len(gather.FIRST_PARTS) :])
    )
    training = network.NetworkTraining()
    trained, report = network.train_network((first, later), held, training, say)
    report["pictures"] = {part.name: part.count for part in gather.PARTS}
    network.save_network(out, trained, training, report)
    say(f"{report} → {out.name} {load_pair_network(out).identity}")


def say(text: str) -> None:
    """Tell how far the training is."""
    print(f"{time.strftime('%H:%M:%S')} {text}", flush=True)  # noqa: T201


def main() -> None:
    """Run the steps named on the command line, in order."""
    parser = argparse.ArgumentParser(description=__doc__)
    steps = {
        "nonkanji": train_non_kanji,
        "description": train_description,
        "pair": train_pair,
        "network": train_network_step,
    }
    parser.add_argument("steps", nargs="*", metavar="STEP")
    settings = Settings.from_environment()
    for step in parser.parse_args().steps or steps:
        steps[step](settings)


if __name__ == "__main__":
    main()
