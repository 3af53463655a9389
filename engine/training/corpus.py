"""Labelled pictures for training: characters of the allowed fonts, degraded, with the MJ glyph they show.

The label of a picture is not simply "the MJ with that code point": another font may draw the shape of a
same-UCS sibling (a Taiwanese font draws Taiwanese shapes). So each clean glyph is compared with every MJ of
its code point, and the most similar one is its label; where even that one is far, the glyph is left out.

Fonts that are kept for evaluation appear nowhere in this package.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import freetype
import numpy as np

from engine.errors import ReadError
from engine.glyph.clean import clean
from engine.glyph.model import Ink
from engine.glyph.raster import OutlineRasteriser, bitmap_to_ink
from engine.synth import degrade
from engine.synth.fonts import OutlineFont


@dataclass(frozen=True, slots=True)
class FontSource:
    """One face to draw training glyphs from.

    Attributes
    ----------
    package, file : str
        Debian package and file name.
    face_index : int
        Face inside a collection.
    strike_px : int
        Embedded bitmap size to use instead of the outlines; 0 for outlines.
    sequences : bool
        Also draw the glyphs of its variation sequences.
    """

    package: str
    file: str
    face_index: int = 0
    strike_px: int = 0
    sequences: bool = False


SOURCES: tuple[FontSource, ...] = (
    FontSource("fonts-hanazono", "HanaMinA.ttf", sequences=True),
    FontSource("fonts-hanazono", "HanaMinB.ttf"),
    FontSource("fonts-noto-cjk", "NotoSerifCJK-Regular.ttc"),
    FontSource("fonts-noto-cjk", "NotoSerifCJK-Bold.ttc"),
    FontSource("fonts-noto-cjk-extra", "NotoSerifCJK-ExtraLight.ttc"),
    FontSource("fonts-noto-cjk", "NotoSerifCJK-Regular.ttc", face_index=3),
    FontSource("fonts-cns11643-sung", "TW-Sung-98_1.ttf"),
    FontSource("fonts-cns11643-sung", "TW-Sung-Ext-B-98_1.ttf"),
    FontSource("fonts-takao-mincho", "TakaoMincho.ttf"),
    FontSource("fonts-ipaexfont-mincho", "ipaexm.ttf"),
    FontSource("fonts-arphic-uming", "uming.ttc"),
    *(FontSource("fonts-arphic-uming", "uming.ttc", strike_px=px) for px in (12, 13, 14, 15, 16)),
)
"""Every face that training may see, besides the reference font itself. uming.ttc carries hand-made dots."""

LEGIBLE_LEVEL, LEGIBLE_PX = 128, 4
"""A picture with fewer pixels of at least this ink teaches nothing."""


def draw_source(source: FontSource, path: Path, wanted: set[str]) -> dict[str, Ink]:
    """Draw the wanted characters of one face.

    Parameters
    ----------
    source : FontSource
    path : Path
        The font file.
    wanted : set of str
        Characters, or base + variation selector.

    Returns
    -------
    dict of str to (H, W) uint8
        Bodies at 96 px per em, or the dots of the strike.
    """
    if source.strike_px:
        return _draw_strike(source, path, wanted)
    font = OutlineFont(path, face_index=source.face_index, em_px=96)
    drawn = {chr(code): font.body(code) for code in sorted(font.codes()) if chr(code) in wanted}
    if source.sequences:
        for (base, selector), glyph_id in sorted(font.variations().items()):
            text = chr(base) + chr(selector)
            if text in wanted:
                drawn[text] = font.body_of_glyph(glyph_id)
    return {text: ink for text, ink in drawn.items() if ink.any()}


def _draw_strike(source: FontSource, path: Path, wanted: set[str]) -> dict[str, Ink]:
    with path.open("rb") as stream:
        face = freetype.Face(stream, index=source.face_index)
        face.select_size([size.height for size in face.available_sizes].index(source.strike_px))
        drawn = {}
        for code, glyph_id in face.get_chars():
            if chr(code) not in wanted:
                continue
            face.load_glyph(glyph_id, freetype.FT_LOAD_DEFAULT)
            if face.glyph.format == freetype.FT_GLYPH_FORMAT_BITMAP:
                ink = bitmap_to_ink(face.glyph.bitmap)
                if ink.any():
                    drawn[chr(code)] = ink
    return drawn


def draw_reference(path: Path, glyph_ids: Iterable[int]) -> list[Ink]:
    """Draw the reference glyphs as the index does: tight, 96 px per em."""
    return list(OutlineRasteriser(path, em_px=96).render_many(glyph_ids))


def degraded(ink: Ink, rng: np.random.Generator, *, strike: bool, least_px: int = 16) -> Ink | None:
    """Draw lots for what happens to a glyph on its way to us, and clean the result up as a reader would.

    Parameters
    ----------
    ink : (H, W) uint8
    rng : numpy.random.Generator
    strike : bool
        The glyph is a dot pattern already: only small changes.
    least_px : int
        Smallest size drawn: what is to be told apart must still be visible.

    Returns
    -------
    (H', W') uint8, or None where nothing legible is left.
    """
    try:
        changed = _degraded(ink, rng, strike=strike, least_px=least_px)
    except ReadError:
        return None
    return changed if (changed >= LEGIBLE_LEVEL).sum() >= LEGIBLE_PX else None


def _degraded(ink: Ink, rng: np.random.Generator, *, strike: bool, least_px: int) -> Ink:
    lot, least = rng.random(), max(32, least_px)
    if strike:
        if lot < 0.7:
            return ink
        return clean(degrade.scan(degrade.enlarge_dots(ink, 4), rng))
    if lot < 0.22:
        return degrade.resize(ink, int(rng.integers(least, 129)))
    if lot < 0.50:
        sizes = [size for size in (16, 16, 20, 24, 24, 28, 32, 40, 48, 64) if size >= least_px]
        return degrade.dots(_jittered(ink, rng), int(rng.choice(sizes)))
    if lot < 0.80:
        return clean(degrade.scan(_jittered(ink, rng), rng, size_px=int(rng.integers(least, 97))))
    return degrade.weight(_jittered(ink, rng), rng.uniform(-1.2, 2.2))


def _jittered(ink: Ink, rng: np.random.Generator) -> Ink:
    scale_x, scale_y = rng.uniform(0.95, 1.05, 2)
    return degrade.affine(ink, scale_x=scale_x, scale_y=scale_y, shear=rng.uniform(-0.02, 0.02))


def samples(
    drawn: dict[str, Ink], source: FontSource, *, count: int, seed: int
) -> Iterator[tuple[str, Ink, Ink]]:
    """Draw ``count`` characters of one face.

    Yields
    ------
    text : str
    clean, degraded : (H, W) uint8
    """
    rng = np.random.default_rng(seed)
    texts = sorted(drawn)
    chosen = rng.permutation(len(texts))[: min(count, len(texts))]
    for i in chosen:
        ink = drawn[texts[i]]
        changed = degraded(ink, rng, strike=bool(source.strike_px))
        if changed is not None:
            yield texts[i], ink, changed
