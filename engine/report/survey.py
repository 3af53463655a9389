"""The ministry's table for any set of results: classes × 住基・戸籍 × kinds submitted, glyphs and kinds.

Every row is counted exactly once, duplicates too: the ministry counted what was handed in. Distinct kinds are
distinct MJ names, counted apart in every cell, so that those of a sum are not the sum of those of its parts.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from engine.report.words import SUBMITTED, status_in_words
from engine.result import Identification, Review, Subclass, Verdict


class Target(StrEnum):
    """What an identified gaiji was identified with."""

    JUKI = "住基ネット統一文字"
    KOSEKI = "戸籍統一文字"
    """That is no 住基ネット統一文字."""
    NEITHER = "どちらの番号もない"


OTHER_SUBMITTED = "そのほか"
"""Kind submitted of rows whose column ``kind`` holds none of the values that it may have."""

IDENTIFIED: tuple[Verdict, ...] = (Verdict.SAME, Verdict.DESIGN, Verdict.SIMILAR)

_LONGEST_REASON = 60
"""Characters kept of a status that is none of ours."""

_Line = tuple[Verdict, Subclass | None]


@dataclass(frozen=True, slots=True)
class Count:
    """What one cell counts.

    Attributes
    ----------
    glyphs : int
    kinds : int
        Distinct MJ names among them.
    required : int
        Those that a person must look at.
    """

    glyphs: int
    kinds: int
    required: int


@dataclass(frozen=True, slots=True)
class Line:
    """One class, or a sum of classes.

    Attributes
    ----------
    verdict, subclass : Verdict or None, Subclass or None
        None of both for the sum over all classes; a class without a subclass is the sum over its own.
    targets : tuple of Count
        In the order of :class:`Target`; empty for 同定不可能 and sums with it.
    total : Count
    """

    title: str
    verdict: Verdict | None
    subclass: Subclass | None
    targets: tuple[Count, ...]
    total: Count


@dataclass(frozen=True, slots=True)
class Section:
    """The table of one kind submitted, or of all.

    Attributes
    ----------
    title : str
    submitted : str or None
        Value of the column ``kind``, or :data:`OTHER_SUBMITTED`; None for all together.
    lines : tuple of Line
        字形一致, デザイン差, 類似; the sum of these; the subclasses of 同定不可能; their sum; the sum of all.
    failures : tuple of (str, int)
        Rows that could not be read, by the reason in words, the most frequent first.
    duplicates : int
        Rows, of all, that are exactly the same picture as an earlier one.
    """

    title: str
    submitted: str | None
    lines: tuple[Line, ...]
    failures: tuple[tuple[str, int], ...]
    duplicates: int

    @property
    def failed(self) -> int:
        """Rows that could not be read."""
        return sum(count for _, count in self.failures)

    @property
    def glyphs(self) -> int:
        """All rows, with those that could not be read."""
        return self.lines[-1].total.glyphs + self.failed


@dataclass(frozen=True, slots=True)
class Survey:
    """The whole, and a section for each kind submitted that occurs."""

    whole: Section
    by_submitted: tuple[Section, ...]

    @property
    def sections(self) -> tuple[Section, ...]:
        """The whole first; the kinds submitted only where there is more than one."""
        return (self.whole, *(self.by_submitted if len(self.by_submitted) > 1 else ()))


IDENTIFIED_TITLE, UNIDENTIFIED_TITLE, ALL_TITLE = "同定できたもの", "同定不可能の計", "計"


def count(rows: Iterable[Identification]) -> Survey:
    """Count rows.

    Parameters
    ----------
    rows : iterable of Identification
        Gone through once; only their numbers are kept.
    """
    tallies: dict[str, _Tally] = defaultdict(_Tally)
    for row in rows:
        tallies[row.kind if row.kind in SUBMITTED else OTHER_SUBMITTED].add(row)
    order = [*SUBMITTED, OTHER_SUBMITTED]
    present = [submitted for submitted in order if submitted in tallies]
    return Survey(
        _section("全体", None, [tallies[submitted] for submitted in present]),
        tuple(
            _section(SUBMITTED.get(submitted, submitted), submitted, [tallies[submitted]])
            for submitted in present
        ),
    )


def target_of(row: Identification) -> Target:
    """Return what an identified row was identified with, by the codes of its MJ."""
    if row.juki:
        return Target.JUKI
    return Target.KOSEKI if row.koseki else Target.NEITHER


class _Tally:
    """Rows of one kind submitted."""

    def __init__(self) -> None:
        self.glyphs: Counter[tuple[_Line, Target | None]] = Counter()
        self.required: Counter[tuple[_Line, Target | None]] = Counter()
        self.names: dict[tuple[_Line, Target | None], set[str]] = defaultdict(set)
        self.failures: Counter[str] = Counter()
        self.duplicates = 0

    def add(self, row: Identification) -> None:
        self.duplicates += bool(row.same_as)
        if row.verdict is None:
            self.failures[status_in_words(row)[:_LONGEST_REASON]] += 1
            return
        identified = row.verdict in IDENTIFIED
        subclass = None if identified else row.subclass or Subclass.UNKNOWN
        cell = ((row.verdict, subclass), target_of(row) if identified else None)
        self.glyphs[cell] += 1
        self.required[cell] += row.review is Review.REQUIRED
        if row.mj:
            self.names[cell].add(row.mj)


def _section(title: str, submitted: str | None, tallies: Sequence[_Tally]) -> Section:
    known: list[_Line] = [(verdict, None) for verdict in IDENTIFIED]
    unknown: list[_Line] = [(Verdict.UNIDENTIFIED, subclass) for subclass in Subclass]
    lines = [_line(verdict.value, verdict, None, tallies, [(verdict, None)]) for verdict in IDENTIFIED]
    lines.append(_line(IDENTIFIED_TITLE, None, None, tallies, known))
    lines += [
        _line(f"同定不可能（{subclass}）", Verdict.UNIDENTIFIED, subclass, tallies, [(verdict, subclass)])
        for verdict, subclass in unknown
    ]
    lines.append(_line(UNIDENTIFIED_TITLE, Verdict.UNIDENTIFIED, None, tallies, unknown))
    lines.append(_line(ALL_TITLE, None, None, tallies, known + unknown))
    failures: Counter[str] = Counter()
    for tally in tallies:
        failures.update(tally.failures)
    return Section(
        title,
        submitted,
        tuple(lines),
        tuple(sorted(failures.items(), key=lambda item: (-item[1], item[0]))),
        sum(tally.duplicates for tally in tallies),
    )


def _line(
    title: str,
    verdict: Verdict | None,
    subclass: Subclass | None,
    tallies: Sequence[_Tally],
    classes: Sequence[_Line],
) -> Line:
    identified = all(each[0] in IDENTIFIED for each in classes)
    targets = tuple(_count(tallies, classes, (target,)) for target in Target) if identified else ()
    return Line(title, verdict, subclass, targets, _count(tallies, classes, (*Target, None)))


def _count(tallies: Sequence[_Tally], classes: Sequence[_Line], targets: Sequence[Target | None]) -> Count:
    cells = [(each, target) for each in classes for target in targets]
    names: set[str] = set()
    for tally in tallies:
        names.update(*(tally.names[cell] for cell in cells if cell in tally.names))
    return Count(
        sum(tally.glyphs[cell] for tally in tallies for cell in cells),
        len(names),
        sum(tally.required[cell] for tally in tallies for cell in cells),
    )
