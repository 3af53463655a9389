"""A file of printed lists → a stream of glyphs; runs in the worker that may die."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np

from engine.errors import ReadError
from engine.glyph.clean import clean
from engine.glyph.formats import HEAD_BYTES, Format, sniff
from engine.glyph.limits import Limits
from engine.glyph.model import Glyph, GlyphKind, ReadFailure
from engine.glyph.page.cells import Cell, CutPage, cell_source, cut_cells
from engine.glyph.page.codes import Coder
from engine.glyph.page.grid import Grid, find_grid
from engine.glyph.page.images import Page, image_pages
from engine.glyph.page.options import SheetOptions
from engine.glyph.progress import Progress

_ALIVE_SECONDS = 0.5
"""How often a page whose cells are being cleaned shows that it makes progress."""


def read_sheet(
    data: bytes, source: str, limits: Limits, options: SheetOptions, progress: Progress
) -> Iterator[Glyph | ReadFailure]:
    """Read the cells of every page.

    Parameters
    ----------
    data : bytes
        A picture or a PDF.
    source : str
        Cells are called ``source#p1r3c5``.
    limits : Limits
    options : SheetOptions
    progress : Progress
        One step a page.

    Yields
    ------
    Glyph or ReadFailure
        Empty cells give nothing, unless a code says that there is a glyph. A page without a grid is a failure
        called ``source#p1``.

    Raises
    ------
    ReadError
        As :func:`engine.glyph.page.pdf.pdf_pages` and :func:`engine.glyph.page.images.image_pages`.
    """
    coder = Coder(source, options)
    number = 1
    while not progress.begin(f"{source}#p{number}"):  # an earlier attempt has read this page, or died of it
        coder.skip_page(number)
        number += 1
    progress.risk()
    for page in _pages(data, source, limits, skip=number - 1):
        yield from _read_page(page, number, coder, options, progress)
        number += 1
        progress.begin(f"{source}#p{number}")
        progress.risk()
    yield from coder.complaints()


def _pages(data: bytes, source: str, limits: Limits, *, skip: int) -> Iterator[Page]:
    kind = sniff(data[:HEAD_BYTES], source)
    if kind is Format.PDF:
        from engine.glyph.page.pdf import pdf_pages

        return pdf_pages(data, limits, skip=skip)
    return image_pages(data, kind, limits, skip=skip)


def _read_page(
    page: Page, number: int, coder: Coder, options: SheetOptions, progress: Progress
) -> Iterator[Glyph | ReadFailure]:
    name = f"{coder.source}#p{number}"
    try:
        if isinstance(page, ReadError):
            raise page
        progress.risk()
        grid = find_grid(page, options)
    except ReadError as error:
        coder.lose_page()
        _record(options, number, page, None, CutPage((), (0.0, 1.0)), {})
        yield ReadFailure(name, error.code, str(error))
        return
    codes = coder.page(number, grid.rows, grid.cols)
    progress.risk()
    cut = cut_cells(page, grid, options)
    _record(options, number, page, grid, cut, codes)
    if all(cell.empty for cell in cut.cells):
        yield ReadFailure(name, "empty-glyph", "マス目はありますが、字が一つも描かれていません。")
    told = time.monotonic()
    for cell in cut.cells:
        if time.monotonic() - told > _ALIVE_SECONDS:
            progress.risk()
            told = time.monotonic()
        place = cell_source(coder.source, number, cell.row, cell.col)
        code = codes.get((cell.row, cell.col), "")
        if not cell.empty and not code:
            coder.note_uncoded(place)
        item = _glyph(cell, place, code, must_be=bool(code) and coder.knows_glyphs)
        if item is not None:
            yield item


def _glyph(cell: Cell, name: str, code: str, *, must_be: bool) -> Glyph | ReadFailure | None:
    """Clean one cell; None where it is empty and nobody said otherwise."""
    if cell.empty:
        if not must_be:
            return None
        text = (
            "コードの表にあるマスですが、字がありません。空きのコードか、表がずれていないか確かめてください。"
        )
        return ReadFailure(name, "empty-glyph", text, code)
    try:
        return Glyph(clean(cell.picture), name, code, GlyphKind.IMAGE)
    except ReadError as error:
        return ReadFailure(name, error.code, str(error), code)


def _record(
    options: SheetOptions,
    number: int,
    page: Page,
    grid: Grid | None,
    cut: CutPage,
    codes: Mapping[tuple[int, int], str],
) -> None:
    """Leave a picture of the page and its counts where ``gaiji cut`` asked for them."""
    if not options.overview or isinstance(page, ReadError):
        return
    import cv2

    from engine.glyph.page.overview import draw_overview

    picture = draw_overview(page, grid, cut, codes)
    done, encoded = cv2.imencode(".png", cv2.cvtColor(picture, cv2.COLOR_RGB2BGR))
    folder = Path(options.overview)
    if done:
        (folder / f"p{number}.png").write_bytes(np.asarray(encoded).tobytes())
    counts = {
        "page": number,
        "rows": grid.rows if grid else 0,
        "cols": grid.cols if grid else 0,
        "glyphs": sum(not cell.empty for cell in cut.cells),
        "empty": sum(cell.empty for cell in cut.cells),
        "ruled": bool(grid and grid.ruled),
        "degrees": round(grid.degrees, 2) if grid else 0.0,
        "caption": bool(cut.area != (0.0, 1.0)),
    }
    (folder / f"p{number}.json").write_text(json.dumps(counts), encoding="utf-8")
