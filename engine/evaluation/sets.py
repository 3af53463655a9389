"""The list of sets: name, meaning, and the function that draws its cases."""

from __future__ import annotations

import functools
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from engine.errors import UsageError
from engine.evaluation import changed, kanji, nonkanji
from engine.evaluation.case import Case
from engine.evaluation.groups import Group
from engine.evaluation.materials import Materials

CaseMaker = Callable[[Materials, np.random.Generator, int], Iterator[Case]]
"""Draws up to that many cases; the same generator state gives the same cases."""


@dataclass(frozen=True, slots=True)
class CaseSet:
    """One set of test glyphs.

    Attributes
    ----------
    name : str
        Permanent; figures are compared over time by it.
    title : str
        Japanese, for reports.
    group : Group
    make : callable
    """

    name: str
    title: str
    group: Group
    make: CaseMaker

    def cases(self, materials: Materials, *, seed: int, count: int) -> list[Case]:
        """Draw the cases.

        Parameters
        ----------
        materials : Materials
            Fonts and answer key.
        seed : int
            Each set draws from a generator of its own, so that a set's cases do not depend on the others.
        count : int
            At most this many; fewer where the fonts have no more.
        """
        rng = np.random.default_rng([seed, zlib.crc32(self.name.encode())])
        return list(self.make(materials, rng, count))


def all_sets() -> tuple[CaseSet, ...]:
    """Every set, in the order of the reports."""
    partial = functools.partial
    mincho = ("ume-mincho", "sawarabi-mincho")
    editable = (("ume-mincho", "梅明朝"), ("sawarabi-mincho", "さわらび明朝"), ("reference", "IPAmj 明朝"))
    return (
        *(
            CaseSet(
                f"self-{size}", f"IPAmj 明朝自身 {size} px", Group.SELF, partial(kanji.itself, em_px=size)
            )
            for size in (32, 48, 64, 96, 128)
        ),
        *(
            CaseSet(
                f"mincho-{size}",
                f"他の明朝体 {size} px",
                Group.MINCHO,
                partial(kanji.pictures, fonts=mincho, em_px=size),
            )
            for size in (48, 64, 96)
        ),
        *(
            CaseSet(
                f"weight-{name}",
                f"他の明朝体を{title}（64 px）",
                Group.MINCHO,
                partial(kanji.weighted, fonts=mincho, em_px=64, spread_em=spread_em),
            )
            for name, title, spread_em in (
                ("light", "細く", (-0.008, -0.003)),
                ("bold", "太く", (0.004, 0.010)),
            )
        ),
        CaseSet(
            "gothic-64",
            "ゴシック体 64 px（参考）",
            Group.GOTHIC,
            partial(kanji.pictures, fonts=("ume-gothic",), em_px=64),
        ),
        CaseSet(
            "scans-40-64",
            "スキャン 40–64 px",
            Group.SCANS,
            partial(kanji.scans, fonts=mincho, sizes_px=(40, 64)),
        ),
        *(
            CaseSet(f"dots-16-{name}", f"16 ドット {title}", Group.DOTS, partial(kanji.dot_font, fonts=fonts))
            for name, title, fonts in (
                ("jiskan", "jiskan16", ("jiskan16-1", "jiskan16-2")),
                ("shinonome-gothic", "東雲ゴシック", ("shinonome16-gothic",)),
                ("shinonome-mincho", "東雲明朝", ("shinonome16-mincho",)),
            )
        ),
        *(
            CaseSet(
                f"dots-{size}",
                f"{size} ドット（梅明朝から）",
                Group.DOTS,
                partial(kanji.drawn_dots, font="ume-mincho", size=size),
            )
            for size in (24, 32, 40, 48)
        ),
        CaseSet(
            "loo-self",
            "正解を除外（IPAmj、残りは画数違い）",
            Group.SIBLINGS,
            partial(kanji.left_out_itself, same_strokes=False),
        ),
        CaseSet(
            "loo0-self",
            "正解を除外（IPAmj、同画数の異体が残る）",
            Group.SIBLINGS,
            partial(kanji.left_out_itself, same_strokes=True),
        ),
        CaseSet(
            "loo-mincho",
            "正解を除外（他の明朝体、残りは画数違い）",
            Group.SIBLINGS,
            partial(kanji.left_out_mincho, fonts=mincho),
        ),
        *(
            CaseSet(f"edited-{key}", f"1 画増減（{title}）", Group.EDITED, partial(kanji.edited, font=key))
            for key, title in editable
        ),
        *(
            CaseSet(
                f"changed-design-{key.removesuffix('-mincho')}",
                f"デザインを 1 か所変えた字（{title}）",
                Group.DESIGN,
                partial(changed.design, font=key),
            )
            for key, title in editable
        ),
        *(
            CaseSet(
                f"changed-form-{key.removesuffix('-mincho')}",
                f"画・構成要素を 1 か所変えた字（{title}）",
                Group.EDITED,
                partial(changed.form, font=key),
            )
            for key, title in editable
        ),
        CaseSet("outside-mj", "MJ にない漢字（花園明朝 B）", Group.OUTSIDE, nonkanji.outside_mj),
        CaseSet(
            "hentaigana-64",
            "変体仮名 64 px（花園明朝 A）",
            Group.NON_KANJI,
            partial(nonkanji.hentaigana, scanned=False),
        ),
        CaseSet(
            "hentaigana-scan",
            "変体仮名 スキャン（花園明朝 A）",
            Group.NON_KANJI,
            partial(nonkanji.hentaigana, scanned=True),
        ),
        CaseSet(
            "symbols-64",
            "記号・仮名・英数字 64 px",
            Group.NON_KANJI,
            partial(nonkanji.symbol_pictures, fonts=mincho),
        ),
        CaseSet(
            "symbols-16",
            "記号・仮名・英数字 16 ドット",
            Group.NON_KANJI,
            partial(nonkanji.symbol_dots, fonts=("jiskan16-1", "shinonome16-gothic", "shinonome16-mincho")),
        ),
        CaseSet("junk-marks", "汚れ・線・落書き・ロゴ", Group.JUNK, nonkanji.marks),
        CaseSet("junk-pair", "1 枚に 2 文字", Group.JUNK, nonkanji.pairs),
        CaseSet("junk-cut", "半分に切れた字", Group.JUNK, nonkanji.halves),
    )


def chosen(names: Sequence[str] | None) -> tuple[CaseSet, ...]:
    """Sets by name or by beginning of a name (``dots`` takes every ``dots-…``), in the order of the reports.

    Parameters
    ----------
    names : sequence of str, optional
        All sets when left out.

    Raises
    ------
    UsageError
        A name that fits no set.
    """
    sets = all_sets()
    if not names:
        return sets
    for name in names:
        if not any(_fits(each.name, name) for each in sets):
            known = " ".join(each.name for each in sets)
            msg = f"評価セット「{name}」はありません。次から選んでください: {known}"
            raise UsageError(msg)
    return tuple(each for each in sets if any(_fits(each.name, name) for name in names))


def _fits(name: str, asked: str) -> bool:
    return name == asked or name.startswith(asked + "-")
