"""The plan of the survey has the ministry's totals, recurs as assumed, and depends on the seed alone."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from engine.result import Subclass, Verdict
from engine.synth.survey import (
    FINE_DOTS,
    KINDS,
    MUNICIPALITIES,
    NATIONAL,
    SCAN,
    STRATA,
    plan_survey,
)


def test_the_strata_are_the_ministrys_table() -> None:
    assert sum(stratum.glyphs for stratum in STRATA) == NATIONAL == sum(KINDS.values())
    classes: Counter[object] = Counter()
    kinds: Counter[Verdict] = Counter()
    for stratum in STRATA:
        classes[stratum.subclass or stratum.verdict] += stratum.glyphs
        kinds[stratum.verdict] += stratum.kinds
    assert classes == {
        Verdict.SAME: 98_030, Verdict.DESIGN: 217_313, Verdict.SIMILAR: 619_469,
        Subclass.UNKNOWN: 52_294, Subclass.HENTAIGANA: 97_791, Subclass.SYMBOL: 81_639,
    }  # fmt: skip
    assert kinds[Verdict.SAME] == 12_545
    assert kinds[Verdict.DESIGN] == 12_217
    assert kinds[Verdict.SIMILAR] == 14_222
    assert sum(stratum.glyphs for stratum in STRATA if stratum.juki) == 820_020
    assert sum(stratum.glyphs for stratum in STRATA if stratum.juki is False) == 114_792


def test_the_national_plan_has_every_glyph_of_the_ministrys_table() -> None:
    plan = plan_survey()
    assert len(plan) == NATIONAL
    assert plan.municipalities == MUNICIPALITIES == len(np.unique(plan.municipality))
    counts = np.bincount(plan.stratum_of[plan.picture], minlength=len(STRATA))
    assert counts.tolist() == [stratum.glyphs for stratum in STRATA]
    assert np.bincount(plan.kind).tolist() == list(KINDS.values())
    for number, stratum in enumerate(STRATA):
        assert plan.shape_of[plan.stratum_of == number].max() + 1 == pytest.approx(stratum.kinds, rel=0.02)


@pytest.mark.parametrize(("glyphs", "share"), [(1_000, 0.3), (10_000, 0.6), (10_000, 0.0), (20_000, 0.8)])
def test_pictures_recur_as_often_as_asked_and_never_in_one_municipality(glyphs: int, share: float) -> None:
    plan = plan_survey(glyphs, duplicate_share=share)
    assert len(plan) == pytest.approx(glyphs, rel=0.02)
    assert 1 - plan.distinct / len(plan) == pytest.approx(share, abs=0.01)
    assert set(plan.picture.tolist()) == set(range(plan.distinct))
    handed_in = set(zip(plan.picture.tolist(), plan.municipality.tolist(), strict=True))
    assert len(handed_in) == len(plan)


def test_only_pictures_of_a_vendor_recur_and_only_among_its_customers() -> None:
    plan = plan_survey(10_000)
    uses = np.bincount(plan.picture)
    own = plan.vendor_of < 0
    assert (uses[own] == 1).all()
    assert (uses[~own] > 1).any()
    vendors: dict[int, set[int]] = {}
    for glyph in plan.glyphs():
        if glyph.vendor is not None:
            vendors.setdefault(glyph.municipality, set()).add(glyph.vendor)
    assert all(len(found) == 1 for found in vendors.values())


def test_a_stroke_is_not_asked_of_coarse_dots() -> None:
    plan = plan_survey(10_000)
    fine = np.array([stratum.fine for stratum in STRATA])[plan.stratum_of]
    sizes = plan.size_of[fine]
    assert ((sizes == SCAN) | (sizes >= FINE_DOTS)).all()
    assert (plan.size_of[~fine] == 16).any()


def test_glyphs_come_by_municipality_and_kind() -> None:
    glyphs = list(plan_survey(2_000).glyphs())
    order = [(glyph.municipality, glyph.kind) for glyph in glyphs]
    assert order == sorted(order)


def test_the_plan_depends_on_the_seed_alone() -> None:
    one, same, other = (plan_survey(1_000, seed=seed) for seed in (3, 3, 4))
    assert np.array_equal(one.picture, same.picture)
    assert np.array_equal(one.size_of, same.size_of)
    assert not np.array_equal(one.picture, other.picture[: len(one)])


@pytest.mark.parametrize(("glyphs", "share"), [(99, 0.5), (1_000, -0.1), (1_000, 0.96)])
def test_what_cannot_be_planned_is_refused(glyphs: int, share: float) -> None:
    with pytest.raises(ValueError, match="expected"):
        plan_survey(glyphs, duplicate_share=share)
