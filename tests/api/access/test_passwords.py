"""Passwords: their parameters, the rule, one-time ones."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.access import passwords
from api.access.common_passwords import COMMON, WORDS
from api.errors import InvalidError

STRONG = passwords.PARAMETERS  # before any test makes them cheap


def test_the_parameters_are_those_of_rfc_9106():
    assert STRONG.type.name == "ID"
    assert (STRONG.time_cost, STRONG.memory_cost, STRONG.parallelism) == (3, 64 * 1024, 4)
    assert (STRONG.salt_len, STRONG.hash_len) == (16, 32)


def test_a_hash_verifies_its_own_password_only():
    made = passwords.hash_password("正しい馬の電池ホチキス")
    assert made.startswith("$argon2id$")
    assert passwords.verify(made, "正しい馬の電池ホチキス")
    assert not passwords.verify(made, "正しい馬の電池ホチキス ")
    assert made != passwords.hash_password("正しい馬の電池ホチキス")


def test_nothing_verifies_against_nothing():
    assert not passwords.verify(None, "")
    assert not passwords.verify(None, "x" * 12)
    assert not passwords.verify("", "x")
    assert not passwords.verify("not a hash", "x")
    assert not passwords.verify(passwords.hash_password(""), "x" * 10_000_000)


def test_other_parameters_are_outdated(monkeypatch):
    cheap = passwords.hash_password("x")
    assert not passwords.is_outdated(cheap)
    monkeypatch.setattr(passwords, "PARAMETERS", STRONG)
    assert passwords.is_outdated(cheap)


@pytest.mark.parametrize(
    "password",
    [
        "とても長い合言葉-4821",
        "correct horse battery staple",
        "aaaaaaaabcde",
        "tanaka likes his garden",
        "password manager wrote me",
        "あおいそらしろいくもみち",
        "𠮷野家の牛丼並盛つゆだく",
    ],
)
def test_long_ones_pass_whatever_they_are_made_of(password):
    passwords.check_rule(password, login="tanaka")


@pytest.mark.parametrize(
    ("password", "why"),
    [
        ("", "12 字以上"),
        ("Aa1!Aa1!Aa1", "12 字以上"),
        ("x1y2z" * 41, "200 字まで"),
        ("abcdefghij\nkl", "見えない"),
        ("がぎぐげござじずぜ", "12 字以上"),
        ("か\u3099ぎぐげござじずぜぞだ", "濁点"),
        ("abababababab", "繰り返し"),
        ("tanaka.ichiro", "ログイン名"),
        ("TANAKA.ichiro2026!", "ログイン名"),
        ("password1234", "よく使われる"),
        ("PassWord!2026", "よく使われる"),
        ("1q2w3e4r5t6y", "よく使われる"),
        ("gaiji-202604", "よく使われる"),
    ],
)
def test_what_is_easily_guessed_is_refused(password, why):
    with pytest.raises(InvalidError, match=why) as caught:
        passwords.check_rule(password, login="tanaka.ichiro")
    assert caught.value.details == {"field": "password"}
    assert password == "" or password not in str(caught.value)


def test_no_word_of_the_list_is_of_no_use():
    assert all(len(word) >= passwords.SHORTEST for word in COMMON)
    assert all(word == word.casefold() for word in (*COMMON, *WORDS))
    for word in COMMON:
        with pytest.raises(InvalidError):
            passwords.check_rule(word, login="x")


@given(st.text(min_size=1, max_size=30))
def test_a_password_is_what_was_typed(text):
    import unicodedata

    made = passwords.hash_password(text)
    assert passwords.verify(made, text)
    for form in ("NFC", "NFD", "NFKC"):
        other = unicodedata.normalize(form, text)
        assert passwords.verify(made, other) is (other == text)


def test_a_one_time_password_passes_the_rule_and_is_read_from_paper():
    made = {passwords.one_time() for _ in range(50)}
    assert len(made) == 50
    for each in made:
        assert re.fullmatch("[a-hjkmnp-z2-9]{4}(-[a-hjkmnp-z2-9]{4}){3}", each)
        passwords.check_rule(each, login="tanaka")
