"""What the pair network is taught: labels of pairs, on the real index."""

import numpy as np
import pytest

from engine.reference.font import glyph_ids
from engine.synth.fonts import OutlineFont
from engine.training.examples import Example, Shows
from engine.training.pairs import UNKNOWN, Matcher, load_pairs, save_pairs


@pytest.fixture(scope="module")
def matcher(settings, reference_font):
    return Matcher(settings)


@pytest.fixture(scope="module")
def draw(reference_font, refset, table):
    font = OutlineFont(reference_font, em_px=96)
    ids = glyph_ids(refset, font.path, table.mj)
    return lambda row: font.body_of_glyph(int(ids[row]))


@pytest.fixture(scope="module")
def joined_grass(table):
    """Two siblings: 艹 joined, and with a gap."""
    return table.row("MJ000022"), table.row("MJ000023")


def test_a_rendered_glyph_is_itself_and_none_of_its_siblings(matcher, draw, joined_grass):
    own, sibling = joined_grass
    pairs = matcher.pairs([Example(draw(own), Shows.RENDERED, row=own)], least_log_odds=-2)
    labels = dict(zip(pairs.row.tolist(), pairs.labels.tolist(), strict=True))
    assert labels[own] == [1, 1, 1]
    assert labels[sibling] == [0, 0, 1]


def test_it_is_no_other_character_but_whether_it_is_like_one_is_not_taught(matcher, draw, table):
    (earth, *_) = table.rows_of_ucs("土")
    pairs = matcher.pairs([Example(draw(earth), Shows.RENDERED, row=earth)], least_log_odds=-2)
    strangers = matcher.family[pairs.row] != matcher.family[earth]
    assert strangers.any()
    assert (pairs.labels[strangers] == (0, 0, UNKNOWN)).all()


def test_a_changed_glyph_is_taught_only_against_what_it_was(matcher, draw, joined_grass):
    own, sibling = joined_grass
    for shows, same in ((Shows.DESIGN, 1), (Shows.FORM, 0)):
        pairs = matcher.pairs([Example(draw(own), shows, row=own)], least_log_odds=-2)
        labels = dict(zip(pairs.row.tolist(), pairs.labels.tolist(), strict=True))
        assert labels[own] == [same, 0, 1]
        assert labels[sibling] == [UNKNOWN, UNKNOWN, 1]


def test_junk_is_related_to_nothing(matcher, draw, joined_grass):
    pairs = matcher.pairs([Example(draw(joined_grass[0]), Shows.JUNK)], least_log_odds=-2)
    assert (pairs.labels == 0).all()
    assert pairs.family.tolist() == [-1]


def test_a_fonts_glyph_is_labelled_with_the_sibling_that_it_draws(matcher, draw, table, joined_grass):
    text = table.codes("MJ000022").ucs
    for row in joined_grass:
        ink = draw(row)
        pairs = matcher.pairs([Example(ink, Shows.FONT, text=text, clean=ink)], least_log_odds=-2)
        assert pairs.row[pairs.labels[:, 0] == 1].tolist() == [row]


def test_a_glyph_like_none_of_its_character_is_left_out(matcher, draw, table, joined_grass):
    stranger = draw(table.row("MJ030000"))
    example = Example(stranger, Shows.FONT, text=table.codes("MJ000022").ucs, clean=stranger)
    other = Example(draw(joined_grass[0]), Shows.RENDERED, row=joined_grass[0])
    assert len(matcher.pairs([example, other], least_log_odds=-2).gaiji) == 1


def test_pairs_survive_the_disk_and_stay_with_their_pictures(matcher, draw, joined_grass, tmp_path):
    made = [
        matcher.pairs([Example(draw(row), Shows.RENDERED, row=row)], least_log_odds=-2)
        for row in joined_grass
    ]
    for number, pairs in enumerate(made):
        save_pairs(tmp_path / f"{number}.npz", pairs)
    read = load_pairs([tmp_path / "0.npz", tmp_path / "1.npz"])
    for number, pairs in enumerate(made):
        of_it = read.picture == number
        assert np.array_equal(read.gaiji[number], pairs.gaiji[0])
        assert np.array_equal(read.warped[of_it], pairs.warped)
        assert np.array_equal(read.labels[of_it], pairs.labels)
