"""Chapter on the gaiji there are, and on making new ones."""

from __future__ import annotations

from engine.policy.action import NewGaiji
from engine.policy.check import Objection
from engine.policy.draft.evidence import Evidence
from engine.policy.draft.inventory import CLASS_TITLES
from engine.policy.draft.model import Block, Chapter, Items, Paragraph, Question, Section, name, plain
from engine.report.survey_table import Table, Value

_TODO = {
    Objection.EXISTS: "標準の文字に置き換えられるかを、判定手続に従って決める。",
    Objection.SAME_PICTURE: "一つを残し、ほかの符号を使わないようにする。",
    Objection.NEAR_PICTURE: "同じ字かどうかを見比べて、同じなら一つにまとめる。",
    Objection.SAME_MJ: "どちらも同じ文字に当たるかを見比べて、同じなら一つにまとめる。",
    Objection.OUTSIDE: "縮退の順序に従うか、外字のまま残すかを決める。",
    Objection.FORBIDDEN: "使わないようにし、別の書き方に改める。",
}


def inventory(evidence: Evidence) -> Chapter:
    """外字の棚卸しと新規作成の制限."""
    return Chapter(
        "外字の棚卸しと新規作成の制限",
        (
            Section("今ある外字", tuple(_held(evidence))),
            Section("整理の対象", tuple(_objections(evidence))),
            Section("新しい外字", tuple(_new(evidence))),
        ),
    )


def _held(evidence: Evidence) -> list[Block]:
    held = evidence.inventory
    shown = [at for at, count in enumerate(held.counts) if count]
    with_kind = len({line.submitted for line in held.lines}) > 1
    lines: list[tuple[Value, ...]] = []
    for line in held.lines:
        head = (name(line.system), name(line.submitted)) if with_kind else (name(line.system),)
        lines.append((*head, *(line.counts[at] for at in shown), line.total))
    blank = ("計", "") if with_kind else ("計",)
    lines.append((*blank, *(held.counts[at] for at in shown), held.total))
    headings = (
        "業務システム",
        *(("提出区分",) if with_kind else ()),
        *(CLASS_TITLES[at] for at in shown),
        "計",
    )
    return [
        Paragraph(
            f"{name(evidence.whose)}の外字は {held.total:,} 字で、図形としては {held.pictures:,} である。"
            f"当たる文字、または最も似た文字として挙がった MJ は {held.names:,} 種類ある。"
            f"読み取れた外字のうち {held.required:,} 字は要確認で、人が見てから決める。"
        ),
        Table(
            "業務システムと区分ごとの外字",
            headings,
            tuple(lines),
            (*(False for _ in held.lines), True),
            ("不明文字・変体仮名・記号等は、同定不可能の内訳。",),
        ),
        Question("棚卸しを繰り返す時期と、担当を決める。"),
    ]


def _objections(evidence: Evidence) -> list[Block]:
    checked = evidence.checked
    lines = tuple(
        (objection.japanese, count, _TODO[objection]) for objection, count in checked.counts.items() if count
    )
    if not lines:
        return [Paragraph("このポリシーに照らして整理の対象となる外字は、今の結果にはない。")]
    return [
        Paragraph(
            f"このポリシーに照らすと、{checked.rows:,} 字が整理の対象になる。"
            "一字が二つ以上の行に入ることがある。"
        ),
        Table("整理の対象", ("対象", "外字", "すること"), lines, (False,) * len(lines), ()),
    ]


def _new(evidence: Evidence) -> list[Block]:
    new = evidence.policy.new_gaiji
    by_class: tuple[tuple[str, NewGaiji], ...] = (
        ("似た字があるとき（類似）", new.similar),
        ("当たる字がないとき（不明文字）", new.unknown),
        ("変体仮名", new.hentaigana),
        ("記号等", new.symbol),
    )
    lines: list[tuple[Value, ...]] = [("標準の文字に既にあるとき（字形一致・デザイン差）", "作らない")]
    lines += [(title, action.japanese) for title, action in by_class]
    who = "一人" if new.approvals == 1 else "二人"
    return [
        Paragraph(plain(new.rationale)),
        Table(
            "新しい外字を作ってよいとき", ("申請された字", "扱い"), tuple(lines), (False,) * len(lines), ()
        ),
        Paragraph(
            f"申請するのは{plain(new.applicant)}、承認するのは{plain(new.approver)}（{who}）とする。"
            "承認の前に、次のことを確かめる。"
        ),
        Items(tuple(f"{check.japanese}。" for check in new.checks), ordered=True),
        Question("承認する人の職の名と、不在のときに代わる人を決める。"),
    ]
