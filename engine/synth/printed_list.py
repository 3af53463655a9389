"""A printed list of gaiji, and a scan of it: glyphs in the cells of a table on A4 paper, codes in small type.

The lists that municipalities keep are tables made by a spreadsheet or by the vendor's tool: ruled or not, a
title above, sometimes a header row and column, sometimes the code under or above each glyph.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from engine.glyph.model import Ink
from engine.synth import degrade
from engine.synth.degrade import Picture

A4_MM = (297.0, 210.0)
"""Height and width."""

_MM_PER_INCH = 25.4


class Rule(StrEnum):
    """How the lines of the table are drawn."""

    SOLID = "solid"
    DASHED = "dashed"
    DOTTED = "dotted"
    NONE = "none"


_DASHES_MM = {Rule.DASHED: (2.0, 1.2), Rule.DOTTED: (0.35, 0.55)}
"""Length of a dash, and of the gap behind it."""


class Caption(StrEnum):
    """Where the code stands in a glyph's cell."""

    NONE = "none"
    ABOVE = "above"
    BELOW = "below"


@dataclass(frozen=True, slots=True)
class ListStyle:
    """How a list is printed.

    Attributes
    ----------
    cell_mm : (float, float)
        Height and width of a cell.
    rows, cols : int
        Cells a page.
    glyph_share : float
        Side of the glyph's body (em square), as a share of the shorter side of the cell.
    caption : Caption
    caption_mm : float
        Height of the type of captions and headers.
    rule : Rule
    rule_mm : float
        Width of the lines.
    rule_ink : int
        Darkness of the lines, 255 = as dark as the glyphs.
    title : str
        Above the table; empty for none.
    headers : bool
        A header row (0, 1, 2, …) and a header column (the first code of the row).
    top_mm, left_mm : float
        Paper above (with the title) and left of the table.
    dpi : int
    """

    cell_mm: tuple[float, float] = (22.0, 22.0)
    rows: int = 10
    cols: int = 8
    glyph_share: float = 0.64
    caption: Caption = Caption.BELOW
    caption_mm: float = 2.6
    rule: Rule = Rule.SOLID
    rule_mm: float = 0.2
    rule_ink: int = 255
    title: str = "外字一覧表"
    headers: bool = False
    top_mm: float = 25.0
    left_mm: float = 14.0
    dpi: int = 300

    def px(self, mm: float) -> float:
        """Millimetres to pixels."""
        return mm * self.dpi / _MM_PER_INCH


@dataclass(frozen=True, slots=True)
class PageRange:
    """What a scanner does to a page.

    Attributes
    ----------
    degrees : float
        Counter-clockwise turn.
    blur_px, noise : float
        Standard deviations: of the blur, and of the noise in grey values.
    paper, ink : float
        Grey values of bare paper and of full ink.
    unevenness : float
        Grey values by which the light differs over the page.
    """

    degrees: float = 1.0
    blur_px: float = 0.7
    noise: float = 6.0
    paper: float = 228.0
    ink: float = 45.0
    unevenness: float = 24.0


def print_list(glyphs: Sequence[tuple[Ink | None, str]], style: ListStyle, font: Path) -> Iterator[Ink]:
    """Print a list, page by page.

    Parameters
    ----------
    glyphs : sequence of (ink, code)
        Bodies (em squares), (H, W) uint8, ink = 255, in the order of rows; None leaves a cell empty but for
        its caption.
    style : ListStyle
    font : Path
        For title, headers and captions; needs the characters of ``style.title``.

    Yields
    ------
    (H, W) uint8, ink = 255
        One A4 page at ``style.dpi``.
    """
    count = style.rows * style.cols
    for start in range(0, len(glyphs), count):
        yield _print_page(glyphs[start : start + count], style, font)


def _print_page(glyphs: Sequence[tuple[Ink | None, str]], style: ListStyle, font: Path) -> Ink:
    page = np.zeros((round(style.px(A4_MM[0])), round(style.px(A4_MM[1]))), np.uint8)
    height, width = (style.px(side) for side in style.cell_mm)
    head = style.px(8.0) if style.headers else 0.0
    top, left = style.px(style.top_mm) + head, style.px(style.left_mm) + 1.6 * head
    for number, (ink, _) in enumerate(glyphs):
        if ink is not None:
            row, col = divmod(number, style.cols)
            _paste(page, ink, top + row * height, left + col * width, style)
    ys = [top + number * height for number in range(style.rows + 1)]
    xs = [left + number * width for number in range(style.cols + 1)]
    if style.headers:
        ys, xs = [top - head, *ys], [left - 1.6 * head, *xs]
    if style.rule is not Rule.NONE:
        for y in ys:
            _rule(page, y, xs[0], xs[-1], style)
        for x in xs:
            _rule(page.T, x, ys[0], ys[-1], style)
    return _write(page, glyphs, (top, left, head), style, font)


def _write(
    page: Ink,
    glyphs: Sequence[tuple[Ink | None, str]],
    corner: tuple[float, float, float],
    style: ListStyle,
    font: Path,
) -> Ink:
    """Add everything that is type."""
    top, left, head = corner
    height, width = (style.px(side) for side in style.cell_mm)
    image = Image.fromarray(page)
    draw = ImageDraw.Draw(image)
    small = ImageFont.truetype(str(font), max(6, round(style.px(style.caption_mm))))
    large = ImageFont.truetype(str(font), max(8, round(style.px(5.0))))

    def text(x: float, y: float, words: str, face: ImageFont.FreeTypeFont = small) -> None:
        draw.text((round(x), round(y)), words, fill=255, font=face, anchor="mm")

    if style.title:
        draw.text((round(left), round(top - head - style.px(9.0))), style.title, fill=255, font=large)
    if style.caption is not Caption.NONE:
        inset = style.px(0.7 * style.caption_mm)
        for number, (_, code) in enumerate(glyphs):
            row, col = divmod(number, style.cols)
            y = top + row * height + (inset if style.caption is Caption.ABOVE else height - inset)
            text(left + (col + 0.5) * width, y, code)
    if style.headers:
        for col in range(style.cols):
            text(left + (col + 0.5) * width, top - head / 2, f"{col:X}")
        for row, (_, code) in enumerate(glyphs[:: style.cols]):
            text(left - 0.8 * head, top + (row + 0.5) * height, code)
    return np.asarray(image)


def _paste(page: Ink, ink: Ink, top: float, left: float, style: ListStyle) -> None:
    height, width = (style.px(side) for side in style.cell_mm)
    drawn = degrade.resize(ink, max(1, round(style.glyph_share * min(height, width))))
    move = {Caption.NONE: 0.0, Caption.ABOVE: 0.5, Caption.BELOW: -0.5}[style.caption]
    y = round(top + (height - drawn.shape[0]) / 2 + move * style.px(style.caption_mm))
    x = round(left + (width - drawn.shape[1]) / 2)
    place = page[y : y + drawn.shape[0], x : x + drawn.shape[1]]
    np.maximum(place, drawn[: place.shape[0], : place.shape[1]], out=place)


def _rule(page: Ink, y: float, x0: float, x1: float, style: ListStyle) -> None:
    """Draw a horizontal line into ``page`` (or, into its transpose, a vertical one), edges anti-aliased."""
    half = max(1.0, style.px(style.rule_mm)) / 2
    rows = np.arange(int(y - half), int(y + half) + 2)
    cover = np.clip(np.minimum(rows + 1, y + half) - np.maximum(rows, y - half), 0.0, 1.0)
    cols = np.arange(round(x0 - half), round(x1 + half) + 1)
    drawn = np.ones(len(cols), bool)
    if style.rule in _DASHES_MM:
        dash, gap = (style.px(mm) for mm in _DASHES_MM[style.rule])
        drawn = (cols - cols[0]) % (dash + gap) < dash
    tone = np.rint(style.rule_ink * cover[:, None] * drawn[None, :]).astype(np.uint8)
    place = page[rows[0] : rows[-1] + 1, cols[0] : cols[-1] + 1]
    np.maximum(place, tone[: place.shape[0], : place.shape[1]], out=place)


def scan_page(page: Ink, rng: np.random.Generator, scanner: PageRange) -> Picture:
    """Scan a printed page.

    Parameters
    ----------
    page : (H, W) uint8, ink = 255
    rng : numpy.random.Generator
    scanner : PageRange

    Returns
    -------
    (H', W') uint8, 255 = white
        Turned (the canvas grows), blurred, unevenly lit, noisy; not binarised.
    """
    drawn = degrade.blur(degrade.rotate(page, scanner.degrees), scanner.blur_px)
    height, width = drawn.shape
    # The light changes slowly: a coarse picture of it, enlarged, costs no memory to speak of.
    light = degrade.uneven_light((64, 48), rng, scanner.unevenness).astype(np.float32)
    grey = np.asarray(cv2.resize(light, (width, height), interpolation=cv2.INTER_LINEAR), np.float32)
    grey += np.float32(scanner.paper)
    coverage = drawn.astype(np.float32) / np.float32(255)
    grey += coverage * (np.float32(scanner.ink) - grey)
    grey += np.float32(scanner.noise) * rng.standard_normal(drawn.shape, np.float32)
    return np.clip(np.rint(grey), 0, 255).astype(np.uint8)
