"""The box around what is marked in a picture."""

from __future__ import annotations

from typing import NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

Scalar = TypeVar("Scalar", bound=np.generic)


class Box(NamedTuple):
    """Half-open ranges of rows and columns, in pixels."""

    top: int
    bottom: int
    left: int
    right: int

    @property
    def height(self) -> int:
        """Rows."""
        return self.bottom - self.top

    @property
    def width(self) -> int:
        """Columns."""
        return self.right - self.left

    def cut(self, picture: NDArray[Scalar]) -> NDArray[Scalar]:
        """Part of a picture inside the box, as a view: (H, W, …) → (height, width, …)."""
        return picture[self.top : self.bottom, self.left : self.right]


def bounding_box(mask: NDArray[np.generic]) -> Box | None:
    """Box of all pixels that are not zero.

    Parameters
    ----------
    mask : (H, W) bool or numeric

    Returns
    -------
    Box or None
        None where every pixel is zero.
    """
    rows, cols = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    if rows.size == 0:
        return None
    return Box(int(rows[0]), int(rows[-1]) + 1, int(cols[0]), int(cols[-1]) + 1)
