"""Chapter on the people whose characters they are."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from engine.policy.action import Action
from engine.policy.draft.evidence import EXAMPLES, SHAPES_DRAWN, Evidence
from engine.policy.draft.model import Block, Chapter, Items, Paragraph, Picture, Question, Section
from engine.policy.draft.pictures import called
from engine.policy.simulate import Shape
from engine.report.survey_table import Table

SHAPES_SHOWN = 20


def residents(evidence: Evidence) -> Chapter:
    """本人への告知と申出."""
    return Chapter(
        "本人への告知と申出",
        (
            Section("字の形が変わる人", tuple(_changing(evidence))),
            Section("本人に確かめるもの", tuple(_asking(evidence))),
            Section(
                "申出",
                (
                    Paragraph(
                        "置き換えた字について本人から申出があったときは、置き換えの記録と図形をもとに見直す。"
                        "窓口では、外字と標準の文字を並べた図を示して説明する。"
                    ),
                    Question("申出を受ける窓口、受ける期間、元の字に戻すときの決め方を決める。"),
                ),
            ),
        ),
    )


def _changing(evidence: Evidence) -> list[Block]:
    shapes = evidence.simulation.shapes()
    rows = sum(each.rows for each in shapes)
    if not shapes:
        return [Paragraph("今の結果には、置き換えによって字の形が変わる外字はない。")]
    shown = shapes[:SHAPES_SHOWN]
    blocks: list[Block] = [
        Paragraph(
            "字形一致でない外字を置き換えると、表示される字の形がわずかでも変わる。"
            f"このポリシーでは {rows:,} 字、"
            f"{len(shapes):,} 通りがこれに当たる。人数ではなく、外字の数である。"
        ),
        Table(
            "形の変わる字（多い順）",
            ("MJ", "文字", "わけ", "扱い", "外字"),
            tuple(
                (each.mj or "—", evidence.character(each.mj), each.why, each.action.japanese, each.rows)
                for each in shown
            ),
            (False,) * len(shown),
            (f"多い順に {len(shown):,} 通りを示す。",) if len(shapes) > len(shown) else (),
        ),
        *_pictures(evidence, shown),
        Question("字の形が変わることを本人に知らせるか、知らせるならその範囲・時期・方法を決める。"),
    ]
    return blocks


def _pictures(evidence: Evidence, shapes: Sequence[Shape]) -> Iterator[Block]:
    if evidence.pictures is None:
        return
    places = [each.examples[0] for each in shapes if each.examples][:SHAPES_DRAWN]
    rows = evidence.simulation.looked.results.rows(places)
    for start in range(0, len(rows), EXAMPLES):
        drawn = evidence.pictures.gaiji(rows[start : start + EXAMPLES])
        if drawn:
            told = "、".join(map(called, drawn[2]))
            yield Picture(drawn[0], f"形の変わる字の例。左から、{told}", drawn[1])


def _asking(evidence: Evidence) -> list[Block]:
    count = evidence.simulation.whole.of(Action.ASK)
    if not any(rule.action is Action.ASK for rule in evidence.policy.rules):
        return [Paragraph("このポリシーには、本人に確かめてから決める規則はない。")]
    return [
        Paragraph(f"本人に確かめてから決める外字は、今の結果では {count:,} 字である。次の順に進める。"),
        Items(
            (
                "外字の図形と、最も似た標準の文字の図形とを、並べて示す。",
                "標準の文字でよいか、今の字形を望むかを尋ねる。",
                "答えを台帳に記録し、望まれないかぎり置き換えない。",
            ),
            ordered=True,
        ),
        Question("尋ねる方法（窓口・書面など）と、答えがないときの扱いを決める。"),
    ]
