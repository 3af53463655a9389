"""PDF pages → brightness, through PDFium.

Nothing in a PDF is run: form and script support are not started, links are not followed, attachments are not
opened. What is left is a drawing, made within limits of pages, pixels and (by the worker's parent) time.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from engine.errors import ReadError
from engine.glyph.limits import Limits
from engine.glyph.page.images import Page, too_large_page, too_many_pages

DPI = 400.0
"""Resolution at which a page is drawn; large pages get less."""

_LEAST_DPI = 100.0
_POINTS_PER_INCH = 72.0
_UNREADABLE = "PDF として読めません。ファイルが壊れていないか、ほかのソフトで開けるか確かめてください。"


def pdf_pages(data: bytes, limits: Limits, *, skip: int = 0) -> Iterator[Page]:
    """Yield the brightness of each page, or why it cannot be drawn.

    Parameters
    ----------
    data : bytes
        The file's content.
    limits : Limits
        ``page_pixels`` and ``pages`` are looked at.
    skip : int
        So many pages at the beginning are passed over.

    Yields
    ------
    (H, W) uint8, 255 = white, or ReadError

    Raises
    ------
    ReadError
        ``encrypted``, ``unreadable-pdf``, ``too-many``; before the first page.
    """
    import pypdfium2

    try:
        document = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        if getattr(error, "err_code", None) == pypdfium2.raw.FPDF_ERR_PASSWORD:
            raise ReadError(
                "encrypted",
                "パスワード付きの PDF です。パスワードを外して保存し直したものを指定してください。",
            ) from error
        raise ReadError("unreadable-pdf", _UNREADABLE) from error
    try:
        count = len(document)
        if count == 0:
            raise ReadError("unreadable-pdf", "PDF にページがありません。")
        if count > limits.pages:
            raise too_many_pages(count, limits)
        for number in range(skip, count):
            yield _drawn(document, number, limits)
    finally:
        document.close()


def _drawn(document: object, number: int, limits: Limits) -> Page:
    import pypdfium2

    try:
        page = document[number]  # type: ignore[index]
        try:
            width, height = (side / _POINTS_PER_INCH for side in page.get_size())
            if not (0.0 < width < 1000.0 and 0.0 < height < 1000.0):
                return too_large_page(limits)
            dpi = min(DPI, float(np.sqrt(0.98 * limits.page_pixels / (width * height))))
            if dpi < _LEAST_DPI:
                return too_large_page(limits)
            bitmap = page.render(scale=dpi / _POINTS_PER_INCH, grayscale=True, may_draw_forms=False)
            try:
                return np.array(bitmap.to_numpy(), np.uint8).reshape(bitmap.height, bitmap.width)
            finally:
                bitmap.close()
        finally:
            page.close()
    except (pypdfium2.PdfiumError, ValueError):
        return ReadError("unreadable-pdf", f"PDF の {number + 1} ページ目を描けません。{_UNREADABLE}")
