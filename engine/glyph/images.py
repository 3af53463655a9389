"""One picture of one glyph: PNG, BMP, PBM/PGM/PPM, GIF, TIFF, JPEG → brightness → cleaned ink.

Pillow decodes; this file decides whether it may. Dimensions come from the header and are checked before any
pixel is unpacked. Of several frames the first is read.
"""

from __future__ import annotations

import io
import struct

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from engine.errors import ReadError
from engine.glyph.clean import clean, shrink
from engine.glyph.formats import IMAGES, PILLOW_NAMES, Format, sniff, unsupported_message
from engine.glyph.limits import Limits
from engine.glyph.model import Glyph, GlyphKind

_WORKING_SIDE_PX = 1024
"""Larger pictures are reduced to this before they are cleaned: a 2000 px scan has no finer detail to lose."""

_FLAT = 24
"""Brightness range (of 255) under which a picture shows nothing."""

_SENSIBLE = 1e30
"""Floating-point pixels beyond this would overflow when they are scaled."""

_UNREADABLE = "画像として読めません。ファイルが壊れていないか、ほかのソフトで開けるか確かめてください。"


def read_image(data: bytes, source: str, limits: Limits) -> Glyph:
    """Decode and clean one picture.

    Parameters
    ----------
    data : bytes
        The file's content.
    source : str
        For :attr:`Glyph.source`.
    limits : Limits
        Ceilings on bytes and pixels.

    Raises
    ------
    ReadError
        ``unsupported-format``, ``unreadable-image``, ``too-large``, ``too-small``, ``empty-glyph``.
    """
    kind = sniff(data[:512], source)
    if kind not in IMAGES:
        if not data:
            raise ReadError("unreadable-image", "ファイルが空です（0 バイト）。")
        raise ReadError("unsupported-format", unsupported_message(kind))
    if len(data) > limits.image_mb * 1_000_000:
        raise ReadError("too-large", f"画像ファイルが大きすぎます（上限 {limits.image_mb} MB）。")
    if kind is Format.PNG:
        _check_size(*_png_size(data), limits)  # before Pillow sees it: ancillary chunks may be bombs as well
    return Glyph(clean(_decode(data, kind, limits)), source, kind=GlyphKind.IMAGE)


def _png_size(data: bytes) -> tuple[int, int]:
    if len(data) < 24 or data[12:16] != b"IHDR":
        raise ReadError("unreadable-image", _UNREADABLE)
    width, height = struct.unpack(">II", data[16:24])
    return width, height


def _check_size(width: int, height: int, limits: Limits) -> None:
    if width < 2 or height < 2:
        raise ReadError("too-small", f"画像が小さすぎます（{width}×{height} 画素）。")
    if max(width, height) > limits.image_side_px or width * height > limits.image_pixels:
        raise ReadError(
            "too-large",
            f"画像が大きすぎます（{width}×{height} 画素）。"
            "1 文字だけを切り出した 2000×2000 画素程度までの画像にしてください。",
        )


def _decode(data: bytes, kind: Format, limits: Limits) -> NDArray[np.uint8]:
    if kind is Format.TIFF:
        from PIL import TiffImagePlugin  # noqa: F401  (not among the formats that Pillow preloads)
    try:
        picture = Image.open(io.BytesIO(data), formats=[PILLOW_NAMES[kind]])
        _check_size(*picture.size, limits)
        if kind is Format.JPEG:
            picture.draft("L", (_WORKING_SIDE_PX, _WORKING_SIDE_PX))
        picture.load()
        return _brightness(picture)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning, MemoryError) as error:
        raise ReadError(
            "too-large", "画像が大きすぎます。1 文字だけを切り出した画像にしてください。"
        ) from error
    except ReadError:
        raise
    except Exception as error:  # Pillow's plugins raise almost anything on damaged files
        raise ReadError("unreadable-image", f"{_UNREADABLE}（{type(error).__name__}）") from error


def _brightness(picture: Image.Image) -> NDArray[np.uint8]:
    """Return (H, W) uint8, 0 = black, 255 = white, transparency laid over white.

    A picture that is flat over white but not in its alpha channel (a white glyph on nothing) is read from the
    alpha channel; a coloured one that is flat in brightness, from the channel that shows most.
    """
    if picture.mode in ("I", "F", "I;16", "I;16B", "I;16L", "I;16N"):
        return _deep_brightness(picture)
    if "A" in picture.getbands() or "a" in picture.getbands() or "transparency" in picture.info:
        pixels = _small(np.asarray(picture.convert("RGBA")))
        alpha = pixels[:, :, 3].astype(np.float32) / 255.0
        colours = pixels[:, :, :3] * alpha[:, :, None] + 255.0 * (1.0 - alpha[:, :, None])
        value = _grey(np.rint(colours).astype(np.uint8))
        if _spread(value) < _FLAT <= _spread(pixels[:, :, 3]):
            return np.asarray(255 - pixels[:, :, 3], np.uint8)
        return value
    if picture.mode in ("1", "L"):
        return _small(np.asarray(picture.convert("L")))
    return _grey(_small(np.asarray(picture.convert("RGB"))))


def _deep_brightness(picture: Image.Image) -> NDArray[np.uint8]:
    """16 and 32 bit a pixel: the range that is used becomes 0–255."""
    values = np.array(picture, np.float32)
    np.nan_to_num(values, copy=False, nan=0.0, posinf=0.0, neginf=0.0)
    np.clip(values, -_SENSIBLE, _SENSIBLE, out=values)
    low, high = float(values.min()), float(values.max())
    if high <= low:
        return np.full((2, 2), 255, np.uint8)
    values -= low
    values *= 255.0 / (high - low)
    return _small(np.rint(values, out=values).astype(np.uint8))


def _small(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    return shrink(pixels, _WORKING_SIDE_PX)


def _grey(colours: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """(H, W, 3) RGB → (H, W): luma, or the channel with the most contrast where luma has hardly any."""
    luma = np.rint(colours @ np.array([0.299, 0.587, 0.114], np.float32)).astype(np.uint8)
    spreads = [_spread(colours[:, :, channel]) for channel in range(3)]
    best = int(np.argmax(spreads))
    if spreads[best] > 2 * _spread(luma):
        return np.ascontiguousarray(colours[:, :, best])
    return luma


def _spread(values: NDArray[np.uint8]) -> int:
    return int(values.max()) - int(values.min())
