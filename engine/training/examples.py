"""Labelled pictures for the pair network: what a picture shows, and what it must not be taken for.

The labels come from five kinds of pictures. Characters of the allowed fonts and renderings of the reference
glyphs themselves are the same form as their MJ. Reference glyphs with a labelled change
(:mod:`engine.synth.change`) are the same form or another one by the kind of the change. Kana, symbols and
junk are no kanji at all.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path

import cv2
import numpy as np

from engine.difference import DifferenceKind
from engine.glyph.model import Ink
from engine.synth import degrade, junk
from engine.synth.change import change, collect_donors
from engine.synth.edit import Polygon, add_stroke, borrowed_strokes, contours_of_glyph, remove_stroke
from engine.synth.fonts import OutlineFont
from engine.training import corpus


class Shows(IntEnum):
    """What a picture shows."""

    FONT = 0
    """A character as another font draws it."""
    RENDERED = 1
    """The reference glyph itself."""
    DESIGN = 2
    """The reference glyph with a difference within design."""
    FORM = 3
    """A glyph with a difference of form: no longer the MJ it was made from."""
    NON_KANJI = 4
    JUNK = 5
    HALF = 6
    """Half a glyph."""


@dataclass(frozen=True, slots=True, eq=False)
class Example:
    """One training picture.

    Attributes
    ----------
    ink : (H, W) uint8
    shows : Shows
    text : str
        Character or variation sequence that a font was asked for; empty where ``row`` says it.
    row : int
        Index row of the glyph shown, or of the one that was changed; −1 where only ``text`` is known, or for
        junk.
    clean : (H, W) uint8 or None
        The glyph before degradation, for finding out which sibling a font draws.
    """

    ink: Ink
    shows: Shows
    text: str = ""
    row: int = -1
    clean: Ink | None = None


FORM_LEAST_PX, DESIGN_LEAST_PX = 24, 40
"""Smallest pictures in which a change of form, or one of design, is still visible."""

_EM_PX = 128
_RENDERED_AS_IT_IS = 0.3
_OTHER_TYPEFACE, _OTHER_HAND = 0.014, 0.04
"""Spread of the places of a glyph's parts between typefaces, and between hands, as a share of its side."""
_BORROWED = 400
_DONORS = 300


def font_characters(
    source: corpus.FontSource, path: Path, wanted: set[str], *, count: int, seed: int, times: int = 1
) -> Iterator[Example]:
    """Draw characters of a font, degraded; each ``times`` times."""
    drawn = corpus.draw_source(source, path, wanted)
    for again in range(times):
        for text, clean, changed in corpus.samples(drawn, source, count=count, seed=seed + 1000 * again):
            yield Example(changed, Shows.FONT, text=text, clean=clean)


def bent_characters(
    source: corpus.FontSource, path: Path, wanted: set[str], *, count: int, seed: int
) -> Iterator[Example]:
    """Draw characters of a font whose parts sit a little elsewhere, as in another typeface; degraded."""
    rng = np.random.default_rng(seed)
    drawn = corpus.draw_source(source, path, wanted)
    texts = sorted(drawn)
    for i in rng.permutation(len(texts))[:count]:
        bowed = _bent(np.pad(drawn[texts[i]], 6), rng, share=_OTHER_TYPEFACE)
        changed = corpus.degraded(degrade.weight(bowed, rng.uniform(-1.2, 2.2)), rng, strike=False)
        if changed is not None:
            yield Example(changed, Shows.FONT, text=texts[i], clean=drawn[texts[i]])


def rendered(draw: Callable[[int], Ink], rows: Sequence[int], *, count: int, seed: int) -> Iterator[Example]:
    """Draw reference glyphs, as they are at some size, or degraded; all once before any comes twice."""
    rng = np.random.default_rng(seed)
    order = rng.permutation(len(rows))
    for i in np.resize(order, count).tolist():
        ink = np.pad(draw(rows[i]), 6)
        if rng.random() < _RENDERED_AS_IT_IS:
            yield Example(degrade.resize(ink, int(rng.integers(32, 129))), Shows.RENDERED, row=rows[i])
            continue
        changed = corpus.degraded(ink, rng, strike=False)
        if changed is not None:
            yield Example(changed, Shows.RENDERED, row=rows[i])


def changed_glyphs(
    outline: Callable[[int], list[Polygon]],
    rows: Sequence[int],
    kinds: Sequence[DifferenceKind],
    *,
    count: int,
    seed: int,
) -> Iterator[Example]:
    """Draw reference glyphs with one labelled change, the kinds by lot, until there are ``count``."""
    rng = np.random.default_rng(seed)
    made = tried = 0
    order = rng.permutation(len(rows))
    donors = collect_donors((outline(rows[i]) for i in order[:_DONORS]), rng)
    while made < count and tried < 12 * count:
        row, kind = rows[order[tried % len(order)]], kinds[int(rng.integers(len(kinds)))]
        tried += 1
        found = change(outline(row), kind, rng, em_px=_EM_PX, donors=donors)
        if found is None:
            continue
        least = DESIGN_LEAST_PX if kind.within_design else FORM_LEAST_PX
        ink = corpus.degraded(np.pad(found.ink, 4), rng, strike=False, least_px=least)
        if ink is not None:
            made += 1
            yield Example(ink, Shows.DESIGN if kind.within_design else Shows.FORM, row=row)


def edited_characters(font: OutlineFont, codes: Sequence[int], *, count: int, seed: int) -> Iterator[Example]:
    """Draw a font's characters with one stroke taken away or added, in turn."""
    rng = np.random.default_rng(seed)
    order = rng.permutation(np.array(codes, np.int64)).tolist()
    strokes = borrowed_strokes(font, order[:_BORROWED])
    made = 0
    for code in order:
        if made == count:
            return
        edited = (
            add_stroke(font, code, strokes, rng, em_px=_EM_PX)
            if made % 2
            else remove_stroke(font, code, rng, em_px=_EM_PX)
        )
        if edited is None:
            continue
        ink = corpus.degraded(edited.ink, rng, strike=False, least_px=FORM_LEAST_PX)
        if ink is not None:
            made += 1
            yield Example(ink, Shows.FORM, text=chr(code), clean=edited.original)


def changed_characters(
    font: OutlineFont, codes: Sequence[int], kinds: Sequence[DifferenceKind], *, count: int, seed: int
) -> Iterator[Example]:
    """Draw a font's characters with a labelled change of form."""
    rng = np.random.default_rng(seed)
    order = rng.permutation(np.array(codes, np.int64)).tolist()
    donors = collect_donors((contours_of_glyph(font, font.glyph_id(c)) for c in order[:_DONORS]), rng)
    made = 0
    for code in order:
        if made == count:
            return
        kind = kinds[int(rng.integers(len(kinds)))]
        polygons = contours_of_glyph(font, font.glyph_id(code))
        found = change(polygons, kind, rng, em_px=_EM_PX, donors=donors)
        if found is None:
            continue
        ink = corpus.degraded(np.pad(found.ink, 4), rng, strike=False, least_px=FORM_LEAST_PX)
        if ink is not None:
            made += 1
            yield Example(ink, Shows.FORM, text=chr(code), clean=found.original)


def non_kanji(font: OutlineFont, rows: dict[str, int], *, count: int, seed: int) -> Iterator[Example]:
    """Draw kana, letters and symbols of a font, degraded."""
    rng = np.random.default_rng(seed)
    drawn = [code for code in sorted(font.codes()) if chr(code) in rows]
    for i in rng.permutation(len(drawn))[:count]:
        ink = corpus.degraded(font.body(drawn[i]), rng, strike=False)
        if ink is not None:
            yield Example(ink, Shows.NON_KANJI, row=rows[chr(drawn[i])])


def junk_pictures(font: OutlineFont, codes: Sequence[int], *, count: int, seed: int) -> Iterator[Example]:
    """Draw marks, two characters in one picture, and halves of glyphs, in turn."""
    rng = np.random.default_rng(seed)
    marks = list(junk.MARKS.values())
    for number in range(count):
        lot = rng.integers(len(codes), size=2)
        first, second = (font.body(int(codes[i])) for i in lot)
        shows = Shows.JUNK
        if number % 3 == 0:
            ink = marks[int(rng.integers(len(marks)))](rng, 96)
        elif number % 3 == 1:
            ink = junk.side_by_side(first, second, vertical=bool(rng.random() < 0.5))
        else:
            ink, shows = junk.cut_half(first, rng), Shows.HALF
        changed = corpus.degraded(ink, rng, strike=False)
        if changed is not None:
            yield Example(changed, shows)


def bent(draw: Callable[[int], Ink], rows: Sequence[int], *, times: int, seed: int) -> Iterator[Example]:
    """Draw hentaigana slanted, stretched and bent, as other hands write them."""
    rng = np.random.default_rng(seed)
    for row in rows:
        for _ in range(times):
            ink = _bent(np.pad(draw(row), 12), rng, share=_OTHER_HAND)
            ink = degrade.affine(
                ink,
                degrees=rng.uniform(-4, 4),
                scale_x=rng.uniform(0.8, 1.2),
                shear=rng.uniform(-0.15, 0.15),
            )
            changed = corpus.degraded(ink, rng, strike=False)
            if changed is not None:
                yield Example(changed, Shows.FONT, row=row)


def _bent(ink: Ink, rng: np.random.Generator, *, share: float) -> Ink:
    """Move the parts of a picture by a smooth random field of some share of its side."""
    height, width = ink.shape
    field = rng.normal(0, share * max(ink.shape), (2, 5, 5)).astype(np.float32)
    across, down = (cv2.resize(part, (width, height), interpolation=cv2.INTER_CUBIC) for part in field)
    rows, cols = np.indices(ink.shape, np.float32)
    return np.asarray(cv2.remap(ink, cols + across, rows + down, cv2.INTER_LINEAR), np.uint8)
