"""Glyphs that differ from a known one in one place, with the kind of difference and the place known.

Every kind is made from the outline: design differences (長短, つける・はなす, …), which leave the character
what it is, and strokes and components that are missing, added or replaced, which do not. The first teach a
comparison what it must overlook, the second what it must not; both pin what each kind means.

Why two steps: a family of changes (``change_*.py``) knows where a kind can be done and proposes; only the
drawing shows whether the proposal is visible and whether it touches something by accident, so one gate
(:mod:`engine.synth.revision`) measures all of them alike. A glyph that offers no place is left alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

import numpy as np

from engine.difference import DifferenceKind
from engine.glyph.model import Ink
from engine.synth import (
    change_ends,
    change_joints,
    change_loose,
    change_parts,
    change_strokes,
    change_terminals,
)
from engine.synth.donors import Donors, collect_donors
from engine.synth.outline import Polygon, shrink
from engine.synth.parts import Side
from engine.synth.revision import Drawn, Outline, Revision, accept

__all__ = ["ChangedGlyph", "Donors", "change", "collect_donors", "kinds"]

_PROPOSALS_TRIED = 4

Family = Callable[[Outline, np.random.Generator, Donors], Iterator[Revision]]
"""Gives proposals for one kind of change, in random order."""


@dataclass(frozen=True, slots=True, eq=False)
class ChangedGlyph:
    """A glyph before and after one change.

    Attributes
    ----------
    ink, original : (em_px, em_px) uint8, ink = 255
        After and before, on the same body.
    kind : DifferenceKind
        Seen from ``ink``: ``STROKE_ADDED`` means that it has a stroke more than ``original``.
    x_em, y_em : float
        Middle of what differs, on the body, y downwards.
    radius_em : float
        Circle that holds what differs.
    """

    ink: Ink
    original: Ink
    kind: DifferenceKind
    x_em: float
    y_em: float
    radius_em: float


def kinds() -> tuple[DifferenceKind, ...]:
    """Kinds of difference that :func:`change` can make, in the order of their ids."""
    return tuple(kind for kind in DifferenceKind if kind in _families())


def change(
    polygons: Sequence[Polygon],
    kind: DifferenceKind,
    rng: np.random.Generator,
    *,
    em_px: int = 128,
    donors: Donors | None = None,
) -> ChangedGlyph | None:
    """Change one thing about a glyph.

    Parameters
    ----------
    polygons : sequence of (N, 2) float64
        Outline from :func:`engine.synth.outline.contours` or ``contours_of_glyph``, in em.
    kind : DifferenceKind
        One of :func:`kinds`.
    rng : numpy.random.Generator
        Chooses the place and the amount.
    em_px : int
        Side of the pictures, 16 or more.
    donors : Donors, optional
        From :func:`collect_donors`; without it no component is added or replaced, and no stroke borrowed.

    Returns
    -------
    ChangedGlyph or None
        None where the glyph offers no place for such a change that would be visible and would do nothing
        else.

    Raises
    ------
    ValueError
        If the kind cannot be made, or ``em_px`` is too small.
    """
    family = _families().get(kind)
    if family is None:
        raise ValueError(f"{kind!r} の変化は作れません。kinds() にある種類を指定してください")
    if em_px < 16:
        raise ValueError(f"em_px は16以上で指定してください: {em_px}")
    outline = Outline(polygons, em_px)
    if not outline.polygons:
        return None
    for revision in islice(family(outline, rng, donors or _NO_DONORS), _PROPOSALS_TRIED):
        drawn = accept(outline, revision)
        if drawn is not None:
            return _finished(outline, kind, drawn)
    return None


def _finished(outline: Outline, kind: DifferenceKind, drawn: Drawn) -> ChangedGlyph:
    ink, original = (shrink(mask, outline.em_px) for mask in (drawn.mask, outline.mask))
    return ChangedGlyph(ink, original, kind, drawn.x_em, drawn.y_em, drawn.radius_em)


_NO_DONORS = Donors((), dict.fromkeys(Side, ()))


def _alone(*makers: Callable[[Outline, np.random.Generator], Iterator[Revision]]) -> Family:
    """Make a family of functions that need no donors; which of them proposes first is left to chance."""

    def propose(outline: Outline, rng: np.random.Generator, _donors: Donors) -> Iterator[Revision]:
        for choice in rng.permutation(len(makers)):
            yield from islice(makers[int(choice)](outline, rng), _PROPOSALS_TRIED)

    return propose


def _families() -> Mapping[DifferenceKind, Family]:
    return {
        DifferenceKind.PROPORTION: _alone(change_parts.change_proportion),
        DifferenceKind.APART: _alone(change_parts.close_components, change_joints.open_components),
        DifferenceKind.LENGTH: _alone(change_ends.change_length),
        DifferenceKind.JOINED: _alone(change_ends.join_end, change_joints.open_joint),
        DifferenceKind.JOINT_PLACE: _alone(change_joints.move_joint),
        DifferenceKind.CROSSING: _alone(change_joints.cross),
        DifferenceKind.DOT_OR_BAR: _alone(change_loose.dot_to_bar),
        DifferenceKind.SLANT: _alone(change_loose.tilt),
        DifferenceKind.BEND: _alone(change_loose.bend),
        DifferenceKind.PRESS: _alone(change_terminals.press),
        DifferenceKind.STOP_OR_SWEEP: _alone(change_terminals.sweep),
        DifferenceKind.STOP_OR_TAPER: _alone(change_terminals.taper),
        DifferenceKind.HOOK: _alone(change_terminals.change_hook),
        DifferenceKind.STROKE_ADDED: lambda outline, rng, donors: change_strokes.add_stroke(
            outline, rng, donors.strokes
        ),
        DifferenceKind.STROKE_MISSING: _alone(change_strokes.remove_stroke),
        DifferenceKind.PART_ADDED: change_parts.add_part,
        DifferenceKind.PART_MISSING: _alone(change_parts.remove_part),
        DifferenceKind.PART_REPLACED: change_parts.replace_part,
    }
