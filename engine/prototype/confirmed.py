"""What is kept of confirmed glyphs in order to recognise them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from engine.glyph.model import Ink

SquaresOf = Callable[[NDArray[np.int64]], NDArray[np.uint8]]
"""(K,) numbers → (K, S, S) normalised pictures; asked for only the few that come near."""


@dataclass(frozen=True, eq=False)
class Confirmed:
    """Confirmed glyphs, numbered from 0.

    Attributes
    ----------
    digests : tuple of bytes
        :func:`engine.intake.digest.ink_digest` of each.
    vectors : (K, E) float32
        Their descriptions, by :meth:`engine.prototype.match.Matcher.describe`.
    squares_of : callable
        Gives their normalised pictures: a hundred thousand of them would be 400 MB.
    """

    digests: tuple[bytes, ...]
    vectors: NDArray[np.float32]
    squares_of: SquaresOf

    def __len__(self) -> int:
        return len(self.digests)

    @cached_property
    def by_digest(self) -> dict[bytes, list[int]]:
        """Numbers of the glyphs of each digest, ascending."""
        found: dict[bytes, list[int]] = {}
        for number, digest in enumerate(self.digests):
            found.setdefault(digest, []).append(number)
        return found

    @classmethod
    def of(cls, inks: list[Ink], describe: Callable[[NDArray[np.uint8]], NDArray[np.float32]]) -> Confirmed:
        """Make it of glyphs that are all in memory.

        Parameters
        ----------
        inks : list of (H, W) uint8
            255 = ink; each has some.
        describe : callable
            (K, S, S) uint8 → (K, E) float32.
        """
        from engine.describe.normalise import normalise_many
        from engine.intake.digest import ink_digest

        squares = normalise_many(inks)
        return cls(tuple(ink_digest(ink) for ink in inks), describe(squares), lambda some: squares[some])
