"""Examples of a rule, as data: which two glyphs to draw side by side so that a person sees what it means.

Why this seam exists: a criterion in words is read differently by every reader. The examples stand beside the
rule in the criteria file, so whoever changes a rule changes its pictures with it; how they are drawn is not
known here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from enum import StrEnum
from typing import Any

from engine.difference import DifferenceKind

_MJ = re.compile(r"[A-Z]{2}[0-9]{6}")


class Rendering(StrEnum):
    """One and the same glyph, drawn another way: never a difference of form."""

    BOLD = "bold"
    LIGHT = "light"
    DOTS_24 = "dots-24"
    DOTS_16 = "dots-16"
    SCAN = "scan"

    @property
    def japanese(self) -> str:
        """What was done to the glyph."""
        return _RENDERINGS[self]


_RENDERINGS = {
    Rendering.BOLD: "太くした字",
    Rendering.LIGHT: "細くした字",
    Rendering.DOTS_24: "24 ドットで描いた字",
    Rendering.DOTS_16: "16 ドットで描いた字",
    Rendering.SCAN: "印刷して読み取った字",
}


@dataclass(frozen=True, slots=True)
class ChangedExample:
    """A reference glyph with one difference made on purpose."""

    reference: str
    change: DifferenceKind
    note: str = ""

    @property
    def caption(self) -> str:
        """What the gaiji of the example is."""
        return f"{self.reference} に違い「{self.change.japanese}」を加えた字"


@dataclass(frozen=True, slots=True)
class RenderedExample:
    """A reference glyph drawn another way."""

    reference: str
    rendering: Rendering
    note: str = ""

    @property
    def caption(self) -> str:
        """What the gaiji of the example is."""
        done = self.rendering.japanese
        return f"{self.reference} を{' ' * done[:1].isascii()}{done}"


@dataclass(frozen=True, slots=True)
class SiblingExample:
    """A reference glyph in the part of a gaiji, beside another reference glyph."""

    gaiji: str
    reference: str
    note: str = ""

    @property
    def caption(self) -> str:
        """What the gaiji of the example is."""
        return f"外字が {self.gaiji}、相手が {self.reference} のとき"


@dataclass(frozen=True, slots=True)
class CharacterExample:
    """A character that is not of the table, drawn by the reference font."""

    character: str
    note: str = ""

    @property
    def caption(self) -> str:
        """What the gaiji of the example is."""
        return f"「{self.character}」（U+{ord(self.character):04X}）"


Example = ChangedExample | RenderedExample | SiblingExample | CharacterExample


def example(values: Mapping[str, Any]) -> Example:
    """Read one example.

    Parameters
    ----------
    values : mapping
        One of the four forms, each with an optional ``note``: ``{reference, change}``, a glyph changed by one
        :class:`DifferenceKind`; ``{reference, rendering}``; ``{gaiji, reference}``; ``{character}``.

    Raises
    ------
    ValueError
        Another form, or a value that cannot be; the message is Japanese and names the value.
    """
    given = set(values) - {"note"}
    for form in (ChangedExample, RenderedExample, SiblingExample, CharacterExample):
        if given == {field.name for field in fields(form)} - {"note"}:
            checked = {name: _checked(name, value) for name, value in values.items()}
            return form(**checked)
    msg = (
        f"例の書き方が正しくありません（{'、'.join(sorted(values)) or '空'}）。"
        "reference と change、reference と rendering、gaiji と reference、character のどれかで書いてください"
    )
    raise ValueError(msg)


def _checked(name: str, value: object) -> Any:
    if not isinstance(value, str):
        raise ValueError(f"例の {name} は文字列で書いてください（{value!r}）")
    if name in {"gaiji", "reference"} and not _MJ.fullmatch(value):
        raise ValueError(f"例の {name}「{value}」は MJ 文字図形名ではありません")
    if name == "character" and len(value) != 1:
        raise ValueError(f"例の character は 1 字で書いてください（「{value}」）")
    if name == "change":
        return _one_of(DifferenceKind, name, value)
    return _one_of(Rendering, name, value) if name == "rendering" else value


def _one_of(kinds: type[StrEnum], name: str, value: str) -> StrEnum:
    try:
        return kinds(value)
    except ValueError:
        raise ValueError(f"例の {name}「{value}」はありません（{'、'.join(kinds)} のどれか）") from None
