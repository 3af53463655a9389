"""Where the time of identifying goes: each package's share, from a profile of one process.

The profiler counts for every function the time spent in itself. What numpy, OpenCV or the interpreter's own
functions took is passed on to whoever called them, up to a function of the engine; a package's share is the
sum over its functions. The profiler makes code of many small calls look dearer than it is, so that the shares
are a guide; the rates are measured without it.
"""

from __future__ import annotations

import cProfile
import pstats
from collections import defaultdict
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

_ENGINE = Path(__file__).resolve().parents[1]
_OTHER = "other"
_DEEPEST = 40

Function = tuple[str, int, str]

STAGES: Mapping[str, str] = {
    "batch": "入力と出力",
    "glyph": "画像を読む",
    "intake": "重複を探す",
    "describe": "特徴を求める",
    "search": "候補を探す",
    "compare": "候補と比べる",
    "judge": "判定する",
    "identify": "行を作る",
}
"""Packages that have a stage of their own, in the order of a glyph's walk, with its name."""


def stage_seconds(work: Callable[[], object]) -> dict[str, float]:
    """Run something under the profiler and share out its time.

    Parameters
    ----------
    work : callable
        Must stay in this thread.

    Returns
    -------
    dict of str to float
        Seconds by package of the engine; ``other`` for what none of them called.
    """
    profile = cProfile.Profile()
    profile.enable()
    try:
        work()
    finally:
        profile.disable()
    return shared_out(pstats.Stats(profile).stats)  # type: ignore[attr-defined]


def shared_out(stats: Mapping[Function, Any]) -> dict[str, float]:
    """Share out the own time of every function among the packages that caused it.

    Parameters
    ----------
    stats : mapping
        As :attr:`pstats.Stats.stats`: function → (calls, calls, own time, whole time, callers), callers a
        mapping of function → the same four numbers for what that caller caused.
    """
    memory: dict[Function, dict[str, float]] = {}
    seconds: defaultdict[str, float] = defaultdict(float)
    for function, (_, _, own, _, _) in stats.items():
        for package, share in _owners(function, stats, memory, 0).items():
            seconds[package] += own * share
    return dict(seconds)


def _owners(
    function: Function, stats: Mapping[Function, Any], memory: dict[Function, dict[str, float]], depth: int
) -> dict[str, float]:
    """Shares, with sum 1, in which packages caused a function to run."""
    package = _package(function[0])
    if package:
        return {package: 1.0}
    if function in memory:
        return memory[function]
    memory[function] = {_OTHER: 1.0}  # what a recursion finds
    callers = stats[function][4] if function in stats else {}
    weights = {caller: counts[3] or 1e-9 for caller, counts in callers.items() if caller != function}
    total = sum(weights.values())
    if not weights or depth > _DEEPEST:
        return memory[function]
    found: defaultdict[str, float] = defaultdict(float)
    for caller, weight in weights.items():
        for name, share in _owners(caller, stats, memory, depth + 1).items():
            found[name] += share * weight / total
    memory[function] = dict(found)
    return memory[function]


def _package(file: str) -> str:
    """Name of the engine's package that a file belongs to; empty for any other file."""
    path = Path(file)
    if not path.is_absolute() or not path.is_relative_to(_ENGINE):
        return ""
    part = path.relative_to(_ENGINE).parts[0]
    return part.removesuffix(".py")
