"""Policies come back as they were written, and what is wrong with one is told with its place."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given, settings

from engine.policy.action import Action
from engine.policy.load import (
    MAX_BYTES,
    POLICIES_FOLDER,
    PolicyError,
    from_data,
    load_policy,
    parse_policy,
    starting_policies,
    validate,
)
from engine.policy.policy import as_data
from engine.policy.write import to_toml
from tests.policy.material import WORDS, policies

STANDARD = (POLICIES_FOLDER / "standard.toml").read_text(encoding="utf-8")


def problems(text: str) -> list[str]:
    with pytest.raises(PolicyError) as caught:
        parse_policy(text, "x.toml")
    assert str(caught.value).startswith("文字運用ポリシー x.toml に誤りがあります。")
    return [str(each) for each in caught.value.problems]


def changed(old: str, new: str) -> str:
    assert STANDARD.count(old) >= 1
    return STANDARD.replace(old, new, 1)


@given(policies(WORDS))
@settings(max_examples=25, deadline=None)
def test_a_policy_comes_back_as_it_was_written(policy):
    assert parse_policy(to_toml(policy)) == policy
    assert from_data(json.loads(json.dumps(as_data(policy)))) == policy


@given(policies())
@settings(max_examples=6, deadline=None)
def test_the_schema_refuses_exactly_the_actions_that_a_rule_may_not_have(policy):
    data = as_data(policy)
    for section in ("class_rule", "difference_rule", "hosetsu_rule", "exception", "outside_rule"):
        for entry in data[section]:
            before = entry["action"]
            rule = policy.rule(entry["id"])
            accepted = set()
            for action in Action:
                entry["action"] = action.value
                if not validate(data):
                    accepted.add(action)
            entry["action"] = before
            assert accepted == set(rule.allowed), entry


def test_the_starting_policies_differ_and_are_ordered_by_strictness():
    assert starting_policies() == ("loose", "standard", "strict")
    loose, standard, strict = map(load_policy, starting_policies())
    for a, b, c in zip(loose.class_rules, standard.class_rules, strict.class_rules, strict=True):
        if a.subclass is None:
            assert a.action.rank <= b.action.rank <= c.action.rank
    assert len({policy.identity for policy in (loose, standard, strict)}) == 3
    assert all(len(rule.rationale) > 5 for policy in (loose, standard, strict) for rule in policy.rules)


def test_the_identity_is_of_what_a_policy_says():
    policy = load_policy("standard")
    assert re.fullmatch("[0-9a-f]{64}", policy.identity)
    assert replace(policy, version="2", adopted=date(2026, 4, 1)).identity == policy.identity
    assert replace(policy, class_rules=policy.class_rules[::-1]).identity == policy.identity
    assert parse_policy("# 注\n" + STANDARD.replace("\n\n", "\n\n\n")).identity == policy.identity
    assert policy.with_action("C4", Action.FORBID).identity != policy.identity
    assert replace(policy, shrink_order=policy.shrink_order[::-1]).identity != policy.identity


def test_changing_an_action_changes_that_rule_only():
    policy = load_policy("standard")
    stricter = policy.with_action("H1", Action.ASK)
    assert [a.id for a, b in zip(policy.rules, stricter.rules, strict=True) if a != b] == ["H1"]
    with pytest.raises(ValueError, match="C3"):
        policy.with_action("C3", Action.REPLACE)
    with pytest.raises(ValueError, match="nowhere"):
        policy.with_action("nowhere", Action.KEEP)


def line_of(text: str, needle: str) -> int:
    return text[: text.index(needle)].count("\n") + 1


def test_a_wrong_value_is_told_with_its_line_and_rule():
    text = changed('action = "ask-resident"', 'action = "ask"')
    (told,) = problems(text)
    line = line_of(text, 'action = "ask"')
    assert told.startswith(f"{line} 行目、difference_rule 2 番目（D2） の action: ")
    assert "ask-resident・keep・forbid" in told


def test_an_automatic_replacement_of_similar_ones_is_refused_with_the_reason():
    text = changed('class = "類似"\naction = "two-people"', 'class = "類似"\naction = "replace"')
    (told,) = problems(text)
    assert "class_rule 3 番目（C3） の action" in told
    assert "自動では置き換えられません" in told


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("title =", "titel =", "「titel」という項目はありません"),
        ("title =", "# title =", "「title」がありません"),
        ('id = "D2"', 'id = "C1"', "番号 C1が二つあります"),
        ('subclass = "記号等"', 'subclass = "変体仮名"', "同定不可能（記号等）の規則がありません"),
        ('name = "戸籍"', 'name = "住基ネット"', "業務システム「住基ネット」が二つあります"),
        (
            'kinds = ["2-4"]\nclasses = ["デザイン差"]',
            'kinds = ["f-1"]\nclasses = ["類似"]',
            "類似の違い f-1が二つあります",
        ),
        ('kinds = ["2-4"]', 'kinds = ["9-9"]', "使えません"),
        ('kinds = ["2-4"]', "kinds = []", "1 個以上"),
        ("numbers = []", 'numbers = ["82"]', "U082 の形"),
        ("shrinkable = false", "shrinkable = true", "shrinkable = true の規則が二つあります"),
        ("approvals = 1", "approvals = true", "1・2 のどれか"),
        ("approvals = 1", "approvals = 3", "1・2 のどれか"),
        ('version = "0.1"', 'version = "0.1"\nadopted = 2026-04-01T10:00:00', "2026-04-01 の形"),
        ('version = "0.1"', 'version = "0.1"\nadopted = "2026-02-30"', "2026-02-30"),
        ('version = "0.1"', "version = 0.1", "文字列にしてください"),
        ('version = "0.1"', 'version = "  "', "空です"),
        ("format = 1", "format = 2", "使えません"),
        ("[charset]", "[charset", "TOML として読めません"),
    ],
)
def test_every_kind_of_mistake_is_told(old, new, said):
    told = problems(changed(old, new))
    assert any(said in each for each in told), told


def test_lines_are_counted_in_nested_tables():
    text = changed('charset = "koseki"', 'charset = "kanji"')
    line = line_of(text, '"kanji"')
    assert problems(text)[0].startswith(f"{line} 行目、charset の system 2 番目（戸籍） の charset")


def test_missing_and_damaged_files_are_told(tmp_path):
    with pytest.raises(PolicyError, match=r"開けません.*loose・standard・strict"):
        load_policy(tmp_path / "none.toml")
    path = tmp_path / "a.toml"
    path.write_bytes(STANDARD.encode("cp932"))
    with pytest.raises(PolicyError, match="UTF-8"):
        load_policy(path)
    path.write_bytes(b"#" * (MAX_BYTES + 1))
    with pytest.raises(PolicyError, match="大きすぎます"):
        load_policy(path)
    path.write_text("a = " + "[" * 100_000, encoding="utf-8")
    with pytest.raises(PolicyError):
        load_policy(path)
    path.write_bytes(b"\xef\xbb\xbf" + STANDARD.replace("\n", "\r\n").encode())
    assert load_policy(path) == load_policy("standard")


def test_what_cannot_be_written_is_refused():
    data = as_data(load_policy("standard"))
    data["title"] = "\ud800"
    assert "文字として書けない" in validate(data)[0].message
