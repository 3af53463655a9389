"""ZIPs of pictures and fonts, with the names that Japanese tools give."""

from __future__ import annotations

import zipfile

import hostile
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.errors import ReadError
from engine.glyph.archive import read_archive
from engine.glyph.limits import Limits
from engine.glyph.model import Glyph, GlyphKind, ReadFailure
from engine.glyph.options import ReadOptions
from engine.glyph.progress import Progress

PNG = hostile.image_bytes("PNG")


def read(data: bytes, limits: Limits | None = None, progress: Progress | None = None):
    return list(read_archive(data, "a.zip", ReadOptions(limits=limits or Limits()), progress or Progress()))


def test_members_come_in_the_order_of_their_names():
    rows = read(hostile.zip_bytes({"b.png": PNG, "sub/c.bmp": hostile.image_bytes("BMP"), "a.png": PNG}))
    assert [row.source for row in rows] == ["a.zip#a.png", "a.zip#b.png", "a.zip#sub/c.bmp"]
    assert all(isinstance(row, Glyph) for row in rows)


def test_fonts_inside_are_read():
    font = hostile.font_bytes(codes=(0xE000, 0xE001))
    rows = read(hostile.zip_bytes({"EUDC.TTE": font, "x.bdf": hostile.BDF.encode()}))
    assert [(row.source, row.gaiji_code) for row in rows] == [
        ("a.zip#EUDC.TTE", "U+E000"),
        ("a.zip#EUDC.TTE", "U+E001"),
        ("a.zip#x.bdf", "U+E000"),
        ("a.zip#x.bdf", "U+E001"),
    ]
    assert [row.kind for row in rows] == [GlyphKind.OUTLINE] * 2 + [GlyphKind.DOTS] * 2


def with_raw_name(name: bytes) -> bytes:
    """Write a member under a name of bytes, without the UTF-8 flag."""
    data = hostile.zip_bytes({"x" * len(name): PNG})
    return data.replace(b"x" * len(name), name)


@pytest.mark.parametrize("encoding", ["cp932", "utf-8"])
def test_names_without_an_encoding(encoding):
    (row,) = read(with_raw_name("外字/邊.png".encode(encoding)))
    assert row.source == "a.zip#外字/邊.png"


@settings(deadline=None, max_examples=30)
@given(st.binary(min_size=1, max_size=12).filter(lambda name: b"\0" not in name and not name.endswith(b"/")))
def test_no_name_is_fatal(name):
    rows = read(with_raw_name(name)) if not name.startswith(b".") else [None]
    assert len(rows) == 1


def test_litter_of_operating_systems_is_left_out_and_the_rest_is_not():
    rows = read(
        hostile.zip_bytes({"__MACOSX/._a.png": b"x", "Thumbs.db": b"x", "a.png": PNG, "memo.txt": b"memo"})
    )
    assert [row.source for row in rows] == ["a.zip#a.png", "a.zip#memo.txt"]
    assert rows[1].code == "unsupported-format"


@pytest.mark.parametrize(
    ("limits", "code"),
    [(Limits(members=1), "too-many"), (Limits(archive_mb=0), "too-large")],
)
def test_limits_on_the_whole(limits, code):
    with pytest.raises(ReadError) as caught:
        read(hostile.zip_bytes({"a.png": PNG, "b.png": PNG}), limits)
    assert caught.value.code == code


def test_a_high_ratio_is_refused_only_for_large_members():
    small = hostile.zip_bytes({"a.png": PNG + bytes(900_000)}, compression=zipfile.ZIP_DEFLATED)
    large = hostile.zip_bytes({"a.png": PNG + bytes(2_000_000)}, compression=zipfile.ZIP_DEFLATED)
    assert isinstance(read(small)[0], Glyph)
    assert read(large)[0].code == "too-large"


def test_reading_can_resume_behind_a_member():
    data = hostile.zip_bytes({f"{n}.png": PNG for n in range(5)} | {"2.png": b"bad"})
    rows = read(data, progress=Progress(resume_at=3))
    assert [row.source for row in rows] == ["a.zip#3.png", "a.zip#4.png"]


def test_pictures_are_unchanged():
    (row,) = read(hostile.zip_bytes({"a.png": PNG}, compression=zipfile.ZIP_DEFLATED))
    np.testing.assert_array_equal(row.ink, 255 - np.asarray(hostile.picture()))


def test_a_member_of_no_bytes():
    rows = read(hostile.zip_bytes({"a.png": b"", "b.png": PNG}))
    assert rows[0].code == "empty-file"
    assert isinstance(rows[1], Glyph)


@pytest.mark.parametrize("name", ["../a.png", "/a.png", "C:/a.png", "b/../../a.png"])
def test_names_that_lead_outside(name):
    (row,) = read(hostile.zip_bytes({name: PNG}))
    assert isinstance(row, ReadFailure)
    assert row.code == "unreadable-archive"
