"""One drawing of a shape as a municipality would hand it in: dots of a certain size, or a scan.

Two drawings of one shape differ as those of two vendors do who copied one glyph: a little in weight,
proportions and slant, and therefore in many dots, but never in what the glyph is.
"""

from __future__ import annotations

import cv2
import numpy as np

from engine.glyph.model import Ink
from engine.synth import degrade
from engine.synth.survey import SCAN

DRAWN_PX = 144
"""Longer side of a shape before it is drawn: more than twice the dots of the largest pattern."""

_WEIGHT_EM = (-0.004, 0.012)
_ASPECT = (0.93, 1.07)
_SHEAR = (-0.02, 0.02)
_FILLED = (0.86, 1.0)
_COARSE_DOTS = 24
_SCAN_PX = (48, 97)


def draw(shape: Ink, size: int, rng: np.random.Generator) -> degrade.Picture:
    """Draw a shape once.

    Parameters
    ----------
    shape : (H, W) uint8, ink = 255
        Best :data:`DRAWN_PX` large.
    size : int
        Dots a side, or :data:`engine.synth.survey.SCAN`.
    rng : numpy.random.Generator

    Returns
    -------
    (size, size) uint8, only 0 and 255, or of a scan (H', W') uint8; paper is light
    """
    aspect = rng.uniform(*_ASPECT) ** 0.5
    ink = degrade.affine(
        shape, scale_x=aspect, scale_y=1 / aspect, shear=rng.uniform(*_SHEAR) * (size != SCAN)
    )
    coarse = 0 < size <= _COARSE_DOTS  # no dot is left for a thicker stroke
    ink = degrade.weight(ink, rng.uniform(*_WEIGHT_EM) * max(shape.shape) * (not coarse))
    if size == SCAN:
        return degrade.scan(ink, rng, size_px=int(rng.integers(*_SCAN_PX)))
    filled = max(8, round(size * rng.uniform(*_FILLED)))
    pattern = degrade.dots(ink, filled)
    before = int(rng.integers(size - filled + 1)), int(rng.integers(size - filled + 1))
    body = np.full((size, size), 255, np.uint8)
    body[before[0] : before[0] + filled, before[1] : before[1] + filled] -= pattern
    return body


def encode(picture: degrade.Picture) -> bytes:
    """Write a picture as PNG, one bit a pixel unless it has greys."""
    bilevel = bool(np.isin(picture, (0, 255)).all())
    options = [cv2.IMWRITE_PNG_BILEVEL, int(bilevel), cv2.IMWRITE_PNG_COMPRESSION, 3]
    done, data = cv2.imencode(".png", picture, options)
    if not done:
        msg = f"picture: cannot be written as PNG, got shape {picture.shape}"
        raise ValueError(msg)
    return bytes(data)
