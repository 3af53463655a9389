"""The kinds of difference described for people, each with an example to draw."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path

from engine.difference import DifferenceKind
from engine.errors import ReferenceSetError
from engine.judge.example import Example, example

VOCABULARY_PATH = Path(__file__).with_name("vocabulary.toml")

SOURCE = "常用漢字表 付「字体についての解説」第1「明朝体のデザインについて」"
"""Where the kinds that are matters of design come from."""


@dataclass(frozen=True, slots=True)
class DescribedKind:
    """A kind of difference in words.

    Attributes
    ----------
    kind : DifferenceKind
    explanation : str
        Japanese: what differs.
    examples : tuple of Example
    """

    kind: DifferenceKind
    explanation: str
    examples: tuple[Example, ...]


def load_vocabulary(path: Path = VOCABULARY_PATH) -> tuple[DescribedKind, ...]:
    """Read the descriptions, in the order of :class:`DifferenceKind`.

    Raises
    ------
    ReferenceSetError
        The file is missing or damaged, an entry is not well formed, or the kinds are not each described once.
    """
    try:
        with path.open("rb") as stream:
            entries = tomllib.load(stream)["difference"]
        described = [
            DescribedKind(
                DifferenceKind(entry["kind"]),
                entry["explanation"],
                tuple(example(each) for each in entry["examples"]),
            )
            for entry in entries
        ]
    except (OSError, AttributeError, KeyError, TypeError, ValueError) as error:
        msg = f"違いの種類の一覧 {path.name} を読めません（{error}）。ソフトウェアを入れ直してください。"
        raise ReferenceSetError(msg) from error
    if [each.kind for each in described] != list(DifferenceKind):
        msg = f"違いの種類の一覧 {path.name} は、すべての種類を番号の順に一つずつ説明しなければなりません。"
        raise ReferenceSetError(msg)
    return tuple(described)
