"""One picture of the worst errors: the gaiji, what would have been right, what the engine said and why."""

from __future__ import annotations

from collections.abc import Sequence

from PIL import Image

from engine.evaluation.confusion import right_classes
from engine.evaluation.mistakes import Mistake
from engine.glyph.model import Glyph
from engine.result import Review
from engine.sheet.canvas import FAINT, Canvas
from engine.sheet.face import ReferenceFace
from engine.sheet.overlay import BOTH, CANDIDATE_ONLY, GAIJI_ONLY, Colour, fit, laid_over, overlay
from engine.sheet.verdict import VERDICT_COLOURS, verdict_text

_TILE_PX, _GAP, _MARGIN = 112, 8, 28
_COLUMNS = 2
_TEXT_WIDTH = 330
_CELL_WIDTH = 4 * (_TILE_PX + _GAP) + _TEXT_WIDTH
_LINE_HEIGHT = _TILE_PX + 34
_HEADER = 112
_DOTS_PX = 64
_ALARM: Colour = (170, 30, 30)


def error_sheet(shown: Sequence[Mistake], face: ReferenceFace, *, title: str = "ひどい誤り") -> Image.Image:
    """Draw mistakes in two columns, in their order.

    Parameters
    ----------
    shown : sequence of Mistake
    face : ReferenceFace
        Draws the MJ and the labels.
    title : str

    Returns
    -------
    Image, mode RGB.

    Notes
    -----
    Four tiles each: the gaiji, the MJ that it is (or the nearest that is left, where its own was taken
    away), the MJ that the engine named, and the gaiji laid over that one.
    """
    lines = -(-max(len(shown), 1) // _COLUMNS)
    width = 2 * _MARGIN + _COLUMNS * _CELL_WIDTH + (_COLUMNS - 1) * _MARGIN
    canvas = Canvas(width, _HEADER + lines * _LINE_HEIGHT + _MARGIN, face)
    canvas.text(_MARGIN, 22, title, 26, width_px=width - 2 * _MARGIN, bold=True)
    _legend(canvas, _MARGIN, 64)
    for index, mistake in enumerate(shown):
        x = _MARGIN + index % _COLUMNS * (_CELL_WIDTH + _MARGIN)
        y = _HEADER + index // _COLUMNS * _LINE_HEIGHT
        canvas.rule(y - 8, x, _CELL_WIDTH)
        _draw(canvas, face, mistake, x=x, y=y)
    if not shown:
        canvas.text(_MARGIN, _HEADER, "誤りはありません。", 19)
    return canvas.image


def _draw(canvas: Canvas, face: ReferenceFace, mistake: Mistake, *, x: int, y: int) -> None:
    case, answer = mistake.outcome.case, mistake.outcome.answer
    expected = case.expected
    right = expected.exact or expected.same_ucs
    due = next((mj for mj in answer.candidates if mj in right), min(right, default=""))
    named = answer.mj or (answer.candidates[0] if answer.candidates else "")
    step = _TILE_PX + _GAP
    gaiji = case.glyph.ink if isinstance(case.glyph, Glyph) else None
    if gaiji is None:
        canvas.missing(x, y, _TILE_PX, "読めません")
    else:
        canvas.tile(x, y, fit(gaiji, _TILE_PX, margin_px=8, dots=max(gaiji.shape) <= _DOTS_PX))
    for place, mj in ((1, due), (2, named)):
        ink = face.ink(mj) if mj else None
        if ink is None:
            canvas.missing(x + place * step, y, _TILE_PX, "なし")
        else:
            canvas.tile(x + place * step, y, fit(ink, _TILE_PX, margin_px=8))
        sign = "≈ " if place == 1 and mj and not expected.exact else ""
        canvas.text(x + place * step, y + _TILE_PX + 3, sign + mj, 13, width_px=_TILE_PX)
    ink = face.ink(named) if named else None
    if gaiji is not None and ink is not None:
        canvas.tile(x + 3 * step, y, overlay(*laid_over(gaiji, ink, _TILE_PX, margin_px=8)))
    else:
        canvas.missing(x + 3 * step, y, _TILE_PX, "—")

    text = x + 4 * step + 6
    width = _TEXT_WIDTH - 12
    canvas.text(
        text,
        y - 2,
        verdict_text(answer),
        18,
        colour=VERDICT_COLOURS[answer.verdict],
        width_px=width,
        bold=True,
    )
    auto = answer.review is Review.AUTO
    sure = "" if answer.confidence is None else f"確信度 {answer.confidence:.1%}　"
    canvas.text(
        text, y + 22, sure + ("auto" if auto else "要確認"), 15, colour=_ALARM if auto else FAINT, bold=auto
    )
    canvas.text(text, y + 43, f"正解: {right_classes(expected)}", 15, width_px=width)
    detail = expected.subclass.value if expected.subclass else case.kind
    canvas.text(text, y + 64, detail, 14, width_px=width)
    canvas.text(text, y + 84, f"根拠 {' '.join(answer.evidence) or '—'}", 14, colour=FAINT, width_px=width)
    canvas.text(text, y + 104, f"{mistake.set_name}　{case.name}", 13, colour=FAINT, width_px=width)


def _legend(canvas: Canvas, x: int, y: int) -> None:
    x += canvas.text(
        x,
        y,
        "左から、外字・正解の MJ（≈ 同じ文字の別の MJ）・判定の MJ・外字と判定の重ね合わせ（",
        15,
        colour=FAINT,
    )
    for colour, text in ((GAIJI_ONLY, "外字だけ"), (CANDIDATE_ONLY, "MJ だけ"), (BOTH, "両方")):
        canvas.swatch(x, y + 3, colour)
        x += 18 + canvas.text(x + 18, y, text, 15, colour=FAINT) + 12
    canvas.text(x - 10, y, "）", 15, colour=FAINT)
