"""Examples of the criteria as pictures: the gaiji of the example, the reference glyph, both together."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.describe.normalise import EmptyInkError, ink_box
from engine.difference import DifferenceKind
from engine.glyph.model import Ink
from engine.judge.example import (
    ChangedExample,
    CharacterExample,
    Example,
    RenderedExample,
    Rendering,
    SiblingExample,
)
from engine.sheet.face import ReferenceFace
from engine.sheet.overlay import fit, laid_over, overlay

if TYPE_CHECKING:
    from engine.synth.change import Donors
    from engine.synth.fonts import OutlineFont

EM_PX = 256
SEED = 1
"""Each example is drawn with a generator of its own from this seed: a page never changes by itself."""

_BORROWED = (DifferenceKind.STROKE_ADDED, DifferenceKind.PART_ADDED, DifferenceKind.PART_REPLACED)
"""Kinds that need something of other glyphs."""
_MARGIN_SHARE = 0.07
_DOTS_PX = 32
_LENDERS = range(0x4E00, 0x9FA0, 53)
"""Characters whose strokes and components are lent to others."""
_MOST_LENT = 60


@dataclass(frozen=True, slots=True, eq=False)
class DrawnExample:
    """An example, drawn.

    Attributes
    ----------
    example : Example
    gaiji : (H, W) uint8, ink = 255, or None
        None where the font lacks a glyph, or offers no place for the change.
    reference : (H, W) uint8 or None
        What it is compared with; None for a character that is compared with nothing.
    """

    example: Example
    gaiji: Ink | None
    reference: Ink | None = None

    def tiles(self, size_px: int) -> list[NDArray[np.uint8]]:
        """Return gaiji, reference and overlay as pictures of ``size_px`` a side; empty where undrawn."""
        margin = round(size_px * _MARGIN_SHARE)
        if self.gaiji is None:
            return []
        dots = max(self.gaiji.shape) <= _DOTS_PX
        if self.reference is None:
            return [fit(self.gaiji, size_px, margin_px=margin, dots=dots)]
        if isinstance(self.example, RenderedExample):
            first, second = laid_over(self.gaiji, self.reference, size_px, margin_px=margin)
            shown = fit(self.gaiji, size_px, margin_px=margin, dots=dots)
            return [shown, second, overlay(first, second)]
        # Both stand on bodies of one font: nothing is moved, so that what differs is just what differs.
        first, second = _together(self.gaiji, self.reference, size_px, margin)
        return [first, second, overlay(first, second)]


class ExamplePainter:
    """Draws examples with the font of a reference set.

    Parameters
    ----------
    face : ReferenceFace
    """

    def __init__(self, face: ReferenceFace) -> None:
        self._face = face

    def draw(self, example: Example) -> DrawnExample:
        """Draw one example."""
        match example:
            case CharacterExample():
                return DrawnExample(example, self._character(example.character))
            case SiblingExample():
                gaiji, reference = self._body(example.gaiji), self._body(example.reference)
                return DrawnExample(example, None if reference is None else gaiji, reference)
            case RenderedExample():
                body = self._body(example.reference)
                drawn = None if body is None else _rendered(body, example.rendering)
                return DrawnExample(example, drawn, body)
            case ChangedExample():
                return self._changed(example)

    @cached_property
    def _font(self) -> OutlineFont:
        from engine.synth.fonts import OutlineFont

        return OutlineFont(self._face.path, em_px=EM_PX)

    @cached_property
    def _donors(self) -> Donors:
        from engine.synth.change import collect_donors
        from engine.synth.edit import contours

        codes = self._font.codes()
        lenders = (contours(self._font, code) for code in _LENDERS if code in codes)
        return collect_donors(lenders, np.random.default_rng(SEED), limit=_MOST_LENT)

    def _body(self, mj: str) -> Ink | None:
        glyph_id = self._face.glyph_id(mj)
        return self._font.body_of_glyph(glyph_id) if glyph_id else None

    def _character(self, character: str) -> Ink | None:
        try:
            return self._font.body(ord(character))
        except KeyError:
            return None

    def _changed(self, example: ChangedExample) -> DrawnExample:
        from engine.synth.change import change, kinds
        from engine.synth.edit import contours_of_glyph

        glyph_id = self._face.glyph_id(example.reference)
        if not glyph_id or example.change not in kinds():
            return DrawnExample(example, None)
        changed = change(
            contours_of_glyph(self._font, glyph_id),
            example.change,
            np.random.default_rng(SEED),
            em_px=EM_PX,
            donors=self._donors if example.change in _BORROWED else None,
        )
        if changed is None:
            return DrawnExample(example, None)
        return DrawnExample(example, changed.ink, changed.original)


def _together(first: Ink, second: Ink, size_px: int, margin_px: int) -> tuple[Ink, Ink]:
    """Scale two bodies of one font to tiles by the box that holds the ink of both."""
    height, width = np.maximum(first.shape, second.shape)
    bodies = [
        np.pad(body, ((0, height - body.shape[0]), (0, width - body.shape[1]))) for body in (first, second)
    ]
    try:
        top, bottom, left, right = ink_box(np.maximum(*bodies))
    except EmptyInkError:
        top, bottom, left, right = 0, int(height), 0, int(width)
    side = max(bottom - top, right - left)
    above, before = (side - (bottom - top)) // 2, (side - (right - left)) // 2
    tiles = []
    for body in bodies:
        square = np.zeros((side, side), np.uint8)
        square[above : above + bottom - top, before : before + right - left] = body[top:bottom, left:right]
        room = size_px - 2 * margin_px
        scaled = cv2.resize(square, (room, room), interpolation=cv2.INTER_AREA)
        tiles.append(np.pad(scaled, margin_px).astype(np.uint8))
    return tiles[0], tiles[1]


def _rendered(body: Ink, rendering: Rendering) -> Ink:
    from engine.synth import degrade

    rng = np.random.default_rng(SEED)
    match rendering:
        case Rendering.BOLD:
            return degrade.weight(body, EM_PX * 0.01)
        case Rendering.LIGHT:
            return degrade.weight(body, -EM_PX * 0.008)
        case Rendering.DOTS_24:
            return degrade.dots(body, 24)
        case Rendering.DOTS_16:
            return degrade.dots(body, 16)
        case Rendering.SCAN:
            from engine.glyph.clean import clean

            return clean(degrade.scan(body, rng, size_px=64))
