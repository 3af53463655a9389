"""Pages in, cells out: rules of every kind, no rules, headers, captions, turned, dark, half empty."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from printed import DOTTED, FLAT, STYLE, bodies, scans

from engine.errors import ReadError
from engine.glyph.page.cells import cut_cells
from engine.glyph.page.grid import find_grid
from engine.glyph.page.options import CaptionSide, SheetOptions
from engine.synth.printed_list import Caption, PageRange, Rule

PLAIN = SheetOptions()


def cut(page, options=PLAIN):
    grid = find_grid(page, options)
    return grid, cut_cells(page, grid, options)


@pytest.fixture
def page(hanazono, glyphs):
    def make(style=STYLE, scanner=PageRange(), text=glyphs):  # noqa: B008
        return scans(hanazono, text, style, scanner)[0]

    return make


@pytest.mark.parametrize("degrees", [-5.0, -1.3, 0.0, 3.0])
def test_the_turn_is_found(page, degrees):
    grid, cells = cut(page(scanner=PageRange(degrees=degrees)))
    assert (grid.rows, grid.cols, grid.ruled) == (6, 6, True)
    assert grid.degrees == pytest.approx(degrees, abs=0.1)
    assert not any(cell.empty for cell in cells.cells)


def test_cells_lie_where_they_were_printed(page):
    """Nothing is turned here, so the corners are known to the pixel."""
    grid, _ = cut(page(scanner=FLAT))
    left, top, side = (STYLE.px(mm) for mm in (STYLE.left_mm, STYLE.top_mm, 20.0))
    wanted = np.array([left + 2 * side, top + 3 * side])
    assert np.abs(grid.quads[3, 2, 0] - wanted).max() <= 1.5
    assert np.abs(grid.quads[3, 2, 2] - wanted - side).max() <= 1.5


@pytest.mark.parametrize(
    "change",
    [
        {"rule": Rule.DASHED},
        {"rule": Rule.DOTTED},
        {"rule_mm": 1.0},
        {"rule_mm": 0.1, "rule_ink": 140},
        {"rule": Rule.NONE},
        {"rule": Rule.NONE, "caption": Caption.NONE},
        {"title": "", "caption": Caption.ABOVE},
        {"headers": True},
        {"headers": True, "caption": Caption.NONE, "rule": Rule.DASHED},
        {"cell_mm": (24.0, 18.0)},
    ],
    ids=str,
)
def test_every_way_of_printing(page, change):
    grid, cells = cut(page(replace(STYLE, **change)))
    assert (grid.rows, grid.cols) == (6, 6)
    assert grid.ruled == (change.get("rule") is not Rule.NONE)
    assert not any(cell.empty for cell in cells.cells)
    caption = change.get("caption", Caption.BELOW)
    low, high = cells.area
    assert (low > 0, high < 1) == (caption is Caption.ABOVE, caption is Caption.BELOW)


@pytest.mark.parametrize(
    "scanner", [PageRange(paper=120, ink=25, noise=8), PageRange(noise=14, unevenness=60), PageRange(ink=150)]
)
def test_dark_uneven_and_faint_scans(page, scanner):
    grid, cells = cut(page(scanner=scanner))
    assert (grid.rows, grid.cols) == (6, 6)
    assert not any(cell.empty for cell in cells.cells)


def test_white_on_black(page):
    grid, cells = cut(255 - page())
    assert not grid.dark_on_light
    assert np.median(cells.cells[0].picture) > 128


def test_rules_are_not_in_the_cells(page):
    """The outermost pixels of each cell are paper."""
    _, cells = cut(page(replace(STYLE, rule_mm=0.7, caption=Caption.NONE), PageRange(degrees=2.0, noise=0)))
    for cell in cells.cells:
        edges = [cell.picture[0], cell.picture[-1], cell.picture[:, 0], cell.picture[:, -1]]
        assert min(edge.min() for edge in edges) > 150


def test_captions_are_cut_off_and_empty_cells_are_empty(page, glyphs):
    """Of an empty cell with a caption, nothing is left."""
    gone = {3, 8, 35}
    text = [(None if number in gone else ink, code) for number, (ink, code) in enumerate(glyphs)]
    _, cells = cut(page(text=text))
    assert {6 * (cell.row - 1) + cell.col - 1 for cell in cells.cells if cell.empty} == gone


def test_a_half_empty_last_row(page, glyphs):
    grid, cells = cut(page(text=glyphs[:33]))
    assert grid.rows == 6
    assert [(cell.row, cell.col) for cell in cells.cells if cell.empty] == [(6, 4), (6, 5), (6, 6)]


def test_four_dots_are_no_caption(hanazono, page):
    """All glyphs of the page end in 灬: cutting it off would make them other characters."""
    style = replace(STYLE, caption=Caption.NONE, rows=4, cols=3)
    _, cells = cut(page(style, text=bodies(hanazono, DOTTED[:12])))
    assert cells.area == (0.0, 1.0)


def test_where_the_caption_is_can_be_said(page):
    scan = page()
    _, without = cut(scan, SheetOptions(caption=CaptionSide.NONE))
    assert without.area == (0.0, 1.0)
    _, said = cut(scan, SheetOptions(caption=CaptionSide.BOTTOM, caption_share=0.25))
    assert said.area == (0.0, 0.75)


def test_the_grid_that_is_asked_for(page):
    scan = page(replace(STYLE, headers=True))
    assert find_grid(scan, SheetOptions(grid=(6, 6))).rows == 6
    assert find_grid(scan, SheetOptions(grid=(7, 7))).rows == 7
    with pytest.raises(ReadError, match="6 行 6 列で、指定の 9 行 4 列と違います") as caught:
        find_grid(scan, SheetOptions(grid=(9, 4)))
    assert caught.value.code == "no-grid"


def test_a_broken_line_is_mended(page):
    """A line that a bad scan has nearly wiped out is found from the evenness of the others."""
    scan = page(replace(STYLE, caption=Caption.NONE), FLAT)
    y = round(STYLE.px(STYLE.top_mm + 3 * 20.0))
    left, right = round(STYLE.px(16.0)), round(STYLE.px(110.0))
    scan[y - 6 : y + 7, left:right] = 228
    assert find_grid(scan, PLAIN).rows == 6


def test_a_lost_last_line_is_put_in(page):
    """The verticals run on to where it was."""
    scan = page(replace(STYLE, caption=Caption.NONE), FLAT)
    y = round(STYLE.px(STYLE.top_mm + 6 * 20.0))
    scan[y - 5 : y + 6] = 228
    assert find_grid(scan, PLAIN).rows == 6


def test_strokes_that_line_up_are_no_lines(hanazono, page):
    """All glyphs have a stroke in the middle, from edge to edge of cells that are hardly larger."""
    style = replace(STYLE, cell_mm=(10.0, 10.0), glyph_share=0.86, caption=Caption.NONE, dpi=200)
    grid = find_grid(page(style, text=bodies(hanazono, "中串申甲巾市布帝帯常平半" * 3)), PLAIN)
    assert (grid.rows, grid.cols) == (6, 6)


def test_cells_of_many_sizes_are_refused(page):
    """Rows that are low here and there would be taken for headers, and their glyphs be lost."""
    scan = page(replace(STYLE, caption=Caption.NONE), FLAT)
    left, right = round(STYLE.px(14.0)), round(STYLE.px(134.0))
    for row in (1.5, 2.5):
        y = round(STYLE.px(STYLE.top_mm + row * 20.0))
        scan[y : y + 2, left:right] = 45
    with pytest.raises(ReadError, match="ふぞろい"):
        find_grid(scan, PLAIN)


def test_a_box_for_stamps_is_not_the_list(page):
    scan = page(scanner=FLAT)
    for x in range(900, 1200, 70):
        scan[30:110, x : x + 2] = 40
    for y in (30, 50, 110):
        scan[y : y + 2, 900:1180] = 40
    grid = find_grid(scan, PLAIN)
    assert (grid.rows, grid.cols) == (6, 6)


def test_graph_paper_is_refused():
    page = np.full((1800, 1800), 255, np.uint8)
    page[100:1700:16, 100:1690] = page[100:1690, 100:1700:16] = 0
    with pytest.raises(ReadError) as caught:
        find_grid(page, PLAIN)
    assert caught.value.code in ("too-many", "no-grid")


def test_two_lists_on_one_page_are_told(hanazono, glyphs):
    page = scans(hanazono, glyphs[:9], replace(STYLE, rows=3, cols=3, left_mm=10), FLAT)[0]
    other = scans(hanazono, glyphs[9:18], replace(STYLE, rows=3, cols=3, left_mm=120), FLAT)[0]
    with pytest.raises(ReadError, match="二つ以上"):
        find_grid(np.minimum(page, other), PLAIN)


@pytest.mark.parametrize("kind", ["noise", "white", "black", "text", "stripes"])
def test_a_page_without_a_list(kind, page):
    rng = np.random.default_rng(1)
    pages = {
        "noise": rng.integers(0, 256, (1200, 900)).astype(np.uint8),
        "white": np.full((1200, 900), 255, np.uint8),
        "black": np.zeros((1200, 900), np.uint8),
        "text": page(scanner=FLAT)[: round(STYLE.px(24.0))],
        "stripes": np.repeat(np.tile(np.array([255] * 50 + [0] * 3, np.uint8), 20)[:, None], 900, axis=1),
    }
    with pytest.raises(ReadError, match="--sheet-grid 10x20") as caught:
        find_grid(pages[kind], PLAIN)
    assert caught.value.code == "no-grid"
