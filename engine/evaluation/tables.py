"""The figures as rows of text: what the Markdown report and the terminal both show."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from engine.evaluation.confusion import ANSWERS, UNREAD
from engine.evaluation.metrics import Proportion, SetMetrics
from engine.evaluation.reliability import EDGES
from engine.evaluation.run import Report
from engine.evaluation.targets import TargetResult
from engine.result import Verdict

if TYPE_CHECKING:
    from rich.table import Table

RETRIEVAL_HEAD = ("評価セット", "件数", "同じ図形", "同じ文字", "10位内", "字/秒")
CLASS_HEAD = (
    "評価セット", "件数", "字形一致", "デザイン差", "類似", "不可能", "読めず",
    "正しく受入", "誤って受入", "正", "auto", "誤った auto", "確信度（誤差）",
)  # fmt: skip
_TERMINAL_HEAD = ("評価セット", "一致", "差", "類似", "不可", "受入", "誤受", "正", "auto", "誤auto")
_TERMINAL_PLACES = (0, 2, 3, 4, 5, 7, 8, 9, 10, 11)
TARGET_HEAD = ("評価セット", "目標", "値", "基準", "結果")
CONFUSION_HEAD = ("評価セット", "正解", *("読めず" if name == UNREAD else name for name in ANSWERS))
RELIABILITY_HEAD = (
    "まとめ",
    *(f"{low:g}–{high:g}" for low, high in itertools.pairwise(EDGES)),
    "誤差",
)
_NONE = "—"


def retrieval_cells(metrics: SetMetrics, *, intervals: bool) -> list[str]:
    """One row under :data:`RETRIEVAL_HEAD`."""
    shares = (metrics.top1_exact, metrics.top1_ucs, metrics.recall10_exact or metrics.recall10_ucs)
    speed = f"{metrics.glyphs_per_s:.0f}" if math.isfinite(metrics.glyphs_per_s) else _NONE
    return [metrics.name, str(metrics.n), *(_percent(share, intervals=intervals) for share in shares), speed]


def class_cells(metrics: SetMetrics, *, intervals: bool) -> list[str]:
    """One row under :data:`CLASS_HEAD`."""
    calibrated = (
        f"{metrics.confidence:.2f}（{metrics.calibration_error:.2f}）"
        if math.isfinite(metrics.confidence)
        else _NONE
    )
    return [
        metrics.name,
        str(metrics.n),
        *(str(metrics.verdicts.get(name, 0)) for name in (*(v.value for v in Verdict), UNREAD)),
        _percent(metrics.accepted_right, intervals=intervals),
        _percent(metrics.accepted_wrong, intervals=intervals),
        _percent(metrics.right, intervals=intervals),
        _percent(metrics.auto, intervals=False),
        _percent(metrics.wrong_among_auto, intervals=intervals),
        calibrated,
    ]


def target_cells(result: TargetResult) -> list[str]:
    """One row under :data:`TARGET_HEAD`."""
    value = f"{result.value:.4g}" if math.isfinite(result.value) else _NONE
    return [
        result.set_name,
        f"{result.target.id} ({result.target.metric})",
        value,
        result.target.bound(),
        "達成" if result.reached else "未達",
    ]


def confusion_rows(parts: Iterable[SetMetrics]) -> list[list[str]]:
    """Rows under :data:`CONFUSION_HEAD`, one for each set and expected kind."""
    return [
        [metrics.name, kind, *(str(row.get(answer, "")) for answer in ANSWERS)]
        for metrics in parts
        for kind, row in metrics.confusion.items()
    ]


def reliability_rows(parts: Iterable[SetMetrics]) -> list[list[str]]:
    """Rows under :data:`RELIABILITY_HEAD`, one for each set or group."""
    return [
        [
            metrics.name,
            *(f"{each.share_right:.3f}（{each.n}）" if each.n else "" for each in metrics.reliability),
            f"{metrics.calibration_error:.3f}" if math.isfinite(metrics.calibration_error) else _NONE,
        ]
        for metrics in parts
    ]


def terminal_tables(report: Report) -> list[Table]:
    """Candidates, classes, targets for a terminal (rich); each fits into 80 columns."""
    everything = [*report.metrics, report.total]
    candidates = _terminal_table("候補（%）", RETRIEVAL_HEAD)
    classes = _terminal_table(
        "区分（左は件数、受入から右は %。誤受は別の字での受入、誤auto は auto のうち）", _TERMINAL_HEAD
    )
    for metrics in everything:
        candidates.add_row(*retrieval_cells(metrics, intervals=False))
        cells = class_cells(metrics, intervals=False)
        classes.add_row(*(cells[place] for place in _TERMINAL_PLACES))
    targets = _terminal_table("目標", TARGET_HEAD)
    for result in report.targets:
        set_name, _, *rest = target_cells(result)
        targets.add_row(set_name, result.target.id, *rest, style=None if result.reached else "bold red")
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


def _percent(value: Proportion | None, *, intervals: bool) -> str:
    if value is None or value.n == 0:
        return _NONE
    text = f"{100 * value.share:.1f}"
    if not intervals:
        return text
    low, high = value.interval()
    return f"{text} ({100 * low:.1f}–{100 * high:.1f})"
