"""Line breaks in Japanese text, in pixels or in terminal columns."""

from __future__ import annotations

from collections.abc import Callable

_NOT_FIRST = "、。，．・：；！？）」』】〉》〕％%…ー々ゃゅょっぁぃぅぇぉャュョッァィゥェォ,.)]:;"
_NOT_LAST = "（「『【〈《〔(["
"""Characters that a Japanese line does not begin or end with (JIS X 4051, the common part)."""


def wrapped(text: str, width: float, measure: Callable[[str], float]) -> list[str]:
    """Break Japanese text into lines.

    Parameters
    ----------
    text : str
        One paragraph; Latin words and numbers may be broken only where nothing else helps.
    width : float
        Of a line, in the unit of ``measure``.
    measure : callable
        Width of a text.

    Returns
    -------
    list of str, at least one
    """
    lines = []
    rest = text
    while measure(rest) > width and len(rest) > 1:
        end = 1
        while end < len(rest) and measure(rest[: end + 1]) <= width:
            end += 1
        at = next((place for place in range(end, 0, -1) if _may_break(rest, place)), end)
        lines.append(rest[:at].rstrip())
        rest = rest[at:].lstrip()
    return [*lines, rest]


def _may_break(text: str, at: int) -> bool:
    before, after = text[at - 1], text[at:].lstrip()[:1]
    if before in _NOT_LAST or (after and after in _NOT_FIRST):
        return False
    return not (before.isascii() and after.isascii() and " " not in text[at - 1 : at + 1])
