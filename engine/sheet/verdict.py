"""How a verdict is worded and coloured on a sheet."""

from __future__ import annotations

from engine.errors import READ_CODES
from engine.result import Identification, Verdict
from engine.sheet.overlay import Colour

VERDICT_COLOURS: dict[Verdict | None, Colour] = {
    Verdict.SAME: (22, 101, 52),
    Verdict.DESIGN: (15, 94, 129),
    Verdict.SIMILAR: (161, 82, 0),
    Verdict.UNIDENTIFIED: (87, 83, 96),
    None: (170, 30, 30),
}
"""All have a contrast of at least 4.5 : 1 on white, and none is needed to read the text."""


def verdict_text(result: Identification) -> str:
    """Return the class with its subclass, or what went wrong."""
    if result.verdict is None:
        return READ_CODES.get(result.status, result.status)
    return f"{result.verdict.value}（{result.subclass.value}）" if result.subclass else result.verdict.value
