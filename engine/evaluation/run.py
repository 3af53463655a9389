"""Put the cases through the engine and count."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Protocol

from engine.errors import UsageError
from engine.evaluation.case import Case, Outcome
from engine.evaluation.groups import Group
from engine.evaluation.materials import Materials
from engine.evaluation.metrics import SetMetrics, combine, measure
from engine.evaluation.mistakes import Mistake, mistakes
from engine.evaluation.sets import CaseSet, chosen
from engine.evaluation.targets import TOTAL, TargetResult, check_targets, load_targets
from engine.glyph.model import Glyph, ReadFailure
from engine.result import Identification
from engine.settings import Settings

DEFAULT_SEED = 20260701
BLOCK_GLYPHS = 256
"""Glyphs identified together, as in the product's own batches."""

Progress = Callable[[str, int, int], None]
"""(what, done, total)."""


class Engine(Protocol):
    """What the evaluation asks of :class:`engine.identify.Identifier`; a fake in the tests."""

    def identify(self, glyphs: Sequence[Glyph]) -> list[Identification]:
        """Identify glyphs."""
        ...

    def identify_leave_out(
        self, glyphs: Sequence[Glyph], left_out: Sequence[Collection[str]]
    ) -> list[Identification]:
        """Identify each glyph without the MJ named for it."""
        ...


@dataclass(frozen=True, slots=True)
class Report:
    """The result of one evaluation.

    Attributes
    ----------
    reference, engine : str
        Ids that the rows carry.
    seed, per_set : int
    metrics : tuple of SetMetrics
        One for each set.
    groups : tuple of SetMetrics
        The same added by :class:`~engine.evaluation.groups.Group`, under the group's value.
    total : SetMetrics
        All sets together, under :data:`~engine.evaluation.targets.TOTAL`.
    targets : tuple of TargetResult
    mistakes : tuple of Mistake
        The worst of each set, set by set.
    """

    reference: str
    engine: str
    seed: int
    per_set: int
    metrics: tuple[SetMetrics, ...]
    groups: tuple[SetMetrics, ...]
    total: SetMetrics
    targets: tuple[TargetResult, ...]
    mistakes: tuple[Mistake, ...]


def run_evaluation(
    settings: Settings,
    *,
    sets: Sequence[str] | None = None,
    per_set: int = 500,
    seed: int = DEFAULT_SEED,
    reference: str | None = None,
    criteria: str | None = None,
    progress: Progress | None = None,
) -> Report:
    """Evaluate the engine as it is.

    Parameters
    ----------
    settings : Settings
        Where the reference set is.
    sets : sequence of str, optional
        Names, or beginnings of names, of the sets to run; all when left out.
    per_set : int
        Cases a set; fewer where the fonts have no more.
    seed : int
        The same seed gives the same cases.
    reference : str, optional
        Name of the reference set; the one in the settings when left out.
    criteria : str, optional
        Version of the criteria; the reference set's when left out.
    progress : callable, optional

    Raises
    ------
    UsageError
        Unknown set, or ``per_set`` below 1.
    FontMissingError
        An evaluation font is missing and cannot be fetched.
    """
    if per_set < 1:
        msg = f"--per-set は 1 以上にしてください（{per_set}）。"
        raise UsageError(msg)
    picked = chosen(sets)
    from engine.evaluation.opening import open_materials
    from engine.identify import Identifier

    identifier = Identifier.open(settings, reference=reference, top=10, criteria=criteria, progress=progress)
    materials = open_materials(settings, reference)
    return evaluate(identifier, materials, picked, per_set=per_set, seed=seed, progress=progress)


def evaluate(
    identifier: Engine,
    materials: Materials,
    sets: Sequence[CaseSet],
    *,
    per_set: int,
    seed: int,
    progress: Progress | None = None,
) -> Report:
    """As :func:`run_evaluation`, with everything already open."""
    metrics: list[SetMetrics] = []
    wrong: list[Mistake] = []
    reference = engine = ""
    for done, each in enumerate(sets):
        if progress:
            progress(each.name, done, len(sets))
        cases = each.cases(materials, seed=seed, count=per_set)
        outcomes, seconds = answer(identifier, cases)
        metrics.append(measure(each.name, outcomes, seconds=seconds))
        wrong.extend(mistakes(each.name, outcomes))
        reference = reference or next((o.answer.reference for o in outcomes if o.answer.reference), "")
        engine = engine or next((o.answer.engine for o in outcomes if o.answer.engine), "")
    if progress:
        progress("", len(sets), len(sets))
    groups = [
        combine(group.value, [m for m, each in zip(metrics, sets, strict=True) if each.group is group])
        for group in Group
        if any(each.group is group for each in sets)
    ]
    total = combine(TOTAL, metrics)
    return Report(
        reference=reference,
        engine=engine,
        seed=seed,
        per_set=per_set,
        metrics=tuple(metrics),
        groups=tuple(groups),
        total=total,
        targets=tuple(check_targets(load_targets(), metrics, total)),
        mistakes=tuple(wrong),
    )


def answer(identifier: Engine, cases: Sequence[Case]) -> tuple[list[Outcome], float]:
    """Ask the engine about every case.

    Parameters
    ----------
    identifier : Engine
    cases : sequence of Case

    Returns
    -------
    list of Outcome
        In the order of ``cases``; a case that the reader refused gets a row with its status.
    float
        Seconds spent in the engine.
    """
    readable = [case for case in cases if isinstance(case.glyph, Glyph)]
    identifier.identify([case.glyph for case in readable[:1] if isinstance(case.glyph, Glyph)])  # warm up
    rows: dict[str, Identification] = {}
    seconds = 0.0
    for start in range(0, len(readable), BLOCK_GLYPHS):
        block = readable[start : start + BLOCK_GLYPHS]
        glyphs = [case.glyph for case in block if isinstance(case.glyph, Glyph)]
        left_out = [case.expected.left_out for case in block]
        begin = time.perf_counter()
        found = (
            identifier.identify_leave_out(glyphs, left_out) if any(left_out) else identifier.identify(glyphs)
        )
        seconds += time.perf_counter() - begin
        rows.update((case.name, row) for case, row in zip(block, found, strict=True))
    return [
        Outcome(case, rows[case.name] if case.name in rows else _refused(case)) for case in cases
    ], seconds


def _refused(case: Case) -> Identification:
    failure = case.glyph
    status = failure.code if isinstance(failure, ReadFailure) else "ok"
    message = failure.message if isinstance(failure, ReadFailure) else ""
    return Identification(source=case.name, status=status, message=message)
