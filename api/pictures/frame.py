"""How a glyph stands in its picture, and the picture as a file."""

from __future__ import annotations

import io
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from api.errors import InvalidError
from engine.describe.normalise import MARGIN_PX, SIDE_PX, ink_box, longer_side, normalise
from engine.glyph.model import Glyph, GlyphKind, Ink
from engine.report.tiles import is_dotted, large_tile, png, tile
from engine.sheet.explain import enlarged
from engine.sheet.overlay import overlay

SIZES = (32, 48, 64, 80, 96, 128, 160, 192, 256, 288, 320, 384, 512)
"""Sides of pictures that are served, in pixels: few, so that they are found in a cache again."""

_PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"


class Frame(StrEnum):
    """How a glyph stands in its picture."""

    TILE = "tile"
    """As it is, centred with a margin."""
    NORMAL = "normal"
    """As the comparison sees it: brought to one size, part of the aspect ratio kept. Two pictures in this
    frame can be laid over each other, and the places of an explanation refer to it."""


def checked_size(size: int) -> int:
    """Return ``size``.

    Raises
    ------
    InvalidError
        It is none of :data:`SIZES`.
    """
    if size not in SIZES:
        raise InvalidError(
            f"画像の大きさは {'・'.join(map(str, SIZES))} のどれかにしてください。", {"sizes": list(SIZES)}
        )
    return size


def ink_of(stored: bytes) -> Ink:
    """Return the ink of a grey PNG in which 255 is ink, as :class:`api.store.models.Shape` keeps it.

    Raises
    ------
    ValueError
        It is no such PNG.
    """
    if not stored.startswith(_PNG_SIGNATURE):
        msg = "stored picture: not a PNG"
        raise ValueError(msg)
    with Image.open(io.BytesIO(stored)) as image:
        return np.array(image.convert("L"), np.uint8)


def glyph_of(stored: bytes, ink_kind: str) -> Glyph:
    """Return a stored shape as a glyph, for the engine.

    Where it came from is left out: many gaiji may share it.
    """
    return Glyph(ink_of(stored), source="", kind=GlyphKind(ink_kind))


def framed(glyph: Glyph, size_px: int, frame: Frame) -> Ink:
    """Draw a glyph in a frame, the dots of a dot glyph square and sharp.

    Returns
    -------
    (size_px, size_px) uint8, ink = 255.
    """
    dots = is_dotted(glyph)
    if frame is Frame.TILE:
        return large_tile(glyph.ink, size_px, margin_px=max(2, size_px // 20), dots=dots)
    return normal_square(glyph.ink, size_px, dots=dots)


def normal_square(ink: Ink, size_px: int, *, dots: bool = False) -> Ink:
    """Draw ink as the comparison normalises it, larger than it does.

    Parameters
    ----------
    ink : (H, W) uint8, ink = 255
    size_px : int
    dots : bool
        Whether the pixels are dots, which stay square.

    Returns
    -------
    (size_px, size_px) uint8, ink = 255.
    """
    if dots:
        longest = longer_side(ink_box(ink))
        times = max(1, -(-2 * size_px // longest))  # reduced again by area: even dots, whatever the factor
        return normalise(ink.repeat(times, axis=0).repeat(times, axis=1), size_px, _margin(size_px))
    own = max(SIDE_PX, min(longer_side(ink_box(ink)), size_px))
    square = normalise(ink, own, _margin(own))
    return square if own == size_px else enlarged(square, size_px)


def thumbnail(ink: Ink, size_px: int) -> Ink:
    """Draw ink that is larger than its picture, as a tile."""
    return tile(ink, size_px, margin_px=max(2, size_px // 20))


def red_and_blue(gaiji: Ink, candidate: Ink) -> bytes:
    """Return both on top of each other as a PNG: what only one of them has is in colour."""
    return colour_png(overlay(gaiji, candidate))


def black_on_white(picture: Ink) -> bytes:
    """Return a picture, ink = 255, as a small PNG, black on white."""
    return png(picture)


def ink_of_page(stored: bytes) -> Ink:
    """Undo :func:`black_on_white`, to within its shades of grey."""
    with Image.open(io.BytesIO(stored)) as image:
        return np.asarray(255 - np.array(image.convert("L"), np.uint8), np.uint8)


def colour_png(picture: NDArray[np.uint8]) -> bytes:
    """Return (H, W, 3) uint8 RGB as a PNG."""
    stream = io.BytesIO()
    image = Image.fromarray(picture).quantize(64, dither=Image.Dither.NONE)
    image.save(stream, format="PNG", compress_level=6)
    return stream.getvalue()


def _margin(side_px: int) -> int:
    return round(side_px * MARGIN_PX / SIDE_PX)
