"""From a made-up picture to a Glyph through the engine's own readers, so that they are evaluated too."""

from __future__ import annotations

import cv2

from engine.errors import ReadError
from engine.glyph.box import bounding_box
from engine.glyph.images import read_image
from engine.glyph.limits import Limits
from engine.glyph.model import Glyph, GlyphKind, Ink, ReadFailure
from engine.glyph.raster import fit_ink
from engine.synth.degrade import Picture

_LIMITS = Limits()


def from_picture(picture: Picture, name: str) -> Glyph | ReadFailure:
    """Write the picture as PNG and read that.

    Parameters
    ----------
    picture : (H, W) uint8, paper = 255
    name : str
        Becomes the glyph's source.
    """
    done, encoded = cv2.imencode(".png", picture)
    if not done:
        msg = f"picture: cannot be written as PNG, got shape {picture.shape}"
        raise ValueError(msg)
    try:
        return read_image(encoded.tobytes(), name, _LIMITS)
    except ReadError as error:
        return ReadFailure(name, error.code, str(error))


def from_font(ink: Ink, name: str, kind: GlyphKind) -> Glyph | ReadFailure:
    """Hand over what a font reader draws: the tight bitmap, not cleaned.

    Parameters
    ----------
    ink : (H, W) uint8, ink = 255
        Cut to its ink here, as FreeType's bitmaps are.
    name : str
    kind : GlyphKind
        OUTLINE or DOTS.
    """
    box = bounding_box(ink)
    if box is None:
        return ReadFailure(name, "empty-glyph", "字が描かれていません。")
    return Glyph(fit_ink(box.cut(ink).copy()), name, kind=kind)
