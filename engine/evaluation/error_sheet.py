"""One picture of the worst errors: the gaiji, what was right, what the engine said."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from engine.evaluation.case import Outcome
from engine.evaluation.materials import Materials
from engine.glyph.model import Glyph, Ink
from engine.synth.degrade import picture

_CELL_PX = 96
_TEXT_PX = 36
_GAP_PX = 6
_COLUMNS = 4
# The text is ASCII: Pillow's built-in font has no Japanese, and no other font may be relied on.
_SHORT = {"字形一致": "SAME", "デザイン差": "DESIGN", "類似": "SIMILAR", "同定不可能": "NONE"}


def error_sheet(outcomes: Sequence[Outcome], materials: Materials) -> Image.Image:
    """Draw a grid: each error is three cells (gaiji, expected MJ, answered MJ) with names below.

    Parameters
    ----------
    outcomes : sequence of Outcome
    materials : Materials
        For the drawings of MJ.
    """
    width = 3 * _CELL_PX + _GAP_PX
    height = _CELL_PX + _TEXT_PX + _GAP_PX
    rows = max(1, -(-len(outcomes) // _COLUMNS))
    sheet = Image.new("L", (_COLUMNS * width, rows * height), 255)
    pen = ImageDraw.Draw(sheet)
    for position, outcome in enumerate(outcomes):
        left, top = position % _COLUMNS * width, position // _COLUMNS * height
        for offset, ink in enumerate(_drawings(outcome, materials)):
            sheet.paste(Image.fromarray(_cell(ink)), (left + offset * _CELL_PX, top))
        answer = outcome.answer
        said = _SHORT.get(answer.verdict.value, "?") if answer.verdict else answer.status
        expected = min(outcome.case.expected.exact, default="-")
        confidence = f"{answer.confidence:.2f}" if answer.confidence is not None else "-"
        pen.text((left + 2, top + _CELL_PX + 2), outcome.case.name[:46], fill=0)
        pen.text(
            (left + 2, top + _CELL_PX + 18),
            f"{expected} -> {said} {answer.mj} {confidence} {answer.review.value}",
            fill=0,
        )
    return sheet


def _drawings(outcome: Outcome, materials: Materials) -> list[Ink]:
    glyph = outcome.case.glyph
    blank = np.zeros((_CELL_PX, _CELL_PX), np.uint8)
    own = glyph.ink if isinstance(glyph, Glyph) else blank
    expected = min(outcome.case.expected.exact or outcome.case.expected.same_ucs, default="")
    named = [
        materials.reference_glyph(mj, _CELL_PX) if mj in materials.glyph_ids else blank
        for mj in (expected, outcome.answer.mj)
    ]
    return [own, *named]


def _cell(ink: Ink) -> NDArray[np.uint8]:
    """Fit into a square cell with a thin border, black on white."""
    inner = _CELL_PX - 8
    scale = inner / max(1, *ink.shape)
    size = (max(1, round(ink.shape[1] * scale)), max(1, round(ink.shape[0] * scale)))
    mode = cv2.INTER_AREA if scale < 1 else cv2.INTER_NEAREST
    fitted = np.asarray(cv2.resize(ink, size, interpolation=mode), np.uint8)
    cell = np.full((_CELL_PX, _CELL_PX), 255, np.uint8)
    cell[[0, -1]] = 192
    cell[:, [0, -1]] = 192
    top, left = (_CELL_PX - size[1]) // 2, (_CELL_PX - size[0]) // 2
    cell[top : top + size[1], left : left + size[0]] = picture(fitted)
    return cell
