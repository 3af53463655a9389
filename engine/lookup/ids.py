"""Ideographic Description Sequences as trees; two ways to write one layout become one tree."""

from __future__ import annotations

from dataclasses import dataclass

TERNARY = {"⿲": "⿰", "⿳": "⿱"}
BINARY = frozenset("⿰⿱⿴⿵⿶⿷⿸⿹⿺⿻\u2ffc\u2ffd\u31ef")
UNARY = frozenset("〾\u2ffe\u2fff")
OPERATORS = frozenset(TERNARY) | BINARY | UNARY
ANYTHING = "?"

SUBTRACTION = "\u31ef"
_VARIATION = "〾"
_DEPTH = 40


@dataclass(frozen=True, slots=True)
class Layout:
    """An operator with the parts it places. Left to right and top to bottom always nest to the right."""

    operator: str
    left: Tree
    right: Tree | None


Tree = Layout | str
"""A layout, or a leaf: one character, or ``{88}`` for a part that has no code point."""


class IdsError(ValueError):
    """Not an IDS."""


def parse_ids(text: str) -> Tree:
    """Read an IDS.

    ⿲ and ⿳ become two nested ⿰ and ⿱, 〾 is passed over, and what ㇯ takes away is left out: a character
    less a stroke still looks like that character.

    Raises
    ------
    IdsError
        Operands are missing or left over, or it is nested too deeply.
    """
    tree, end = _read(text, 0, 0)
    if end != len(text):
        raise IdsError(text)
    return tree


def leaves(tree: Tree) -> list[str]:
    """Return the leaves, left to right."""
    if isinstance(tree, str):
        return [tree]
    return leaves(tree.left) + ([] if tree.right is None else leaves(tree.right))


def _read(text: str, at: int, depth: int) -> tuple[Tree, int]:
    if at >= len(text) or depth > _DEPTH:
        raise IdsError(text)
    operator = text[at]
    if operator not in OPERATORS:
        return _leaf(text, at)
    operands = []
    at += 1
    for _ in range(3 if operator in TERNARY else 2 if operator in BINARY else 1):
        operand, at = _read(text, at, depth + 1)
        operands.append(operand)
    if operator == _VARIATION:
        return operands[0], at
    if operator in UNARY or operator == SUBTRACTION:
        return Layout(operator, operands[0], None), at
    operator = TERNARY.get(operator, operator)
    if operator in TERNARY.values():
        return _nested(operator, operands), at
    return Layout(operator, operands[0], operands[1]), at


def _leaf(text: str, at: int) -> tuple[Tree, int]:
    if text[at] != "{":
        return text[at], at + 1
    end = text.find("}", at)
    if end < 0:
        raise IdsError(text)
    return text[at : end + 1], end + 1


def _nested(operator: str, operands: list[Tree]) -> Tree:
    """Nest a row or a column to the right, whichever way it was written."""
    items = [item for operand in operands for item in _items(operator, operand)]
    tree = items[-1]
    for item in reversed(items[:-1]):
        tree = Layout(operator, item, tree)
    return tree


def _items(operator: str, tree: Tree) -> list[Tree]:
    if isinstance(tree, Layout) and tree.operator == operator and tree.right is not None:
        return [*_items(operator, tree.left), *_items(operator, tree.right)]
    return [tree]
