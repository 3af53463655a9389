"""What a 同定結果リスト shows, whatever the format."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from engine.report.columns import Facts
from engine.report.entries import Entry
from engine.report.pictures import NO_PICTURES, GaijiPictures
from engine.report.summary import Summary
from engine.report.words import LegendEntry
from engine.result import Identification
from engine.sheet.face import ReferenceFace


@dataclass(frozen=True, slots=True)
class Heading:
    """What a list is called.

    Attributes
    ----------
    title : str
    municipality : str
        Name or code, for people; may be empty.
    day : date
        Printed, and the workbook's date of creation: the same input gives the same file.
    notes : tuple of str
        Sentences on the summary: what was left out, what has no picture.
    """

    title: str
    municipality: str
    day: date
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Listing:
    """Everything that a list shows.

    Attributes
    ----------
    heading : Heading
    entries : sequence of Entry
        The lines, in order.
    rows : sequence of Identification
        Every row of the results, whatever the list leaves out.
    summary : Summary
        Of ``rows``.
    legend : sequence of LegendEntry
    face : ReferenceFace
        Draws the MJ glyphs.
    pictures : GaijiPictures
    facts : Facts
    """

    heading: Heading
    entries: Sequence[Entry]
    rows: Sequence[Identification]
    summary: Summary
    legend: Sequence[LegendEntry]
    face: ReferenceFace
    pictures: GaijiPictures = NO_PICTURES
    facts: Facts = field(default_factory=Facts)


def summary_facts(listing: Listing) -> list[tuple[str, str]]:
    """Return label and value of what is told of a list before its numbers."""
    summary, heading = listing.summary, listing.heading
    facts = [
        ("団体", heading.municipality or "・".join(summary.municipalities)),
        ("システム", "・".join(summary.systems)),
        ("作成日", heading.day.isoformat()),
        ("外字", f"{summary.glyphs:,} 字（うち、ほかの外字と同じ図形 {summary.duplicates:,} 字）"),
        ("一覧の行", f"{len(listing.entries):,} 行"),
        ("参照セットと判定基準", "・".join(summary.references)),
        ("エンジン", "・".join(summary.engines)),
    ]
    return [(label, value) for label, value in facts if value]


def class_table(summary: Summary) -> list[tuple[str | int, ...]]:
    """Return the lines class, auto, required, total; a line of totals last."""
    lines: list[tuple[str | int, ...]] = [
        (each.title, each.auto, each.required, each.total) for each in summary.classes
    ]
    if summary.failed:
        lines.append(("読めなかったもの", "", "", summary.failed))
    return [*lines, ("計", summary.auto, summary.required, summary.glyphs)]
