"""Junk is drawn, differs from seed to seed, and is what its name says."""

from __future__ import annotations

import numpy as np
import pytest

from engine.synth import junk


@pytest.mark.parametrize("kind", sorted(junk.MARKS))
@pytest.mark.parametrize("size_px", [16, 64, 128])
def test_marks_have_the_asked_size_and_some_ink(kind: str, size_px: int) -> None:
    ink = junk.MARKS[kind](np.random.default_rng(4), size_px)
    assert ink.shape == (size_px, size_px)
    assert ink.dtype == np.uint8
    assert ink.any()
    assert not np.array_equal(ink, junk.MARKS[kind](np.random.default_rng(5), size_px))


def test_specks_leave_the_page_nearly_blank() -> None:
    inked = [(junk.specks(np.random.default_rng(seed), 96) > 0).mean() for seed in range(20)]
    assert max(inked) < 0.02


def test_two_characters_keep_their_size() -> None:
    first, second = np.full((10, 8), 255, np.uint8), np.full((10, 6), 255, np.uint8)
    assert junk.side_by_side(first, second).shape == (10, 14)
    stacked = junk.side_by_side(first, second, vertical=True)
    assert stacked.shape == (20, 8)
    assert not stacked[10:, [0, -1]].any()


def test_a_cut_removes_about_half() -> None:
    ink = np.full((60, 60), 255, np.uint8)
    shares = [(junk.cut_half(ink, np.random.default_rng(seed)) > 0).sum() / 3600 for seed in range(20)]
    assert min(shares) > 0.3
    assert max(shares) < 0.7
