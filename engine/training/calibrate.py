"""Measure what the criteria need: how often each rule is right, and from where on no look is needed.

``python -m engine.training.calibrate [--per-set N]`` puts the development sets through the engine, with the
criteria in force but without their calibration, and prints two things to be copied into the criteria file:

* for each class rule, the share of right verdicts as a rising function of the certainty (isotonic
  regression);
* for the verdicts that may go without a look, the certainty from which on a glyph is let pass wrongly with at
  most the risk: conformal risk control. The sets are mostly adversarial (the own MJ taken away, edited
  glyphs, junk), so the bound errs on the safe side of ordinary input. Beside it stands an upper bound of the
  share of wrong ones among those let pass.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from engine.evaluation.case import is_right
from engine.evaluation.run import answer
from engine.identify import Identifier
from engine.judge.criteria import load_criteria
from engine.reference.refset import find_reference_set
from engine.result import Verdict
from engine.settings import Settings
from engine.training.development import development_sets, open_development

RISK = 0.001
"""Largest expected share of glyphs that are let pass without a look and wrongly."""
CERTAINTY_OF_BOUND = 0.95
_GRID = (0.5, 0.7, 0.8, 0.9, 0.93, 0.95, 0.96, 0.97, 0.98, 0.985, 0.99, 0.993, 0.995, 0.997, 0.998, 0.999)
_LEAST_PX = 20
_SURE = 0.98
_STEP = 0.02
"""Points of a calibration whose shares differ by less are drawn together."""
_SEED = 20261125


@dataclass(frozen=True, slots=True)
class Said:
    """One verdict: by which rule, how certain, and whether it was right."""

    rule: str
    accepted: bool
    certainty: float
    size_px: int
    right: bool


def upper_bound(wrong: int, n: int, confidence: float = CERTAINTY_OF_BOUND) -> float:
    """Largest share of wrong ones that ``wrong`` of ``n`` are compatible with, at a confidence.

    Notes
    -----
    Clopper and Pearson (1934), one-sided: with no wrong one of n, 1 − (1 − confidence)^(1/n).
    """
    from scipy.stats import beta

    return 1.0 if n == 0 or wrong >= n else float(beta.ppf(confidence, wrong + 1, n - wrong))


def least_certainty(
    said: Iterable[Said], glyphs: int, grid: Sequence[float] = _GRID, risk: float = RISK
) -> float | None:
    """Smallest certainty of the grid from which on verdicts may go without a look; None where none will do.

    Parameters
    ----------
    said : iterable of Said
        The verdicts that may.
    glyphs : int
        All glyphs judged, whatever was said of them.
    grid : sequence of float
    risk : float
        Largest expected share of glyphs that are let pass wrongly.

    Notes
    -----
    Conformal risk control (A. N. Angelopoulos et al., ICLR 2024) for the loss "let pass and wrong", which
    falls as the certainty asked for rises: with W such glyphs among n, (W + 1) / (n + 1) bounds the expected
    loss on the next glyph, if that is drawn like these.
    """
    verdicts = list(said)
    for least in sorted(grid):
        wrong = sum(not each.right for each in verdicts if each.certainty >= least)
        if (wrong + 1) / (glyphs + 1) <= risk:
            return least
    return None


def calibration(certainty: NDArray[np.float64], right: NDArray[np.bool_]) -> list[tuple[float, float]]:
    """Share of right verdicts as a rising function of the certainty, as few points as describe it."""
    from scipy.optimize import isotonic_regression

    order = np.argsort(certainty, kind="stable")
    at = certainty[order]
    # Two imaginary verdicts, one right and one wrong, keep a share away from 0 and 1.
    share = isotonic_regression(right[order].astype(float)).x
    blocks = np.flatnonzero(np.diff(share, prepend=-1.0))
    points: list[tuple[float, float]] = []
    for start, end in zip(blocks, [*blocks[1:], len(share)], strict=True):
        count = end - start
        value = (share[start] * count + 1) / (count + 2)
        middle = float(np.mean(at[start:end]))
        if not points or (value - points[-1][1] >= _STEP and middle > points[-1][0]):
            points.append((round(middle, 4), round(float(value), 3)))
    return points


def development_verdicts(settings: Settings, per_set: int) -> dict[str, list[Said]]:
    """Judge the development sets with uncalibrated criteria; verdicts by the name of the set."""
    criteria = load_criteria(find_reference_set(settings).criteria)
    identifier = Identifier.open(settings).with_criteria(replace(criteria, calibration={}))
    materials = open_development(settings)
    said: dict[str, list[Said]] = {}
    for each in development_sets():
        outcomes, _ = answer(identifier, each.cases(materials, seed=_SEED, count=per_set))
        said[each.name] = [
            Said(
                rule=outcome.answer.evidence[0],
                accepted=outcome.answer.verdict in {Verdict.SAME, Verdict.DESIGN},
                certainty=outcome.answer.confidence or 0.0,
                size_px=max(getattr(outcome.case.glyph, "ink", np.zeros((1, 1))).shape),
                right=is_right(outcome.case.expected, outcome.answer),
            )
            for outcome in outcomes
            if outcome.answer.evidence
        ]
    return said


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--per-set", type=int, default=800)
    sets = development_verdicts(Settings.from_environment(), parser.parse_args().per_set)
    said = [each for verdicts in sets.values() for each in verdicts]
    lines = ["[calibration]"]
    for rule in sorted({each.rule for each in said}):
        some = [each for each in said if each.rule == rule]
        points = calibration(np.array([s.certainty for s in some]), np.array([s.right for s in some]))
        lines.append(f"{rule} = {[list(point) for point in points]}  # {len(some)}")
    lines += [
        "",
        f"# {len(said)} glyphs; least certainty at a risk of 0.1 %; certainty, n, wrong, upper bound",
    ]
    groups = {"accepted": [s for s in said if s.accepted and s.size_px >= _LEAST_PX]}
    groups |= {rule: [s for s in said if s.rule == rule] for rule in ("N1", "U1", "H1", "H2", "N2")}
    for name, verdicts in groups.items():
        lines.append(f"# {name}: {least_certainty(verdicts, len(said))}")
        for least in _GRID:
            kept = [each for each in verdicts if each.certainty >= least]
            wrong = sum(not each.right for each in kept)
            lines.append(f"#   {least}: {len(kept)}, {wrong}, {upper_bound(wrong, len(kept)):.5f}")
    lines += ["", "# set: n, right, accepted and wrong, wrong and very certain"]
    for name, verdicts in sets.items():
        bad = [each for each in verdicts if each.accepted and not each.right]
        sure = sum(each.certainty >= _SURE for each in bad)
        lines.append(f"# {name}: {len(verdicts)}, {sum(v.right for v in verdicts)}, {len(bad)}, {sure}")
    print("\n".join(lines))  # noqa: T201


if __name__ == "__main__":
    main()
