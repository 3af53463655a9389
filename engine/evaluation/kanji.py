"""Cases whose character is a kanji of MJ: as it is, degraded, with its own MJ taken away, or edited."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from engine.evaluation.alike import TWIN_PX, VISIBLE_PX, differing_share, visible_difference_px
from engine.evaluation.case import CLAIMS, Case, Expected
from engine.evaluation.materials import Materials
from engine.evaluation.reading import from_font, from_picture
from engine.glyph.model import GlyphKind, Ink
from engine.result import Verdict
from engine.synth import degrade
from engine.synth.edit import add_stroke, borrowed_strokes, remove_stroke

_DRAWN_PX = 256
"""Size at which a glyph is drawn before it is made small."""
TIE_SHARE = 0.01
"""Siblings with equal stroke counts whose drawings differ in less of their ink are ties (94 of 4,257)."""
_DOTS_TOLERATED = frozenset({*CLAIMS, Verdict.SIMILAR})
"""A 16-dot designer drops strokes that have no room: a kanji drawn so may rightly be called 類似."""


def label(font: str, code: int, what: str) -> str:
    """Name of a case."""
    return f"{font}/U+{code:04X}/{what}"


def itself(materials: Materials, rng: np.random.Generator, count: int, *, em_px: int) -> Iterator[Case]:
    """The reference font's own glyphs as a font reader draws them; the MJ (or one drawn alike) is due."""
    names = materials.kanji_names()
    for index in rng.permutation(len(names))[:count]:
        mj = names[int(index)]
        ties = materials.truth.same_shape[mj]
        yield Case(
            name=f"reference/{mj}/{em_px}px",
            glyph=from_font(materials.reference_glyph(mj, em_px), mj, GlyphKind.OUTLINE),
            expected=Expected(
                verdicts=frozenset({Verdict.SAME}),
                exact=ties,
                same_ucs=materials.truth.family(mj),
                nameable=ties,
            ),
        )


def pictures(
    materials: Materials, rng: np.random.Generator, count: int, *, fonts: Sequence[str], em_px: int
) -> Iterator[Case]:
    """Clean grey pictures of another font's bodies."""
    for key, code in _draw(materials, rng, count, fonts):
        ink = degrade.resize(materials.outline_font(key, _DRAWN_PX).body(code), em_px)
        name = label(key, code, f"{em_px}px")
        yield Case(name, from_picture(degrade.picture(ink), name), _is_character(materials, code))


def weighted(
    materials: Materials,
    rng: np.random.Generator,
    count: int,
    *,
    fonts: Sequence[str],
    em_px: int,
    spread_em: tuple[float, float],
) -> Iterator[Case]:
    """Another font's bodies, every stroke thicker or thinner: a rendering, so never a difference of form.

    Parameters
    ----------
    materials : Materials
    rng : numpy.random.Generator
    count : int
    fonts : sequence of str
    em_px : int
    spread_em : (float, float)
        Range of what each side of a stroke gains (or loses, where negative), in em.
    """
    for key, code in _draw(materials, rng, count, fonts):
        spread = rng.uniform(*spread_em)
        body = materials.outline_font(key, _DRAWN_PX).body(code)
        ink = degrade.resize(degrade.weight(body, spread * _DRAWN_PX), em_px)
        name = label(key, code, f"weight{1000 * spread:+.0f}")
        yield Case(name, from_picture(degrade.picture(ink), name), _is_character(materials, code))


def scans(
    materials: Materials,
    rng: np.random.Generator,
    count: int,
    *,
    fonts: Sequence[str],
    sizes_px: tuple[int, int],
) -> Iterator[Case]:
    """Scanned prints, see :func:`engine.synth.degrade.scan`."""
    for key, code in _draw(materials, rng, count, fonts):
        size_px = int(rng.integers(sizes_px[0], sizes_px[1] + 1))
        grey = degrade.scan(materials.outline_font(key, _DRAWN_PX).body(code), rng, size_px=size_px)
        name = label(key, code, f"scan{size_px}px")
        yield Case(name, from_picture(grey, name), _is_character(materials, code))


def dot_font(
    materials: Materials, rng: np.random.Generator, count: int, *, fonts: Sequence[str]
) -> Iterator[Case]:
    """Real dot fonts, as their reader draws them."""
    for key, code in _draw(materials, rng, count, fonts):
        font = materials.font(key)
        name = label(key, code, "dots")
        glyph = from_font(font.body(code), name, GlyphKind.DOTS)
        yield Case(name, glyph, _is_character(materials, code, verdicts=_DOTS_TOLERATED))


def drawn_dots(
    materials: Materials, rng: np.random.Generator, count: int, *, font: str, size: int
) -> Iterator[Case]:
    """Dot patterns made from an outline font, as black and white pictures."""
    for key, code in _draw(materials, rng, count, (font,)):
        ink = degrade.dots(materials.outline_font(key, _DRAWN_PX).body(code), size)
        name = label(key, code, f"{size}dots")
        yield Case(name, from_picture(degrade.picture(ink), name), _is_character(materials, code))


def left_out_itself(
    materials: Materials, rng: np.random.Generator, count: int, *, same_strokes: bool
) -> Iterator[Case]:
    """The reference font's own glyphs with their own MJ taken away; siblings remain.

    Parameters
    ----------
    materials : Materials
    rng : numpy.random.Generator
    count : int
    same_strokes : bool
        False: every remaining sibling has another stroke count, so only 類似 is right. True: at least one has
        the same, so デザイン差 with that one may be right too, and 字形一致 where the two are a tie: drawn so
        alike that nobody can tell them apart.
    """
    truth, names = materials.truth, materials.kanji_names()
    found = 0
    for index in rng.permutation(len(names)):
        mj = names[int(index)]
        ties = truth.same_shape[mj]
        siblings = truth.family(mj) - ties
        if found >= count:
            return
        if not siblings:
            continue
        strokes = truth.records[mj].strokes
        if truth.differ_in_strokes(siblings, strokes) is same_strokes:
            continue
        ink = materials.reference_glyph(mj, 96)
        if set(materials.shapes().look_alikes(ink, below_px=TWIN_PX)) - siblings - ties:
            continue  # another character is drawn the same: naming that one would be right
        even = frozenset(name for name in siblings if truth.records[name].strokes == strokes)
        verdicts = {Verdict.SIMILAR, Verdict.DESIGN} if same_strokes else {Verdict.SIMILAR}
        if any(differing_share(ink, materials.reference_glyph(name, 96)) < TIE_SHARE for name in even):
            verdicts.add(Verdict.SAME)
        found += 1
        yield Case(
            name=f"reference/{mj}/left-out",
            glyph=from_font(ink, mj, GlyphKind.OUTLINE),
            expected=Expected(
                verdicts=frozenset(verdicts),
                same_ucs=siblings,
                nameable=even,
                left_out=ties,
            ),
        )


def left_out_mincho(
    materials: Materials, rng: np.random.Generator, count: int, *, fonts: Sequence[str]
) -> Iterator[Case]:
    """Another Mincho's glyphs with every MJ of their shape taken away; siblings with other counts remain.

    Notes
    -----
    Which sibling a foreign font draws is recorded nowhere. A glyph is used only where its drawing differs by
    a visible stroke from every sibling that remains (:mod:`engine.evaluation.alike`).
    """
    truth = materials.truth
    found = 0
    for key, code in _draw(materials, rng, None, fonts):
        if found >= count:
            return
        own = truth.implemented[code]
        strokes = truth.records[min(own)].strokes
        family = truth.of_character(code) | own
        left_out = own | {name for name in family if truth.records[name].strokes == strokes}
        remaining = family - left_out
        if not remaining or not truth.differ_in_strokes(remaining, strokes):
            continue
        ink = materials.outline_font(key, _DRAWN_PX).body(code)
        drawings = [materials.reference_glyph(name, 96) for name in sorted(remaining)]
        if any(visible_difference_px(ink, drawing) < VISIBLE_PX for drawing in drawings):
            continue
        found += 1
        name = label(key, code, "left-out")
        yield Case(
            name=name,
            glyph=from_picture(degrade.picture(degrade.resize(ink, 96)), name),
            expected=Expected(
                verdicts=frozenset({Verdict.SIMILAR}), same_ucs=remaining, left_out=frozenset(left_out)
            ),
        )


def edited(materials: Materials, rng: np.random.Generator, count: int, *, font: str) -> Iterator[Case]:
    """Glyphs with one stroke removed or added, as pictures of 96 px; what looks like an MJ is left out."""
    drawn = materials.outline_font(font, _DRAWN_PX)
    codes = materials.kanji_codes(font)
    order = [codes[int(index)] for index in rng.permutation(len(codes))]
    strokes = borrowed_strokes(drawn, order[: len(order) // 4], limit=80)
    found = 0
    for code in order:
        if found >= count:
            return
        change = remove_stroke(drawn, code, rng) if found % 2 == 0 else add_stroke(drawn, code, strokes, rng)
        if (
            change is None
            or visible_difference_px(change.ink, change.original) < VISIBLE_PX
            or shows_an_mj(materials, code, change.original, change.ink)
        ):
            continue
        found += 1
        name = label(font, code, change.edit.value)
        picture = degrade.picture(degrade.resize(change.ink, 96))
        yield Case(
            name=name,
            glyph=from_picture(picture, name),
            expected=Expected(
                verdicts=frozenset({Verdict.SIMILAR}), same_ucs=materials.truth.of_character(code)
            ),
        )


def shows_an_mj(
    materials: Materials, code: int, original: Ink, changed: Ink, *, below_px: int = VISIBLE_PX
) -> bool:
    """Whether a glyph whose form was changed looks like an MJ all the same, so that 類似 is not due.

    Parameters
    ----------
    materials : Materials
    code : int
        Code point of the unchanged glyph.
    original, changed : (H, W) uint8
    below_px : int
        As for :meth:`ShapeIndex.look_alikes`.

    Notes
    -----
    Of its own MJ the changed glyph is known to differ, unless the font draws another form than the reference
    and the change has happened to make up for it.
    """
    own = materials.truth.implemented[code]
    for name in materials.shapes().look_alikes(changed, below_px=below_px):
        if name not in own:
            return True
        drawn = materials.reference_glyph(name, 96)
        if visible_difference_px(changed, drawn) < visible_difference_px(original, drawn):
            return True
    return False


def _draw(
    materials: Materials, rng: np.random.Generator, count: int | None, fonts: Sequence[str]
) -> Iterator[tuple[str, int]]:
    """Lots without repetition over all fonts' kanji that MJ implements; None for all of them."""
    pool = [(key, code) for key in fonts for code in materials.kanji_codes(key)]
    for index in rng.permutation(len(pool))[:count]:
        yield pool[int(index)]


def _is_character(materials: Materials, code: int, *, verdicts: frozenset[Verdict] = CLAIMS) -> Expected:
    exact = materials.truth.implemented[code]
    return Expected(
        verdicts=verdicts,
        exact=exact,
        same_ucs=materials.truth.of_code(code) | exact,
        nameable=materials.truth.of_character(code) | exact,
    )
