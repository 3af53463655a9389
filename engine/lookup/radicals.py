"""Radicals and the forms they take inside a character: 氵 is 水, 阝 is 阜 on the left and 邑 on the right."""

from __future__ import annotations

import tomllib
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from engine.errors import ReferenceSetError
from engine.reference.codes import unified

RADICALS_PATH = Path(__file__).with_name("radicals.toml")
RADICALS = 214


@dataclass(frozen=True, slots=True)
class RadicalBook:
    """The radicals' forms and names.

    Attributes
    ----------
    numbers_of : mapping of str to tuple of int
        Character, form or name in hiragana → 部首番号, ascending.
    forms_of : mapping of str to frozenset of str
        A character looked for as a part → every character that then counts as that part, itself included.
    symbol_of : mapping of str to str
        A form → the one character that stands for all forms of its part.
    """

    numbers_of: Mapping[str, tuple[int, ...]]
    forms_of: Mapping[str, frozenset[str]]
    symbol_of: Mapping[str, str]

    def numbers(self, text: str) -> tuple[int, ...]:
        """Return the 部首番号 that a number, a character or a name in hiragana means; empty for none."""
        if text.isascii() and text.isdigit():
            return (int(text),) if 1 <= int(text[:4]) <= RADICALS and len(text) <= 3 else ()
        return self.numbers_of.get(as_ideograph(text) if len(text) == 1 else text, ())

    def forms(self, part: str) -> frozenset[str]:
        """Return every character that counts as ``part``."""
        plain = as_ideograph(part)
        return self.forms_of.get(part, self.forms_of.get(plain, frozenset((part, plain))))

    def symbol(self, part: str) -> str:
        """Return the character that stands for all forms of ``part``."""
        plain = as_ideograph(part)
        return self.symbol_of.get(part, self.symbol_of.get(plain, plain))


def as_ideograph(character: str) -> str:
    """Return the ideograph for a Kangxi Radical or a compatibility ideograph; any other text as it is."""
    if len(character) == 1 and "\u2f00" <= character <= "\u2fd5":
        return unicodedata.normalize("NFKC", character)
    return chr(unified(ord(character))) if len(character) == 1 else character


def radical_character(number: int) -> str:
    """Return the ideograph of a 部首番号, 1–214."""
    return as_ideograph(chr(0x2F00 + number - 1))


@cache
def radical_book(path: Path = RADICALS_PATH) -> RadicalBook:
    """Read the radicals.

    Raises
    ------
    ReferenceSetError
        The file is missing or damaged, or does not list every radical once.
    """
    try:
        with path.open("rb") as stream:
            document = tomllib.load(stream)
        entries = [
            (int(e["number"]), str(e.get("forms", "")), str(e.get("also", "")), tuple(map(str, e["names"])))
            for e in document["radical"]
        ]
        groups = [(str(e["symbol"]), str(e["forms"])) for e in document["part"]]
    except (OSError, KeyError, TypeError, ValueError) as error:
        msg = f"部首の一覧 {path.name} を読めません（{error}）。ソフトウェアを入れ直してください。"
        raise ReferenceSetError(msg) from error
    if [number for number, *_ in entries] != list(range(1, RADICALS + 1)):
        msg = f"部首の一覧 {path.name} には、{RADICALS} の部首を番号の順に一つずつ書かなければなりません。"
        raise ReferenceSetError(msg)
    numbers: dict[str, list[int]] = {}
    for number, forms, also, names in entries:
        for text in dict.fromkeys((radical_character(number), *forms, *also, *names)):
            numbers.setdefault(text, []).append(number)
    groups += [(radical_character(number), forms) for number, forms, _, _ in entries if forms]
    return RadicalBook(
        {text: tuple(found) for text, found in numbers.items()}, _forms(groups), _symbols(groups)
    )


def _forms(groups: list[tuple[str, str]]) -> dict[str, frozenset[str]]:
    """Return what each character finds: a symbol its forms, a form the forms of every symbol it may be."""
    found: dict[str, set[str]] = {}
    symbols = {symbol for symbol, _ in groups} | {radical_character(n + 1) for n in range(RADICALS)}
    for symbol, forms in groups:
        whole = {symbol, *forms}
        found.setdefault(symbol, set()).update(whole)
        for form in set(forms) - symbols:
            found.setdefault(form, set()).update(whole)
    return {text: frozenset(each) for text, each in found.items()}


def _symbols(groups: list[tuple[str, str]]) -> dict[str, str]:
    symbol_of = {symbol: symbol for symbol, _ in groups}
    for symbol, forms in groups:
        for form in forms:
            symbol_of.setdefault(form, symbol)
    return symbol_of
