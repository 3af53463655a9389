"""Side files come back as they were written, or not at all."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.batch.sums import Position, Sums, pack, unpack
from engine.intake.duplicates import Marks

NAMES = st.fixed_dictionaries(
    {
        "unicode_sets": st.lists(st.text(), max_size=3),
        "fonts": st.dictionaries(st.text(), st.text(), max_size=3),
    }
)


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 6), st.integers(0, 2**40), st.integers(0, 2**31), NAMES, st.data())
def test_round_trip(count, number, items, names, data):
    rng = np.random.default_rng(count)
    marks = Marks(
        number + np.arange(count, dtype=np.int64),
        *(rng.integers(0, 256, (count, size), np.uint8) for size in (16, 64, 512)),
    )
    sums = Sums("run", "0" * 64, count, Position(3, items, names), marks)
    packed = pack(sums)
    assert packed == pack(sums)
    back = unpack(packed)
    assert (back.run, back.sha256, back.rows, back.position) == ("run", "0" * 64, count, sums.position)
    for field in ("numbers", "digests", "coarse", "fine"):
        assert np.array_equal(getattr(back.marks, field), getattr(marks, field))
    cut = data.draw(st.integers(0, len(packed) - 1))
    with pytest.raises((ValueError, pa.ArrowException)):
        unpack(packed[:cut])
