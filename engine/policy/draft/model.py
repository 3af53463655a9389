"""A document as data: chapters of paragraphs, lists, tables, pictures and open questions.

Why this seam exists: the same document is written as Word and as Markdown, and its numbers are checked
against the simulation. What is said is decided once (the chapters); how it looks is the writers' affair. No
text here holds a number of a chapter, table, figure or question: the writers count those.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from engine.report.survey_table import Table

LONGEST_NAME = 60
"""Characters kept of a name that comes from outside: of a system, a file, a code."""


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Running text."""

    text: str


@dataclass(frozen=True, slots=True)
class Items:
    """A list; ``ordered`` where the order has a meaning."""

    texts: tuple[str, ...]
    ordered: bool = False


@dataclass(frozen=True, eq=False, slots=True)
class Picture:
    """A picture with its caption.

    Attributes
    ----------
    png : bytes
    caption : str
    width_mm : float
        On paper.
    """

    png: bytes
    caption: str
    width_mm: float


@dataclass(frozen=True, slots=True)
class Question:
    """Something that people have to decide: neither the policy nor the results say it."""

    text: str


Block = Paragraph | Items | Table | Picture | Question


@dataclass(frozen=True, slots=True)
class Section:
    """Blocks under a heading of the second order; no title for what comes right below the chapter's."""

    title: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class Chapter:
    """A chapter of the policy."""

    title: str
    sections: tuple[Section, ...]

    @property
    def questions(self) -> tuple[Question, ...]:
        """What is open in this chapter."""
        return tuple(b for section in self.sections for b in section.blocks if isinstance(b, Question))


@dataclass(frozen=True, slots=True)
class Document:
    """The whole.

    Attributes
    ----------
    title, subtitle : str
    facts : tuple of (str, str)
        What the cover says: label and text.
    preface : tuple of str
        How to read it; paragraphs.
    chapters : tuple of Chapter
    """

    title: str
    subtitle: str
    facts: tuple[tuple[str, str], ...]
    preface: tuple[str, ...]
    chapters: tuple[Chapter, ...]

    @property
    def questions(self) -> tuple[tuple[int, Question], ...]:
        """Open questions in order, each with the number of its chapter."""
        return tuple((at, each) for at, chapter in enumerate(self.chapters, 1) for each in chapter.questions)

    def texts(self) -> Iterator[str]:
        """Yield every piece of text and every number in cells, written out."""
        yield from (self.title, self.subtitle, *(text for fact in self.facts for text in fact), *self.preface)
        for chapter in self.chapters:
            yield chapter.title
            for section in chapter.sections:
                yield section.title
                for block in section.blocks:
                    yield from _texts(block)


def _texts(block: Block) -> Iterator[str]:
    match block:
        case Paragraph() | Question():
            yield block.text
        case Items():
            yield from block.texts
        case Picture():
            yield block.caption
        case Table():
            yield from (block.title, *block.headings, *block.notes)
            yield from (cell_text(value) for line in block.lines for value in line)


def cell_text(value: str | int) -> str:
    """Return a cell as it is printed."""
    return f"{value:,}" if isinstance(value, int) else value


_REPLACED = "\ufffd"
_UNSEEN = frozenset("\u200b\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff")
"""Characters that turn or hide what stands beside them."""


def plain(text: str) -> str:
    """Return text that any XML may hold, on one line: what it must not hold becomes U+FFFD."""
    kept = (_REPLACED if _forbidden(char) else char for char in text)
    return " ".join("".join(kept).split())


def name(text: str) -> str:
    """Return a name from outside, plain and not longer than :data:`LONGEST_NAME`."""
    cleaned = plain(text)
    return cleaned if len(cleaned) <= LONGEST_NAME else f"{cleaned[: LONGEST_NAME - 1]}…"


def _forbidden(char: str) -> bool:
    code = ord(char)
    return (
        (code < 0x20 and char not in "\t\n\r")
        or 0x7F <= code < 0xA0
        or 0xD800 <= code <= 0xDFFF
        or code & 0xFFFE == 0xFFFE
        or char in _UNSEEN
    )
