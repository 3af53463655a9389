"""Gather the training pairs of the pair network: which sources, how many pictures of each."""

from __future__ import annotations

import multiprocessing
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import cv2

from engine.glyph.model import Ink
from engine.glyph.raster import OutlineRasteriser
from engine.reference.fetch import debian_font
from engine.reference.font import glyph_ids, locate_font
from engine.settings import Settings
from engine.synth.change import kinds
from engine.synth.edit import Polygon, contours_of_glyph
from engine.synth.fonts import OutlineFont
from engine.training import corpus, examples
from engine.training.examples import Example
from engine.training.pairs import Matcher, save_pairs

SEED = 20261123

HELD_OUT = "uming"
"""Beginning of the names of the parts that training does not see, only calibration: a whole font."""

_JAPANESE, _OTHER = -1.0, 1.5
"""Least log odds (measured model) of a clean glyph: fonts that follow Japanese shapes, and UMing, whose glyph
of a code point is often a sibling, or a shape that MJ lacks. Taiwanese and Chinese faces are not used at all:
with them the network learnt to see no difference between 糸 and 糹, or between one dot and two on ⻌."""


_FEW_STROKES, _FEW_TIMES = 7, 3


@dataclass(frozen=True, slots=True)
class Part:
    """One lot of training pictures.

    Attributes
    ----------
    name : str
    source : FontSource or None
        None: the reference font.
    what : str
        A key of :func:`_examples`.
    count : int
    least_log_odds : float
    """

    name: str
    source: corpus.FontSource | None
    what: str
    count: int
    least_log_odds: float = _JAPANESE


_HANA_A, _HANA_B, _NOTO, _NOTO_BOLD, _NOTO_LIGHT, _, _, _, _TAKAO, _IPAEX, _UMING, *_STRIKES = corpus.SOURCES

FIRST_PARTS: tuple[Part, ...] = (
    Part("hana-a", _HANA_A, "characters", 10000),
    Part("reference", None, "rendered", 10000),
    Part("reference-siblings", None, "siblings", 6000),
    Part("reference-design", None, "design", 8000),
    Part("reference-form", None, "form", 6000),
    Part("noto", _NOTO, "characters", 8000),
    Part("noto-siblings", _NOTO, "siblings", 3000),
    Part("hana-siblings", _HANA_A, "siblings", 3000),
    Part("hana-b", _HANA_B, "characters", 5000),
    Part("noto-bold", _NOTO_BOLD, "characters", 4500),
    Part("noto-light", _NOTO_LIGHT, "characters", 4500),
    Part("ipaex", _IPAEX, "characters", 4000),
    Part("takao", _TAKAO, "characters", 3000),
    *(Part(f"dots-{s.strike_px}", s, "characters", 700, 0.0) for s in _STRIKES),
    Part("noto-form", _NOTO, "form", 2500),
    Part("hana-form", _HANA_A, "form", 2500),
    Part("noto-edited", _NOTO, "edited", 2500),
    Part("hana-edited", _HANA_A, "edited", 2500),
    Part("ipaex-edited", _IPAEX, "edited", 1500),
    *(Part(f"{n}-kana", s, "non_kanji", 350) for n, s in (("noto", _NOTO), ("bold", _NOTO_BOLD))),
    *(Part(f"{n}-kana", s, "non_kanji", 350) for n, s in (("ipaex", _IPAEX), ("hana", _HANA_A))),
    Part("takao-kana", _TAKAO, "non_kanji", 350),
    Part("noto-junk", _NOTO, "junk", 2000),
    Part("hana-junk", _HANA_A, "junk", 1500),
    Part("hentaigana", None, "bent", 10),
    Part("uming", _UMING, "characters", 4000, _OTHER),
    Part("uming-form", _UMING, "form", 800, _OTHER),
    Part("uming-edited", _UMING, "edited", 1000, _OTHER),
    Part("uming-kana", _UMING, "non_kanji", 350),
    Part("uming-junk", _UMING, "junk", 800),
)
"""What a network learns most from, and what it is calibrated on."""

LATER_PARTS: tuple[Part, ...] = (
    Part("reference-few", None, "few", 6000),
    *(Part(f"{n}-few", s, "few", 1200) for n, s in (("noto", _NOTO), ("hana", _HANA_A), ("ipaex", _IPAEX))),
    Part("bold-few", _NOTO_BOLD, "few", 1200),
    Part("reference-form-2", None, "form", 8000),
    Part("reference-design-2", None, "design", 4000),
    Part("ipaex-form", _IPAEX, "form", 2500),
    Part("ipaex-siblings", _IPAEX, "siblings", 2000),
    *(Part(f"{n}-bent", s, "bent_characters", 5000) for n, s in (("noto", _NOTO), ("hana", _HANA_A))),
    Part("ipaex-bent", _IPAEX, "bent_characters", 4000),
)
"""For the errors of a network trained on the first: few strokes, small strokes that touch others, typefaces
whose parts sit elsewhere."""

PARTS = FIRST_PARTS + LATER_PARTS


def gather(settings: Settings, folder: Path, *, jobs: int = 2) -> list[Path]:
    """Make the pairs of every part that is not in ``folder`` yet.

    Parameters
    ----------
    settings : Settings
        Where the reference set and the fonts are.
    folder : Path
        Some gigabytes.
    jobs : int
        Processes.

    Returns
    -------
    list of Path
        One file for each of :data:`PARTS`.
    """
    folder.mkdir(parents=True, exist_ok=True)
    paths = [folder / f"{part.name}.npz" for part in PARTS]
    missing = [i for i, path in enumerate(paths) if not path.exists()]
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(jobs, mp_context=spawn, initializer=_open, initargs=(settings,)) as pool:
        for _ in pool.map(_make, missing, [paths[i] for i in missing]):
            pass
    return paths


class _Drawing:
    """What one process holds."""

    def __init__(self, settings: Settings) -> None:
        cv2.setNumThreads(1)
        self.settings = settings
        self.matcher = Matcher(settings)
        table = self.matcher.table
        path = locate_font(self.matcher.refset, settings)
        self.font = OutlineFont(path)
        self.glyph_ids = glyph_ids(self.matcher.refset, self.font.path, table.mj).tolist()
        self._rasteriser = OutlineRasteriser(path, em_px=96)
        drawn = [row for row, glyph_id in enumerate(self.glyph_ids) if glyph_id > 0]
        self.hentaigana = [row for row in drawn if table.is_hentaigana[row]]
        self.kanji = [row for row in drawn if not table.is_hentaigana[row]]
        self.few_strokes = {row for row in self.kanji if 0 < table.strokes[row] <= _FEW_STROKES}
        count = Counter(self.matcher.family[self.kanji].tolist())
        self.siblings = [row for row in self.kanji if count[int(self.matcher.family[row])] > 1]

    def ink(self, row: int) -> Ink:
        return self._rasteriser.render(self.glyph_ids[row])

    def outline(self, row: int) -> list[Polygon]:
        return contours_of_glyph(self.font, self.glyph_ids[row])

    def path(self, source: corpus.FontSource) -> Path:
        return debian_font(source.package, source.file, self.settings.cache_dir)


_drawing: list[_Drawing] = []
"""Filled once in each worker process."""


def _open(settings: Settings) -> None:
    _drawing.append(_Drawing(settings))


def _make(number: int, path: Path) -> None:
    part = PARTS[number]
    pairs = _drawing[0].matcher.pairs(
        _examples(part, _drawing[0], SEED + number), least_log_odds=part.least_log_odds
    )
    partial = path.with_name(f"{path.stem}.part.npz")
    save_pairs(partial, pairs)
    partial.replace(path)


def _examples(part: Part, drawing: _Drawing, seed: int) -> Iterator[Example]:
    if part.source is None:
        return _reference_examples(part, drawing, seed)
    path = drawing.path(part.source)
    wanted = set(drawing.matcher.by_text)
    if part.what == "siblings":
        wanted = {text for text, rows in drawing.matcher.by_text.items() if len(rows) > 1}
    if part.what == "few":
        few = drawing.few_strokes
        wanted = {text for text, rows in drawing.matcher.by_text.items() if not few.isdisjoint(rows)}
    if part.what == "bent_characters":
        return examples.bent_characters(part.source, path, wanted, count=part.count, seed=seed)
    if part.what in {"characters", "siblings", "few"}:
        times = _FEW_TIMES if part.what == "few" else 1
        return examples.font_characters(part.source, path, wanted, count=part.count, seed=seed, times=times)
    font = OutlineFont(path, face_index=part.source.face_index, em_px=96)
    codes = sorted(code for code in font.codes() if chr(code) in wanted)
    if part.what == "non_kanji":
        index = drawing.matcher.index
        rows = {c: row for row, c in enumerate(index.characters, index.non_kanji_start)}
        return examples.non_kanji(font, rows, count=part.count, seed=seed)
    if part.what == "form":
        return examples.changed_characters(font, codes, _FORM, count=part.count, seed=seed)
    draw = {"edited": examples.edited_characters, "junk": examples.junk_pictures}[part.what]
    return draw(font, codes, count=part.count, seed=seed)


_DESIGN = tuple(kind for kind in kinds() if kind.within_design)
_FORM = tuple(kind for kind in kinds() if not kind.within_design)


def _reference_examples(part: Part, drawing: _Drawing, seed: int) -> Iterator[Example]:
    if part.what in {"rendered", "siblings", "few"}:
        rows = {
            "rendered": drawing.kanji,
            "siblings": drawing.siblings,
            "few": sorted(drawing.few_strokes),
        }[part.what]
        return examples.rendered(drawing.ink, rows, count=part.count, seed=seed)
    if part.what == "bent":
        return examples.bent(drawing.ink, drawing.hentaigana, times=part.count, seed=seed)
    change = {"design": _DESIGN, "form": _FORM}[part.what]
    return examples.changed_glyphs(drawing.outline, drawing.kanji, change, count=part.count, seed=seed)
