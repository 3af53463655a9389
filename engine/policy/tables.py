"""Simulations, comparisons, checks as tables and plain values: the same for the screen and files."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

from engine.policy.action import Action
from engine.policy.check import Checked, Objection
from engine.policy.policy import Policy
from engine.policy.simulate import OUTCOMES, UNREADABLE_TITLE, Comparison, Line, Shift, Simulation
from engine.report.survey_table import Table, Value

SHAPES_SHOWN = 20
"""Lines of the table of changed shapes on the screen; files have up to :data:`SHAPES_IN_FILES`."""
SHAPES_IN_FILES = 5_000

SHORT = {
    Action.REPLACE: "自動",
    Action.LOOK: "一人が見る",
    Action.TWO: "二人が見る",
    Action.ASK: "本人に確認",
    Action.KEEP: "残す",
    Action.FORBID: "認めない",
    None: "読めない",
}
"""Outcomes in few characters."""
_TOTAL = "計"


_NUMBER = re.compile(r"[+-]?[0-9][0-9,.]*")


def is_number(value: Value) -> bool:
    """Whether a cell holds a number, written out or not; an empty one may stand among them."""
    return isinstance(value, int) or not value or bool(_NUMBER.fullmatch(value))


def title_of(outcome: Action | None) -> str:
    """Return what an outcome is called in full."""
    return outcome.japanese if outcome else UNREADABLE_TITLE


def notes_of(simulation: Simulation) -> list[str]:
    """Return how the numbers were counted."""
    told = simulation.minutes
    return [
        "「見る」ものは、見た人が認めたときに置き換わる。認めなければ外字のまま残る。",
        "まったく同じ図形で扱いも同じものは、一度だけ見る（「図形」の数）。",
        f"時間は仮定による: 一図形につき、一人が見る {told.look:g} 分、二人が見る 計 {told.two:g} 分、"
        f"本人に確かめる {told.ask:g} 分、使用を認めない {told.forbid:g} 分。実際に測った値に替えて使う。",
    ]


def simulation_tables(simulation: Simulation, *, shapes: int = SHAPES_SHOWN) -> list[Table]:
    """Return the tables of one simulation; those that would say nothing are left out."""
    found = [
        _whole(simulation),
        _lines("区分ごと", "区分", simulation.by_class, simulation.whole),
    ]
    for title, heading, lines in (
        ("業務システムごと", "システム", simulation.by_system),
        ("提出区分ごと", "提出区分", simulation.by_submitted),
    ):
        if len(lines) > 1:
            found.append(_lines(title, heading, lines, simulation.whole))
    if simulation.by_difference:
        note = "違いが二つある字は二行に数える。違いの種類は、人が見る行にだけ付く。"
        found.append(_lines("違いの種類ごと", "違い", simulation.by_difference, None, note))
    found += [_rules(simulation), _shapes(simulation, shapes), _sensitivity(simulation.sensitivity())]
    return [table for table in found if table.lines]


def comparison_tables(comparison: Comparison) -> list[Table]:
    """Return what differs between two policies."""
    before, after = comparison.before.policy, comparison.after.policy
    lines: list[tuple[Value, ...]] = []
    counts = comparison.counts
    shown = [at for at in range(len(OUTCOMES)) if counts[at].sum() or counts[:, at].sum()]
    for at in shown:
        row = [int(counts[at, other]) for other in shown]
        lines.append((title_of(OUTCOMES[at]), *row, sum(row)))
    totals = [int(counts[:, at].sum()) for at in shown]
    lines.append((_TOTAL, *totals, sum(totals)))
    headings = ("A での扱い", *(f"B {SHORT[OUTCOMES[at]]}" for at in shown), _TOTAL)
    hours = comparison.after.total_hours - comparison.before.total_hours
    table = Table(
        "A と B の違い（字数）", headings, tuple(lines), (*(False for _ in shown), True),
        (
            f"A: {before.label}",
            f"B: {after.label}",
            f"扱いが変わる字: {comparison.changed:,} 字。職員の時間: B は A より {hours:+,.1f} 時間。",
        ),
    )  # fmt: skip
    examples: list[tuple[Value, ...]] = []
    for first, second, _count in comparison.moves():
        for place in comparison.examples(first, second):
            a, b = comparison.before.ruling(place), comparison.after.ruling(place)
            (row_,) = comparison.before.looked.results.rows([place])
            examples.append(
                (title_of(first), title_of(second), row_.place, row_.mj, f"{a.rule or '—'} → {b.rule or '—'}")
            )
    headings = ("A での扱い", "B での扱い", "外字", "MJ", "規則")
    return [table, Table("変わる字の例", headings, tuple(examples), (False,) * len(examples), ())]


def simulation_json(simulation: Simulation, *, shapes: int = SHAPES_SHOWN) -> dict[str, Any]:
    """Return a simulation as plain values, for JSON."""
    results = simulation.looked.results
    return {
        "policy": policy_json(simulation.policy),
        "rows": len(simulation),
        "disappearing": simulation.disappearing,
        "outcomes": {
            _key(outcome): {
                "title": title_of(outcome),
                "glyphs": simulation.whole.of(outcome),
                "pictures": simulation.pictures.of(outcome),
                "hours": round(simulation.hours.get(outcome, 0.0), 2) if outcome else 0.0,
            }
            for outcome in OUTCOMES
        },
        "hours": round(simulation.total_hours, 2),
        "by_class": _lines_json(simulation.by_class),
        "by_system": _lines_json(simulation.by_system),
        "by_submitted": _lines_json(simulation.by_submitted),
        "by_difference": _lines_json(simulation.by_difference),
        "by_rule": [
            {"id": rule.id, "action": rule.action.value, **_line_json(line)}
            for rule, line in simulation.by_rule
        ],
        "changed_shapes": [
            {
                "mj": each.mj,
                "why": each.why,
                "action": each.action.value,
                "glyphs": each.rows,
                "examples": [row.place for row in results.rows(each.examples)],
            }
            for each in simulation.shapes()[:shapes]
        ],
        "sensitivity": [
            {
                "rule": each.rule.id,
                "from": each.rule.action.value,
                "to": each.action.value,
                "glyphs": each.rows,
                "hours": round(each.hours, 2),
                "moved": [
                    {"from": _key(first), "to": _key(second), "glyphs": count}
                    for first, second, count in each.moved
                ],
            }
            for each in simulation.sensitivity()
        ],
    }


def comparison_json(comparison: Comparison) -> dict[str, Any]:
    """Return what differs as plain values, for JSON."""
    results = comparison.before.looked.results
    return {
        "policy": policy_json(comparison.after.policy),
        "changed": comparison.changed,
        "hours": round(comparison.after.total_hours - comparison.before.total_hours, 2),
        "moved": [
            {
                "from": _key(first),
                "to": _key(second),
                "glyphs": count,
                "examples": [row.place for row in results.rows(comparison.examples(first, second))],
            }
            for first, second, count in comparison.moves()
        ],
    }


def policy_json(policy: Policy) -> dict[str, Any]:
    """Return what names a policy."""
    return {
        "id": policy.id,
        "title": policy.title,
        "version": policy.version,
        "adopted": policy.adopted.isoformat() if policy.adopted else None,
        "identity": policy.identity,
    }


def shape_rows(simulation: Simulation, most: int) -> list[int]:
    """Return the places of one example for each of the most frequent changed shapes."""
    return [each.examples[0] for each in simulation.shapes(1)[:most] if each.examples]


def moved_rows(comparison: Comparison, most: int) -> list[int]:
    """Return the places of a few rows of each change between two policies."""
    every = [at for a, b, _ in comparison.moves() for at in comparison.examples(a, b)]
    return every[:most]


def _whole(simulation: Simulation) -> Table:
    lines: list[tuple[Value, ...]] = []
    for outcome in OUTCOMES:
        hours = simulation.hours.get(outcome, 0.0) if outcome else 0.0
        lines.append(
            (
                title_of(outcome),
                simulation.whole.of(outcome),
                simulation.pictures.of(outcome),
                f"{hours:,.1f}" if hours else "",
            )
        )
    pictures = simulation.pictures.total
    lines.append((_TOTAL, simulation.whole.total, pictures, f"{simulation.total_hours:,.1f}"))
    whole = simulation.whole
    unseen, looked = whole.of(Action.REPLACE), whole.of(Action.LOOK, Action.TWO)
    notes = (
        f"使われなくなる外字: {simulation.disappearing:,} 字（自動 {unseen:,}、見て認めれば {looked:,}、"
        f"使用を認めない {whole.of(Action.FORBID):,}）",
        f"残る外字: {whole.of(Action.KEEP):,} 字。本人しだいのもの: {whole.of(Action.ASK):,} 字",
    )
    title = f"ポリシー「{simulation.policy.label}」を用いたとき"
    return Table(
        title, ("扱い", "字数", "図形", "時間"), tuple(lines), (*(False for _ in OUTCOMES), True), notes
    )


def _lines(title: str, heading: str, lines: Sequence[Line], whole: Line | None, note: str = "") -> Table:
    every = [*lines, *([whole] if whole else [])]
    shown = [at for at in range(len(OUTCOMES)) if any(line.counts[at] for line in every)]
    return Table(
        title,
        (heading, *(SHORT[OUTCOMES[at]] for at in shown), _TOTAL),
        tuple((line.title, *(line.counts[at] for at in shown), line.total) for line in every),
        tuple(line is whole for line in every),
        (note,) if note else (),
    )


def _rules(simulation: Simulation) -> Table:
    lines = tuple(
        (rule.id, rule.title, rule.action.japanese, line.total) for rule, line in simulation.by_rule
    )
    note = "規則の定めより厳しい扱いになるのは、要確認の字、置き換える先のない字、二人目の確認があるとき。"
    return Table(
        "規則ごと（その規則で決まった字）",
        ("番号", "何について", "扱い", "字数"),
        lines,
        (False,) * len(lines),
        (note,),
    )


def _shapes(simulation: Simulation, most: int) -> Table:
    every = simulation.shapes()
    targets, results = every[:most], simulation.looked.results
    lines = []
    for each in targets:
        shown = " ".join(row.place for row in results.rows(each.examples))
        lines.append((each.mj or "—", each.why, each.action.japanese, each.rows, shown))
    total = sum(each.rows for each in every)
    notes = (
        f"字形一致でないものを置き換えるので、住民の字の形が変わりうる: {total:,} 字、{len(every):,} 通り"
        + (f"（多い順に {most:,} 通りを示す）" if len(every) > most else ""),
    )
    headings = ("MJ", "わけ", "扱い", "字数", "例")
    return Table("形の変わる字", headings, tuple(lines), (False,) * len(lines), notes)


def _sensitivity(shifts: Iterable[Shift]) -> Table:
    lines = []
    for each in shifts:
        if each.rows:
            told = "、".join(
                f"{SHORT[first]}→{SHORT[second]} {count:,}" for first, second, count in each.moved[:3]
            )
            change = f"{SHORT[each.rule.action]}→{SHORT[each.action]}"
            lines.append((each.rule.id, change, each.rows, f"{each.hours:+,.1f}", told))
    return Table(
        "規則を一つだけ、一段緩く（厳しく）したとき",
        ("番号", "変え方", "変わる字数", "時間の差", "動き"),
        tuple(lines),
        (False,) * len(lines),
        ("ここにない規則は、一段変えても扱いの変わる字がない。",),
    )


def _lines_json(lines: Iterable[Line]) -> list[dict[str, Any]]:
    return [_line_json(line) for line in lines]


def _line_json(line: Line) -> dict[str, Any]:
    counts = {_key(outcome): count for outcome, count in zip(OUTCOMES, line.counts, strict=True)}
    return {"title": line.title, "glyphs": line.total, "outcomes": counts}


def _key(outcome: Action | None) -> str:
    return outcome.value if outcome else "unreadable"


def violation_table(checked: Checked) -> list[Table]:
    """Return the objections by kind, and each of them."""
    counts = checked.counts
    lines = tuple((objection.japanese, counts[objection]) for objection in Objection)
    note = [f"違反のある外字: {checked.rows:,} 字（全 {len(checked.simulation):,} 行）"]
    if checked.repeated:
        note.append(f"同じ外字の行が重なっていた {checked.repeated:,} 行は、見ていない。")
    summary = Table("違反のまとめ", ("違反", "字数"), lines, (False,) * len(lines), tuple(note))
    each = tuple(
        (record["objection"], record["sure"], record["municipality"], record["system"], record["gaiji"],
         record["mj"], record["other"], record["rule"])
        for record in violation_records(checked)
    )  # fmt: skip
    headings = ("違反", "確かさ", "団体コード", "システム", "外字", "MJ", "もう一方", "規則")
    return [summary, Table("違反の一覧", headings, each, (False,) * len(each), ())]


def violation_records(checked: Checked) -> list[dict[str, str]]:
    """Return each objection as words."""
    results = checked.simulation.looked.results
    rows = results.rows([each.place for each in checked.violations])
    doubled = [each.other for each in checked.violations if each.other >= 0]
    others = dict(zip(doubled, results.rows(doubled), strict=True))
    return [
        {
            "objection": each.objection.japanese,
            "code": each.objection.value,
            "sure": "確か" if each.sure else "見て確かめる",
            "municipality": row.municipality,
            "system": row.system,
            "gaiji": row.place,
            "mj": row.mj,
            "other": others[each.other].place if each.other >= 0 else "",
            "rule": each.rule,
        }
        for each, row in zip(checked.violations, rows, strict=True)
    ]


def check_json(checked: Checked) -> dict[str, Any]:
    """Return a check as plain values, for JSON."""
    return {
        "policy": policy_json(checked.simulation.policy),
        "rows": len(checked.simulation),
        "rows_with_violations": checked.rows,
        "repeated": checked.repeated,
        "counts": {objection.value: count for objection, count in checked.counts.items()},
        "violations": violation_records(checked),
    }
