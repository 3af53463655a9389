"""What a set of results holds, in numbers: the first page of every list."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from engine.report.entries import CHECKING_ORDER
from engine.report.words import status_in_words
from engine.result import Identification, Review, Subclass, Verdict

_LONGEST_REASON = 60

Class = tuple[Verdict, Subclass | None]

CLASSES: tuple[Class, ...] = (
    (Verdict.SAME, None),
    (Verdict.DESIGN, None),
    (Verdict.SIMILAR, None),
    *((Verdict.UNIDENTIFIED, subclass) for subclass in Subclass),
    (Verdict.UNIDENTIFIED, None),
)
"""The classes by which results are counted; the engine never gives the last, 同定不可能 of no subclass."""


@dataclass(frozen=True, slots=True)
class ClassCount:
    """How many glyphs are of one class.

    Attributes
    ----------
    verdict : Verdict
    subclass : Subclass or None
    auto, required : int
        Glyphs that need no look, and that need one.
    """

    verdict: Verdict
    subclass: Subclass | None
    auto: int
    required: int

    @property
    def total(self) -> int:
        """All of them."""
        return self.auto + self.required

    @property
    def title(self) -> str:
        """The class in words."""
        return f"{self.verdict}（{self.subclass}）" if self.subclass else str(self.verdict)


@dataclass(frozen=True, slots=True)
class Summary:
    """Counts over rows, each glyph counted, duplicates too.

    Attributes
    ----------
    glyphs : int
        All rows.
    classes : tuple of ClassCount
        Every class of :data:`CLASSES` but the last, which is there only where it occurs.
    failures : mapping of str to int
        Rows that could not be read, by the reason in words, the most frequent first.
    duplicates : int
        Rows that are exactly the same picture as an earlier one.
    sources : mapping of str to int
        Rows by file (the container, where there is one), in the order of the rows.
    references, engines, municipalities, systems : tuple of str
        Distinct values, sorted, none of them empty.
    """

    glyphs: int
    classes: tuple[ClassCount, ...]
    failures: Mapping[str, int]
    duplicates: int
    sources: Mapping[str, int]
    references: tuple[str, ...]
    engines: tuple[str, ...]
    municipalities: tuple[str, ...]
    systems: tuple[str, ...]

    @property
    def failed(self) -> int:
        """Rows that could not be read."""
        return sum(self.failures.values())

    @property
    def auto(self) -> int:
        """Glyphs that need no look."""
        return sum(each.auto for each in self.classes)

    @property
    def required(self) -> int:
        """Glyphs that need one; those that could not be read are not among them."""
        return sum(each.required for each in self.classes)


def summarise(rows: Iterable[Identification]) -> Summary:
    """Count rows.

    Parameters
    ----------
    rows : iterable of Identification
        Gone through once.
    """
    classes: Counter[tuple[Verdict, Subclass | None, Review]] = Counter()
    failures: Counter[str] = Counter()
    sources: Counter[str] = Counter()
    distinct: tuple[set[str], ...] = (set(), set(), set(), set())
    duplicates = 0
    for row in rows:
        sources[container_of(row.source)] += 1
        duplicates += bool(row.same_as)
        for found, value in zip(
            distinct, (row.reference, row.engine, row.municipality, row.system), strict=True
        ):
            found.add(value)
        if row.verdict is None:
            failures[status_in_words(row)[:_LONGEST_REASON]] += 1
        else:
            classes[row.verdict, row.subclass, row.review] += 1
    references, engines, municipalities, systems = (tuple(sorted(found - {""})) for found in distinct)
    counted = (
        ClassCount(
            verdict,
            subclass,
            classes[verdict, subclass, Review.AUTO],
            classes[verdict, subclass, Review.REQUIRED],
        )
        for verdict, subclass in _classes(classes)
    )
    return Summary(
        glyphs=sources.total(),
        classes=tuple(counted),
        failures=dict(failures.most_common()),
        duplicates=duplicates,
        sources=dict(sources),
        references=references,
        engines=engines,
        municipalities=municipalities,
        systems=systems,
    )


def container_of(source: str) -> str:
    """Return the file of ``path#member``; the whole where there is no member."""
    return source.partition("#")[0] or source


def _classes(found: Iterable[tuple[Verdict, Subclass | None, Review]]) -> list[Class]:
    """Every class of a list; text from outside may pair a class with a subclass that it does not have."""
    odd = {(verdict, subclass) for verdict, subclass, _ in found} - set(CLASSES[:-1])
    order = sorted(odd, key=lambda each: (CHECKING_ORDER.index(each[0]), each[1] or ""))
    return [*CLASSES[:-1], *order]
