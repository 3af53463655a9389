"""What the benchmark reckons with: shares of time, recall, baselines, and when a decision is right."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from engine.evaluation.baselines import HogMatcher, Match, ThreeStageMatcher
from engine.evaluation.bench_batch import Sampled, _best_decision, _rightly
from engine.evaluation.bench_search import compare_searches, recall
from engine.evaluation.bench_stages import shared_out, stage_seconds
from engine.evaluation.case import CLAIMS, Expected
from engine.result import Verdict

ROOT = Path(__file__).resolve().parents[2] / "engine"


def test_time_outside_the_engine_goes_to_its_callers() -> None:
    numpy, outside = ("numpy.py", 1, "dot"), ("driver.py", 1, "main")
    search = (str(ROOT / "search" / "exact.py"), 1, "nearest")
    describe = (str(ROOT / "describe" / "model.py"), 1, "apply")
    found = shared_out(
        {
            outside: (1, 1, 0.5, 8.5, {}),
            search: (1, 1, 1.0, 4.0, {outside: (1, 1, 1.0, 4.0)}),
            describe: (1, 1, 3.0, 4.0, {outside: (1, 1, 3.0, 4.0)}),
            numpy: (2, 2, 4.0, 4.0, {search: (1, 1, 3.0, 3.0), describe: (1, 1, 1.0, 1.0)}),
        }
    )
    assert found == pytest.approx({"other": 0.5, "search": 1.0 + 3.0, "describe": 3.0 + 1.0})


def test_recursion_outside_the_engine_ends() -> None:
    one, two = ("a.py", 1, "one"), ("a.py", 2, "two")
    found = shared_out(
        {one: (1, 1, 1.0, 2.0, {two: (1, 1, 1.0, 2.0)}), two: (1, 1, 1.0, 2.0, {one: (1, 1, 1.0, 2.0)})}
    )
    assert sum(found.values()) == pytest.approx(2.0)


def test_a_real_profile_names_the_packages() -> None:
    from engine.describe.normalise import normalise

    ink = np.full((200, 200), 255, np.uint8)
    seconds = stage_seconds(lambda: [normalise(ink) for _ in range(200)])
    assert seconds["describe"] > 0
    assert set(seconds) <= {"describe", "glyph", "other", "evaluation"}


def test_recall_counts_the_true_neighbours_in_any_order() -> None:
    true = np.array([[1, 2, 3, 4], [5, 6, 7, 8]])
    assert recall(true, true[:, ::-1]) == 1.0
    assert recall(true, np.array([[4, 9, 9, 1], [0, 0, 0, 0]])) == pytest.approx(2 / 8)


def test_faiss_finds_what_the_engine_finds_and_approximately_so_otherwise() -> None:
    rng = np.random.default_rng(0)
    vectors = rng.normal(size=(5_000, 32)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    found = {each.name: each for each in compare_searches(vectors, vectors[:200], cells=16, codes="PQ4x4")}
    assert found["faiss FlatIP"].recall_at_10 > 0.999
    assert all(0 < each.recall_at_10 <= 1 and each.queries_per_s > 0 for each in found.values())
    assert found["faiss HNSW32 ef=128"].recall_at_10 >= found["faiss HNSW32 ef=32"].recall_at_10


@pytest.mark.parametrize("maker", [HogMatcher, ThreeStageMatcher])
def test_a_baseline_finds_a_picture_of_its_own(maker: type) -> None:
    rng = np.random.default_rng(1)
    squares = np.zeros((2_300, 64, 64), np.uint8)
    for square in squares:
        rows, cols = rng.integers(2, 40, 2), rng.integers(2, 40, 2)
        for row, col in zip(rows, cols, strict=True):
            square[row : row + 22, col : col + 6] = 255
            square[row : row + 5, col : col + 22] = 255
        square[2:4, 2:62] = square[60:62, 2:62] = 255  # all fill the square alike
    matcher = maker(squares, [f"MJ{row:06d}" for row in range(len(squares))])
    for row, match in zip((5, 1_700), matcher.match([squares[5], squares[1_700]]), strict=True):
        assert match.names[0] == f"MJ{row:06d}"
        assert len(match.names) == 10


KNOWN = Expected(CLAIMS, nameable=frozenset({"MJ000001"}))
STRANGE = Expected(frozenset({Verdict.SIMILAR}))


def test_a_decision_is_right_where_it_is_made_rightly_or_rightly_not_made() -> None:
    assert _rightly(KNOWN, "MJ000001")
    assert not _rightly(KNOWN, "MJ000002")
    assert not _rightly(KNOWN, None)
    assert _rightly(STRANGE, None)
    assert not _rightly(STRANGE, "MJ000001")


def test_a_baseline_gets_the_best_similarity_for_its_pictures() -> None:
    sampled = [Sampled(0, b"", KNOWN), Sampled(1, b"", STRANGE), Sampled(2, b"", KNOWN)]
    matches = [Match(("MJ000001",), 0.9), Match(("MJ000001",), 0.5), Match(("MJ000001",), 0.8)]
    assert _best_decision(sampled, matches) == 1.0
    assert _best_decision(sampled, [matches[0], Match(("MJ000001",), 0.85), matches[2]]) == pytest.approx(
        2 / 3
    )
