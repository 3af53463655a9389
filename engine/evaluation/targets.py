"""The figures promised, as data, and whether they are reached."""

from __future__ import annotations

import math
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

from engine.evaluation.metrics import Proportion, SetMetrics

TOTAL = "all"
WORST = "*"


@dataclass(frozen=True, slots=True)
class Target:
    """One promise: in every one of ``sets``, ``metric`` within the bounds.

    Attributes
    ----------
    id : str
        Permanent.
    sets : tuple of str
        Names of sets; :data:`TOTAL` for all cases of all sets together, :data:`WORST` for the worst of the
        sets.
    metric : str
        A field of :class:`~engine.evaluation.metrics.SetMetrics`; a proportion counts by its share.
    at_least, at_most : float or None
        Bounds; one of them is given.
    source : str
        Who asked for it.
    """

    id: str
    sets: tuple[str, ...]
    metric: str
    source: str
    at_least: float | None = None
    at_most: float | None = None

    def reached_by(self, value: float) -> bool:
        """Whether a value lies within the bound; NaN never does."""
        enough = self.at_least is None or value >= self.at_least
        low = self.at_most is None or value <= self.at_most
        return math.isfinite(value) and enough and low

    def bound(self) -> str:
        """The bound as text: ``≥ 0.995``."""
        return f"≥ {self.at_least:g}" if self.at_least is not None else f"≤ {self.at_most:g}"


@dataclass(frozen=True, slots=True)
class TargetResult:
    """A target on one set; ``value`` is NaN where the set lacks the metric (then it is not reached)."""

    target: Target
    set_name: str
    value: float
    reached: bool


def load_targets() -> tuple[Target, ...]:
    """Read the targets of the evaluation sets from ``targets.toml``."""
    return tuple(Target(**{**row, "sets": tuple(row["sets"])}) for row in _read()["target"])


def load_bench_targets() -> tuple[Target, ...]:
    """Read the targets of :mod:`engine.evaluation.bench`; their ``metric`` is a field of its result."""
    return tuple(
        Target(id=f"bench-{name}", sets=(), metric=name, **row) for name, row in _read()["bench"].items()
    )


def _read() -> dict[str, Any]:
    return tomllib.loads(files("engine.evaluation").joinpath("targets.toml").read_text(encoding="utf-8"))


def check_targets(
    targets: Sequence[Target], metrics: Sequence[SetMetrics], total: SetMetrics | None = None
) -> list[TargetResult]:
    """Compare; sets that were not run are left out.

    Parameters
    ----------
    targets : sequence of Target
    metrics : sequence of SetMetrics
        Of single sets.
    total : SetMetrics, optional
        Of all of them together.
    """
    by_name = {each.name: each for each in metrics}
    if total is not None:
        by_name[TOTAL] = total
    results = []
    for target in targets:
        for set_name in target.sets:
            if set_name == WORST:
                results.extend(_worst(target, metrics))
            elif set_name in by_name:
                results.append(_check(target, by_name[set_name]))
    return results


def _check(target: Target, metrics: SetMetrics) -> TargetResult:
    found = getattr(metrics, target.metric)
    value = math.nan if found is None else found.share if isinstance(found, Proportion) else float(found)
    return TargetResult(target, metrics.name, value, target.reached_by(value))


def _worst(target: Target, metrics: Sequence[SetMetrics]) -> list[TargetResult]:
    """The set furthest from the bound, of those that have the metric; none where none has."""
    results = [result for each in metrics if math.isfinite((result := _check(target, each)).value)]
    sign = 1 if target.at_least is not None else -1
    return sorted(results, key=lambda result: sign * result.value)[:1]
