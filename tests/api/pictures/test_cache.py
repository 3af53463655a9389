"""The bounded cache of drawn pictures."""

from __future__ import annotations

import pytest

from api.pictures.cache import ByteCache


def test_what_is_kept_is_not_made_again():
    cache = ByteCache(100)
    assert cache.get("a", lambda: b"first") == b"first"
    assert cache.get("a", lambda: b"second") == b"first"


def test_what_was_not_asked_for_longest_goes_first():
    cache = ByteCache(10)
    for key in "ab":
        cache.get(key, lambda: b"12345")
    cache.get("a", lambda: b"unused")
    cache.get("c", lambda: b"12345")  # there is no room for three: b is the one asked for longest ago
    assert cache.get("a", lambda: b"again") == b"12345"
    assert cache.get("b", lambda: b"again") == b"again"


def test_what_is_larger_than_the_cache_is_not_kept():
    cache = ByteCache(4)
    assert cache.get("a", lambda: b"12345") == b"12345"
    assert len(cache) == 0


def test_a_failure_is_not_kept():
    cache = ByteCache(10)

    def fail() -> bytes:
        msg = "no picture"
        raise ValueError(msg)

    with pytest.raises(ValueError, match="no picture"):
        cache.get("a", fail)
    assert cache.get("a", lambda: b"x") == b"x"
