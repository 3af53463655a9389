"""The benchmark of policies measures what it says, on rows that are as they should be."""

from __future__ import annotations

from collections import Counter

import pytest

from engine.evaluation.bench_policy import made_up, measure
from engine.output.parquet import schema
from engine.policy.targets import Targets


def test_rows_are_equal_for_equal_seeds_and_plausible(refset):
    targets = Targets.of(refset)
    table = made_up(3_000, targets, seed=1)
    assert table.schema.equals(schema())
    assert table.equals(made_up(3_000, targets, seed=1))
    assert not table.equals(made_up(3_000, targets, seed=2))
    rows = table.to_pylist()
    share = Counter(row["class"] for row in rows)
    assert share["類似"] / 3_000 == pytest.approx(0.53, abs=0.05)
    places = {f"{row['source']}#{row['gaiji_code']}": row for row in rows}
    again = [row for row in rows if row["same_as"]]
    assert 0.5 < len(again) / 3_000 < 0.7
    for row in again:  # equal pictures have equal results
        first = places[row["same_as"]]
        assert not first["same_as"]
        assert [row[name] for name in ("class", "mj", "review", "evidence")] == [
            first[name] for name in ("class", "mj", "review", "evidence")
        ]


def test_it_measures(refset):
    found = measure(2_000)
    assert found.rows == 2_000
    assert 0 < found.signatures < 2_000
    assert found.simulate_s < found.command_s
