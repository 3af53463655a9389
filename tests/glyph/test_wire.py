"""The wire carries glyphs unchanged and believes nothing."""

from __future__ import annotations

import contextlib
import io

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from engine.errors import READ_CODES
from engine.glyph import wire
from engine.glyph.model import Glyph, GlyphKind, ReadFailure

names = st.text(max_size=20)
shapes = st.tuples(st.integers(1, 40), st.integers(1, 40))
glyphs = st.builds(Glyph, npst.arrays(np.uint8, shapes), names, names, st.sampled_from(GlyphKind), names)
failures = st.builds(ReadFailure, names, st.sampled_from(sorted(READ_CODES)), names, names, names)


@settings(deadline=None)
@given(st.lists(glyphs | failures, max_size=8))
def test_round_trip(items):
    words, pixels = wire.pack(items)
    stream = io.BytesIO()
    wire.send(stream, {"items": words}, pixels)
    stream.seek(0)
    message, raw = wire.receive(stream)
    back = list(wire.unpack(message["items"], raw))
    assert len(back) == len(items)
    for item, copy in zip(items, back, strict=True):
        if isinstance(item, Glyph):
            np.testing.assert_array_equal(copy.ink, item.ink)
            assert (copy.source, copy.gaiji_code) == (item.source, item.gaiji_code)
            assert (copy.kind, copy.font) == (item.kind, item.font)
            assert not copy.ink.flags.writeable
        else:
            assert copy == item
    assert wire.receive(stream) is None


@settings(deadline=None)
@given(st.binary(max_size=200))
def test_rubbish_is_refused_in_an_orderly_way(data):
    with contextlib.suppress(wire.WireError):
        assert wire.receive(io.BytesIO(data)) is None or data


@pytest.mark.parametrize(
    "entry",
    [
        ["a", "", "", "image", 4, 5],
        ["a", "", "", "image", -1, -4],
        ["a", "", "", "image", 0, 4],
        ["a", "", "", "image", 4000, 1],
        ["a", "", "", "image", "2", "2"],
        ["a", "", "", "sculpture", 2, 2],
        ["a", "", "", "no-such-code", "text"],
        ["a"],
        7,
    ],
)
def test_lies_are_refused(entry):
    with pytest.raises(wire.WireError):
        list(wire.unpack([entry], bytes(4)))


def test_a_frame_cut_short_is_refused():
    stream = io.BytesIO()
    wire.send(stream, {"a": 1}, [b"1234"])
    for size in range(1, len(stream.getvalue())):
        with pytest.raises(wire.WireError):
            wire.receive(io.BytesIO(stream.getvalue()[:size]))
