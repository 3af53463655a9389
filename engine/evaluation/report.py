"""The figures as JSON, as Markdown, and as a table on the terminal."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from engine.evaluation.metrics import UNREAD, Proportion, SetMetrics
from engine.evaluation.run import Report
from engine.evaluation.sets import all_sets
from engine.evaluation.targets import TargetResult
from engine.result import Verdict

if TYPE_CHECKING:
    from rich.table import Table

FORMAT = "gaiji-evaluation-1"
_COLUMNS = (
    "評価セット", "件数", "先頭が同じ図形", "先頭が同じ文字", "10位以内",
    "一致", "デザイン差", "類似", "不可能", "読めず",
    "区分が正しい", "auto", "誤った auto", "確信度（誤差）", "字/秒",
)  # fmt: skip
_CANDIDATE_COLUMNS = (0, 1, 2, 3, 4, 14)
_CLASS_COLUMNS = (0, 5, 6, 7, 8, 9, 10, 11, 12, 13)
_CLASSES = (*(verdict.value for verdict in Verdict), UNREAD)


def to_json(report: Report) -> str:
    """Everything, for machines; shares with hits, n and 95 % interval."""
    document = {
        "format": FORMAT,
        "reference": report.reference,
        "engine": report.engine,
        "seed": report.seed,
        "per_set": report.per_set,
        "sets": [metrics.as_json() for metrics in report.metrics],
        "targets": [
            {
                "id": result.target.id,
                "set": result.set_name,
                "metric": result.target.metric,
                "at_least": result.target.at_least,
                "at_most": result.target.at_most,
                "value": result.value if math.isfinite(result.value) else None,
                "reached": result.reached,
                "source": result.target.source,
            }
            for result in report.targets
        ],
        "worst": [
            {
                "case": outcome.case.name,
                "expected_classes": sorted(verdict.value for verdict in outcome.case.expected.verdicts),
                "expected_mj": sorted(outcome.case.expected.exact),
                **outcome.answer.row(),
            }
            for outcome in report.worst
        ],
    }
    return json.dumps(document, ensure_ascii=False, indent=1, allow_nan=False) + "\n"


def to_markdown(report: Report) -> str:
    """Everything but the single errors, for people; shares in percent with their 95 % intervals."""
    lines = [
        "# 評価",
        "",
        f"参照: {report.reference}　エンジン: {report.engine}　種: {report.seed}　"
        f"各セット最大 {report.per_set} 件。",
        "括弧内は 95 % 信頼区間（Wilson）。"
        "「誤った auto」は、人が見ないまま受け入れられる誤り（全件に対する割合）。",
        "",
        *_markdown_table(_COLUMNS, [_cells(metrics, intervals=True) for metrics in report.metrics]),
        "",
        "## 目標",
        "",
        *_markdown_table(
            ("目標", "評価セット", "値", "基準", "結果", "出典"),
            [_target_cells(result) for result in report.targets],
        ),
        "",
        "## 評価セット",
        "",
        *(
            f"* `{each.name}` {each.title}"
            for each in all_sets()
            if any(metrics.name == each.name for metrics in report.metrics)
        ),
    ]
    return "\n".join(lines) + "\n"


def _markdown_table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    return [
        "| " + " | ".join(head) + " |",
        "|" + "---|" * len(head),
        *("| " + " | ".join(row) + " |" for row in rows),
    ]


def to_tables(report: Report) -> list[Table]:
    """The same for a terminal (rich): candidates, classes, targets; each fits into 80 columns."""
    rows = [_cells(metrics, intervals=False) for metrics in report.metrics]
    candidates = _terminal_table(
        "候補（%）", ["評価セット", "件数", "同じ図形", "同じ文字", "10位内", "字/秒"]
    )
    classes = _terminal_table(
        "区分（件数。正・auto・誤auto は %）",
        ["評価セット", "一致", "差", "類似", "不可", "不読", "正", "auto", "誤auto", "確信"],
    )
    for row in rows:
        candidates.add_row(*(row[place] for place in _CANDIDATE_COLUMNS))
        classes.add_row(*(row[place].split("（")[0] for place in _CLASS_COLUMNS))  # room for no more
    targets = _terminal_table("目標", ["評価セット", "目標", "値", "基準", "結果"])
    for result in report.targets:
        target, set_name, *rest = _target_cells(result)[:5]
        targets.add_row(set_name, target, *rest, style=None if result.reached else "bold red")
    return [candidates, classes, targets]


def _terminal_table(title: str, columns: Sequence[str]) -> Table:
    from rich.box import SIMPLE
    from rich.table import Table

    table = Table(title=title, title_justify="left", box=SIMPLE, pad_edge=False, padding=0)
    for position, column in enumerate(columns):
        table.add_column(
            f" {column}" if position else column, justify="left" if position == 0 else "right", no_wrap=True
        )
    return table


def _cells(metrics: SetMetrics, *, intervals: bool) -> list[str]:
    shown = [
        _percent(value, intervals=intervals)
        for value in (metrics.top1_exact, metrics.top1_ucs, metrics.recall10_exact or metrics.recall10_ucs)
    ]
    classes = [str(metrics.verdicts.get(name, 0)) for name in _CLASSES]
    calibrated = (
        f"{metrics.confidence:.2f}（{metrics.calibration_error:.2f}）"
        if math.isfinite(metrics.confidence)
        else "—"
    )
    speed = f"{metrics.glyphs_per_s:.0f}" if math.isfinite(metrics.glyphs_per_s) else "—"
    return [
        metrics.name,
        str(metrics.n),
        *shown,
        *classes,
        _percent(metrics.right, intervals=intervals),
        _percent(metrics.auto, intervals=False),
        _percent(metrics.wrong_auto, intervals=intervals),
        calibrated,
        speed,
    ]


def _percent(value: Proportion | None, *, intervals: bool) -> str:
    if value is None or value.n == 0:
        return "—"
    text = f"{100 * value.share:.1f}"
    if not intervals:
        return text
    low, high = value.interval()
    return f"{text} ({100 * low:.1f}–{100 * high:.1f})"


def _target_cells(result: TargetResult) -> list[str]:
    value = f"{result.value:.4g}" if math.isfinite(result.value) else "—"
    return [
        f"{result.target.id} ({result.target.metric})",
        result.set_name,
        value,
        result.target.bound(),
        "達成" if result.reached else "未達",
        result.target.source,
    ]
