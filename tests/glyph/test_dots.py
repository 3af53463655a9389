"""BDF and PCF dot fonts, dot for dot."""

from __future__ import annotations

import gzip

import hostile
import numpy as np
import pytest

from engine.errors import ReadError
from engine.glyph.dots import read_dots
from engine.glyph.limits import Limits
from engine.glyph.model import GlyphKind
from engine.glyph.options import ReadOptions
from engine.glyph.progress import Progress
from engine.glyph.read import read_glyphs


def read(data: bytes, **options):
    return list(read_dots(data, "f", ReadOptions(**options), Progress()))


def test_bdf():
    first, second = read(hostile.BDF.encode())
    assert (first.gaiji_code, first.kind) == ("U+E000", GlyphKind.DOTS)
    expected = np.zeros((4, 16), np.uint8)
    expected[[0, 3]] = 255
    expected[:, [0, 15]] = 255
    np.testing.assert_array_equal(first.ink, expected)
    np.testing.assert_array_equal(second.ink, [[255] * 8, [255, *[0] * 6, 255]])


def test_gzip_changes_nothing():
    plain, packed = read(hostile.BDF.encode()), read(gzip.compress(hostile.BDF.encode()))
    for one, other in zip(plain, packed, strict=True):
        np.testing.assert_array_equal(one.ink, other.ink)


def test_codes_that_are_not_unicode_are_all_read():
    jis = hostile.BDF.replace('"ISO10646"', '"JISX0208.1990"').replace('ENCODING "1"', 'ENCODING "0"')
    jis = jis.replace("ENCODING 57344", "ENCODING 12321").replace("ENCODING 57345", "ENCODING 12322")
    assert [row.gaiji_code for row in read(jis.encode())] == ["0x3021", "0x3022"]


def test_unicode_outside_the_ranges_is_said_aloud():
    (row,) = read(hostile.BDF.replace("ENCODING 5734", "ENCODING 1234").encode())
    assert row.code == "no-private-glyphs"
    assert "--all" in row.message


def test_an_x11_font(debian_font):
    rows = list(read_glyphs([debian_font("xfonts-jisx0213", "jiskan16-2004-1.pcf.gz")]))
    by_code = {row.gaiji_code: row for row in rows}
    assert len(by_code) == len(rows) == 8796
    one = by_code["0x306C"].ink  # 16-76 一
    assert one.shape == (16, 16)
    assert set(np.unique(one)) == {0, 255}
    assert (one > 0).any(axis=1).sum() <= 4


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (gzip.compress(b"hello"), "unsupported-format"),
        (gzip.compress(hostile.BDF.encode())[:-9], "unreadable-font"),
        (b"\x1f\x8b" + bytes(30), "unreadable-font"),
        (b"\x01fcp" + bytes(100), "unreadable-font"),
        (b"STARTFONT 2.1\n", "unreadable-font"),
        (gzip.compress(bytes(3_000_000)), "too-large"),
    ],
)
def test_errors_are_named(data, code):
    with pytest.raises(ReadError) as caught:
        read(data)
    assert caught.value.code == code


def test_a_limit_on_characters():
    rows = read(hostile.BDF.encode(), limits=Limits(characters=1))
    assert [getattr(row, "code", "ok") for row in rows] == ["ok", "too-many"]
