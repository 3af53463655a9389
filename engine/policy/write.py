"""Writes a policy as TOML, with the titles of its actions as comments; it is read back the same."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from engine.policy.action import Action, NewGaiji, NewGaijiCheck, SecondReview
from engine.policy.policy import Policy, as_data

_HEADINGS = {
    "charset": "業務システムごとの、使ってよい文字の集合。default は名前のないシステムのもの。",
    "class_rule": "区分ごとの扱い。違い・包摂規準・例外の規則がないときは、これによる。",
    "difference_rule": "違いの種類ごとの扱い。違いがいくつもあれば、最も厳しいものによる。",
    "hosetsu_rule": "類似のうち、JIS X 0213 の包摂規準で結ばれるもの。違いの種類より先に見る。",
    "exception": "MJ ごとの例外。ほかの規則より先に見る。",
    "outside_rule": "同定した MJ が、そのシステムの文字集合にないとき。",
    "shrink": "縮退先を選ぶ根拠の順。ここにない根拠は用いない。",
    "second_review": "一人が見て置き換えるもののうち、二人目も見るもの（all・similar・never）。",
    "new_gaiji": "新しく外字を作るとき。標準の文字として既にあるものは、いつも作らない。",
}
_TITLES: dict[str, type[Action] | type[SecondReview] | type[NewGaiji]] = {
    "action": Action,
    "who": SecondReview,
    "similar": NewGaiji,
    "unknown": NewGaiji,
    "hentaigana": NewGaiji,
    "symbol": NewGaiji,
}
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_WRAP = 8
"""More values than this stand on lines of their own, eight each."""


def to_toml(policy: Policy) -> str:
    """Return a policy as the text of a TOML file."""
    data = as_data(policy)
    adopted = data.pop("adopted", None)
    lines = ["# 文字運用ポリシー。gaiji policy validate で確かめ、gaiji policy simulate で試せます。"]
    lines += [f"# action: {'、'.join(f'{each.value} {each.japanese}' for each in Action)}", ""]
    lines += [_line(key, value) for key, value in data.items() if not isinstance(value, dict | list)]
    if adopted:
        lines.append(f"adopted = {adopted}")
    for key, value in data.items():
        if isinstance(value, dict):
            lines += ["", f"# {_HEADINGS[key]}", f"[{key}]", *_table(value)]
            for name, each in value.items():
                for entry in each if isinstance(each, list) and each and isinstance(each[0], Mapping) else ():
                    lines += ["", f"[[{key}.{name}]]", *_table(entry)]
        elif isinstance(value, list) and value:
            lines += ["", f"# {_HEADINGS[key]}"]
            for at, entry in enumerate(value):
                lines += [*([""] if at else []), f"[[{key}]]", *_table(entry)]
    return "\n".join(lines) + "\n"


def _table(values: Mapping[str, Any]) -> list[str]:
    return [
        _line(key, value)
        for key, value in values.items()
        if not (isinstance(value, list) and (key == "system" or (value and isinstance(value[0], Mapping))))
    ]


def _line(key: str, value: Any) -> str:
    line = f"{key} = {_value(value)}"
    if key in _TITLES:
        return f"{line}  # {_TITLES[key](value).japanese}"
    if key == "checks":
        return f"{line}  # {'、'.join(NewGaijiCheck(each).japanese for each in value)}" if value else line
    return line


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, list):
        cells = [_value(each) for each in value]
        if len(cells) <= _WRAP:
            return f"[{', '.join(cells)}]"
        rows = [", ".join(cells[at : at + _WRAP]) for at in range(0, len(cells), _WRAP)]
        return "[\n" + "".join(f"  {row},\n" for row in rows) + "]"
    # A JSON string is a TOML basic string but for DEL, which TOML wants spelled out.
    return json.dumps(str(value), ensure_ascii=False).replace("\x7f", "\\u007f")
