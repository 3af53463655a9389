import numpy as np
import pytest

from engine.describe.normalise import normalise
from engine.difference import Difference, DifferenceKind
from engine.evaluation.difference_table import kind_row, match_row, place_of
from engine.synth.change import ChangedGlyph

STROKE = Difference(DifferenceKind.STROKE_ADDED, 20, 20, 5, 3.0)
WEAK = Difference(DifferenceKind.LENGTH, 50, 50, 3, 1.1)


def test_a_kind_counts_only_at_its_place():
    here, elsewhere = (22.0, 20.0, 4.0), (60.0, 60.0, 4.0)
    row = kind_row(DifferenceKind.STROKE_ADDED, [(here, (STROKE,)), (elsewhere, (STROKE,)), (here, ())])
    assert (row.count, row.named, row.placed) == (3, pytest.approx(1 / 3), pytest.approx(1 / 3))
    assert row.fatal == pytest.approx(2 / 3)
    assert row.items == pytest.approx(2 / 3)


def test_another_kind_at_the_place_is_found_but_not_named():
    row = kind_row(DifferenceKind.LENGTH, [((20.0, 20.0, 4.0), (STROKE, WEAK))])
    assert (row.named, row.placed) == (0, 1)


def test_weak_differences_are_not_strong():
    row = match_row("x", [(), (WEAK,), (STROKE,), (WEAK, WEAK)])
    assert (row.items, row.strong, row.fatal) == (1.0, 0.25, 0.25)


def test_the_place_follows_normalisation():
    ink = np.zeros((100, 100), np.uint8)
    ink[20:80, 30:70] = 255
    dot = np.zeros_like(ink)
    dot[48:52, 38:42] = 255
    changed = ChangedGlyph(ink, ink, DifferenceKind.LENGTH, 0.40, 0.50, 0.02)
    x, y, radius = place_of(changed)
    # The same box, with paper instead of ink, so that normalising moves the dot as it moves the place.
    corners = ink.copy()
    corners[21:79, 31:69] = 0
    square = normalise(np.maximum(corners, dot)).astype(float)
    square[:, :12] = square[:, 52:] = square[:6] = square[58:] = 0
    rows, cols = np.nonzero(square > 128)
    assert x == pytest.approx(cols.mean(), abs=1)
    assert y == pytest.approx(rows.mean(), abs=1)
    assert radius == pytest.approx(2 * 1.4, abs=0.1)
