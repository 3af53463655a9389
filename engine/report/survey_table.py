"""A survey as tables of text and numbers, the same for the screen and every file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from engine.report.survey import Count, Line, Section, Survey, Target

Value = str | int

GLYPHS, KINDS = "字数", "種類"
_TOTAL = "計"
_REQUIRED = "うち要確認"
_SHORT = {Target.JUKI: "住基", Target.KOSEKI: "戸籍のみ", Target.NEITHER: "番号なし"}
_NO_KINDS = "—"

NOTES: tuple[str, ...] = (
    "「住基」は、同定した MJ が住基ネット統一文字であるもの。"
    "「戸籍のみ」は、それ以外で戸籍統一文字であるもの。「番号なし」は、どちらの番号もないもの。",
    "「種類」は、MJ 文字図形名の種類の数。小計と計では重なりを除くので、内訳の和にはならない。",
    "同じ図形の外字も、一字ずつ数える。",
)


@dataclass(frozen=True, slots=True)
class Table:
    """One section as it is shown.

    Attributes
    ----------
    title : str
    headings : tuple of str
    lines : tuple of tuple of str or int
        As many values as headings; sums of lines too.
    sums : tuple of bool
        Which lines are sums.
    notes : tuple of str
        Sentences below it.
    """

    title: str
    headings: tuple[str, ...]
    lines: tuple[tuple[Value, ...], ...]
    sums: tuple[bool, ...]
    notes: tuple[str, ...]


def tables(survey: Survey) -> list[Table]:
    """Return the table of each section; targets that occur nowhere have no columns."""
    shown = [
        at
        for at, target in enumerate(Target)
        if target is not Target.NEITHER
        or any(line.targets[at].glyphs for line in survey.whole.lines if line.targets)
    ]
    return [_table(section, shown) for section in survey.sections]


def headings(shown: list[int]) -> tuple[str, ...]:
    """Return the headings for some targets."""
    every = [_SHORT[target] for at, target in enumerate(Target) if at in shown]
    return (
        "区分",
        *(f"{name} {what}" for name in every for what in (GLYPHS, KINDS)),
        f"{_TOTAL} {GLYPHS}",
        f"{_TOTAL} {KINDS}",
        _REQUIRED,
    )


def as_json(survey: Survey) -> dict[str, Any]:
    """Return a survey as plain values, for JSON."""
    return {
        "sections": [_section_json(section) for section in (survey.whole, *survey.by_submitted)],
        "notes": list(NOTES),
    }


def _table(section: Section, shown: list[int]) -> Table:
    lines = [_values(line, shown) for line in section.lines]
    sums = [_is_sum(line) for line in section.lines]
    blank: tuple[Value, ...] = ("",) * (2 * len(shown))
    if section.failed:
        lines.append(("読めなかったもの", *blank, section.failed, "", ""))
        lines.append(("総計", *blank, section.glyphs, "", ""))
        sums += [False, True]
    notes = []
    if section.duplicates:
        notes.append(f"うち、ほかの外字と同じ図形: {section.duplicates:,} 字")
    if section.failures:
        told = "、".join(f"{reason.rstrip('。')} {count:,}" for reason, count in section.failures)
        notes.append(f"読めなかった理由: {told}")
    return Table(section.title, headings(shown), tuple(lines), tuple(sums), tuple(notes))


def _values(line: Line, shown: list[int]) -> tuple[Value, ...]:
    counts = [line.targets[at] for at in shown] if line.targets else [None for _ in shown]
    cells: list[Value] = []
    for each in counts:
        cells += (each.glyphs, each.kinds) if each is not None else ("", "")
    kinds: Value = line.total.kinds if line.total.kinds or line.targets else _NO_KINDS
    return (line.title, *cells, line.total.glyphs, kinds, line.total.required)


def _is_sum(line: Line) -> bool:
    return line.verdict is None or (not line.targets and line.subclass is None)


def _section_json(section: Section) -> dict[str, Any]:
    return {
        "title": section.title,
        "kind": section.submitted,
        "glyphs": section.glyphs,
        "duplicates": section.duplicates,
        "unreadable": {"glyphs": section.failed, "reasons": dict(section.failures)},
        "lines": [
            {
                "title": line.title,
                "class": line.verdict.value if line.verdict else None,
                "subclass": line.subclass.value if line.subclass else None,
                "sum": _is_sum(line),
                **_count_json(line.total),
                "targets": {
                    target.value: _count_json(each)
                    for target, each in zip(Target, line.targets, strict=False)
                },
            }
            for line in section.lines
        ],
    }


def _count_json(counted: Count) -> dict[str, int]:
    return {"glyphs": counted.glyphs, "kinds": counted.kinds, "review_required": counted.required}
