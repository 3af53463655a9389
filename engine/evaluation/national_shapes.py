"""What the gaiji of the synthetic national survey show, with the right answer to each.

As :mod:`engine.evaluation.sets`, from the same fonts, but by the ten thousand: what is uncertain is thrown
away by quicker tests. One coarse look tells which MJ a shape is near to; it is kept only where each of these
is its own MJ, or visibly another glyph.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice

import cv2
import numpy as np

from engine.difference import DifferenceKind
from engine.evaluation.alike import VISIBLE_PX, visible_difference_px
from engine.evaluation.case import CLAIMS, Expected
from engine.evaluation.materials import REFERENCE, Materials
from engine.evaluation.nonkanji import is_symbol
from engine.glyph.model import Ink
from engine.result import Subclass, Verdict
from engine.synth import degrade, junk
from engine.synth.change import change, kinds
from engine.synth.outline import contours
from engine.synth.survey import Stratum
from engine.synth.survey_picture import DRAWN_PX

_MINCHO = ("ume-mincho", "sawarabi-mincho")
_DOTS = ("jiskan16-1", "jiskan16-2", "shinonome16-mincho")
_SYMBOLS = ("ume-mincho", "ume-gothic", "sawarabi-mincho", "shinonome16-mincho")
_HENTAIGANA = range(0x1B002, 0x1B11F)
_PARTS = frozenset({DifferenceKind.PART_ADDED, DifferenceKind.PART_MISSING, DifferenceKind.PART_REPLACED})
_NEARBY_PX = 96
_SCREENED_AT_ONCE = 32
_LOOKED_AT = 4
_NARROW, _HALF = 0.75, 0.25
"""Ratio of the sides of a box below which it is too narrow for a whole character, and for half of one."""
_FAR = 0.7
"""Cosine of the coarse pictures below which two glyphs are not compared: siblings have more."""
_DOT_SCALE = DRAWN_PX // 16


@dataclass(frozen=True, slots=True, eq=False)
class Shape:
    """A glyph before it is drawn in dots.

    Attributes
    ----------
    ink : (H, W) uint8, ink = 255
        About :data:`engine.synth.survey_picture.DRAWN_PX` large.
    expected : Expected
        Classes that are right are those of the ministry's class, and those that nobody could call wrong.
    mj : str
        The MJ that it was made of; empty where none.
    material : str
        The font, and what was done: ``ume-mincho/f-2``.
    """

    ink: Ink
    expected: Expected
    mj: str
    material: str


@dataclass(frozen=True, slots=True, eq=False)
class _Draft:
    """A shape to be screened.

    Attributes
    ----------
    shape : Shape
    own : frozenset of str
        MJ that it may look like.
    apart_px : int
        How far it must be from any other (:func:`engine.evaluation.alike.visible_difference_px`).
    nearest : bool
        Whether one of ``own`` must be the nearest: a dot more may make another form of the same character.
    spread : bool
        Compare it with lines spread evenly, too: put together, its parts have other proportions.
    """

    shape: Shape
    own: frozenset[str]
    apart_px: int
    nearest: bool = False
    spread: bool = False

    @property
    def seen(self) -> Ink:
        """What is compared: half of a character, which is drawn too narrow for a whole one, is widened."""
        ink = degrade.crop(self.shape.ink, threshold=64)
        if (
            not self.spread
            or min(ink.shape) < _HALF * max(ink.shape)
            or min(ink.shape) > _NARROW * max(ink.shape)
        ):
            return self.shape.ink
        return np.asarray(cv2.resize(ink, (_NEARBY_PX, _NEARBY_PX), interpolation=cv2.INTER_AREA), np.uint8)


_Drafts = Iterator[Shape | _Draft]


class Shapes:
    """Draws the shapes of each stratum.

    Parameters
    ----------
    materials : Materials
    juki : collection of str
        MJ names that are 住基ネット統一文字.
    """

    def __init__(self, materials: Materials, juki: frozenset[str]) -> None:
        self._materials = materials
        self._juki = juki

    def of(self, stratum: Stratum, rng: np.random.Generator) -> Iterator[Shape]:
        """Yield shapes of a stratum without end; none twice before everything was there once.

        Parameters
        ----------
        stratum : Stratum
        rng : numpy.random.Generator
        """
        makers: dict[tuple[Verdict, Subclass | None], Sequence[tuple[float, Callable[..., _Drafts]]]] = {
            (Verdict.SAME, None): [(1.0, self._itself)],
            (Verdict.DESIGN, None): [(0.45, self._mincho), (0.15, self._dots), (0.4, self._redesigned)],
            (Verdict.SIMILAR, None): [(0.7, self._reference_changed), (0.3, self._mincho_changed)],
            (Verdict.UNIDENTIFIED, Subclass.UNKNOWN): [
                (0.7, self._outside),
                (0.1, self._pairs),
                (0.2, self._marks),
            ],
            (Verdict.UNIDENTIFIED, Subclass.HENTAIGANA): [(0.5, self._kana), (0.5, self._other_kana)],
            (Verdict.UNIDENTIFIED, Subclass.SYMBOL): [(1.0, self._symbols)],
        }
        running = [
            (share, self._screened(source(rng, stratum)))
            for share, source in makers[stratum.verdict, stratum.subclass]
        ]
        while running:
            shares = np.array([share for share, _ in running])
            chosen = int(rng.choice(len(running), p=shares / shares.sum()))
            shape = next(running[chosen][1], None)
            if shape is None:  # no glyph of this font belongs to the stratum
                del running[chosen]
            else:
                yield shape

    def _screened(self, drafts: _Drafts) -> Iterator[Shape]:
        while some := list(islice(drafts, _SCREENED_AT_ONCE)):
            waiting = [draft for draft in some if isinstance(draft, _Draft)]
            inks = [draft.seen for draft in waiting]
            nearest = iter(self._materials.shapes().nearest(inks, _LOOKED_AT) if inks else ())
            for draft in some:
                if isinstance(draft, Shape):
                    yield draft
                elif self._keeps(draft, next(nearest)):
                    yield draft.shape

    def _keeps(self, draft: _Draft, nearest: Sequence[tuple[str, float]]) -> bool:
        if draft.nearest and nearest[0][0] not in draft.own:
            return False
        ink = draft.seen
        for name, cosine in nearest:
            if cosine < _FAR or name in draft.own:
                continue
            drawing = self._materials.reference_glyph(name, _NEARBY_PX)
            if visible_difference_px(ink, drawing) < draft.apart_px:
                return False
            if draft.spread and visible_difference_px(ink, drawing, evenly_spread=True) < draft.apart_px:
                return False
        return True

    def _names(self, rng: np.random.Generator, names: Sequence[str], stratum: Stratum) -> Iterator[str]:
        of_stratum = [name for name in names if (name in self._juki) is stratum.juki]
        while of_stratum:
            for index in rng.permutation(len(of_stratum)):
                yield of_stratum[int(index)]

    def _codes(
        self, rng: np.random.Generator, fonts: Sequence[str], stratum: Stratum
    ) -> Iterator[tuple[str, int]]:
        """Fonts and codes whose MJ are in the stratum, over and over."""
        implemented, codes = self._materials.truth.implemented, self._materials.kanji_codes
        pool = [
            (key, code)
            for key in fonts
            for code in codes(key)
            if (min(implemented[code]) in self._juki) is stratum.juki
        ]
        while pool:
            for index in rng.permutation(len(pool)):
                yield pool[int(index)]

    def _itself(self, rng: np.random.Generator, stratum: Stratum) -> _Drafts:
        truth = self._materials.truth
        for mj in self._names(rng, self._materials.kanji_names(), stratum):
            ties = truth.same_shape[mj]
            expected = Expected(CLAIMS, exact=ties, same_ucs=truth.family(mj), nameable=ties)
            yield Shape(self._materials.reference_glyph(mj, DRAWN_PX), expected, mj, REFERENCE)

    def _character(self, code: int, verdicts: frozenset[Verdict] = CLAIMS) -> Expected:
        truth = self._materials.truth
        exact, character = truth.implemented[code], truth.of_character(code)
        return Expected(verdicts, exact=exact, same_ucs=character | exact, nameable=character | exact)

    def _mincho(self, rng: np.random.Generator, stratum: Stratum) -> _Drafts:
        for key, code in self._codes(rng, _MINCHO, stratum):
            ink = self._materials.outline_font(key, DRAWN_PX).tight(code)
            expected = self._character(code)
            mj = min(self._materials.truth.implemented[code])
            # Fonts have mistakes: what looks like another character is not taken for this one.
            yield _Draft(Shape(ink, expected, mj, key), expected.nameable, VISIBLE_PX)

    def _dots(self, rng: np.random.Generator, stratum: Stratum) -> _Drafts:
        """Dot fonts blown up: their designers leave out what has no room, so that 類似 may be right."""
        for key, code in self._codes(rng, _DOTS, stratum):
            ink = degrade.enlarge_dots(degrade.crop(self._materials.font(key).body(code)), _DOT_SCALE)
            expected = self._character(code, frozenset({*CLAIMS, Verdict.SIMILAR}))
            yield Shape(ink, expected, min(self._materials.truth.implemented[code]), key)

    def _redesigned(self, rng: np.random.Generator, stratum: Stratum) -> _Drafts:
        """Glyphs of the reference font with one difference within the criteria for design."""
        wanted = [kind for kind in kinds() if kind.within_design]
        font = self._materials.outline_font(REFERENCE, DRAWN_PX)
        for key, code in self._codes(rng, (REFERENCE,), stratum):
            changed = change(
                contours(font, code), wanted[int(rng.integers(len(wanted)))], rng, em_px=DRAWN_PX
            )
            if changed is None:
                continue
            own = self._materials.truth.implemented[code]
            expected = replace(self._character(code), nameable=own)
            shape = Shape(changed.ink, expected, min(own), f"{key}/{changed.kind.value}")
            yield _Draft(shape, own, 0, nearest=True)

    def _reference_changed(self, rng: np.random.Generator, stratum: Stratum) -> _Drafts:
        return self._changed(rng, stratum, (REFERENCE,))

    def _mincho_changed(self, rng: np.random.Generator, stratum: Stratum) -> _Drafts:
        return self._changed(rng, stratum, _MINCHO)

    def _changed(self, rng: np.random.Generator, stratum: Stratum, fonts: Sequence[str]) -> _Drafts:
        """Glyphs with a stroke or a component more, less or another."""
        wanted = [kind for kind in kinds() if not kind.within_design]
        truth = self._materials.truth
        for key, code in self._codes(rng, fonts, stratum):
            font = self._materials.outline_font(key, DRAWN_PX)
            kind = wanted[int(rng.integers(len(wanted)))]
            donors = self._materials.donors(key)
            changed = change(contours(font, code), kind, rng, em_px=DRAWN_PX, donors=donors)
            if changed is None or visible_difference_px(changed.ink, changed.original) < VISIBLE_PX:
                continue
            expected = Expected(
                frozenset({Verdict.SIMILAR, Verdict.UNIDENTIFIED} if kind in _PARTS else {Verdict.SIMILAR}),
                same_ucs=truth.of_character(code),
            )
            own = truth.implemented[code]
            shape = Shape(changed.ink, expected, min(own), f"{key}/{kind.value}")
            # Components put together at random make real characters, in other proportions.
            part = kind in _PARTS
            apart_px = 3 * VISIBLE_PX if part else VISIBLE_PX
            yield _Draft(shape, own, apart_px, nearest=not part, spread=part)

    def _outside(self, rng: np.random.Generator, stratum: Stratum) -> _Drafts:
        """Han that MJ lacks; whether something similar is left is a matter of degree."""
        truth, font = self._materials.truth, self._materials.outline_font("hanamin-b", DRAWN_PX)
        codes = sorted(code for code in font.codes() if code >= 0x20000 and not truth.of_character(code))
        expected = Expected(frozenset({Verdict.SIMILAR, Verdict.UNIDENTIFIED}))
        while True:
            for index in rng.permutation(len(codes)):
                shape = Shape(font.tight(codes[int(index)]), expected, "", "hanamin-b")
                yield _Draft(shape, frozenset(), VISIBLE_PX)

    def _pairs(self, rng: np.random.Generator, stratum: Stratum) -> _Drafts:
        """Two kanji in one picture."""
        codes = self._materials.kanji_codes("ume-mincho")
        font = self._materials.outline_font("ume-mincho", DRAWN_PX)
        while True:
            first, second = (font.body(codes[int(index)]) for index in rng.integers(len(codes), size=2))
            ink = junk.side_by_side(first, second, vertical=bool(rng.random() < 0.5))
            ink = degrade.resize(ink, DRAWN_PX)
            yield Shape(ink, Expected(frozenset({Verdict.UNIDENTIFIED})), "", "pair")

    def _marks(self, rng: np.random.Generator, stratum: Stratum) -> _Drafts:
        """Scribbles and logos; noise and dust that nobody would hand in as a gaiji are left out."""
        names = ("lines", "scribble", "logo")
        while True:
            name = names[int(rng.integers(len(names)))]
            ink = degrade.crop(junk.MARKS[name](rng, DRAWN_PX))
            yield Shape(ink, Expected(frozenset({Verdict.UNIDENTIFIED})), "", name)

    def _kana(self, rng: np.random.Generator, stratum: Stratum) -> _Drafts:
        records = self._materials.truth.records
        names = [name for name in sorted(self._materials.glyph_ids) if records[name].hentaigana]
        while True:
            for index in rng.permutation(len(names)):
                mj = names[int(index)]
                ink = self._materials.reference_glyph(mj, DRAWN_PX)
                yield Shape(ink, self._hentaigana(frozenset({mj})), mj, REFERENCE)

    def _other_kana(self, rng: np.random.Generator, stratum: Stratum) -> _Drafts:
        font, truth = self._materials.outline_font("hanamin-a", DRAWN_PX), self._materials.truth
        codes = sorted(code for code in _HENTAIGANA if code in font.codes() and truth.of_code(code))
        while True:
            for index in rng.permutation(len(codes)):
                code = codes[int(index)]
                names = truth.of_code(code)
                yield Shape(font.tight(code), self._hentaigana(names), min(names), "hanamin-a")

    def _hentaigana(self, names: frozenset[str]) -> Expected:
        shapes = self._materials.truth.same_shape
        exact = frozenset[str]().union(*(shapes[name] for name in names))
        return Expected(
            frozenset({Verdict.UNIDENTIFIED}),
            exact=exact,
            same_ucs=exact,
            nameable=exact,
            subclass=Subclass.HENTAIGANA,
        )

    def _symbols(self, rng: np.random.Generator, stratum: Stratum) -> _Drafts:
        materials = self._materials
        pool = [
            (key, code) for key in _SYMBOLS for code in sorted(materials.font(key).codes()) if is_symbol(code)
        ]
        expected = Expected(frozenset({Verdict.UNIDENTIFIED}), subclass=Subclass.SYMBOL)
        while True:
            for index in rng.permutation(len(pool)):
                key, code = pool[int(index)]
                ink = materials.font(key).body(code)
                size = DRAWN_PX / max(ink.shape)
                ink = (
                    degrade.enlarge_dots(ink, _DOT_SCALE)
                    if size >= _DOT_SCALE
                    else degrade.resize(ink, DRAWN_PX)
                )
                # A bar that is 一, a ring that is 〇: nobody can tell them apart.
                yield _Draft(Shape(ink, expected, "", key), frozenset(), VISIBLE_PX)
