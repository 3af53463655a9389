"""One reference glyph on offer for a gaiji."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Candidate:
    """A reference glyph with how alike it is.

    Attributes
    ----------
    mj : str
        MJ name; for a non-kanji the character itself.
    similarity : float
        0–1. Where the candidate was compared in detail, the probability that it is the same character form;
        else what the description says, always below the compared ones.
    """

    mj: str
    similarity: float
