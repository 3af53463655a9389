"""Where a gaiji and one candidate differ, and what kind of difference each place shows."""

from __future__ import annotations

import math
from itertools import combinations
from operator import itemgetter

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
_DESIGN = frozenset(kind for kind in DifferenceKind if kind.within_design)
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
        found += _differences(describe_strokes(np.concatenate([gaiji[some], warped[some]])))
    return found


def _differences(strokes: Strokes) -> list[tuple[Difference, ...]]:
    count = len(strokes) // 2
    partners = match(strokes)
    runs, gaps = find_runs(strokes, partners), closed_gaps(strokes)
    others = zip(moved_ends(strokes), reshaped(strokes, partners), strict=True)
    found = []
    for pair, (ends, shapes) in enumerate(others):
        both = runs[pair] + runs[pair + count]
        each = [_of_run(run) for run in both if not run.is_whole]
        each += _whole_strokes(both)
        found.append(_strongest([*each, *gaps[pair], *gaps[pair + count], *ends, *shapes]))
    return found


def _strongest(found: list[Difference]) -> tuple[Difference, ...]:
    """Sort, and leave out what a stronger difference at the same place explains."""
    # A stroke more explains the ends and gaps that come with it, however wide they are.
    order = [
        (each.kind in _DESIGN, -round(each.strength, 4), each.kind.value, each.x_px, each) for each in found
    ]
    order.sort(key=itemgetter(0, 1, 2, 3))
    kept: list[tuple[float, float, float]] = []
    told: list[tuple[float, str, float, float, Difference]] = []
    for is_design, weakness, kind, x, each in order:
        y = each.y_px
        if is_design and any(math.hypot(x - to_x, y - to_y) <= reach for to_x, to_y, reach in kept):
            continue
        kept.append((x, y, each.radius_px if is_design else each.radius_px + _BESIDE_PX))
        told.append((weakness, kind, x, y, each))
    told.sort(key=itemgetter(0, 1, 2, 3))
    return tuple(each for *_, each in told[:MOST])


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
        found += [_of_run(run) for run in alone]
    return found


def _moved(runs: list[Run]) -> list[tuple[Run, Run]]:
    """Pairs of a run of each side that may be one stroke, nearest first, each run once."""
    options = [
        (math.dist(one.middle, other.middle), one, other)
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
    turned = abs(one.way[0] * other.way[0] + one.way[1] * other.way[1]) < _TURNED
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
        if group[i] != group[k] and _are_near(runs[i], runs[k]):
            joined, old = group[i], group[k]
            group = [joined if number == old else number for number in group]
    return [
        [run for run, of in zip(runs, group, strict=True) if of == number] for number in sorted(set(group))
    ]


def _are_near(one: Run, other: Run) -> bool:
    left, top, right, bottom = one.box
    other_left, other_top, other_right, other_bottom = other.box
    if max(other_left - right, left - other_right, other_top - bottom, top - other_bottom) > TOGETHER_PX:
        return False
    apart = one.points[:, None] - other.points
    return bool((np.einsum("ijk,ijk->ij", apart, apart) <= TOGETHER_PX**2).any())


def _of_run(run: Run) -> Difference:
    return _difference(run.kind, [run])


def _difference(kind: DifferenceKind, runs: list[Run]) -> Difference:
    """Put a circle around runs that are one difference."""
    lefts, tops, rights, bottoms = zip(*(run.box for run in runs), strict=True)
    x, y = (min(lefts) + max(rights)) / 2, (min(tops) + max(bottoms)) / 2
    points = np.concatenate([run.points for run in runs]) if len(runs) > 1 else runs[0].points
    apart = points - (x, y)
    radius_px = math.sqrt(np.einsum("ij,ij->i", apart, apart).max()) + _RING_PX
    return Difference(kind, x, y, radius_px, max(run.length_px for run in runs) / RUN_PX)
