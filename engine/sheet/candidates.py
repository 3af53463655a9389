"""The contact sheet of one gaiji: the gaiji, its candidates, and an overlay with each of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PIL import Image

from engine.glyph.model import Glyph
from engine.result import Identification
from engine.sheet.canvas import FAINT, Canvas
from engine.sheet.face import ReferenceFace
from engine.sheet.overlay import BOTH, CANDIDATE_ONLY, GAIJI_ONLY, fit, laid_over, overlay
from engine.sheet.verdict import VERDICT_COLOURS, verdict_text

_MARGIN, _GAP = 28, 18
_GAIJI_PX, _TILE_PX = 240, 112
_COLUMNS = 5
_CARD_WIDTH, _CARD_HEIGHT = 2 * _TILE_PX + 6, _TILE_PX + 44
_DOTS_PX = 64
_HEADER = 84


@dataclass(frozen=True, slots=True)
class CandidateCard:
    """What is said about one candidate.

    Attributes
    ----------
    mj : str
        MJ name.
    ucs : str
        The character, or empty.
    similarity : float
        0–1.
    probability : float or None
        0–1, that gaiji and candidate are one character form; None where they were not compared.
    """

    mj: str
    ucs: str
    similarity: float
    probability: float | None = None


def candidates_sheet(
    glyph: Glyph, result: Identification, cards: Sequence[CandidateCard], face: ReferenceFace
) -> Image.Image:
    """Draw the contact sheet of one gaiji.

    Parameters
    ----------
    glyph : Glyph
        The gaiji.
    result : Identification
        Its row.
    cards : sequence of CandidateCard
        Best first.
    face : ReferenceFace
        Draws the candidates and the labels.

    Returns
    -------
    Image, mode RGB; five candidates a line.
    """
    lines = max(-(-len(cards) // _COLUMNS), 2)
    left = _MARGIN + _GAIJI_PX + 2 * _GAP
    width = left + _COLUMNS * (_CARD_WIDTH + _GAP) - _GAP + _MARGIN
    height = _HEADER + lines * (_CARD_HEIGHT + _GAP) + _MARGIN + 20
    canvas = Canvas(width, height, face)
    canvas.text(_MARGIN, 24, "同定候補", 26, bold=True)
    name = " ".join(part for part in (glyph.source, glyph.gaiji_code) if part)
    canvas.text(_MARGIN + 122, 33, name, 17, colour=FAINT, width_px=width - 2 * _MARGIN - 122)
    canvas.rule(66, _MARGIN, width - 2 * _MARGIN)

    dots = max(glyph.ink.shape) <= _DOTS_PX
    canvas.tile(_MARGIN, _HEADER, fit(glyph.ink, _GAIJI_PX, margin_px=16, dots=dots))
    y = _HEADER + _GAIJI_PX + 12
    canvas.text(
        _MARGIN,
        y,
        verdict_text(result),
        22,
        colour=VERDICT_COLOURS[result.verdict],
        width_px=_GAIJI_PX,
        bold=True,
    )
    detail = "  ".join(part for part in (result.mj, _percent(result.confidence)) if part)
    canvas.text(_MARGIN, y + 30, detail, 17, width_px=_GAIJI_PX)

    for number, card in enumerate(cards):
        x = left + number % _COLUMNS * (_CARD_WIDTH + _GAP)
        top = _HEADER + number // _COLUMNS * (_CARD_HEIGHT + _GAP)
        _draw_card(canvas, face, glyph, card, rank=number + 1, x=x, y=top)
    _legend(canvas, left, height - _MARGIN - 12)
    return canvas.image


def _draw_card(
    canvas: Canvas, face: ReferenceFace, glyph: Glyph, card: CandidateCard, *, rank: int, x: int, y: int
) -> None:
    ink = face.ink(card.mj)
    second = x + _TILE_PX + 6
    if ink is None:
        canvas.missing(x, y, _TILE_PX, "字形なし")
        canvas.missing(second, y, _TILE_PX, "字形なし")
    else:
        canvas.tile(x, y, fit(ink, _TILE_PX, margin_px=8))
        canvas.tile(second, y, overlay(*laid_over(glyph.ink, ink, _TILE_PX, margin_px=8)))
    used = canvas.text(x, y + _TILE_PX + 6, f"{rank}. {card.mj}", 16, bold=rank == 1)
    code = " ".join(f"U+{ord(char):04X}" for char in card.ucs[:1])
    canvas.text(x + used + 10, y + _TILE_PX + 7, code, 15, colour=FAINT)
    same = "" if card.probability is None else f"確率 {card.probability:.1%}　"
    canvas.text(x, y + _TILE_PX + 25, f"{same}類似度 {card.similarity:.3f}", 14, colour=FAINT)


def _legend(canvas: Canvas, x: int, y: int) -> None:
    for colour, text in ((GAIJI_ONLY, "外字だけ"), (CANDIDATE_ONLY, "候補だけ"), (BOTH, "両方")):
        canvas.swatch(x, y, colour)
        x += 20 + canvas.text(x + 18, y - 3, text, 15, colour=FAINT) + 22


def _percent(share: float | None) -> str:
    return "" if share is None else f"確信度 {share:.1%}"
