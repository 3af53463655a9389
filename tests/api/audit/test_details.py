"""Details as people read them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from api.audit.details import _TITLES, _UNSHOWN, facts


def test_keys_and_values_have_names():
    told = facts(
        {"stage": "first", "shape_id": 7, "own": False, "fallen": [4, 5], "state": "awaiting-second"}
    )
    assert told == [
        ("無効になった判定", "4・5"),
        ("自分の判定", "いいえ"),
        ("図形", "7"),
        ("段階", "一次判定"),
        ("状態", "二次待ち"),
    ]


def test_what_has_no_name_is_shown_as_it_is():
    assert facts({"new_key": "value", "kind": "", "filter": {"classes": ["類似"]}}) == [
        ("条件", "classes 類似"),
        ("提出区分", "—"),
        ("new_key", "value"),
    ]


def test_values_of_another_key_are_not_translated():
    assert facts({"code": "first", "role": "first"}) == [("団体コード", "first"), ("役割", "一次判定")]


@pytest.mark.parametrize("package", ["access", "jobs", "review", "work"])
def test_every_key_that_is_recorded_has_a_name(package):
    """Of details written as plain mappings beside the action."""
    source = "".join(path.read_text("utf-8") for path in sorted(Path("api", package).rglob("*.py")))
    mappings = re.findall(r'detail=\{(.*?)\}|"[a-z]+\.[a-z-]+",[^{}()]*?\{(.*?)\}', source, re.DOTALL)
    keys = set(re.findall(r'"([a-z_0-9]+)":', "".join(first + second for first, second in mappings)))
    assert keys
    assert keys - set(_TITLES) - _UNSHOWN == set()
