"""What reading hands over: a glyph, a failure, or the news that a picture has been read before."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.glyph.model import Glyph, ReadFailure
from engine.intake.key import DeliveryKey


@dataclass(frozen=True, slots=True)
class Copy:
    """A picture that is, byte for byte, one that was read before: nobody needs to look at it again.

    Attributes
    ----------
    source, gaiji_code : str
        As in :class:`engine.glyph.model.Glyph`.
    number : int
        Row of the dataset where it was read.
    """

    source: str
    gaiji_code: str
    number: int


@dataclass(frozen=True, slots=True)
class Item:
    """One row in the making.

    Attributes
    ----------
    content : Glyph, ReadFailure or Copy
    key : DeliveryKey
    """

    content: Glyph | ReadFailure | Copy
    key: DeliveryKey


class Copies:
    """Finds pictures that come again before they are decoded and cleaned, which costs half a millisecond.

    Only a saving: a copy that is not found here (because an earlier run has read the first one) is found by
    its cleaned pixels.

    Parameters
    ----------
    number : int
        Row of the dataset that the next item will be.
    """

    def __init__(self, number: int = 0) -> None:
        self.number = number
        self._rows: dict[bytes, int] = {}

    def find(self, digest: bytes) -> int | None:
        """Return the row where a picture was read; None where it was not."""
        return self._rows.get(digest)

    def add(self, digest: bytes) -> None:
        """Note that the next item is this picture, and that it could be read."""
        self._rows.setdefault(digest, self.number)


def picture_digest(picture: bytes | NDArray[np.uint8]) -> bytes:
    """Return a digest of a picture as it came: the bytes of a file, or pixels."""
    if isinstance(picture, bytes):
        return hashlib.blake2b(picture, digest_size=16).digest()
    shape = repr(picture.shape).encode()
    return hashlib.blake2b(picture.tobytes(), digest_size=16, key=shape).digest()
