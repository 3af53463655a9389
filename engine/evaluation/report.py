"""The figures as JSON and as Markdown."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence

from engine.evaluation.groups import Group
from engine.evaluation.mistakes import worst
from engine.evaluation.run import Report
from engine.evaluation.sets import all_sets
from engine.evaluation.tables import (
    CLASS_HEAD,
    CONFUSION_HEAD,
    RELIABILITY_HEAD,
    RETRIEVAL_HEAD,
    TARGET_HEAD,
    class_cells,
    confusion_rows,
    reliability_rows,
    retrieval_cells,
    target_cells,
)

FORMAT = "gaiji-evaluation-2"


def to_json(report: Report) -> str:
    """Everything, for machines; shares with hits, n and 95 % interval."""
    document = {
        "format": FORMAT,
        "reference": report.reference,
        "engine": report.engine,
        "seed": report.seed,
        "per_set": report.per_set,
        "sets": [metrics.as_json() for metrics in report.metrics],
        "groups": [metrics.as_json() for metrics in report.groups],
        "total": report.total.as_json(),
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
                "set": mistake.set_name,
                "case": mistake.outcome.case.name,
                "expected_classes": sorted(v.value for v in mistake.outcome.case.expected.verdicts),
                "expected_mj": sorted(mistake.outcome.case.expected.exact),
                **mistake.outcome.answer.row(),
            }
            for mistake in worst(report.mistakes, len(report.mistakes))
        ],
    }
    return json.dumps(document, ensure_ascii=False, indent=1, allow_nan=False) + "\n"


def to_markdown(report: Report) -> str:
    """Everything but the single errors, for people; shares in percent with their 95 % intervals."""
    run = [each for each in all_sets() if any(metrics.name == each.name for metrics in report.metrics)]
    everything = [*report.metrics, report.total]
    lines = [
        "# 評価",
        "",
        f"参照: {report.reference}　エンジン: {report.engine}　種: {report.seed}　"
        f"各セット最大 {report.per_set} 件。",
        "数字は %。括弧内は 95 % 信頼区間（Wilson）。`all` はすべてのセットの合計です。",
        "",
        "## 候補",
        "",
        *markdown_table(RETRIEVAL_HEAD, [retrieval_cells(metrics, intervals=True) for metrics in everything]),
        "",
        "## 区分",
        "",
        "「正しく受入」は、正しい MJ を字形一致・デザイン差としたもの（そうするのが正しい字のうち）。"
        "「誤って受入」は、その字でない MJ を字形一致・デザイン差としたもの。"
        "「誤った auto」は、人が見ないまま受け入れられる誤り（auto のうち）。",
        "",
        *markdown_table(CLASS_HEAD, [class_cells(metrics, intervals=True) for metrics in everything]),
        "",
        "## 目標",
        "",
        *markdown_table(
            (*TARGET_HEAD, "出典"),
            [[*target_cells(result), result.target.source] for result in report.targets],
        ),
        "",
        "## 正解と判定の対応（件数）",
        "",
        "行が正解、列がエンジンの判定です。「別の字」は、その字でない MJ を名指したもの。",
        "",
        *markdown_table(CONFUSION_HEAD, confusion_rows([report.total])),
        "",
        *markdown_table(CONFUSION_HEAD, confusion_rows(report.metrics)),
        "",
        "## 確信度と、正しかった割合",
        "",
        "各欄は「正しかった割合（件数）」。確信度が正しければ、列の見出しの範囲に入ります。",
        "",
        *markdown_table(RELIABILITY_HEAD, reliability_rows([*report.groups, report.total])),
        "",
        "## 評価セット",
        "",
        *(f"* `{each.name}` {each.title}（{each.group.japanese}）" for each in run),
        "",
        "まとめ: " + "、".join(f"`{group.value}` {group.japanese}" for group in Group),
    ]
    return "\n".join(lines) + "\n"


def markdown_table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """Lines of a Markdown table."""
    return [
        "| " + " | ".join(head) + " |",
        "|" + "---|" * len(head),
        *("| " + " | ".join(row) + " |" for row in rows),
    ]
