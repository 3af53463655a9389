"""Keys are checked, not guessed."""

from __future__ import annotations

import pytest

from engine.errors import UsageError
from engine.intake.key import DeliveryKey, check_digit, parse_kind, parse_municipality, parse_name


@pytest.mark.parametrize("code", ["131016", "011002", "401307", "473821", "271004"])
def test_codes_of_real_municipalities(code):
    assert check_digit(code[:5]) == code[5]
    assert parse_municipality(code) == (code, "")


def test_five_digits_are_completed_and_told():
    code, warning = parse_municipality(" 13101 ")
    assert code == "131016"
    assert "131016" in warning
    assert parse_municipality("１３１０１６") == ("131016", "")
    assert parse_municipality("") == ("", "")


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("131015", "検査数字"),
        ("13101a", "6 桁"),
        ("1310", "6 桁"),
        ("1310160", "6 桁"),
        ("１３１０１５", "検査数字"),
        ("13101６円", "6 桁"),
        ("990000", "検査数字"),
        ("990001", "都道府県"),
        ("000001", "都道府県"),
        ("11002", "先頭の 0"),  # 札幌市 011002, whose zero Excel has eaten, or 110027 without its last digit
    ],
)
def test_codes_that_cannot_be_right(code, words):
    with pytest.raises(UsageError, match=words):
        parse_municipality(code)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("1", "1"),
        ("①", "1"),
        ("２", "2"),
        ("③その他システム外字", "3"),
        ("2 既存住基システム外字", "2"),
        ("1：住基ネット残存外字", "1"),
        ("その他システム外字", "3"),
        ("", ""),
    ],
)
def test_kinds(text, kind):
    assert parse_kind(text) == kind


@pytest.mark.parametrize("text", ["4", "⓪", "1住基", "住基", "12", "3既存住基システム外字"])
def test_no_kind(text):
    with pytest.raises(UsageError, match="住基ネット残存外字"):
        parse_kind(text)


def test_names():
    assert parse_name(" 住基 ", "システム") == "住基"
    for wrong in ("a\nb", "x" * 101, "\x00"):
        with pytest.raises(UsageError, match="システム"):
            parse_name(wrong, "システム")


def test_what_is_missing_comes_from_the_default():
    default = DeliveryKey("131016", "住基", "EUDC", "2")
    assert DeliveryKey(system="税").over(default) == DeliveryKey("131016", "税", "EUDC", "2")
    assert DeliveryKey().over(default) == default
