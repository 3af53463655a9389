"""What the short values of a result row mean, in Japanese: evidence, kinds submitted, review, status."""

from __future__ import annotations

import functools
from collections.abc import Iterable
from dataclasses import dataclass

from engine.difference import DifferenceKind
from engine.errors import READ_CODES, ReferenceSetError
from engine.judge.criteria import Criteria, load_criteria
from engine.judge.vocabulary import load_vocabulary
from engine.result import Identification, Review

SUBMITTED: dict[str, str] = {
    "1": "① 住基ネット残存外字",
    "2": "② 既存住基システム外字",
    "3": "③ その他システム外字",
    "": "種類の記載なし",
}
"""The kinds of gaiji that the ministry's survey collected, by the value of the column ``kind``."""

REVIEWS: dict[Review, str] = {Review.AUTO: "自動", Review.REQUIRED: "要確認"}

_CRITERIA = "+criteria-"
_MOST_CHARACTERS = 4
"""Characters of a sequence that are worth spelling out."""

_SENTENCES: dict[str, str] = {
    "tie": "{} と同じ図形",
    "near": "{} も同じくらい合う",
    "outside": "指定した範囲の外の {} のほうが近い",
    "hosetsu": "JIS X 0213 の包摂規準 {}",
    "char": "{}と同じか、似た形",
}

_OTHERS: tuple[tuple[str, str, str], ...] = (
    ("tie:MJ…", "同じ図形の MJ", "同じ形と定められた、または同じ図形の MJ。どれを選んでも誤りではない。"),
    ("near:MJ…", "同じくらい合う別の字形", "同じ文字の別の字形で、同じくらいよく合うもの。人が選ぶ。"),
    ("outside:MJ…", "範囲の外に近い MJ", "同定のときに指定した範囲の外に、より近い MJ がある。"),
    ("hosetsu:U…", "JIS の包摂規準", "字形の違いを区別しない、JIS X 0213 の包摂規準の番号。"),
    ("char:U+…", "仮名・英数字・記号", "同じ、または似た形の仮名・英数字・記号。"),
)


@dataclass(frozen=True, slots=True)
class LegendEntry:
    """One line of the legend.

    Attributes
    ----------
    id : str
        As it stands in the results.
    title, explanation : str
        Japanese.
    """

    id: str
    title: str
    explanation: str


def criteria_of(reference: str) -> Criteria | None:
    """Return the criteria that a row was judged by; None where its column ``reference`` names none we have.

    Parameters
    ----------
    reference : str
        ``mojikiban-006.02+criteria-v2``; text from outside.
    """
    return _criteria(reference.rpartition(_CRITERIA)[2]) if _CRITERIA in reference else None


def evidence_in_words(row: Identification) -> tuple[str, ...]:
    """Return what each id in ``evidence`` says; an id that nobody knows is returned as it is."""
    criteria = criteria_of(row.reference)
    return tuple(_in_words(each, criteria) for each in row.evidence)


def submitted_in_words(kind: str) -> str:
    """Return the kind submitted; empty for none, an unknown value as it is."""
    return SUBMITTED.get(kind, kind) if kind else ""


def status_in_words(row: Identification) -> str:
    """Return what went wrong with a row that has no class."""
    return "区分がありません。" if row.status == "ok" else READ_CODES.get(row.status, row.status)


def legend(rows: Iterable[Identification]) -> list[LegendEntry]:
    """Return what can stand in ``evidence``: the rules of every criteria that the rows name, and the rest.

    Where rows of several versions of the criteria are together, a rule's id is followed by its version.
    """
    references = sorted({row.reference for row in rows})
    named = {each.version: each for each in map(criteria_of, references) if each is not None}
    criteria = [named[version] for version in sorted(named)]
    several = len(criteria) > 1
    found = [
        LegendEntry(f"{rule.id}（{each.version}）" if several else rule.id, rule.title, rule.rationale)
        for each in criteria
        for rule in each.rules
    ]
    found += [
        LegendEntry(f"diff:{each.kind.value}", _difference(each.kind), each.explanation)
        for each in load_vocabulary()
    ]
    return [*found, *(LegendEntry(*each) for each in _OTHERS)]


@functools.lru_cache(maxsize=16)
def _criteria(version: str) -> Criteria | None:
    try:
        return load_criteria(version)
    except ReferenceSetError:  # of another engine, or made up
        return None


def _in_words(evidence: str, criteria: Criteria | None) -> str:
    rule = criteria.rule(evidence) if criteria else None
    if rule is not None:
        return f"{evidence} {rule.title}"
    name, mark, value = evidence.partition(":")
    if not mark or not value:
        return evidence
    if name == "diff":
        return _difference_by_id(value) or evidence
    if name == "char":
        value = _quoted(value)
    return _SENTENCES[name].format(value) if name in _SENTENCES else evidence


def _difference_by_id(value: str) -> str:
    try:
        return _difference(DifferenceKind(value))
    except ValueError:
        return ""


def _difference(kind: DifferenceKind) -> str:
    if kind.within_design:
        return f"{kind.value} {kind.japanese}（デザイン）"
    side = "" if kind is DifferenceKind.PART_REPLACED else "外字のほうが、"
    return f"{kind.value} {side}{kind.japanese}（字形）"


def _quoted(code: str) -> str:
    """Return ``「ア」（U+30A2）``; the text itself where it names no printable characters."""
    try:
        points = [int(part, 16) for part in code.removeprefix("U+").split("_")][:_MOST_CHARACTERS]
        text = "".join(map(chr, points))
    except (ValueError, OverflowError):
        return code
    return f"「{text}」（{code}）" if text.isprintable() else code
