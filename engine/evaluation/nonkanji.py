"""Cases that are no kanji of MJ: hentaigana, symbols, Han that MJ lacks, and junk."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence

import numpy as np

from engine.evaluation.case import Case, Expected
from engine.evaluation.kanji import label
from engine.evaluation.materials import Materials
from engine.evaluation.reading import from_font, from_picture
from engine.glyph.model import GlyphKind
from engine.result import Subclass, Verdict
from engine.synth import degrade, junk

_DRAWN_PX = 256
_NO_CHARACTER = frozenset({Verdict.UNIDENTIFIED})
_HENTAIGANA = range(0x1B002, 0x1B11F)
_KANJI_LOOKALIKES = frozenset(
    "ニ二ハ八カ力ロ口タ夕エ工ト卜ノメオ才ヌ又ム厶ヘへり一ーイナリレシミ三サ"
    "ｰ‐‑‒–—―−－-_＿‾￣¯ˉˍ⁃|｜¦￤│丨=＝≡+＋×✕十†‡‖∥"
    "〇○◯O0oＯ０ｏОоΟο°゜。.．・·･●•"
    "□◇◻▢人入^＾∧Λ∪∩⊂⊃⊥⊤TＴТΤIＩΙІlｌ1１IⅠiⅡⅢⅰⅱⅲ"
    "ΓГΠПпπLＬZＺΖzｚ乙了YＹΥУVＶvｖXＸΧХxｘＨHΗШшЩЦ山ΨC<>＜＞〈〉《》∠/\\／＼,，、'’‘`´′丶"
    '〆〻々仝ヽヾゝゞ〃!！:：;；¨…‥"“”″ｴｶﾆﾊﾛﾀﾄﾒﾉﾇﾑ'
)
"""Characters whose picture alone cannot be told from some kanji's (or is a mere line, ring or dot)."""


def hentaigana(
    materials: Materials, rng: np.random.Generator, count: int, *, scanned: bool
) -> Iterator[Case]:
    """Hentaigana in another design.

    Notes
    -----
    None of the evaluation fonts has hentaigana; HanaMin A's are kept out of training for this set.
    """
    font = materials.outline_font("hanamin-a", _DRAWN_PX)
    codes = sorted(code for code in _HENTAIGANA if code in font.codes() and materials.truth.of_code(code))
    for index in rng.permutation(len(codes))[:count]:
        code = codes[int(index)]
        body = font.body(code)
        picture = (
            degrade.scan(body, rng, size_px=int(rng.integers(40, 65)))
            if scanned
            else degrade.picture(degrade.resize(body, 64))
        )
        names = materials.truth.of_code(code)
        exact = frozenset[str]().union(*(materials.truth.same_shape[name] for name in names))
        name = label("hanamin-a", code, "scan" if scanned else "64px")
        yield Case(
            name=name,
            glyph=from_picture(picture, name),
            expected=Expected(
                _NO_CHARACTER, exact=exact, same_ucs=exact, nameable=exact, subclass=Subclass.HENTAIGANA
            ),
        )


def symbol_pictures(
    materials: Materials, rng: np.random.Generator, count: int, *, fonts: Sequence[str]
) -> Iterator[Case]:
    """Kana, Latin, digits and signs of outline fonts."""
    for key, code in _draw_symbols(materials, rng, count, fonts):
        ink = materials.outline_font(key, _DRAWN_PX).body(code)
        name = label(key, code, "64px")
        yield Case(name, from_picture(degrade.picture(degrade.resize(ink, 64)), name), _symbol())


def symbol_dots(
    materials: Materials, rng: np.random.Generator, count: int, *, fonts: Sequence[str]
) -> Iterator[Case]:
    """Kana, Latin, digits and signs of dot fonts."""
    for key, code in _draw_symbols(materials, rng, count, fonts):
        name = label(key, code, "dots")
        yield Case(name, from_font(materials.font(key).body(code), name, GlyphKind.DOTS), _symbol())


def outside_mj(materials: Materials, rng: np.random.Generator, count: int) -> Iterator[Case]:
    """Han characters that MJ does not have: 類似 or 同定不可能, but no MJ is the one."""
    font = materials.outline_font("hanamin-b", _DRAWN_PX)
    codes = sorted(
        code for code in font.codes() if code >= 0x20000 and not materials.truth.of_character(code)
    )
    found = 0
    for index in rng.permutation(len(codes)):
        if found >= count:
            return
        code = codes[int(index)]
        ink = font.body(code)
        if materials.shapes().look_alikes(ink):
            continue  # a code point of its own for a shape that MJ has under another
        found += 1
        name = label("hanamin-b", code, "64px")
        yield Case(
            name=name,
            glyph=from_picture(degrade.picture(degrade.resize(ink, 64)), name),
            expected=Expected(frozenset({Verdict.SIMILAR, Verdict.UNIDENTIFIED})),
        )


def marks(materials: Materials, rng: np.random.Generator, count: int) -> Iterator[Case]:
    """Specks, noise, lines, scribbles and logos, in turn."""
    kinds = list(junk.MARKS.items())
    for number in range(count):
        kind, draw = kinds[number % len(kinds)]
        name = f"junk/{kind}/{number}"
        picture = degrade.picture(draw(rng, int(rng.integers(32, 129))))
        yield Case(name, from_picture(picture, name), Expected(_NO_CHARACTER))


def pairs(materials: Materials, rng: np.random.Generator, count: int) -> Iterator[Case]:
    """Two kanji in one picture, side by side or one above the other."""
    codes = materials.kanji_codes("ume-mincho")
    font = materials.outline_font("ume-mincho", _DRAWN_PX)
    for number in range(count):
        first, second = (font.body(codes[int(index)]) for index in rng.integers(len(codes), size=2))
        ink = junk.side_by_side(first, second, vertical=bool(rng.random() < 0.5))
        name = f"junk/pair/{number}"
        picture = degrade.picture(degrade.resize(ink, int(rng.integers(80, 160))))
        yield Case(name, from_picture(picture, name), Expected(_NO_CHARACTER))


def halves(materials: Materials, rng: np.random.Generator, count: int) -> Iterator[Case]:
    """Kanji of which one half is cut away; halves that look like an MJ (林 → 木) are left out."""
    codes = materials.kanji_codes("ume-mincho")
    font = materials.outline_font("ume-mincho", _DRAWN_PX)
    found = 0
    for index in rng.permutation(len(codes)):
        if found >= count:
            return
        code = codes[int(index)]
        ink = junk.cut_half(font.body(code), rng)
        if ink.size == 0 or materials.shapes().look_alikes(ink):
            continue
        found += 1
        name = label("ume-mincho", code, "half")
        yield Case(
            name=name,
            glyph=from_picture(degrade.picture(degrade.resize(ink, 64)), name),
            expected=Expected(frozenset({Verdict.SIMILAR, Verdict.UNIDENTIFIED})),
        )


def _symbol() -> Expected:
    return Expected(_NO_CHARACTER, subclass=Subclass.SYMBOL)


def _draw_symbols(
    materials: Materials, rng: np.random.Generator, count: int, fonts: Sequence[str]
) -> Iterator[tuple[str, int]]:
    pool = [(key, code) for key in fonts for code in sorted(materials.font(key).codes()) if is_symbol(code)]
    found = 0
    for index in rng.permutation(len(pool)):
        key, code = pool[int(index)]
        if found >= count:
            return
        if materials.shapes().look_alikes(materials.font(key).body(code)):
            continue  # a bar that is 一, a ring that is 〇: nobody can tell them apart
        found += 1
        yield key, code


def is_symbol(code: int) -> bool:
    """Whether a character is certainly no kanji: neither Han nor a picture that some kanji has too.

    Parameters
    ----------
    code : int
        Unicode code point.
    """
    char = chr(code)
    name = unicodedata.name(char, "")
    han = ("CJK ", "KANGXI ", "IDEOGRAPHIC ", "BOPOMOFO ", "HENTAIGANA ", "BOX DRAWINGS ", "HANGZHOU ")
    no_picture = unicodedata.category(char) in {"Co", "Cn", "Cc", "Zs", "Zl", "Zp", "Mn", "Pd"}
    folded = unicodedata.normalize("NFKD", char)
    holds_han = any(unicodedata.name(part, "").startswith("CJK ") for part in folded)
    return not (no_picture or holds_han or name.startswith(han) or char in _KANJI_LOOKALIKES)
