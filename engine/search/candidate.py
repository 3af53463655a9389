"""One reference glyph on offer for a gaiji."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Candidate:
    """A reference glyph with how alike it is.

    Attributes
    ----------
    mj : str
        MJ name.
    similarity : float
        0–1, by the descriptions.
    probability : float or None
        0–1, that gaiji and candidate are one character form; None where they were not compared in detail.
        Candidates are ranked by it, those without it behind the others by similarity.
    """

    mj: str
    similarity: float
    probability: float | None = None
