"""Changes at the free ends of strokes: longer or shorter (2-1), and run up to the stroke ahead (2-2)."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from engine.synth.outline import Polygon
from engine.synth.outline_ends import StrokeEnd, move_end
from engine.synth.revision import Outline, Revision, Topology

_LENGTH_EM = (0.035, 0.10)
_GAP_EM = (0.008, 0.075)
_OVERLAP_EM = 0.012
"""How far an end that is run up to a stroke goes into it."""
_KEPT_SIDE_EM = 0.03
"""What is left of the straight side of a stroke that is shortened."""


def change_length(outline: Outline, rng: np.random.Generator) -> Iterator[Revision]:
    """Lengthen or shorten a stroke at a free end, without reaching another stroke."""
    for choice in rng.permutation(len(outline.ends)):
        end = outline.ends[int(choice)]
        by_em = float(rng.uniform(*_LENGTH_EM))
        shortest = 0.008 / end.width_em  # less of a thin stroke does not show
        by_em = max(by_em, min(shortest, _LENGTH_EM[1]))
        if rng.random() < 0.5:
            by_em = -by_em
            if end.side_em < -by_em + _KEPT_SIDE_EM:
                continue
        yield from _moved(outline, end, by_em, Topology.KEPT)


def join_end(outline: Outline, rng: np.random.Generator) -> Iterator[Revision]:
    """Run a free end up to the stroke just ahead of it, which it did not touch."""
    for choice in rng.permutation(len(outline.ends)):
        end = outline.ends[int(choice)]
        gap = _way_ahead(outline, end)
        if gap is not None and gap >= _GAP_EM[0]:
            yield from _moved(outline, end, gap + _OVERLAP_EM, Topology.CLOSED)


def _way_ahead(outline: Outline, end: StrokeEnd) -> float | None:
    """Paper between the cap and the next ink straight ahead, in em."""
    centre = outline.end_centre(end)
    cap = outline.way(centre, end.direction, ink=False, limit_em=0.2)
    if cap is None:
        return None
    return outline.way(centre + end.direction * (cap + 0.004), end.direction, ink=True, limit_em=_GAP_EM[1])


def _moved(outline: Outline, end: StrokeEnd, by_em: float, topology: Topology) -> Iterator[Revision]:
    polygon = move_end(outline.polygons[end.polygon], end, by_em)
    if polygon is not None:
        yield Revision(with_contour(outline, end.polygon, polygon), topology=topology)


def with_contour(outline: Outline, index: int, polygon: Polygon) -> list[Polygon]:
    """All contours of an outline with one of them replaced."""
    return [polygon if number == index else kept for number, kept in enumerate(outline.polygons)]
