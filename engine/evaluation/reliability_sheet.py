"""The reliability curves as a picture: confidence against the share of right answers, group by group."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from PIL import Image, ImageDraw

from engine.evaluation.groups import Group
from engine.evaluation.metrics import Proportion, SetMetrics
from engine.evaluation.reliability import Bin
from engine.sheet.canvas import FAINT, LINE, Canvas
from engine.sheet.face import ReferenceFace
from engine.sheet.overlay import Colour

_PLOT_PX = 240
_LEFT, _TOP, _GAP, _MARGIN = 52, 52, 40, 28
_CELL_WIDTH, _CELL_HEIGHT = _LEFT + _PLOT_PX + _GAP, _TOP + _PLOT_PX + 58
_COLUMNS = 4
_HEADER = 92
_POINT: Colour = (15, 94, 129)
_MOST_RADIUS_PX = 13.0
_LEAST_RADIUS_PX = 2.0
_TITLES = {group.value: group.japanese for group in Group}


def reliability_sheet(parts: Sequence[SetMetrics], face: ReferenceFace) -> Image.Image:
    """Draw one square plot for each set of figures.

    Parameters
    ----------
    parts : sequence of SetMetrics
        Groups and the total; a part without any confidence is left out.
    face : ReferenceFace
        The labels' font.

    Returns
    -------
    Image, mode RGB

    Notes
    -----
    A point is a bin: across, its mean confidence; upwards, the share of right answers with the 95 % interval;
    its area goes with the number of answers. On the diagonal the confidence says the truth, below it boasts.
    """
    shown = [part for part in parts if math.isfinite(part.confidence)]
    columns = min(_COLUMNS, max(len(shown), 2))
    lines = -(-max(len(shown), 1) // columns)
    width = 2 * _MARGIN + columns * _CELL_WIDTH - _GAP
    canvas = Canvas(width, _HEADER + lines * _CELL_HEIGHT, face)
    canvas.text(_MARGIN, 20, "確信度と、正しかった割合", 26, bold=True)
    explained = "点は確信度の区間（大きさは件数、縦線は 95 % 信頼区間）。対角線より下は、確信度が高すぎる。"
    canvas.text(_MARGIN, 58, explained, 15, colour=FAINT, width_px=width - 2 * _MARGIN)
    for number, part in enumerate(shown):
        x = _MARGIN + number % columns * _CELL_WIDTH
        y = _HEADER + number // columns * _CELL_HEIGHT
        _plot(canvas, part, x=x, y=y)
    return canvas.image


def _plot(canvas: Canvas, part: SetMetrics, *, x: int, y: int) -> None:
    pen = ImageDraw.Draw(canvas.image)
    left, top = x + _LEFT, y + _TOP
    right, bottom = left + _PLOT_PX, top + _PLOT_PX

    def across(share: float) -> float:
        return left + share * _PLOT_PX

    def upwards(share: float) -> float:
        return bottom - share * _PLOT_PX

    title = _TITLES.get(part.name, "すべて" if part.name == "all" else part.name)
    canvas.text(x, y, title, 18, bold=True, width_px=_CELL_WIDTH - _GAP)
    answers = sum(each.n for each in part.reliability)
    canvas.text(x, y + 25, f"{answers:,} 件　誤差 {part.calibration_error:.3f}", 14, colour=FAINT)
    for share in (0.0, 0.25, 0.5, 0.75, 1.0):
        pen.line((across(share), top, across(share), bottom), fill=LINE)
        pen.line((left, upwards(share), right, upwards(share)), fill=LINE)
        label = f"{share:.0%}"
        canvas.text(left - 8 - 7 * len(label), round(upwards(share)) - 8, label, 13, colour=FAINT)
        canvas.text(round(across(share)) - 4 * len(label), bottom + 6, label, 13, colour=FAINT)
    canvas.text(left + _PLOT_PX // 2 - 20, bottom + 24, "確信度", 13, colour=FAINT)
    pen.line((left, bottom, right, top), fill=FAINT)
    for each in part.reliability:
        if each.n:
            _point(pen, each, answers, across(each.confidence), upwards)


def _point(
    pen: ImageDraw.ImageDraw, each: Bin, answers: int, x: float, upwards: Callable[[float], float]
) -> None:
    low, high = Proportion(each.right, each.n).interval()
    pen.line((x, upwards(low), x, upwards(high)), fill=_POINT)
    radius = max(_LEAST_RADIUS_PX, _MOST_RADIUS_PX * math.sqrt(each.n / answers))
    y = upwards(each.share_right)
    pen.ellipse((x - radius, y - radius, x + radius, y + radius), outline=_POINT, width=2, fill=_POINT)
