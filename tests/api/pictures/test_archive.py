"""Small pictures in one file."""

from __future__ import annotations

import io
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.pictures.archive import pack, unpack

NAMES = st.text("MJ0123456789U+.laid", min_size=1, max_size=20).filter(lambda name: name.strip("."))


@given(st.dictionaries(NAMES, st.binary(max_size=200), max_size=8))
def test_round_trip(pictures):
    assert unpack(pack(pictures)) == pictures


def test_equal_pictures_give_equal_files():
    assert pack({"square": b"1", "MJ000001": b"2"}) == pack({"square": b"1", "MJ000001": b"2"})


def test_a_member_that_is_too_large_is_refused():
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("square", bytes(2**20 + 1))
    with pytest.raises(ValueError, match="square"):
        unpack(stream.getvalue())
