import numpy as np
import pytest

from engine.reference.fetch import PACKAGES, FontRole
from engine.synth.fonts import OutlineFont
from engine.training import nonkanji
from engine.training.corpus import LEGIBLE_LEVEL, SOURCES, FontSource, degraded, draw_source, samples


def test_only_training_fonts_are_trained_on():
    training = {package.name for package in PACKAGES if package.role is FontRole.TRAINING}
    assert {source.package for source in SOURCES} <= training
    assert {package for package, _ in nonkanji.FONTS} <= training


def test_a_strike_gives_its_own_dots(debian_font):
    source = FontSource("fonts-arphic-uming", "uming.ttc", strike_px=16)
    drawn = draw_source(source, debian_font(source.package, source.file), {"国", "土", "\U00020089"})
    assert set(drawn) >= {"国", "土"}
    assert max(drawn["国"].shape) <= 16
    assert set(np.unique(drawn["国"])) == {0, 255}


def test_sequences_have_glyphs_of_their_own(debian_font):
    source = FontSource("fonts-hanazono", "HanaMinA.ttf", sequences=True)
    wanted = {"辻", "辻\U000e0102", "辻\U000e0101", "辻\U000e0103"}
    drawn = draw_source(source, debian_font(source.package, source.file), wanted)
    assert "辻" in drawn
    assert len(drawn) >= 2


@pytest.mark.parametrize("seed", range(12))
def test_what_is_left_is_legible(reference_font, seed):
    ink = OutlineFont(reference_font, em_px=96).body(ord("語"))
    changed = degraded(ink, np.random.default_rng(seed), strike=False)
    assert changed is not None
    assert (changed >= LEGIBLE_LEVEL).mean() > 0.02


def test_the_same_seed_draws_the_same_pictures(reference_font):
    font = OutlineFont(reference_font, em_px=96)
    drawn = {character: font.body(ord(character)) for character in "国土語榊齊"}
    once, again = (list(samples(drawn, SOURCES[0], count=4, seed=5)) for _ in range(2))
    assert [text for text, _, _ in once] == [text for text, _, _ in again]
    for (_, _, one), (_, _, other) in zip(once, again, strict=True):
        np.testing.assert_array_equal(one, other)


def test_non_kanji_leave_out_what_mj_has():
    characters = nonkanji.non_kanji_characters(frozenset("々〆"))
    assert "あ" in characters
    assert "〒" in characters
    assert not {"々", "〆", "　"} & set(characters)
