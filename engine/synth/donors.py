"""Strokes and components of other glyphs, to be set into a glyph that lacks them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from engine.synth.edit import loose_strokes
from engine.synth.outline import Polygon, oriented
from engine.synth.parts import Side, find_parts

_LONGEST_STROKE_EM = 0.5


@dataclass(frozen=True, slots=True, eq=False)
class Donors:
    """What other glyphs lend.

    Attributes
    ----------
    strokes : sequence of (N, 2) float64
        Loose strokes in em, each moved so that its box starts at the origin.
    parts : mapping of Side to sequence of sequence of (N, 2) float64
        Components by the side on which they stood: contours in em, at their place.
    """

    strokes: Sequence[Polygon]
    parts: Mapping[Side, Sequence[Sequence[Polygon]]]


def collect_donors(
    glyphs: Iterable[Sequence[Polygon]], rng: np.random.Generator, *, limit: int = 400
) -> Donors:
    """Collect strokes and components of glyphs.

    Parameters
    ----------
    glyphs : iterable of sequence of (N, 2) float64
        Outlines from :func:`engine.synth.outline.contours`; read until there is enough. A few hundred
        glyphs of one font do.
    rng : numpy.random.Generator
        Chooses one stroke and one pair of components of each glyph.
    limit : int
        Most strokes, and most components of each side, that are kept.

    Returns
    -------
    Donors
    """
    strokes: list[Polygon] = []
    parts: dict[Side, list[list[Polygon]]] = {side: [] for side in Side}
    for glyph in glyphs:
        polygons = oriented(glyph)
        loose = [polygons[index] for index, length in loose_strokes(polygons) if length <= _LONGEST_STROKE_EM]
        if loose and len(strokes) < limit:
            stroke = loose[int(rng.integers(len(loose)))]
            strokes.append(stroke - stroke.min(axis=0))
        found = find_parts(polygons)
        if found:
            # Parts come in pairs, one for each side of a gap.
            start = 2 * int(rng.integers(len(found) // 2))
            for part in found[start : start + 2]:
                if len(parts[part.side]) < limit:
                    parts[part.side].append([polygons[member] for member in part.members])
        if len(strokes) >= limit and all(len(kept) >= limit for kept in parts.values()):
            break
    return Donors(strokes, parts)
