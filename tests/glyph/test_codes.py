"""Private codes: one spelling, whoever wrote them."""

from __future__ import annotations

import pytest

from engine.glyph.codes import normal_code, prefixed_unicode, sjis_to_unicode


def sjis_user_area() -> list[int]:
    trails = [*range(0x40, 0x7F), *range(0x80, 0xFD)]
    return [lead << 8 | trail for lead in range(0xF0, 0xFA) for trail in trails]


def test_the_user_area_of_shift_jis_is_that_of_cp932():
    for code in sjis_user_area():
        assert chr(sjis_to_unicode(code)) == code.to_bytes(2, "big").decode("cp932")
    assert [sjis_to_unicode(code) for code in sjis_user_area()] == list(range(0xE000, 0xE758))


@pytest.mark.parametrize("code", [0xF03F, 0xF07F, 0xF0FD, 0xEFFC, 0xFA40, 0x88EA])
def test_what_is_not_in_the_user_area_has_no_counterpart(code):
    assert sjis_to_unicode(code) is None


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (" U+E000 ", "U+E000"),
        ("u+e0a1", "U+E0A1"),
        ("uniE000", "U+E000"),
        ("E000", "U+E000"),
        ("0xE000", "U+E000"),
        ("F040", "U+E000"),
        ("F9FC", "U+E757"),
        ("U+F040", "U+F040"),
        ("F03F", "U+F03F"),
        ("F0001", "U+F0001"),
        ("80a1", "80A1"),
        ("6941", "6941"),
        ("U+110000", "U+110000"),
        ("外字12", "外字12"),
        ("", ""),
    ],
)
def test_normal_code(text, code):
    assert normal_code(text) == code
    assert normal_code(code) == code


def test_prefixed_unicode_stays_within_unicode():
    assert prefixed_unicode("U+10FFFF") == 0x10FFFF
    assert prefixed_unicode("U+110000") is None
