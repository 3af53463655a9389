"""How well the difference report finds and names what is known to differ.

Run as ``python -m engine.evaluation.difference_table``. Every kind of difference that
:mod:`engine.synth.change` can make is made in the drawings of a font; the report is asked about the changed
glyph and the reference glyph laid over it. True matches show what it says where nothing differs but the font,
the scanner or the dots.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from engine.compare.differences import differences
from engine.compare.register import register
from engine.describe.normalise import MARGIN_PX, SIDE_PX, ink_box, normalise, target_size
from engine.difference import Difference, DifferenceKind
from engine.errors import GaijiError
from engine.evaluation.materials import REFERENCE, Materials
from engine.evaluation.opening import open_materials
from engine.evaluation.run import DEFAULT_SEED
from engine.glyph.clean import clean
from engine.glyph.model import Ink
from engine.reference.fetch import debian_font
from engine.settings import Settings
from engine.synth import degrade
from engine.synth.change import ChangedGlyph, change, collect_donors, kinds
from engine.synth.fonts import OutlineFont
from engine.synth.outline import contours

FONTS = {
    "ipamj": None,
    "noto": ("fonts-noto-cjk", "NotoSerifCJK-Regular.ttc"),
    "hanamin": ("fonts-hanazono", "HanaMinA.ttf"),
    "ume": ("fonts-horai-umefont", "ume-tmo3.ttf"),
}
"""Debian package and file by name. Only ``ume`` gives figures to report: the others served for tuning."""

STRONG = 1.5
"""Strength from which on a design difference is more than weak."""

NEAR_PX = 4.0
"""A difference is at the right place when it is no further than this from the circle of what was changed."""

_EM_PX = 160
_DRAWN_PX = 192
_DONORS = 400
_COMMON = range(0x4E00, 0xA000)


@dataclass(frozen=True, slots=True)
class KindRow:
    """What was reported of glyphs changed in one way.

    Attributes
    ----------
    kind : DifferenceKind
    count : int
        Glyphs.
    named, placed : float
        Shares with a difference of this kind, and of any kind, at the right place.
    fatal : float
        Share with a difference that is no matter of design, anywhere.
    items : float
        Mean number of differences reported.
    """

    kind: DifferenceKind
    count: int
    named: float
    placed: float
    fatal: float
    items: float


@dataclass(frozen=True, slots=True)
class MatchRow:
    """What was reported of true matches drawn in one way.

    Attributes
    ----------
    name : str
    count : int
    items : float
        Mean number of differences reported.
    strong, fatal : float
        Shares with a strong difference, and with one that is no matter of design.
    """

    name: str
    count: int
    items: float
    strong: float
    fatal: float


Report = tuple[Difference, ...]
Place = tuple[float, float, float]
"""x, y and radius in pixels of the normalised picture."""


def kind_row(kind: DifferenceKind, cases: Iterable[tuple[Place, Report]]) -> KindRow:
    """Count how often the change was found, named, and taken for something worse."""
    named, placed, fatal, items = [], [], [], []
    for place, report in cases:
        here = [each for each in report if _is_at(each, place)]
        named.append(any(each.kind is kind for each in here))
        placed.append(bool(here))
        fatal.append(any(not each.kind.within_design for each in report))
        items.append(len(report))
    return KindRow(kind, len(items), _mean(named), _mean(placed), _mean(fatal), _mean(items))


def match_row(name: str, reports: Sequence[Report]) -> MatchRow:
    """Count what is reported where nothing is changed."""
    return MatchRow(
        name,
        len(reports),
        _mean([len(report) for report in reports]),
        _mean([any(each.strength >= STRONG for each in report) for report in reports]),
        _mean([any(not each.kind.within_design for each in report) for report in reports]),
    )


def _is_at(difference: Difference, place: Place) -> bool:
    x, y, radius = place
    return float(np.hypot(difference.x_px - x, difference.y_px - y)) <= radius + NEAR_PX


def _mean(values: Sequence[float]) -> float:
    return float(np.mean(values)) if values else float("nan")


def place_of(changed: ChangedGlyph) -> Place:
    """Where the change lies in the normalised picture of the changed glyph."""
    side = changed.ink.shape[0]
    top, bottom, left, right = ink_box(changed.ink)
    height, width = target_size(bottom - top, right - left, SIDE_PX - 2 * MARGIN_PX)
    scale_x, scale_y = width / (right - left), height / (bottom - top)
    x = (changed.x_em * side - left) * scale_x + (SIDE_PX - width) // 2 - 0.5
    y = (changed.y_em * side - top) * scale_y + (SIDE_PX - height) // 2 - 0.5
    return x, y, changed.radius_em * side * max(scale_x, scale_y)


class Bench:
    """Draws glyphs of one font and asks for the report against the reference glyph.

    Parameters
    ----------
    materials : Materials
    font : OutlineFont
    seed : int
    """

    def __init__(self, materials: Materials, font: OutlineFont, seed: int) -> None:
        self._font = font
        self._rng = np.random.default_rng(seed)
        self._reference = materials.outline_font(REFERENCE, _DRAWN_PX)
        codes = sorted(font.codes() & set(materials.truth.implemented) & set(_COMMON))
        self._codes = [codes[index] for index in self._rng.permutation(len(codes)).tolist()]
        outlines = (contours(font, code) for code in self._codes[:_DONORS])
        self._donors = collect_donors(outlines, self._rng)

    def changed(self, kind: DifferenceKind, count: int) -> KindRow:
        """Make up to ``count`` changes of one kind and look at the reports."""
        return kind_row(kind, islice(self._changed(kind), count))

    def _changed(self, kind: DifferenceKind) -> Iterator[tuple[Place, Report]]:
        for code in self._codes[_DONORS:]:
            polygons = contours(self._font, code)
            made = change(polygons, kind, self._rng, em_px=_EM_PX, donors=self._donors)
            if made is not None:
                yield place_of(made), self._report(made.ink, code)

    def matches(self, name: str, draw: Callable[[Ink, np.random.Generator], Ink], count: int) -> MatchRow:
        """Draw ``count`` characters in some way and look at the reports."""
        codes = self._codes[:count]
        reports = [self._report(draw(self._font.body(code), self._rng), code) for code in codes]
        return match_row(name, reports)

    def _report(self, ink: Ink, code: int) -> Report:
        gaiji = normalise(ink)
        reference: NDArray[np.uint8] = normalise(self._reference.tight(code))
        return differences(gaiji, register(gaiji, reference[None]).warped[0])


def _scanned(ink: Ink, rng: np.random.Generator) -> Ink:
    return clean(degrade.scan(ink, rng, size_px=int(rng.integers(48, 97))))


WAYS: tuple[tuple[str, Callable[[Ink, np.random.Generator], Ink]], ...] = (
    ("96 px", lambda ink, _: degrade.resize(ink, 96)),
    ("48 px", lambda ink, _: degrade.resize(ink, 48)),
    ("スキャン", _scanned),
    ("32 ドット", lambda ink, _: degrade.dots(ink, 32)),
)
"""Ways of drawing a true match."""


def _open_font(name: str, settings: Settings, materials: Materials) -> OutlineFont:
    source = FONTS[name]
    if source is None:
        return materials.outline_font(REFERENCE, _DRAWN_PX)
    package, filename = source
    return OutlineFont(debian_font(package, filename, settings.cache_dir), em_px=_DRAWN_PX)


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the table; the exit status is 2 where it cannot be made."""
    parser = argparse.ArgumentParser(
        prog="python -m engine.evaluation.difference_table", description="相違点の報告を測る。"
    )
    parser.add_argument("--font", choices=FONTS, default="ume", help="字を描く書体（報告には ume を使う）")
    parser.add_argument("--count", type=int, default=200, help="1 行あたりの字数")
    parser.add_argument("--seed", type=int, default=DEFAULT_SEED, help="乱数の種")
    given = parser.parse_args(arguments)
    settings = Settings.from_environment()
    try:
        materials = open_materials(settings, None)
        bench = Bench(materials, _open_font(given.font, settings, materials), given.seed)
    except GaijiError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    sys.stdout.write(
        "| 変化 | 字数 | 種類も当たり | 場所が当たり | 字体の違いとした | 件数 |\n|---|---|---|---|---|---|\n"
    )
    for kind in kinds():
        row = bench.changed(kind, given.count)
        sys.stdout.write(
            f"| {kind.value} {kind.japanese} | {row.count} | {row.named:.3f} | {row.placed:.3f} "
            f"| {row.fatal:.3f} | {row.items:.2f} |\n"
        )
    sys.stdout.write("\n| 同じ字形 | 字数 | 件数 | 目立つ相違 | 字体の違いとした |\n|---|---|---|---|---|\n")
    for name, draw in WAYS:
        match = bench.matches(name, draw, given.count)
        sys.stdout.write(
            f"| {match.name} | {match.count} | {match.items:.2f} | {match.strong:.3f} | {match.fatal:.3f} |\n"
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
