"""How far a reader has come, so that a read that killed its worker can go on behind the fatal spot."""

from __future__ import annotations


class Progress:
    """Counts the steps (characters of a font, members of a ZIP) that a reader takes.

    A reader calls :meth:`begin` before each step and, where a step hands foreign bytes to a fragile parser,
    :meth:`risk`. The worker overrides both to report to its parent.

    Parameters
    ----------
    resume_at : int
        Steps before this one were taken in an earlier attempt and are to be passed over.
    """

    def __init__(self, resume_at: int = 0) -> None:
        self._resume_at = resume_at
        self.step = -1

    def begin(self, source: str, gaiji_code: str = "") -> bool:
        """Enter the next step; return whether to take it."""
        self.step += 1
        return self.step >= self._resume_at

    def risk(self) -> None:
        """Say that the present step may be the last thing this process does."""
