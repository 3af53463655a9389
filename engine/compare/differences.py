"""Where a gaiji and one candidate differ, and what kind of difference each place shows."""

from __future__ import annotations

from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from engine.compare.ends import moved_ends
from engine.compare.gaps import closed_gaps
from engine.compare.matching import match
from engine.compare.runs import RUN_PX, Run, Side, find_runs
from engine.compare.shapes import reshaped
from engine.compare.strokes import Strokes, describe_strokes
from engine.difference import Difference, DifferenceKind

MOST = 8
"""Differences reported at most."""

STROKE_PX = 6.0
"""Least length of a run that may be a stroke (0.1 of the glyph; the shortest dots are as long)."""

PART_PX = 30.0
"""Strokes without partner that lie together and are longer than this in all are a component."""

MOSTLY = 2.5
"""A component is added or missing, not replaced, when one drawing has this many times as much there."""

TOGETHER_PX = 8.0
"""Strokes of one component are no further from each other."""

MOVED_PX = 9.0
"""A stroke of one drawing and a stroke of the other are one that moved when no further apart than this."""

_TURNED = 0.94
"""Cosine of the least turn (20°) that makes a moved stroke one of another direction."""
_RING_PX = 1.5
_TOGETHER = 16
_BESIDE_PX = 3.0


def differences(gaiji: NDArray[np.uint8], warped: NDArray[np.uint8]) -> tuple[Difference, ...]:
    """Say where two drawings differ: :func:`differences_of_pairs` with (S, S) uint8."""
    return differences_of_pairs(gaiji[None], warped[None])[0]


def differences_of_pairs(gaiji: NDArray[np.uint8], warped: NDArray[np.uint8]) -> list[tuple[Difference, ...]]:
    """Say where the drawings of several pairs differ.

    Parameters
    ----------
    gaiji : (K, S, S) uint8
        Normalised pictures, 0 = paper.
    warped : (K, S, S) uint8
        The candidate laid over each (:func:`engine.compare.register.register`).

    Returns
    -------
    list of tuples of Difference
        Of each pair: strongest first, at most :data:`MOST`; the same whatever other pairs are beside it.
    """
    found = []
    for start in range(0, len(gaiji), _TOGETHER):
        some = slice(start, start + _TOGETHER)
        strokes = describe_strokes(np.concatenate([gaiji[some], warped[some]]))
        count = len(strokes) // 2
        found += [_differences(*pair) for pair in zip(strokes[:count], strokes[count:], strict=True)]
    return found


def _differences(one: Strokes, other: Strokes) -> tuple[Difference, ...]:
    partners, other_partners = match(one, other)
    runs = find_runs(one, partners, Side.GAIJI) + find_runs(other, other_partners, Side.CANDIDATE)
    found = [_difference(run.kind, [run]) for run in runs if not run.is_whole]
    found += _whole_strokes(runs)
    found += [
        *closed_gaps(one, other),
        *moved_ends(one, other),
        *reshaped(one, other, partners),
    ]
    return _strongest(found)


def _strongest(found: list[Difference]) -> tuple[Difference, ...]:
    """Sort, and leave out what a stronger difference at the same place explains."""
    # A stroke more explains the ends and gaps that come with it, however wide they are.
    found.sort(
        key=lambda each: (each.kind.within_design, -round(each.strength, 4), each.kind.value, each.x_px)
    )
    kept: list[Difference] = []
    for each in found:
        if not any(_explains(other, each) for other in kept):
            kept.append(each)
    kept.sort(key=lambda each: (-round(each.strength, 4), each.kind.value, each.x_px, each.y_px))
    return tuple(kept[:MOST])


def _explains(stronger: Difference, weaker: Difference) -> bool:
    if not weaker.kind.within_design:
        return False
    apart = float(np.hypot(stronger.x_px - weaker.x_px, stronger.y_px - weaker.y_px))
    return apart <= (stronger.radius_px if stronger.kind.within_design else stronger.radius_px + _BESIDE_PX)


def _whole_strokes(runs: list[Run]) -> list[Difference]:
    """Several strokes together are a component; one of each drawing near each other is one that moved."""
    found = []
    for group in _together([run for run in runs if run.is_whole]):
        moved = _moved(group)
        kind = _part(group)
        # What is left beside strokes that moved must still be several to be a component.
        if kind is not None and (len(group) - 2 * len(moved) > 1 or not moved):
            found.append(_difference(kind, group))
            continue
        found += [_difference(_change(one, other), [one, other]) for one, other in moved]
        paired = {run for pair in moved for run in pair}
        alone = [run for run in group if run not in paired and run.length_px >= STROKE_PX]
        found += [_difference(run.kind, [run]) for run in alone]
    return found


def _moved(runs: list[Run]) -> list[tuple[Run, Run]]:
    """Pairs of a run of each side that may be one stroke, nearest first, each run once."""
    options = [
        (float(np.hypot(*(one.middle - other.middle))), one, other)
        for one in runs
        for other in runs
        if one.side is Side.GAIJI and other.side is Side.CANDIDATE
        if 0.5 <= one.length_px / other.length_px <= 2.0
    ]
    pairs: list[tuple[Run, Run]] = []
    for apart, one, other in sorted(options, key=lambda option: option[0]):
        if apart <= MOVED_PX and not any(run in pair for pair in pairs for run in (one, other)):
            pairs.append((one, other))
    return pairs


def _change(one: Run, other: Run) -> DifferenceKind:
    """What became of a stroke that both have."""
    turned = abs(float(one.way @ other.way)) < _TURNED
    return DifferenceKind.SLANT if turned else DifferenceKind.PROPORTION


def _part(group: list[Run]) -> DifferenceKind | None:
    """What strokes that lie together are as a component; None where they are too few for one."""
    strokes = [run for run in group if run.length_px >= STROKE_PX]
    several = len(strokes) > 1 or any(run.is_branched for run in strokes)
    added, missing = (sum(run.length_px for run in strokes if run.side is side) for side in Side)
    if not several or max(added, missing) < PART_PX:
        return None
    if max(added, missing) < MOSTLY * min(added, missing):
        return DifferenceKind.PART_REPLACED
    return DifferenceKind.PART_ADDED if added > missing else DifferenceKind.PART_MISSING


def _together(runs: list[Run]) -> list[list[Run]]:
    """Group runs that come near each other."""
    group = list(range(len(runs)))
    for i, k in combinations(range(len(runs)), 2):
        apart = runs[i].points[:, None] - runs[k].points[None]
        if (np.hypot(apart[..., 0], apart[..., 1]) <= TOGETHER_PX).any():
            joined, old = group[i], group[k]
            group = [joined if number == old else number for number in group]
    return [
        [run for run, of in zip(runs, group, strict=True) if of == number] for number in sorted(set(group))
    ]


def _circle(runs: list[Run]) -> tuple[float, float, float]:
    """Middle and radius of a circle that holds all runs, in px."""
    points = np.concatenate([run.points for run in runs])
    x, y = ((points.min(axis=0) + points.max(axis=0)) / 2).tolist()
    return x, y, float(np.hypot(points[:, 0] - x, points[:, 1] - y).max()) + _RING_PX


def _difference(kind: DifferenceKind, runs: list[Run]) -> Difference:
    return Difference(kind, *_circle(runs), max(run.length_px for run in runs) / RUN_PX)
