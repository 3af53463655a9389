"""Everything that is recorded has a Japanese title, and so has what it was done to."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

import api
from api.audit.words import ACTIONS, OBJECTS

_ACTION = re.compile(r"[a-z]+\.[a-z-]+")
_NO_ACTION = {"ForeignKey", "getLogger", "Path", "SqliteHuey", "joinpath"}


def _calls():
    """Calls in the modules that record something, perhaps by a function of their own."""
    for path in sorted(Path(api.__file__).parent.rglob("*.py")):
        text = path.read_text(encoding="utf-8")
        if "from api.audit.record import record" in text:  # else dots are in other names
            yield from (node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Call))


def _called(call: ast.Call) -> str:
    return getattr(call.func, "attr", getattr(call.func, "id", ""))


def _texts(node: ast.AST) -> list[str]:
    """Constants in an argument, also those of ``a if … else b``."""
    if isinstance(node, ast.IfExp):
        return _texts(node.body) + _texts(node.orelse)
    return [node.value] if isinstance(node, ast.Constant) and isinstance(node.value, str) else []


def _recorded() -> set[str]:
    found = {
        text
        for call in _calls()
        if _called(call) not in _NO_ACTION
        for argument in call.args
        for text in _texts(argument)
        if _ACTION.fullmatch(text)
    }
    return {text for text in found if not text.endswith((".db", ".json", ".css", ".html", ".spool"))}


@pytest.mark.parametrize("action", sorted(_recorded()))
def test_what_is_recorded_has_a_title(action):
    assert action in ACTIONS


def test_no_title_is_for_what_nobody_records():
    assert set(ACTIONS) - _recorded() == set()


def test_what_it_was_done_to_has_a_title():
    named = {
        text
        for call in _calls()
        if _called(call) == "record"
        for keyword in call.keywords
        if keyword.arg == "object_type"
        for text in _texts(keyword.value)
    }
    assert named
    assert named <= set(OBJECTS)
