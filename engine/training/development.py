"""The evaluation's own sets, drawn from training fonts: what bounds and thresholds are chosen on.

The evaluation fonts must never be tuned on. These sets come from the same generators, but from a font kept
out of the training of the pair network (AR PL UMing) and from characters kept out of it in the other fonts.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from engine.evaluation import changed, kanji, nonkanji
from engine.evaluation.alike import ShapeIndex
from engine.evaluation.groups import Group
from engine.evaluation.materials import SOURCES, FontSource, Materials
from engine.evaluation.opening import open_materials
from engine.evaluation.sets import CaseMaker, CaseSet
from engine.reference.fetch import debian_font
from engine.settings import Settings
from engine.synth.fonts import GlyphFont
from engine.training.network import NetworkTraining, kept_out
from engine.training.pairs import Matcher

_SHAPE_PX = 96
_UNSEEN_FONT = "uming"

FONTS: Mapping[str, FontSource] = {
    "uming": FontSource("fonts-arphic-uming", "uming.ttc"),
    "noto": FontSource("fonts-noto-cjk", "NotoSerifCJK-Regular.ttc"),
    "hana": FontSource("fonts-hanazono", "HanaMinA.ttf"),
    "ipaex": FontSource("fonts-ipaexfont-mincho", "ipaexm.ttf"),
    # Stand-ins for the fonts that some sets of the evaluation ask for by name.
    "ume-mincho": FontSource("fonts-noto-cjk", "NotoSerifCJK-Regular.ttc"),
    "hanamin-b": FontSource("fonts-cns11643-sung", "TW-Sung-Ext-B-98_1.ttf"),
}


class DevelopmentMaterials(Materials):
    """As the evaluation's, with training fonts, and only characters that the network was not trained on."""

    def __init__(self, base: Materials, settings: Settings, held: frozenset[str]) -> None:
        super().__init__(base.truth, base.reference_font, base.glyph_ids, base._locate)
        self._settings = settings
        self._held = held
        self._codes: dict[str, list[int]] = {}

    def font(self, key: str) -> GlyphFont:
        """Training font by key."""
        return self.outline_font(key, _SHAPE_PX)

    def _path(self, key: str) -> Path:
        if key not in FONTS:
            return super()._path(key)
        source = FONTS[key]
        return debian_font(source.package, source.filename, self._settings.cache_dir)

    def kanji_codes(self, key: str) -> list[int]:
        """Code points of the font whose character was kept out of training; all of the unseen font's."""
        if key not in self._codes:
            known = super().kanji_codes(key)
            if key != _UNSEEN_FONT:
                known = [c for c in known if not self._held.isdisjoint(self.truth.implemented[c])]
            self._codes[key] = known
        return self._codes[key]

    def kanji_names(self) -> list[str]:
        """MJ kanji kept out of training."""
        return [name for name in super().kanji_names() if name in self._held]

    def shapes(self) -> ShapeIndex:
        """Every kanji of the reference font: what looks like one of them is not an error."""
        if self._shapes is None:
            self._shapes = ShapeIndex(super().kanji_names(), self.reference_glyph)
        return self._shapes


def open_development(settings: Settings) -> DevelopmentMaterials:
    """Open the fonts and find out which characters were kept out of training."""
    if set(FONTS) & set(SOURCES) != {"ume-mincho", "hanamin-b"}:
        msg = "development fonts: a key of the evaluation is taken"
        raise ValueError(msg)
    matcher = Matcher(settings)
    held: NDArray[np.bool_] = kept_out(matcher.family, NetworkTraining().held_out)
    names = frozenset(mj for row, mj in enumerate(matcher.table.mj) if held[row])
    return DevelopmentMaterials(open_materials(settings, None), settings, names)


def development_sets() -> Sequence[CaseSet]:
    """The sets, named ``dev-…``."""
    partial = functools.partial
    fonts = ("uming", "noto", "hana", "ipaex")
    japanese = ("noto", "hana", "ipaex")
    made: dict[tuple[str, Group], CaseMaker] = {
        ("self-32", Group.SELF): partial(kanji.itself, em_px=32),
        ("self-96", Group.SELF): partial(kanji.itself, em_px=96),
        ("mincho-48", Group.MINCHO): partial(kanji.pictures, fonts=japanese, em_px=48),
        ("mincho-96", Group.MINCHO): partial(kanji.pictures, fonts=japanese, em_px=96),
        ("uming-64", Group.MINCHO): partial(kanji.pictures, fonts=("uming",), em_px=64),
        ("scans", Group.SCANS): partial(kanji.scans, fonts=fonts, sizes_px=(40, 64)),
        **{
            (f"dots-{size}", Group.DOTS): partial(kanji.drawn_dots, font=font, size=size)
            for size, font in ((16, "noto"), (24, "hana"), (32, "noto"), (40, "ipaex"))
        },
        ("loo-self", Group.SIBLINGS): partial(kanji.left_out_itself, same_strokes=False),
        ("loo0-self", Group.SIBLINGS): partial(kanji.left_out_itself, same_strokes=True),
        # Not UMing: many of its shapes are Chinese, and which sibling they are nobody has recorded.
        ("loo-mincho", Group.SIBLINGS): partial(kanji.left_out_mincho, fonts=japanese),
        **{
            (f"changed-{font}", Group.DESIGN): partial(changed.design, font=font)
            for font in ("noto", "reference")
        },
        **{
            (f"edited-{font}", Group.EDITED): partial(kanji.edited, font=font)
            for font in ("uming", "noto", "reference")
        },
        ("form-reference", Group.EDITED): partial(changed.form, font="reference"),
        ("outside-mj", Group.OUTSIDE): nonkanji.outside_mj,
        ("symbols", Group.NON_KANJI): partial(nonkanji.symbol_pictures, fonts=("uming", "ipaex")),
        ("junk-marks", Group.JUNK): nonkanji.marks,
        ("junk-pair", Group.JUNK): nonkanji.pairs,
        ("junk-cut", Group.JUNK): nonkanji.halves,
    }
    return [CaseSet(f"dev-{name}", name, group, make) for (name, group), make in made.items()]
