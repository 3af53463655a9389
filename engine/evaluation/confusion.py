"""What was due × what was said. A claim of identity is told apart by whether it names the right MJ."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

from engine.evaluation.case import CLAIMS, Case, Expected, Outcome
from engine.result import Identification, Verdict

UNREAD = "unread"
"""Stands for the class where the reader refused the input."""
WRONG_MJ = "（別の字）"
"""Added to a class that names an MJ which the gaiji is not."""

ANSWERS: tuple[str, ...] = (
    "字形一致",
    "字形一致" + WRONG_MJ,
    "デザイン差",
    "デザイン差" + WRONG_MJ,
    "類似",
    "不明文字",
    "変体仮名",
    "記号等",
    UNREAD,
)
"""Columns of a table; the subclass stands for 同定不可能."""

Confusion = Mapping[str, Mapping[str, int]]
"""Expected kind → answer → count."""


def expected_kind(case: Case) -> str:
    """Name what is due: the right classes, with the subclass or what was done to the glyph."""
    classes = right_classes(case.expected)
    detail = case.expected.subclass.value if case.expected.subclass else case.kind
    return f"{classes}（{detail}）" if detail else classes


def right_classes(expected: Expected) -> str:
    """Name the classes that are right."""
    return "・".join(verdict.value for verdict in Verdict if verdict in expected.verdicts)


def answer_kind(expected: Expected, answer: Identification) -> str:
    """Name what was said: one of :data:`ANSWERS`."""
    if answer.verdict is None:
        return UNREAD
    if answer.verdict in CLAIMS:
        return answer.verdict.value + ("" if answer.mj in expected.nameable else WRONG_MJ)
    return answer.subclass.value if answer.subclass else answer.verdict.value


def confusion(outcomes: Iterable[Outcome]) -> Confusion:
    """Count the pairs of kinds."""
    counts: dict[str, Counter[str]] = {}
    for outcome in outcomes:
        row = counts.setdefault(expected_kind(outcome.case), Counter())
        row[answer_kind(outcome.case.expected, outcome.answer)] += 1
    return _sorted(counts)


def added(tables: Iterable[Confusion]) -> Confusion:
    """Add tables cell by cell."""
    counts: dict[str, Counter[str]] = {}
    for table in tables:
        for kind, row in table.items():
            counts.setdefault(kind, Counter()).update(row)
    return _sorted(counts)


def _sorted(counts: Mapping[str, Mapping[str, int]]) -> Confusion:
    """Rows by what is due, cells in the order of :data:`ANSWERS`, zeros left out."""
    order = [verdict.value for verdict in Verdict]

    def place(kind: str) -> tuple[list[int], str]:
        classes = kind.split("（", maxsplit=1)[0].split("・")
        return [order.index(name) for name in classes if name in order], kind

    return {
        kind: {answer: counts[kind][answer] for answer in ANSWERS if counts[kind].get(answer)}
        for kind in sorted(counts, key=place)
    }
