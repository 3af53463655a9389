"""Chapters on how it is decided: class by class, then what is only similar, unidentified or outside."""

from __future__ import annotations

from collections.abc import Iterable

from engine.policy.action import Action
from engine.policy.draft.evidence import Evidence
from engine.policy.draft.model import (
    Block,
    Chapter,
    Items,
    Paragraph,
    Picture,
    Question,
    Section,
    plain,
)
from engine.policy.draft.pictures import called
from engine.policy.policy import ExceptionRule, Rule
from engine.policy.simulate import OUTCOMES
from engine.policy.tables import SHORT, title_of
from engine.report.survey_table import Table, Value
from engine.result import Verdict

_IDENTIFIED = (Verdict.SAME, Verdict.DESIGN)
_MOST_EXCEPTIONS = 50


def procedure(evidence: Evidence) -> Chapter:
    """判定手続."""
    policy = evidence.policy
    identified = [rule for rule in policy.class_rules if rule.verdict in _IDENTIFIED]
    design = [rule for rule in policy.difference_rules if rule.verdicts == (Verdict.DESIGN,)]
    return Chapter(
        "判定手続",
        (
            Section(
                "手順",
                (
                    Items(
                        (
                            "機械が外字を標準の文字と比べ、区分と、当たる MJ と、確かさを示す。",
                            "このポリシーの規則が、自動で置き換えるか、一人か二人が見るか、本人に確かめるか、残すかを決める。",
                            "見る人は、外字・MJ・重ね合わせの図を見比べ、認めるときだけ置き換える。認めなければ外字のまま残す。",
                            "だれが、いつ、何を根拠に決めたかを記録する。",
                        ),
                        ordered=True,
                    ),
                    Paragraph(
                        "規則は、文字ごとの例外、包摂規準、違いの種類、区分の順に見て、初めに当てはまったものによる。"
                        "当てはまる規則がいくつもあるときは、最も厳しい扱いとする。"
                        "次のことは、どの規則によっても緩めない。"
                    ),
                    Items(
                        (
                            "要確認の字、類似、同定不可能の字を、だれも見ないまま置き換えない。",
                            "業務システムの文字集合にない文字には置き換えない。縮退も、見ないままでは行わない。",
                            "置き換える相手の文字がなければ、外字のまま残す。",
                        )
                    ),
                ),
            ),
            Section(
                "字形一致とデザイン差",
                (*_rules(evidence, "字形一致とデザイン差の規則", [*identified, *design]),),
            ),
            Section("二人目の確認", tuple(_second(evidence))),
            Section("文字ごとの例外", tuple(_exceptions(evidence))),
            Section("試算", tuple(_simulated(evidence))),
        ),
    )


def similar(evidence: Evidence) -> Chapter:
    """類似・同定不可能の扱いと縮退の順序."""
    policy = evidence.policy
    classes = [rule for rule in policy.class_rules if rule.verdict is Verdict.SIMILAR]
    unknown = [rule for rule in policy.class_rules if rule.verdict is Verdict.UNIDENTIFIED]
    kinds = [rule for rule in policy.difference_rules if Verdict.SIMILAR in rule.verdicts]
    return Chapter(
        "類似・同定不可能の扱いと縮退の順序",
        (
            Section(
                "類似",
                (
                    Paragraph(
                        "類似は、似た MJ があるというだけで、同じ字であるとはいえない。"
                        "機械の判定だけで置き換えることはない。"
                    ),
                    *_rules(evidence, "類似の規則", [*policy.hosetsu_rules, *kinds, *classes]),
                ),
            ),
            Section("同定不可能", tuple(_rules(evidence, "同定不可能の規則", unknown))),
            Section("縮退の順序", tuple(_shrink(evidence))),
        ),
    )


def _rules(evidence: Evidence, title: str, rules: Iterable[Rule]) -> Iterable[Block]:
    """Rules in a table, each with gaiji of the municipality that it decides."""
    rules = list(rules)
    lines: list[tuple[Value, ...]] = [
        (rule.id, plain(rule.title), rule.action.japanese, evidence.rows_of(rule), plain(rule.rationale))
        for rule in rules
    ]
    yield Table(
        title,
        ("番号", "当てはまる字", "扱い", "外字", "理由"),
        tuple(lines),
        (False,) * len(lines),
        ("外字の数は、今の結果のうち、その規則で扱いが決まるもの。",),
    )
    for rule in rules:
        yield from _examples(evidence, rule)


def _examples(evidence: Evidence, rule: Rule) -> Iterable[Block]:
    if evidence.pictures is None:
        return
    rows = evidence.simulation.looked.results.rows(evidence.examples_of(rule))
    drawn = evidence.pictures.gaiji(rows) if rows else None
    if drawn:
        png, width, shown = drawn
        told = "、".join(map(called, shown))
        yield Picture(png, f"規則 {rule.id}「{plain(rule.title)}」で決まる外字の例。左から、{told}", width)


def _second(evidence: Evidence) -> Iterable[Block]:
    policy = evidence.policy
    yield Paragraph(
        f"一人が見て置き換えるもののうち、二人目も見る範囲は「{policy.second_review.japanese}」とする。"
        f"{plain(policy.second_review_rationale)}"
    )
    yield Paragraph("二人目は、一人目とは別の人とする。")
    yield Question("一人目・二人目となる職と、意見が分かれたときに決める人を決める。")


def _exceptions(evidence: Evidence) -> Iterable[Block]:
    rules: tuple[ExceptionRule, ...] = evidence.policy.exceptions
    if not rules:
        yield Paragraph("文字ごとの例外は定めない。")
        return
    yield from _rules(evidence, "文字ごとの例外", rules[:_MOST_EXCEPTIONS])
    if len(rules) > _MOST_EXCEPTIONS:
        yield Paragraph(
            f"例外は全部で {len(rules):,} ある。ここには初めの {_MOST_EXCEPTIONS} を示した。"
            "残りはポリシーのファイルにある。"
        )


def _simulated(evidence: Evidence) -> Iterable[Block]:
    simulation, minutes = evidence.simulation, evidence.simulation.minutes
    whole = simulation.whole
    yield Paragraph(
        f"この方針を今の外字に当てはめると、{simulation.disappearing:,} 字が使われなくなる見込みである"
        f"（見た人がすべて認めたとき）。このうち自動で置き換わるのは {whole.of(Action.REPLACE):,} 字、"
        f"人が見るのは {whole.of(Action.LOOK, Action.TWO):,} 字である。"
        f"外字のまま残るのは {whole.of(Action.KEEP):,} 字、"
        f"本人に確かめるのは {whole.of(Action.ASK):,} 字である。"
    )
    lines: list[tuple[Value, ...]] = []
    for outcome in OUTCOMES:
        if whole.of(outcome):
            hours = simulation.hours.get(outcome, 0.0) if outcome else 0.0
            lines.append(
                (title_of(outcome), whole.of(outcome), simulation.pictures.of(outcome), _hours(hours))
            )
    lines.append(("計", whole.total, simulation.pictures.total, _hours(simulation.total_hours)))
    yield Table(
        "扱いごとの字数と、掛かる時間",
        ("扱い", "外字", "図形", "時間"),
        tuple(lines),
        (*(False for _ in lines[1:]), True),
        (
            "まったく同じ図形で扱いも同じものは、一度だけ見る。",
            f"時間は仮定による: 一図形につき、一人が見る {minutes.look:g} 分、"
            f"二人が見る 計 {minutes.two:g} 分、"
            f"本人に確かめる {minutes.ask:g} 分、使用を認めない {minutes.forbid:g} 分。",
        ),
    )
    yield Table(
        "区分ごとの扱い",
        ("区分", *(SHORT[each] for each in _occurring(evidence)), "計"),
        tuple(
            (line.title, *(line.of(each) for each in _occurring(evidence)), line.total)
            for line in (*simulation.by_class, whole)
        ),
        (*(False for _ in simulation.by_class), True),
        (),
    )
    moved = [each for each in simulation.sensitivity() if each.rows]
    if moved:
        yield Table(
            "規則を一つだけ、一段緩く（厳しく）したとき",
            ("番号", "今の扱い", "変えた扱い", "変わる外字", "時間の差"),
            tuple(
                (
                    each.rule.id,
                    each.rule.action.japanese,
                    each.action.japanese,
                    each.rows,
                    f"{each.hours:+,.1f}",
                )
                for each in moved
            ),
            (False,) * len(moved),
            ("ここにない規則は、一段変えても扱いの変わる字がない。",),
        )
    yield Question("見るのに掛かる分数を自分の職場で測り、時間の見積もりと、作業をする人の割り当てを決める。")


def _occurring(evidence: Evidence) -> list[Action | None]:
    return [each for each in OUTCOMES if evidence.simulation.whole.of(each)]


def _hours(hours: float) -> str:
    return f"{hours:,.1f}" if hours else ""


def _shrink(evidence: Evidence) -> Iterable[Block]:
    policy = evidence.policy
    bases = {each.id: each for each in evidence.refset.shrink_bases}
    yield Paragraph(
        "同定した MJ が業務システムの文字集合にないときは、縮退先があるかどうかで扱いを分ける。"
        f"{plain(policy.shrink_rationale)}"
    )
    yield from _rules(evidence, "文字集合の外の文字の規則", policy.outside_rules)
    lines: list[tuple[Value, ...]] = [
        (at, bases[basis].group, bases[basis].title)
        for at, basis in enumerate(policy.shrink_order, 1)
        if basis in bases
    ]
    if lines:
        yield Table(
            "縮退先を選ぶ根拠の順",
            ("順", "根拠の種類", "根拠"),
            tuple(lines),
            (False,) * len(lines),
            ("上にあるものを先に用いる。ここにない根拠は用いない。",),
        )
    else:
        yield Paragraph("縮退は行わない。")
    unused = [each.title for each in evidence.refset.shrink_bases if each.id not in policy.shrink_order]
    if lines and unused:
        yield Paragraph(f"縮退マップにあっても用いない根拠: {'、'.join(unused)}。")
    yield Paragraph("縮退したときも、元の字を台帳に残す。")
