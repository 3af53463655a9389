"""Cases made by changing one thing in the outline of a known glyph: its design, or its form."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np

from engine.difference import DifferenceKind
from engine.evaluation.alike import VISIBLE_PX, differing_share, visible_difference_px
from engine.evaluation.case import CLAIMS, Case, Expected
from engine.evaluation.kanji import label, shows_an_mj
from engine.evaluation.materials import REFERENCE, Materials
from engine.evaluation.reading import from_picture
from engine.result import Verdict
from engine.synth import degrade
from engine.synth.change import ChangedGlyph, Donors, change, kinds
from engine.synth.outline import contours

_DRAWN_PX = 192
_SHOWN_PX = 96
_PARTS = frozenset({DifferenceKind.PART_ADDED, DifferenceKind.PART_MISSING, DifferenceKind.PART_REPLACED})
_ASSEMBLED_PX = 2 * VISIBLE_PX
"""Components put together at random make real characters, in proportions that another font may not have."""

Expect = Callable[[int, ChangedGlyph], Expected | None]
"""What is right for a code point changed so; None where that is not certain."""


def design(materials: Materials, rng: np.random.Generator, count: int, *, font: str) -> Iterator[Case]:
    """Glyphs with one difference within the criteria for design: they stay the character that they are.

    Notes
    -----
    字形一致 and デザイン差 are both right: how short a stroke must be to be another design is a matter of
    degree, which character it is is not. 類似 is a needless look. Left out is what now looks like another MJ,
    where the counter-rule makes another answer right.
    """
    truth = materials.truth

    def expect(code: int, changed: ChangedGlyph) -> Expected | None:
        own = truth.implemented[code]
        family = truth.of_character(code) | own
        if not family.issuperset(materials.shapes().look_alikes(changed.ink)):
            return None
        if font == REFERENCE and _nearest(materials, changed, sorted(family)) not in own:
            return None
        return Expected(
            verdicts=CLAIMS,
            exact=own,
            same_ucs=truth.of_code(code) | own,
            nameable=own if font == REFERENCE else family,
        )

    wanted = [kind for kind in kinds() if kind.within_design]
    return _cases(materials, rng, count, font, wanted, None, expect)


def form(materials: Materials, rng: np.random.Generator, count: int, *, font: str) -> Iterator[Case]:
    """Glyphs with a stroke or a component more, less or another; what looks like an MJ is left out.

    Notes
    -----
    With another stroke: 類似. With another component 同定不可能 is right too, since it is a matter of degree
    whether something similar is left.
    """

    def expect(code: int, changed: ChangedGlyph) -> Expected | None:
        if visible_difference_px(changed.ink, changed.original) < VISIBLE_PX:
            return None
        part = changed.kind in _PARTS
        below = _ASSEMBLED_PX if part else VISIBLE_PX
        if shows_an_mj(materials, code, changed.original, changed.ink, below_px=below):
            return None
        return Expected(
            verdicts=frozenset({Verdict.SIMILAR, Verdict.UNIDENTIFIED} if part else {Verdict.SIMILAR}),
            same_ucs=materials.truth.of_character(code),
        )

    wanted = [kind for kind in kinds() if not kind.within_design]
    return _cases(materials, rng, count, font, wanted, materials.donors(font), expect)


def _cases(
    materials: Materials,
    rng: np.random.Generator,
    count: int,
    font: str,
    wanted: Sequence[DifferenceKind],
    donors: Donors | None,
    expect: Expect,
) -> Iterator[Case]:
    """Try glyph after glyph; the kinds have equal shares as far as the glyphs offer them."""
    drawn, codes = materials.outline_font(font, _DRAWN_PX), materials.kanji_codes(font)
    found = dict.fromkeys(wanted, 0)
    for index in rng.permutation(len(codes)):
        code = codes[int(index)]
        polygons = contours(drawn, code)
        for kind in sorted(wanted, key=lambda kind: (found[kind], kind)):
            changed = change(polygons, kind, rng, em_px=_DRAWN_PX, donors=donors)
            expected = expect(code, changed) if changed else None
            if changed is None or expected is None:
                continue
            found[kind] += 1
            name = label(font, code, kind.value)
            picture = degrade.picture(degrade.resize(changed.ink, _SHOWN_PX))
            yield Case(name, from_picture(picture, name), expected, kind=kind.japanese)
            break
        if sum(found.values()) >= count:
            return


def _nearest(materials: Materials, changed: ChangedGlyph, names: Sequence[str]) -> str:
    """The MJ whose drawing shares most ink with the changed glyph."""
    drawings = {
        name: materials.reference_glyph(name, _SHOWN_PX) for name in names if name in materials.glyph_ids
    }
    return min(drawings, key=lambda name: (differing_share(changed.ink, drawings[name]), name))
