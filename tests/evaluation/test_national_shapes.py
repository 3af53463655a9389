"""Shapes of the survey: each stratum gets what belongs to it, and what is uncertain is thrown away."""

from __future__ import annotations

from itertools import islice

import numpy as np
import pytest

from engine.evaluation.alike import VISIBLE_PX
from engine.evaluation.case import CLAIMS, Expected
from engine.evaluation.materials import Materials
from engine.evaluation.national_shapes import Shape, Shapes, _Draft
from engine.evaluation.opening import open_materials
from engine.result import Subclass, Verdict
from engine.synth.survey import STRATA, Stratum

JUKI = frozenset({"MJ006294"})


class Everything(Shapes):
    """Throws nothing away."""

    def _keeps(self, draft: _Draft, nearest: object) -> bool:
        return True


class Nothing:
    """Stands for the index of all MJ, which takes seconds to build: everything is far from everything."""

    def nearest(self, inks: list[np.ndarray], count: int) -> list[list[tuple[str, float]]]:
        return [[("MJ006294", 0.1)] * count for _ in inks]


@pytest.fixture(scope="module")
def materials(settings) -> Materials:
    found = open_materials(settings, None)
    found.shapes = Nothing
    every = found.kanji_codes
    found.kanji_codes = lambda key: every(key)[:30]
    return found


@pytest.fixture(scope="module")
def shapes(materials: Materials) -> Shapes:
    records = materials.truth.records
    return Everything(materials, frozenset(name for name in records if int(name[2:]) % 2))


@pytest.mark.parametrize("number", range(len(STRATA)))
def test_each_stratum_is_drawn_and_depends_on_the_seed_alone(shapes: Shapes, number: int) -> None:
    stratum = STRATA[number]

    def some(seed: int) -> list[Shape]:
        return list(islice(shapes.of(stratum, np.random.default_rng(seed)), 5))

    first, again = some(1), some(1)
    assert [shape.material for shape in first] == [shape.material for shape in again]
    assert all(np.array_equal(one.ink, other.ink) for one, other in zip(first, again, strict=True))
    for shape in first:
        assert (shape.ink > 128).any()
        assert shape.expected.subclass in (None, stratum.subclass)
        if stratum.juki is not None:
            assert (int(shape.mj[2:]) % 2 == 1) is stratum.juki
        if stratum.fine:
            assert not CLAIMS & shape.expected.verdicts
            assert not shape.expected.nameable
        elif stratum.juki is not None:
            assert shape.mj in shape.expected.exact
            assert shape.expected.verdicts >= CLAIMS
        else:
            assert Verdict.UNIDENTIFIED in shape.expected.verdicts


def test_hentaigana_come_from_two_designs(shapes: Shapes) -> None:
    (stratum,) = (each for each in STRATA if each.subclass is Subclass.HENTAIGANA)
    found = list(islice(shapes.of(stratum, np.random.default_rng(0)), 30))
    assert {shape.material for shape in found} == {"reference", "hanamin-a"}
    assert all(shape.mj.startswith("MJ09") and shape.mj in shape.expected.nameable for shape in found)


def test_a_stratum_without_a_glyph_ends(materials: Materials) -> None:
    stratum = Stratum(Verdict.SAME, None, True, 1, 1)
    assert list(Shapes(materials, frozenset()).of(stratum, np.random.default_rng(0))) == []


def draft(materials: Materials, mj: str, **values: object) -> _Draft:
    ink = materials.reference_glyph(mj, 144)
    return _Draft(Shape(ink, Expected(CLAIMS), mj, "reference"), **values)


def test_what_looks_like_another_mj_is_thrown_away(materials: Materials) -> None:
    shapes = Shapes(materials, JUKI)
    looks = draft(materials, "MJ026190", own=frozenset({"MJ000001"}), apart_px=VISIBLE_PX)
    assert not shapes._keeps(looks, [("MJ026190", 0.99)])
    assert shapes._keeps(looks, [("MJ006294", 0.99)])  # 一 is visibly another glyph
    assert shapes._keeps(looks, [("MJ026190", 0.2)])  # never compared: too far away
    own = draft(materials, "MJ026190", own=frozenset({"MJ026190"}), apart_px=VISIBLE_PX)
    assert shapes._keeps(own, [("MJ026190", 0.99)])


def test_a_stroke_may_not_bring_it_nearer_to_another_form(materials: Materials) -> None:
    shapes = Shapes(materials, JUKI)
    changed = draft(materials, "MJ026190", own=frozenset({"MJ026190"}), apart_px=VISIBLE_PX, nearest=True)
    assert not shapes._keeps(changed, [("MJ006294", 0.9), ("MJ026190", 0.8)])
    assert shapes._keeps(changed, [("MJ026190", 0.9), ("MJ006294", 0.8)])


def test_half_of_a_character_is_widened_before_it_is_compared(materials: Materials) -> None:
    half = draft(materials, "MJ026190", own=frozenset(), apart_px=VISIBLE_PX, spread=True)
    ink = half.shape.ink
    narrow = _Draft(Shape(ink[:, ::2], half.shape.expected, "", "x"), frozenset(), VISIBLE_PX, spread=True)
    assert narrow.seen.shape[0] == narrow.seen.shape[1]
    assert not Shapes(materials, JUKI)._keeps(narrow, [("MJ026190", 0.9)])
