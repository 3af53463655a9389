"""Picture files as pages: PNG, JPEG, multi-page TIFF and the like, frame by frame, as brightness.

Sizes come from the headers and are checked before a pixel is unpacked.
"""

from __future__ import annotations

import io
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

from engine.errors import ReadError
from engine.glyph.formats import PILLOW_NAMES, Format
from engine.glyph.limits import Limits

_DEEP = ("I", "F", "I;16", "I;16B", "I;16L", "I;16N")
_SMALLEST_SIDE_PX = 200
"""A page with legible glyphs has more pixels."""

Page = NDArray[np.uint8] | ReadError


def image_pages(data: bytes, kind: Format, limits: Limits, *, skip: int = 0) -> Iterator[Page]:
    """Yield the brightness of each frame, or why it cannot be read.

    Parameters
    ----------
    data : bytes
        The file's content.
    kind : Format
        One of :data:`engine.glyph.formats.IMAGES`.
    limits : Limits
        ``file_mb``, ``page_pixels`` and ``pages`` are looked at.
    skip : int
        So many pages at the beginning are passed over.

    Yields
    ------
    (H, W) uint8, 255 = white, or ReadError

    Raises
    ------
    ReadError
        ``too-large``, ``too-many``, ``unreadable-image``; before the first page.
    """
    if len(data) > limits.file_mb * 1_000_000:
        raise ReadError("too-large", f"画像ファイルが大きすぎます（上限 {limits.file_mb} MB）。")
    if kind is Format.TIFF:
        from PIL import TiffImagePlugin  # noqa: F401  (not among the formats that Pillow preloads)
    try:
        picture = Image.open(io.BytesIO(data), formats=[PILLOW_NAMES[kind]])
        count = int(getattr(picture, "n_frames", 1)) if kind is Format.TIFF else 1
    except (Image.DecompressionBombError, MemoryError) as error:
        raise too_large_page(limits) from error
    except Exception as error:  # Pillow's plugins raise almost anything on damaged files
        raise _unreadable(error) from error
    if count > limits.pages:
        raise too_many_pages(count, limits)
    for number in range(skip, count):
        yield _frame(picture, number, limits)


def too_large_page(limits: Limits) -> ReadError:
    """Return the error for a page of too many pixels."""
    return ReadError(
        "too-large",
        f"ページが大きすぎます（上限 {limits.page_pixels // 1_000_000} 百万画素）。"
        "A4 なら 600 dpi、A3 なら 400 dpi までで読み取り直してください。",
    )


def too_many_pages(count: int, limits: Limits) -> ReadError:
    """Return the error for a file of too many pages."""
    return ReadError(
        "too-many",
        f"ページが多すぎます（{count:,} ページ、上限 {limits.pages} ページ）。ファイルを分けてください。",
    )


def _frame(picture: Image.Image, number: int, limits: Limits) -> Page:
    try:
        picture.seek(number)
        width, height = picture.size
        if min(width, height) < _SMALLEST_SIDE_PX:
            return ReadError(
                "too-small",
                f"一覧としては画像が小さすぎます（{width}×{height} 画素）。"
                "200 dpi 以上で読み取り直してください。",
            )
        if width * height > limits.page_pixels:
            return too_large_page(limits)
        picture.load()
        return _brightness(picture)
    except (Image.DecompressionBombError, MemoryError):
        return too_large_page(limits)
    except Exception as error:  # as above
        return _unreadable(error)


def _brightness(picture: Image.Image) -> NDArray[np.uint8]:
    """Return (H, W) uint8, 255 = white; transparent is white, the camera's turn is undone."""
    if picture.mode in _DEEP:
        values = np.nan_to_num(np.array(picture, np.float32), nan=0.0, posinf=0.0, neginf=0.0)
        low, high = float(values.min()), float(values.max())
        scale = 255.0 / (high - low) if high > low else 0.0
        return np.asarray(np.rint((values - low) * scale), np.uint8)
    turned = ImageOps.exif_transpose(picture)
    if "A" in turned.getbands() or "transparency" in turned.info:
        whole = turned.convert("RGBA")
        white = Image.new("RGBA", whole.size, "white")
        white.alpha_composite(whole)
        turned = white
    return np.asarray(turned.convert("L"), np.uint8)


def _unreadable(error: Exception) -> ReadError:
    return ReadError(
        "unreadable-image",
        "画像として読めません。ファイルが壊れていないか、ほかのソフトで開けるか確かめてください。"
        f"（{type(error).__name__}）",
    )
