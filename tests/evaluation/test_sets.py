"""The sets, drawn small from the real fonts."""

from __future__ import annotations

import copy

import numpy as np
import pytest

from engine.errors import UsageError
from engine.evaluation.case import CLAIMS
from engine.evaluation.groups import Group
from engine.evaluation.materials import SOURCES, Materials
from engine.evaluation.metrics import SetMetrics
from engine.evaluation.nonkanji import is_symbol
from engine.evaluation.opening import open_materials
from engine.evaluation.sets import all_sets, chosen
from engine.evaluation.targets import TOTAL, WORST, load_targets
from engine.glyph.model import Glyph
from engine.result import Subclass, Verdict

COUNT = 4
BY_NAME = {each.name: each for each in all_sets()}


class FewShapes:
    """Stands for the index of all MJ, which takes seconds to build: finds nothing alike."""

    def look_alikes(self, ink: np.ndarray, *, below_px: int = 8) -> list[str]:
        return []


def few_codes(materials: Materials) -> Materials:
    """The same with twenty kanji a font."""
    few = copy.copy(materials)
    few.kanji_codes = lambda key: materials.kanji_codes(key)[:20]
    return few


@pytest.fixture(scope="module")
def materials(settings) -> Materials:
    found = open_materials(settings, None)
    found.shapes = FewShapes
    return found


@pytest.mark.parametrize("name", sorted(BY_NAME))
def test_each_set_draws_readable_cases_that_depend_on_the_seed_only(materials: Materials, name: str) -> None:
    cases = BY_NAME[name].cases(materials, seed=1, count=COUNT)
    again = BY_NAME[name].cases(materials, seed=1, count=COUNT)
    other = BY_NAME[name].cases(materials, seed=2, count=COUNT)
    assert len(cases) == COUNT
    assert len({case.name for case in cases}) == COUNT
    assert [case.name for case in cases] == [case.name for case in again]
    for first, second in zip(cases, again, strict=True):
        assert type(first.glyph) is type(second.glyph)
        if isinstance(first.glyph, Glyph) and isinstance(second.glyph, Glyph):
            assert np.array_equal(first.glyph.ink, second.glyph.ink)
    drawn = [case.glyph.ink.tobytes() for case in cases if isinstance(case.glyph, Glyph)]
    assert drawn != [case.glyph.ink.tobytes() for case in other if isinstance(case.glyph, Glyph)] or not drawn
    if not name.startswith("junk-marks"):
        assert all(isinstance(case.glyph, Glyph) for case in cases)


@pytest.mark.parametrize("name", ["self-64", "mincho-64", "scans-40-64", "dots-16-jiskan", "dots-24"])
def test_kanji_sets_expect_their_own_mj(materials: Materials, name: str) -> None:
    for case in BY_NAME[name].cases(materials, seed=3, count=COUNT):
        expected = case.expected
        assert expected.exact
        assert expected.exact <= expected.nameable | expected.same_ucs
        assert expected.verdicts & CLAIMS
        assert not expected.left_out


@pytest.mark.parametrize("name", ["loo-self", "loo-mincho"])
def test_left_out_sets_keep_only_siblings_with_other_stroke_counts(materials: Materials, name: str) -> None:
    for case in BY_NAME[name].cases(materials, seed=3, count=COUNT):
        expected = case.expected
        assert expected.verdicts == {Verdict.SIMILAR}
        assert expected.left_out
        assert expected.same_ucs
        assert not expected.left_out & expected.same_ucs
        strokes = {materials.truth.records[mj].strokes for mj in expected.left_out}
        assert not strokes & {materials.truth.records[mj].strokes for mj in expected.same_ucs}


def test_same_stroke_siblings_may_be_named_in_the_informative_set(materials: Materials) -> None:
    for case in BY_NAME["loo0-self"].cases(materials, seed=3, count=COUNT):
        assert case.expected.nameable
        assert case.expected.nameable <= case.expected.same_ucs


@pytest.mark.parametrize("font", ["ume", "sawarabi", "reference"])
def test_a_changed_design_stays_the_character_and_a_changed_form_does_not(
    materials: Materials, font: str
) -> None:
    for case in BY_NAME[f"changed-design-{font}"].cases(materials, seed=3, count=COUNT):
        assert case.expected.verdicts == CLAIMS
        assert case.expected.exact <= case.expected.nameable
        assert (case.expected.exact == case.expected.nameable) or font != "reference"
    cases = BY_NAME[f"changed-form-{font}"].cases(materials, seed=3, count=COUNT + 1)
    assert len({case.kind for case in cases}) >= 3, "the kinds take turns"
    for case in cases:
        assert Verdict.SIMILAR in case.expected.verdicts
        assert not case.expected.verdicts & CLAIMS
        assert not case.expected.nameable


def test_what_a_changed_glyph_looks_like_now_is_not_asked(materials: Materials, monkeypatch) -> None:
    """The counter-rule: where another MJ explains the glyph, nobody knows the answer from the change."""
    every = [name for each in materials.truth.characters.values() for name in sorted(each)][:3]
    monkeypatch.setattr(FewShapes, "look_alikes", lambda self, ink, *, below_px=8: every)
    assert BY_NAME["changed-form-ume"].cases(few_codes(materials), seed=1, count=1) == []


def test_weight_changes_the_ink_and_nothing_else(materials: Materials) -> None:
    shares = {}
    for name in ("weight-light", "weight-bold"):
        cases = BY_NAME[name].cases(materials, seed=3, count=12)
        assert all(case.expected.verdicts == CLAIMS for case in cases)
        shares[name] = np.mean([(case.glyph.ink > 127).mean() for case in cases])
    assert shares["weight-bold"] > 1.4 * shares["weight-light"]


def test_hentaigana_expect_an_mj_of_their_own_kind(materials: Materials) -> None:
    for case in BY_NAME["hentaigana-64"].cases(materials, seed=3, count=COUNT):
        assert case.expected.subclass is Subclass.HENTAIGANA
        assert all(materials.truth.records[mj].hentaigana for mj in case.expected.exact)


@pytest.mark.parametrize(
    ("char", "symbol"),
    [
        ("あ", True), ("ア", True), ("Q", True), ("7", True), ("♨", True), ("℡", True),
        ("国", False), ("二", False), ("ニ", False), ("ロ", False), ("ー", False), ("-", False), ("○", False),
        ("㈱", False), ("⼀", False), ("々", False), ("─", False), (" ", False), ("\ue000", False),
    ],
)  # fmt: skip
def test_what_counts_as_a_symbol(char: str, symbol: bool) -> None:
    assert is_symbol(ord(char)) is symbol


def test_sets_are_chosen_by_name_or_beginning() -> None:
    assert [each.name for each in chosen(["scans-40-64"])] == ["scans-40-64"]
    assert {each.name for each in chosen(["dots"])} == {name for name in BY_NAME if name.startswith("dots-")}
    assert len(chosen(None)) == len(chosen([])) == len(BY_NAME)
    with pytest.raises(UsageError, match="mincho-64"):
        chosen(["no-such-set"])


def test_names_are_unique_and_targets_point_at_sets() -> None:
    assert len(BY_NAME) == len(all_sets())
    assert {name for target in load_targets() for name in target.sets} <= {*BY_NAME, TOTAL, WORST}
    assert not {TOTAL, WORST} & set(BY_NAME)


def test_targets_are_about_figures_and_say_who_asked() -> None:
    targets = load_targets()
    assert len({target.id for target in targets}) == len(targets)
    figures = {name for name in dir(SetMetrics) if not name.startswith("_")}
    assert {target.metric for target in targets} <= figures
    assert all(target.source.startswith(("issue 2: ", "issue 3: ")) for target in targets)
    assert all((target.at_least is None) != (target.at_most is None) for target in targets)


def test_every_group_has_a_set_and_a_name() -> None:
    assert {each.group for each in all_sets()} == set(Group)
    assert len({group.japanese for group in Group}) == len(Group)


def test_no_training_font_is_an_evaluation_font() -> None:
    held_out = {"fonts-hanazono"}  # hentaigana of A, Han outside MJ of B: left out of training
    training = {"fonts-noto-cjk", "fonts-cns11643-sung", "fonts-takao-mincho", "fonts-ipaexfont-mincho"}
    packages = {source.package for source in SOURCES.values()}
    assert not packages & (training | {"fonts-arphic-uming"})
    assert packages - held_out == {
        "fonts-horai-umefont",
        "fonts-sawarabi-mincho",
        "xfonts-jisx0213",
        "xfonts-shinonome",
    }
