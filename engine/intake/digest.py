"""What makes two pictures the same: the ink within its box, pixel by pixel."""

from __future__ import annotations

import hashlib

import numpy as np

from engine.describe.normalise import ink_box
from engine.glyph.box import Box
from engine.glyph.model import Ink

DIGEST_BYTES = 16


def ink_digest(ink: Ink, *, box: Box | None = None) -> bytes:
    """Digest all of a picture that the identification looks at.

    Parameters
    ----------
    ink : (H, W) uint8
        255 = ink. Margins, and the faint skirt outside the box, do not count.
    box : Box, optional
        Where the ink is; found where None.

    Returns
    -------
    bytes
        16 bytes, equal for equal pictures.

    Raises
    ------
    EmptyInkError
        Nothing is drawn.
    """
    cut = np.ascontiguousarray((box or ink_box(ink)).cut(ink))
    return hashlib.blake2b(cut.tobytes(), digest_size=DIGEST_BYTES, key=repr(cut.shape).encode()).digest()
