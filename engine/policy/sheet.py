"""Examples of what a policy does, as one picture: the gaiji, its MJ, both laid over, and what happens."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from engine.policy.tables import SHORT
from engine.sheet.overlay import BOTH, CANDIDATE_ONLY, GAIJI_ONLY, fit, laid_over, overlay
from engine.sheet.verdict import VERDICT_COLOURS, verdict_text

if TYPE_CHECKING:
    from PIL import Image

    from engine.glyph.model import Glyph
    from engine.policy.decide import Ruling
    from engine.result import Identification
    from engine.sheet.canvas import Canvas
    from engine.sheet.face import ReferenceFace

MOST = 48
"""Examples on one picture."""

_COLUMNS = 2
_TILE_PX, _GAP_PX, _MARGIN_PX, _TOP_PX = 96, 8, 28, 92
_LINE_PX = _TILE_PX + 16
_TEXT_PX = 380
_CELL_PX = 3 * (_TILE_PX + _GAP_PX) + _TEXT_PX


@dataclass(frozen=True, eq=False)
class Example:
    """One gaiji on the sheet.

    Attributes
    ----------
    row : Identification
    glyph : Glyph or None
        None where its file is not there.
    rulings : tuple of Ruling
        Of one policy, or of two that are compared.
    replacement : str
        The 縮退先 or the symbol, where it is not the MJ itself.
    """

    row: Identification
    glyph: Glyph | None
    rulings: tuple[Ruling, ...]
    replacement: str = ""


def policy_sheet(examples: Sequence[Example], face: ReferenceFace, *, title: str) -> Image.Image:
    """Draw examples.

    Parameters
    ----------
    examples : sequence of Example
        The first :data:`MOST` are drawn; where there are more, the title says so.
    face : ReferenceFace
        Draws the MJ glyphs and the labels.
    title : str

    Returns
    -------
    Image, mode RGB.
    """
    from engine.sheet.canvas import FAINT, Canvas

    shown = examples[:MOST]
    if len(examples) > MOST:
        title = f"{title}（{len(examples):,} 件のうち {MOST} 件）"
    lines = -(-max(len(shown), 1) // _COLUMNS)
    width = 2 * _MARGIN_PX + _COLUMNS * _CELL_PX + (_COLUMNS - 1) * _MARGIN_PX
    canvas = Canvas(width, _TOP_PX + lines * _LINE_PX + _MARGIN_PX, face)
    canvas.text(_MARGIN_PX, 22, title, 26, width_px=width - 2 * _MARGIN_PX, bold=True)
    x = _MARGIN_PX + canvas.text(_MARGIN_PX, 59, "外字・MJ・重ね合わせ　", 15, colour=FAINT)
    for colour, text in ((GAIJI_ONLY, "外字だけ"), (CANDIDATE_ONLY, "MJ だけ"), (BOTH, "両方")):
        canvas.swatch(x, 62, colour)
        x += 18 + canvas.text(x + 18, 59, text, 15, colour=FAINT) + 12
    if not shown:
        canvas.text(_MARGIN_PX, _TOP_PX, "当てはまる字はありません。", 18, colour=FAINT)
    for number, example in enumerate(shown):
        x = _MARGIN_PX + number // lines * (_CELL_PX + _MARGIN_PX)
        y = _TOP_PX + number % lines * _LINE_PX
        canvas.rule(y - 6, x, _CELL_PX)
        _pictures(canvas, face, example, x, y)
        _words(canvas, example, x + 3 * (_TILE_PX + _GAP_PX) + 6, y)
    return canvas.image


def _pictures(canvas: Canvas, face: ReferenceFace, example: Example, x: int, y: int) -> None:
    from engine.report.tiles import is_dotted

    step, glyph = _TILE_PX + _GAP_PX, example.glyph
    ink = face.ink(example.row.mj) if example.row.mj else None
    if glyph is None:
        canvas.missing(x, y, _TILE_PX, "図形なし")
    else:
        canvas.tile(x, y, fit(glyph.ink, _TILE_PX, margin_px=8, dots=is_dotted(glyph)))
    if ink is None:
        canvas.missing(x + step, y, _TILE_PX, "—")
    else:
        canvas.tile(x + step, y, fit(ink, _TILE_PX, margin_px=8))
    if glyph is None or ink is None:
        canvas.missing(x + 2 * step, y, _TILE_PX, "—")
    else:
        canvas.tile(x + 2 * step, y, overlay(*laid_over(glyph.ink, ink, _TILE_PX, margin_px=8)))


def _words(canvas: Canvas, example: Example, x: int, y: int) -> None:
    from engine.sheet.canvas import FAINT

    row, width = example.row, _TEXT_PX - 12
    canvas.text(x, y, verdict_text(row), 19, colour=VERDICT_COLOURS[row.verdict], width_px=width, bold=True)
    instead = f"→ {example.replacement}" if example.replacement else ""
    canvas.text(x, y + 27, "  ".join(each for each in (row.mj, instead) if each), 17, width_px=width)
    told = " → ".join(f"{SHORT[each.action]}（{each.rule or '—'}）" for each in example.rulings)
    canvas.text(x, y + 51, told, 15, width_px=width)
    where = " ".join(each for each in (row.gaiji_code, row.system, row.source) if each)
    canvas.text(x, y + 74, where, 15, colour=FAINT, width_px=width)
