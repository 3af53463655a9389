"""The counter sheet on one page of A4."""

from __future__ import annotations

from datetime import date
from typing import BinaryIO

import numpy as np

from engine.report.counter import NOTES, CounterSheet
from engine.report.paper import FAINT, HEAD, HEIGHT, MARGIN, MM, WIDTH, Labels, Paper
from engine.report.tiles import is_dotted, large_tile, tile
from engine.sheet.face import ReferenceFace
from engine.sheet.overlay import BOTH, CANDIDATE_ONLY, GAIJI_ONLY, laid_over, overlay

TITLE = "文字の確認"

_BOX = 78 * MM
_GLYPH = 66 * MM
_TILE_PX = 900
_OVERLAY = 38 * MM
_OVERLAY_PX = 420
_LINE = 5.8 * MM
_CHOICES = ("□ 右の字でよい", "□ 今の字のままがよい", "□ 決める前に相談したい")
_NARROW = WIDTH - 2 * MARGIN - _OVERLAY - 6 * MM


def write_counter_sheet(
    sheet: CounterSheet,
    stream: BinaryIO,
    face: ReferenceFace,
    *,
    day: date,
    title: str = TITLE,
    municipality: str = "",
) -> None:
    """Write one sheet as PDF.

    Parameters
    ----------
    sheet : CounterSheet
    stream : BinaryIO
        Stays open.
    face : ReferenceFace
    day : date
        At the foot of the page.
    title, municipality : str

    Raises
    ------
    ReferenceSetError
        The font cannot be embedded.
    """
    labels = Labels(face)
    paper = Paper(stream, labels, face, title=title, pages=1, day=day)
    y = HEIGHT - MARGIN - 8 * MM
    paper.text(MARGIN, y, title, 20, bold=True)
    paper.text(WIDTH - MARGIN, y, municipality, 12, align="right", width=90 * MM)
    y = _pair(paper, sheet, y - 8 * MM)
    y = _facts(paper, sheet, labels, y - 8 * MM)
    _changes(paper, sheet, labels, face, y - 6 * MM)
    _confirmation(paper, labels)
    paper.next_page()
    paper.finish()


def _pair(paper: Paper, sheet: CounterSheet, top: float) -> float:
    """Draw both glyphs large, side by side; return where they end."""
    right = WIDTH - MARGIN - _BOX
    y = top - 7 * MM - _BOX
    for x, label in ((MARGIN, "今の字"), (right, "文字情報基盤（MJ）の字")):
        paper.box(x, y + _BOX, _BOX, 7 * MM, fill=HEAD)
        paper.box(x, y, _BOX, _BOX)
        paper.text(x + _BOX / 2, y + _BOX + 2 * MM, label, 11, align="centre", bold=True)
    inset = (_BOX - _GLYPH) / 2
    glyph = sheet.glyph
    picture = large_tile(glyph.ink, _TILE_PX, margin_px=0, dots=is_dotted(glyph))
    paper.picture(picture, MARGIN + inset, y + inset, _GLYPH)
    if not paper.glyph(sheet.record.mj, right + inset, y + inset, _GLYPH):
        paper.text(right + _BOX / 2, y + _BOX / 2, "図形なし", 12, align="centre", colour=FAINT)
    paper.text(WIDTH / 2, y + _BOX / 2 - 4, "→", 20, align="centre", colour=FAINT)
    return y


def _facts(paper: Paper, sheet: CounterSheet, labels: Labels, y: float) -> float:
    right = WIDTH - MARGIN - _BOX
    lowest = y
    for x, facts in ((MARGIN, sheet.gaiji_facts), (right, sheet.facts)):
        at = y
        for label, value in facts:
            paper.text(x, at, label, 9, colour=FAINT)
            room = _BOX - 40 * MM
            for line in labels.lines(value, 10, room)[:2]:
                paper.text(x + 40 * MM, at, line, 10)
                at -= _LINE
        lowest = min(lowest, at)
    return lowest


def _changes(paper: Paper, sheet: CounterSheet, labels: Labels, face: ReferenceFace, y: float) -> None:
    paper.text(MARGIN, y, "置き換えると変わるところ", 12, bold=True)
    at = y
    for text in sheet.changes:
        for line in labels.lines(f"・{text}", 10.5, _NARROW):
            at -= 5.8 * MM
            paper.text(MARGIN, at, line, 10.5)
    ink = face.ink(sheet.record.mj)
    if ink is None:
        return
    x, bottom = WIDTH - MARGIN - _OVERLAY, y + 3 * MM - _OVERLAY
    gaiji = tile(sheet.glyph.ink, _OVERLAY_PX, margin_px=0, dots=is_dotted(sheet.glyph))
    both = overlay(*laid_over(gaiji, ink, _OVERLAY_PX, margin_px=16))
    paper.box(x, bottom, _OVERLAY, _OVERLAY)
    paper.colours(np.asarray(both, np.uint8), x, bottom, _OVERLAY)
    words = (("今の字だけ", GAIJI_ONLY), ("MJ だけ", CANDIDATE_ONLY), ("両方", BOTH))
    for text, colour in words:
        bottom -= 4.2 * MM
        paper.box(x, bottom, 3 * MM, 3 * MM, fill=colour, line=False)
        paper.text(x + 4.5 * MM, bottom + 0.4 * MM, text, 8, colour=FAINT)


def _confirmation(paper: Paper, labels: Labels) -> None:
    """Draw the notes and the place to mark, at the foot of the page."""
    y = MARGIN + 46 * MM
    for text in NOTES:
        for line in labels.lines(f"・{text}", 9, WIDTH - 2 * MARGIN):
            paper.text(MARGIN, y, line, 9)
            y -= 4.8 * MM
    height = 22 * MM
    bottom = MARGIN + 4 * MM
    paper.box(MARGIN, bottom, WIDTH - 2 * MARGIN, height)
    for number, text in enumerate(_CHOICES):
        paper.text(MARGIN + 6 * MM + number * 60 * MM, bottom + height - 8 * MM, text, 11)
    paper.text(MARGIN + 6 * MM, bottom + 4.5 * MM, "確認した日　　　　年　　　月　　　日", 10)
    paper.text(WIDTH / 2 + 20 * MM, bottom + 4.5 * MM, "受付番号", 10)
