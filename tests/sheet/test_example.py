"""Examples of the criteria as pictures."""

import numpy as np
import pytest

from engine.judge.criteria import CRITERIA_FOLDER, load_criteria
from engine.judge.example import Rendering, example
from engine.judge.vocabulary import load_vocabulary
from engine.sheet.example import ExamplePainter
from engine.sheet.face import ReferenceFace
from engine.sheet.overlay import BOTH, CANDIDATE_ONLY, GAIJI_ONLY, PAPER


@pytest.fixture(scope="module")
def painter(reference_font):
    return ExamplePainter(ReferenceFace(reference_font))


def colours(tile):
    return {colour for colour in (PAPER, BOTH, GAIJI_ONLY, CANDIDATE_ONLY) if (tile == colour).all(-1).any()}


def test_every_kind_of_difference_is_drawn(painter):
    for described in load_vocabulary():
        for each in described.examples:
            gaiji, reference, both = painter.draw(each).tiles(64)
            assert gaiji.shape == reference.shape == (64, 64)
            assert both.shape == (64, 64, 3)
            assert not np.array_equal(gaiji, reference), each


def test_every_example_of_every_criteria_is_drawn(painter):
    undrawn = [
        (version.stem, rule.id, each)
        for version in CRITERIA_FOLDER.glob("*.toml")
        for rule in load_criteria(version.stem).rules
        for each in rule.examples
        if not painter.draw(each).tiles(32)
    ]
    assert undrawn == []


def test_a_missing_stroke_is_the_references_alone(painter):
    _, _, both = painter.draw(example({"reference": "MJ027770", "change": "f-2"})).tiles(128)
    assert colours(both) == {PAPER, BOTH, CANDIDATE_ONLY}
    grey = (both == np.array(BOTH)).all(-1)
    assert grey.sum() > (both == np.array(CANDIDATE_ONLY)).all(-1).sum()


def test_siblings_stand_as_they_stand(painter):
    gaiji, reference, both = painter.draw(example({"gaiji": "MJ000022", "reference": "MJ000023"})).tiles(128)
    assert not np.array_equal(gaiji, reference)
    assert (both == np.array(BOTH)).all(-1).sum() > 0.8 * (gaiji == 255).sum()


@pytest.mark.parametrize("rendering", Rendering)
def test_every_rendering_is_drawn(painter, rendering):
    tiles = painter.draw(example({"reference": "MJ026190", "rendering": rendering.value})).tiles(96)
    assert [tile.shape for tile in tiles] == [(96, 96), (96, 96), (96, 96, 3)]
    assert all(tile.any() for tile in tiles)


def test_a_character_is_drawn_alone(painter):
    (tile,) = painter.draw(example({"character": "ア"})).tiles(48)
    assert tile.any()


@pytest.mark.parametrize(
    "values",
    [
        {"reference": "MJ999999", "change": "2-1"},
        {"reference": "MJ999999", "rendering": "bold"},
        {"gaiji": "MJ000022", "reference": "MJ999999"},
        {"gaiji": "MJ999999", "reference": "MJ000022"},
        {"character": "\U0010fffd"},
        {"reference": "MJ009383", "change": "f-4"},  # 士: no component can be taken away
    ],
)
def test_what_the_font_cannot_draw_is_left_out(painter, values):
    assert painter.draw(example(values)).tiles(48) == []


def test_a_page_never_changes_by_itself(painter, reference_font):
    again = ExamplePainter(ReferenceFace(reference_font))
    for values in (
        {"reference": "MJ026190", "rendering": "scan"},
        {"reference": "MJ013576", "change": "f-1"},
    ):
        tiles = zip(
            painter.draw(example(values)).tiles(64), again.draw(example(values)).tiles(64), strict=True
        )
        assert all(np.array_equal(one, other) for one, other in tiles)
