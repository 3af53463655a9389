"""The sheet of characters that were looked up: each glyph with its name, codes and why it was found."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PIL import Image

from engine.sheet.canvas import FAINT, Canvas
from engine.sheet.face import ReferenceFace
from engine.sheet.overlay import fit

_MARGIN, _GAP = 28, 16
_TILE_PX = 136
_COLUMNS = 6
_CARD_WIDTH = _TILE_PX + 56
_HEADER, _NAME_SIZE, _LINE_SIZE, _LINE_PITCH = 84, 16, 13, 18


@dataclass(frozen=True, slots=True)
class FoundCard:
    """What is said of one character.

    Attributes
    ----------
    mj : str
        MJ name.
    lines : tuple of str
        Below it; a line that is too wide is cut.
    """

    mj: str
    lines: tuple[str, ...] = ()


def found_sheet(title: str, note: str, cards: Sequence[FoundCard], face: ReferenceFace) -> Image.Image:
    """Draw characters as a grid.

    Parameters
    ----------
    title, note : str
        Head of the page, and what stands beside it.
    cards : sequence of FoundCard
        Row by row.
    face : ReferenceFace
        Draws the glyphs and the labels.

    Returns
    -------
    Image, mode RGB; six characters a line.
    """
    columns = min(_COLUMNS, max(len(cards), 4))
    deepest = max((len(card.lines) for card in cards), default=0)
    card_height = _TILE_PX + 12 + _NAME_SIZE + 6 + deepest * _LINE_PITCH
    width = 2 * _MARGIN + columns * (_CARD_WIDTH + _GAP) - _GAP
    height = _HEADER + -(-len(cards) // columns) * (card_height + _GAP) + _MARGIN
    canvas = Canvas(width, height, face)
    canvas.text(_MARGIN, 20, title, 24, width_px=width - 2 * _MARGIN, bold=True)
    canvas.text(_MARGIN, 52, note, 15, colour=FAINT, width_px=width - 2 * _MARGIN)
    canvas.rule(76, _MARGIN, width - 2 * _MARGIN)
    for number, card in enumerate(cards):
        x = _MARGIN + number % columns * (_CARD_WIDTH + _GAP)
        y = _HEADER + number // columns * (card_height + _GAP)
        ink = face.ink(card.mj)
        if ink is None:
            canvas.missing(x, y, _TILE_PX, "字形なし")
        else:
            canvas.tile(x, y, fit(ink, _TILE_PX, margin_px=10))
        y += _TILE_PX + 6
        canvas.text(x, y, card.mj, _NAME_SIZE, bold=True)
        for line, text in enumerate(card.lines):
            at = y + _NAME_SIZE + 6 + line * _LINE_PITCH
            canvas.text(x, at, text, _LINE_SIZE, colour=FAINT, width_px=_CARD_WIDTH)
    return canvas.image
