"""The columns of the 同定結果リスト: headings, widths, and what stands in each.

Under a heading of :mod:`engine.output.headings` stands exactly the value that the results have, so that a
list which came back from a person, as Excel or as CSV, can be read again; words for people have headings of
their own.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from engine.errors import UsageError
from engine.output.headings import CONFIRMED, CONFIRMED_MJ, GAIJI_CODE, HEADINGS, NOTE, SOURCE
from engine.output.record import CONFIDENCE_DECIMALS
from engine.reference.codes import to_code
from engine.report.entries import Entry
from engine.report.words import REVIEWS, evidence_in_words, status_in_words, submitted_in_words

if TYPE_CHECKING:
    from engine.reference.shrink import ShrinkMap
    from engine.result import Identification

_MOST_SHRINK = 3
_MOST_SEQUENCE = 8
"""Characters of a sequence that are spelled out; an IVS has two."""


class Sort(Enum):
    """What a column holds."""

    TEXT = "text"
    NUMBER = "number"
    GAIJI = "gaiji"
    """A picture of the gaiji."""
    MJ = "mj"
    """A picture of the MJ glyph."""
    ENTRY = "entry"
    """For a person to fill in; what is decided already stands there."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What a cell may look up besides its row.

    Attributes
    ----------
    shrink : ShrinkMap or None
        縮退 of the reference set in use.
    """

    shrink: ShrinkMap | None = None


@dataclass(frozen=True, slots=True)
class Column:
    """One column.

    Attributes
    ----------
    heading : str
    width : float
        In characters, as Excel counts.
    value : callable
        Entry and facts → the cell's text or number; None for an empty cell.
    sort : Sort
    printed : bool
        Whether it is on the paper that the list is printed on; the others are on the screen.
    """

    heading: str
    width: float
    value: Callable[[Entry, Facts], str | float | None]
    sort: Sort = Sort.TEXT
    printed: bool = False


def code_text(characters: str) -> str:
    """Return ``U+9089_E010F`` for the characters of a row; empty for none."""
    return to_code(characters[:_MOST_SEQUENCE])


def labels(row: Identification) -> str:
    """Return how a person calls a gaiji: its code, and the system or font where there are several."""
    return " ".join(filter(None, (row.system, row.font, row.gaiji_code))) or row.source


def _nothing(_entry: Entry, _facts: Facts) -> None:
    return None


def _own(name: str, width: float, *, printed: bool = False) -> Column:
    """A column of the results, as it is."""
    attribute = "verdict" if name == "class" else name

    def value(entry: Entry, _facts: Facts) -> str:
        held = getattr(entry.row, attribute)
        return " ".join(held) if isinstance(held, tuple) else str(held or "")

    return Column(HEADINGS[name], width, value, Sort.TEXT, printed)


def _shrunk(entry: Entry, facts: Facts) -> str:
    if facts.shrink is None or not entry.row.mj:
        return ""
    try:
        targets = facts.shrink.targets(entry.row.mj)
    except (KeyError, UsageError):
        return ""
    found: dict[str, str] = {}
    for each in targets:
        found.setdefault(each.character, each.basis.title)
    shown = [f"{character}（{basis}）" for character, basis in list(found.items())[:_MOST_SHRINK]]
    rest = len(found) - len(shown)
    return "　".join(shown) + (f"　ほか {rest} 字" if rest else "")


def _confidence(entry: Entry, _facts: Facts) -> float | None:
    value = entry.row.confidence
    return None if value is None else round(value, CONFIDENCE_DECIMALS)


LIST_COLUMNS: tuple[Column, ...] = (
    Column("外字", 10, _nothing, Sort.GAIJI, printed=True),
    Column("MJの図形", 10, _nothing, Sort.MJ, printed=True),
    Column(GAIJI_CODE, 11, lambda entry, _: entry.row.gaiji_code, printed=True),
    Column(HEADINGS["mj"], 12, lambda entry, _: entry.row.mj, printed=True),
    Column("UCS・IVS", 15, lambda entry, _: code_text(entry.row.ivs or entry.row.ucs), printed=True),
    _own("class", 11, printed=True),
    _own("subclass", 10, printed=True),
    Column(HEADINGS["review"], 9, lambda entry, _: REVIEWS[entry.row.review], printed=True),
    Column(HEADINGS["confidence"], 8, _confidence, Sort.NUMBER, printed=True),
    Column("根拠の説明", 44, lambda entry, _: "\n".join(evidence_in_words(entry.row)), printed=True),
    Column(CONFIRMED, 7, lambda entry, _: entry.confirmed, Sort.ENTRY, printed=True),
    Column(CONFIRMED_MJ, 12, lambda entry, _: entry.confirmed_mj, Sort.ENTRY, printed=True),
    Column(NOTE, 20, lambda entry, _: entry.note, Sort.ENTRY, printed=True),
    Column("同じ図形の外字", 24, lambda entry, _: "\n".join(map(labels, entry.same))),
    _own("near_same", 20),
    _own("candidates", 30),
    _own("ucs", 7),
    _own("ivs", 9),
    _own("juki", 13),
    _own("koseki", 11),
    _own("toki", 11),
    _own("jisx0213", 11),
    Column("縮退先", 32, _shrunk),
    _own("municipality", 11),
    _own("system", 14),
    _own("font", 16),
    Column(HEADINGS["kind"], 24, lambda entry, _: submitted_in_words(entry.row.kind)),
    Column(SOURCE, 32, lambda entry, _: entry.row.source),
    _own("same_as", 16),
    _own("evidence", 16),
    Column(HEADINGS["status"], 12, lambda entry, _: "" if entry.row.status == "ok" else entry.row.status),
    Column(
        "読めない理由",
        24,
        lambda entry, _: "" if entry.row.status == "ok" else status_in_words(entry.row),
    ),
    _own("reference", 24),
    _own("engine", 24),
)
"""Behind the running number, in order; those that are printed come first."""
