"""The comparison benchmark counts what it compares; its speed is not tested."""

from __future__ import annotations

import pytest

from engine.compare.shortlist import MOST
from engine.evaluation.bench_pairs import open_comparison, pairs_per_s


@pytest.fixture(scope="module")
def font(debian_font):
    return debian_font("fonts-horai-umefont", "ume-tmo3.ttf")


def test_a_block_counts_its_pairs(settings, reference_font, font) -> None:
    compare = open_comparison(settings, font)
    one, one_s = compare([ord("邉")])
    three, three_s = compare([ord("邉"), ord("一"), ord("国")])
    assert 1 <= one <= MOST
    assert one + 2 <= three <= 3 * MOST
    assert one_s > 0
    assert three_s > 0


def test_the_pool_gives_a_rate(settings, reference_font, font) -> None:
    assert pairs_per_s(settings, font, jobs=1, blocks_per_job=1) > 0
