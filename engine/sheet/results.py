"""Pages of results: a line for each gaiji with its best MJ glyph, the overlay of both, and the verdict."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from PIL import Image

from engine.glyph.model import Glyph
from engine.result import Identification, Review
from engine.sheet.canvas import FAINT, Canvas
from engine.sheet.face import ReferenceFace
from engine.sheet.overlay import BOTH, CANDIDATE_ONLY, GAIJI_ONLY, fit, laid_over, overlay
from engine.sheet.verdict import VERDICT_COLOURS, verdict_text

ROWS_PER_PAGE = 12
"""Lines in each of a page's two columns."""

_COLUMNS = 2
_TILE_PX, _GAP, _MARGIN = 96, 8, 28
_LINE_HEIGHT = _TILE_PX + 16
_TEXT_WIDTH = 300
_CELL_WIDTH = 3 * (_TILE_PX + _GAP) + _TEXT_WIDTH
_HEADER = 92
_DOTS_PX = 64


def results_sheets(
    rows: Iterable[Identification],
    glyphs: Iterable[Glyph | None],
    face: ReferenceFace,
    *,
    title: str = "同定結果",
    rows_per_page: int = ROWS_PER_PAGE,
) -> Iterator[Image.Image]:
    """Draw results as pages, as they come.

    Parameters
    ----------
    rows : iterable of Identification
        The rows.
    glyphs : iterable of Glyph or None
        The gaiji of each row; None where it could not be read.
    face : ReferenceFace
        Draws the MJ glyphs and the labels.
    title : str
        Head of each page.
    rows_per_page : int
        Lines in each of the two columns.

    Yields
    ------
    Image, mode RGB.

    Raises
    ------
    ValueError
        ``rows`` and ``glyphs`` differ in length.
    """
    page: list[tuple[Identification, Glyph | None]] = []
    number = 0
    for pair in zip(rows, glyphs, strict=True):
        page.append(pair)
        if len(page) == _COLUMNS * rows_per_page:
            number += 1
            yield _page(page, face, title, number)
            page = []
    if page:
        yield _page(page, face, title, number + 1)


def results_sheet(
    rows: Sequence[Identification],
    glyphs: Sequence[Glyph | None],
    face: ReferenceFace,
    *,
    title: str = "同定結果",
    limit: int = 24,
) -> Image.Image:
    """Draw the first ``limit`` results on one page.

    Parameters
    ----------
    rows, glyphs, face, title
        As in :func:`results_sheets`.
    limit : int
        Results shown; where there are more, the title says so.

    Returns
    -------
    Image, mode RGB.
    """
    shown = list(zip(rows, glyphs, strict=True))[:limit]
    if len(rows) > limit:
        title = f"{title}（{len(rows)} 件のうち {limit} 件）"
    return _page(shown, face, title, 1)


def _page(
    pairs: Sequence[tuple[Identification, Glyph | None]], face: ReferenceFace, title: str, number: int
) -> Image.Image:
    columns = min(_COLUMNS, max(len(pairs), 1))
    lines = -(-max(len(pairs), 1) // columns)
    width = 2 * _MARGIN + columns * _CELL_WIDTH + (columns - 1) * _MARGIN
    canvas = Canvas(width, _HEADER + lines * _LINE_HEIGHT + _MARGIN, face)
    canvas.text(_MARGIN, 22, title, 26, width_px=width - 2 * _MARGIN - 60, bold=True)
    if number > 1:
        canvas.text(width - _MARGIN - 60, 30, f"{number} 枚目", 16, colour=FAINT)
    _legend(canvas, _MARGIN, 62)
    for index, (result, glyph) in enumerate(pairs):
        x = _MARGIN + index // lines * (_CELL_WIDTH + _MARGIN)
        y = _HEADER + index % lines * _LINE_HEIGHT
        canvas.rule(y - 6, x, _CELL_WIDTH)
        _draw_result(canvas, face, result, glyph, x=x, y=y + 2)
    return canvas.image


def _draw_result(
    canvas: Canvas, face: ReferenceFace, result: Identification, glyph: Glyph | None, *, x: int, y: int
) -> None:
    step = _TILE_PX + _GAP
    best = result.mj or (result.candidates[0] if result.candidates else "")
    ink = face.ink(best) if best else None
    if glyph is None:
        canvas.missing(x, y, _TILE_PX, "読めません")
    else:
        canvas.tile(x, y, fit(glyph.ink, _TILE_PX, margin_px=8, dots=max(glyph.ink.shape) <= _DOTS_PX))
    if ink is None:
        canvas.missing(x + step, y, _TILE_PX, "候補なし")
    else:
        canvas.tile(x + step, y, fit(ink, _TILE_PX, margin_px=8))
    if glyph is not None and ink is not None:
        canvas.tile(x + 2 * step, y, overlay(*laid_over(glyph.ink, ink, _TILE_PX, margin_px=8)))
    else:
        canvas.missing(x + 2 * step, y, _TILE_PX, "—")

    text = x + 3 * step + 6
    width = _TEXT_WIDTH - 12
    canvas.text(
        text, y, verdict_text(result), 19, colour=VERDICT_COLOURS[result.verdict], width_px=width, bold=True
    )
    code = f"U+{ord(result.ucs[0]):04X}" if result.ucs else ""
    name = result.mj or (f"最も近い字形 {best}" if best else "")
    canvas.text(text, y + 28, "  ".join(part for part in (name, code) if part), 17, width_px=width)
    review = "要確認" if result.review is Review.REQUIRED else "確認不要"
    sure = "" if result.confidence is None else f"　確信度 {result.confidence:.1%}"
    canvas.text(text, y + 52, review + sure, 15, colour=FAINT)
    source = " ".join(part for part in (result.gaiji_code, result.source) if part)
    canvas.text(text, y + 74, source, 15, colour=FAINT, width_px=width)


def _legend(canvas: Canvas, x: int, y: int) -> None:
    x += canvas.text(x, y - 3, "外字・MJ・重ね合わせ（", 15, colour=FAINT)
    for colour, text in ((GAIJI_ONLY, "外字だけ"), (CANDIDATE_ONLY, "MJ だけ"), (BOTH, "両方")):
        canvas.swatch(x, y, colour)
        x += 18 + canvas.text(x + 18, y - 3, text, 15, colour=FAINT) + 12
    canvas.text(x - 10, y - 3, "）", 15, colour=FAINT)
