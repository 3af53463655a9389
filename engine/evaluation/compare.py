"""Two evaluations side by side: ``python -m engine.evaluation.compare BEFORE.json AFTER.json``.

For decisions such as whether a learned model earns its place: the same cases, two variants of the engine.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine.errors import GaijiError, UsageError
from engine.evaluation.report import FORMAT, markdown_table

_FIGURES: dict[str, str] = {
    "accepted_right": "正しく受入",
    "accepted_wrong": "誤って受入",
    "same": "字形一致",
    "auto": "auto",
    "wrong_auto": "誤った auto",
    "calibration_error": "確信度の誤差",
}
"""Figures compared, in percent, with their Japanese names."""


@dataclass(frozen=True, slots=True)
class SetPair:
    """One figure's values in both reports, by figure; NaN where a report lacks it.

    Attributes
    ----------
    name : str
        Of the set; ``all`` for all sets together.
    n : int
        Cases in the first report.
    values : mapping of str to (float, float)
        Figure → (before, after), 0–1.
    """

    name: str
    n: int
    values: dict[str, tuple[float, float]]


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two reports over the same cases.

    Attributes
    ----------
    before, after : str
        What tells the reports apart: engine, reference set and criteria.
    sets : tuple of SetPair
        Sets that both reports have, and all of those together only where both ran the same sets.
    """

    before: str
    after: str
    sets: tuple[SetPair, ...]


def compare(before: dict[str, Any], after: dict[str, Any]) -> Comparison:
    """Put two JSON reports side by side.

    Parameters
    ----------
    before, after : dict
        From :func:`engine.evaluation.report.to_json`, read.

    Raises
    ------
    UsageError
        They were drawn from other seeds or numbers of cases, so their cases differ.
    """
    for key, name in (("seed", "乱数の種"), ("per_set", "1 セットの件数")):
        if before[key] != after[key]:
            raise UsageError(
                f"二つの結果は{name}が違うため比べられません（{before[key]} と {after[key]}）。"
                f"同じ --{key.replace('_', '-')} で測り直してください。"
            )
    first, second = (
        {entry["name"]: entry for entry in [*report["sets"], report["total"]]} for report in (before, after)
    )
    if set(first) != set(second):
        first.pop(before["total"]["name"])
    return Comparison(
        _name(before),
        _name(after),
        tuple(
            SetPair(
                name,
                entry["n"],
                {figure: (_value(entry, figure), _value(second[name], figure)) for figure in _FIGURES},
            )
            for name, entry in first.items()
            if name in second
        ),
    )


def to_markdown(comparison: Comparison) -> str:
    """A table with ``before → after`` in percent in each cell; one value where nothing changed."""
    rows = [
        [pair.name, str(pair.n), *(_cell(*pair.values[figure]) for figure in _FIGURES)]
        for pair in comparison.sets
    ]
    head = ("評価セット", "件数", *_FIGURES.values())
    title = [f"前: {comparison.before}", "", f"後: {comparison.after}", ""]
    return "\n".join([*title, *markdown_table(head, rows)]) + "\n"


def read_report(path: Path) -> dict[str, Any]:
    """Read a JSON report.

    Raises
    ------
    UsageError
        It cannot be read, or was written by another version.
    """
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise UsageError(f"評価の結果 {path} を読めません: {error}") from error
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise UsageError(
            f"{path} は今の形式（{FORMAT}）の評価の結果ではありません。"
            "gaiji evaluate -o で作り直してください。"
        )
    return document


def _name(report: dict[str, Any]) -> str:
    return f"{report['engine']}　{report['reference']}"


def _value(entry: dict[str, Any], figure: str) -> float:
    found = entry.get(figure)
    share = found["share"] if isinstance(found, dict) else found
    return math.nan if share is None else float(share)


def _cell(before: float, after: float) -> str:
    if math.isnan(before) and math.isnan(after):
        return "—"
    one, other = ("—" if math.isnan(value) else f"{100 * value:.1f}" for value in (before, after))
    return one if one == other else f"{one} → {other}"


def main(arguments: Sequence[str] | None = None) -> int:
    """Compare and print; the exit status is 2 where it cannot be done."""
    parser = argparse.ArgumentParser(
        prog="python -m engine.evaluation.compare", description="二つの評価の結果を並べて比べる。"
    )
    parser.add_argument("before", type=Path, help="gaiji evaluate -o で作った .json")
    parser.add_argument("after", type=Path, help="比べる相手の .json")
    given = parser.parse_args(arguments)
    try:
        comparison = compare(read_report(given.before), read_report(given.after))
    except GaijiError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    sys.stdout.write(to_markdown(comparison))
    return 0


if __name__ == "__main__":
    sys.exit(main())
