"""Chapter on the 同定基準: the rules that give a class, and the kinds of difference, with pictures."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from engine.judge.criteria import Rule
from engine.judge.example import Example
from engine.judge.vocabulary import SOURCE
from engine.policy.draft.evidence import Evidence
from engine.policy.draft.model import Block, Chapter, Paragraph, Picture, Section, plain
from engine.report.survey_table import Table, Value

_ON_A_LINE = 3


def criteria(evidence: Evidence) -> Chapter:
    """同定基準."""
    return Chapter(
        "同定基準",
        (
            Section("区分を決める規則", tuple(_classes(evidence))),
            Section("人が見るものを決める規則", tuple(_reviews(evidence))),
            Section("違いの種類", tuple(_differences(evidence))),
        ),
    )


def _classes(evidence: Evidence) -> list[Block]:
    rules = evidence.criteria.class_rules
    lines: list[tuple[Value, ...]] = [
        (rule.id, _class_of(rule), rule.title, rule.rationale, rule.source) for rule in rules
    ]
    blocks: list[Block] = [
        Paragraph(
            f"{evidence.criteria.title}による。規則を上から順に調べ、条件がすべて成り立つ最初の規則が区分を決める。"
            "条件の数値は、gaiji rules で表示できる。"
        ),
        Table(
            "区分を決める規則",
            ("番号", "区分", "規則", "理由", "出典"),
            tuple(lines),
            (False,) * len(lines),
            (),
        ),
    ]
    told = [
        (f"規則 {rule.id} で「{_class_of(rule)}」となるもの（{_caption(example)}）", example)
        for rule in rules
        for example in rule.examples[:1]
    ]
    return [*blocks, *_pictures(evidence, "規則の例", told)]


def _reviews(evidence: Evidence) -> list[Block]:
    from engine.sheet.rules import REVIEWS

    lines: list[tuple[Value, ...]] = [
        (rule.id, REVIEWS[rule.review] if rule.review else "", rule.title, rule.rationale)
        for rule in evidence.criteria.review_rules
    ]
    return [
        Paragraph("これも上から順に調べる。類似は、いつも人が見る。"),
        Table(
            "人が見るものを決める規則",
            ("番号", "要否", "規則", "理由"),
            tuple(lines),
            (False,) * len(lines),
            (),
        ),
    ]


def _differences(evidence: Evidence) -> list[Block]:
    named = {line.title.partition(" ")[0]: line.total for line in evidence.simulation.by_difference}
    named_by_policy = {kind for rule in evidence.policy.difference_rules for kind in rule.kinds}
    lines: list[tuple[Value, ...]] = []
    shown = [each for each in evidence.vocabulary if each.kind.value in named or each.kind in named_by_policy]
    for each in shown:
        kind = "デザイン" if each.kind.within_design else "字形"
        lines.append(
            (each.kind.value, each.kind.japanese, kind, each.explanation, named.get(each.kind.value, 0))
        )
    if not lines:
        return [Paragraph("今の結果には、違いの種類の付いた外字がない。")]
    blocks: list[Block] = [
        Paragraph(
            f"デザインの違いの名は、{SOURCE}による。同じ違いが二つの文字を区別しているとき（千と干など）は、"
            "デザインの違いとは見ない。表には、今の外字にあるものと、このポリシーが名を挙げるものを示す。"
        ),
        Table(
            "違いの種類",
            ("番号", "違い", "何の違い", "意味", "外字"),
            tuple(lines),
            (False,) * len(lines),
            ("違いの種類は、人が見る外字にだけ付く。一字に二つ以上付くことがある。",),
        ),
    ]
    told = [
        (f"{each.kind.value}「{each.kind.japanese}」（{example.caption}）", example)
        for each in shown
        for example in each.examples[:1]
    ]
    return [*blocks, *_pictures(evidence, "違いの例", told)]


def _pictures(evidence: Evidence, title: str, examples: Sequence[tuple[str, Example]]) -> Iterator[Block]:
    """Draw examples, three on a line."""
    for start in range(0, len(examples) if evidence.pictures else 0, _ON_A_LINE):
        line = examples[start : start + _ON_A_LINE]
        drawn = evidence.pictures.examples([each for _, each in line]) if evidence.pictures else None
        if drawn:
            png, width, places = drawn
            told = "、".join(line[at][0] for at in places)
            yield Picture(
                png, plain(f"{title}。左から、{told}" if len(places) > 1 else f"{title}。{told}"), width
            )


def _caption(example: Example) -> str:
    return f"{example.caption}。{example.note}" if example.note else example.caption


def _class_of(rule: Rule) -> str:
    if rule.verdict is None:
        return ""
    return rule.subclass.value if rule.subclass else rule.verdict.value
