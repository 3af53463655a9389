"""A confirmed glyph is found again in other prints of it, and never in another form."""

from __future__ import annotations

import numpy as np
import pytest

from engine.describe.normalise import SIDE_PX
from engine.evaluation.reading import from_picture
from engine.glyph.raster import OutlineRasteriser
from engine.prototype.confirmed import Confirmed
from engine.prototype.match import FORM_LEAST, Likeness, Matcher
from engine.synth import degrade

FORMS = ("MJ026193", "MJ008735", "MJ021149", "MJ013456", "MJ030197", "MJ057123", "MJ008995", "MJ006987")

NEAREST = [("MJ008733", "MJ008735"), ("MJ025107", "MJ025108")]
"""Siblings that differ so little that a scan may blot it out."""
ALMOST = [
    ("MJ006987", "MJ006988"),
    ("MJ030220", "MJ030224"),
    ("MJ001608", "MJ001609"),
    ("MJ055524", "MJ068094"),
    ("MJ009372", "MJ009373"),
]
"""Pairs of one character and equal stroke counts: of the nearest of all, and of those that the network took
for one form with the greatest certainty among some thousand pairs."""


@pytest.fixture(scope="module")
def draw(reference_font):
    face = OutlineRasteriser(reference_font, em_px=256)
    return lambda name: face.render(face.glyph_id(name.lower()))


@pytest.fixture(scope="module")
def matcher() -> Matcher:
    return Matcher.open()


def printed(ink: np.ndarray, size_px: int = 96) -> np.ndarray:
    return from_picture(degrade.picture(degrade.resize(ink, size_px)), "a").ink


def scanned(ink: np.ndarray, seed: int, size_px: int = 80) -> np.ndarray:
    return from_picture(degrade.scan(ink, np.random.default_rng(seed), size_px=size_px), "a").ink


def noisy(ink: np.ndarray) -> np.ndarray:
    rng = np.random.default_rng(1)
    return np.clip(ink.astype(int) + rng.normal(0, 6, ink.shape) * (ink > 0), 0, 255).astype(np.uint8)


def test_the_same_picture_is_found_whatever_its_margins(draw, matcher):
    inks = [printed(draw(name)) for name in FORMS]
    confirmed = Confirmed.of([*inks, inks[2]], matcher.describe)
    (found,) = matcher.match([np.pad(inks[2], ((3, 0), (0, 5)))], confirmed)
    assert [(each.number, each.likeness, each.probability) for each in found] == [
        (2, Likeness.SAME, 1.0),
        (8, Likeness.SAME, 1.0),
    ]


def test_noise_leaves_it_near(draw, matcher):
    inks = [printed(draw(name)) for name in FORMS]
    confirmed = Confirmed.of(inks, matcher.describe)
    for number, found in enumerate(matcher.match([noisy(ink) for ink in inks], confirmed)):
        assert (found[0].number, found[0].likeness) == (number, Likeness.NEAR)
        assert found[0].probability > 0.9  # 0.925 was the lowest seen


def test_a_scan_is_found_by_another_scan(draw, matcher):
    confirmed = Confirmed.of([scanned(draw(name), 1) for name in FORMS], matcher.describe)
    found = matcher.match([scanned(draw(name), 2) for name in FORMS], confirmed)
    right = [number for number, each in enumerate(found) if each and each[0].number == number]
    assert len(right) >= 5  # 6 were seen
    assert all(each.number == number for number, some in enumerate(found) for each in some)
    assert any(each.likeness is Likeness.FORM for some in found for each in some)


@pytest.mark.parametrize("pair", ALMOST)
def test_siblings_are_never_taken_for_each_other(draw, matcher, pair):
    one, other = map(draw, pair)
    for old in (printed(one), scanned(one, 3), scanned(one, 4, 64)):
        confirmed = Confirmed.of([old], matcher.describe)
        new = [printed(other), noisy(printed(other)), scanned(other, 5), scanned(other, 6, 64)]
        assert matcher.match(new, confirmed) == [[], [], [], []]


@pytest.mark.parametrize("pair", NEAREST)
def test_the_nearest_siblings_are_never_near(draw, matcher, pair):
    one, other = map(draw, pair)
    new = [noisy(printed(other)), printed(other, 90), scanned(other, 5), scanned(other, 6, 64)]
    confirmed = Confirmed.of([printed(one), scanned(one, 3)], matcher.describe)
    for found in matcher.match(new, confirmed):
        assert all(each.likeness is Likeness.FORM for each in found)
    assert matcher.match([printed(other)], Confirmed.of([printed(one)], matcher.describe)) == [[]]


def test_another_typeface_is_no_earlier_decision(debian_font, draw, matcher):
    from engine.synth.fonts import OutlineFont

    font = OutlineFont(debian_font("fonts-ipaexfont-mincho", "ipaexm.ttf"), em_px=256)
    other = OutlineFont(debian_font("fonts-noto-cjk", "NotoSerifCJK-Regular.ttc"), em_px=256)
    codes = [ord(character) for character in "渡辺斎藤高橋崎富島"]
    confirmed = Confirmed.of([printed(font.body(code)) for code in codes], matcher.describe)
    assert matcher.match([printed(other.body(code)) for code in codes], confirmed) == [[]] * len(codes)
    assert all(matcher.match([printed(font.body(code), 90) for code in codes], confirmed))


def test_the_best_comes_first_and_no_more_than_four(draw, matcher):
    ink = printed(draw(FORMS[0]))
    copies = [scanned(draw(FORMS[0]), seed) for seed in range(6)]
    confirmed = Confirmed.of([*copies, noisy(ink)], matcher.describe)
    (found,) = matcher.match([ink], confirmed)
    assert (found[0].number, found[0].likeness) == (6, Likeness.NEAR)
    assert 2 <= len(found) <= 4
    assert [each.probability for each in found[1:]] == sorted(
        (each.probability for each in found[1:]), reverse=True
    )


def test_only_what_comes_near_is_loaded(draw, matcher):
    inks = [printed(draw(name)) for name in FORMS]
    asked: list[int] = []
    whole = Confirmed.of(inks, matcher.describe)

    def squares_of(numbers):
        asked.extend(numbers.tolist())
        return whole.squares_of(numbers)

    few = Confirmed(whole.digests, whole.vectors, squares_of)
    matcher.match([noisy(inks[5]), inks[1]], few)
    assert set(asked) == {5}


def test_a_glyph_is_matched_alike_in_any_company(draw, matcher):
    confirmed = Confirmed.of([scanned(draw(name), 1) for name in FORMS], matcher.describe)
    new = [scanned(draw(name), 2) for name in FORMS] * 4  # more than are compared together
    together = matcher.match(new, confirmed)
    assert together == [matcher.match([ink], confirmed)[0] for ink in new]


def test_empty_sides_match_nothing(draw, matcher):
    nothing = Confirmed.of([], lambda _squares: np.empty((0, 256), np.float32))
    assert matcher.match([printed(draw(FORMS[0]))], nothing) == [[]]
    confirmed = Confirmed.of([printed(draw(FORMS[0]))], matcher.describe)
    assert matcher.match([], confirmed) == []
    assert matcher.match([np.zeros((20, 20), np.uint8)], confirmed) == [[]]


def test_both_senses_of_the_network_must_agree(draw, matcher, monkeypatch):
    ink = printed(draw(FORMS[0]))
    confirmed = Confirmed.of([ink], matcher.describe)
    new = [scanned(draw(FORMS[0]), 1)]
    for odds, hit in (((9, 9, 9), True), ((9, FORM_LEAST - 1, 9), False), ((FORM_LEAST - 1, 9, 9), False)):
        monkeypatch.setattr(Matcher, "log_odds", lambda *_, odds=odds: np.array([odds], np.float32))
        assert bool(matcher.match(new, confirmed)[0]) is hit


def test_descriptions_are_unit_vectors(matcher, draw):
    from engine.describe.normalise import normalise

    vectors = matcher.describe(np.array([normalise(draw(name)) for name in FORMS]))
    assert vectors.shape == (len(FORMS), 256)
    assert vectors.dtype == np.float32
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(1, abs=1e-5)
    assert SIDE_PX == 64
