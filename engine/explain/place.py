"""Where a gaiji and a candidate differ, as a person would say it."""

from __future__ import annotations

from dataclasses import dataclass

from engine.describe.normalise import SIDE_PX
from engine.difference import Difference

TOLD = 8
"""Differences of one candidate that are told in a sentence; the picture and the JSON have them all."""

_THIRDS = (0.38, 0.62)
"""Where the middle of a glyph begins and ends; a little narrower than a third, as people speak."""
_WHOLE = 0.36
"""Radius, as a share of the picture, from which on a difference is not in one place."""
_PLACES = (("左上", "上", "右上"), ("左", "中央", "右"), ("左下", "下", "右下"))


@dataclass(frozen=True, slots=True)
class Place:
    """One place where the gaiji and a candidate differ, with the number it has in the picture."""

    number: int
    difference: Difference

    @property
    def where(self) -> str:
        """The part of the glyph: ``左上``, ``中央``, ``全体`` …"""
        return place_in_words(self.difference)

    @property
    def what(self) -> str:
        """The difference in words, with the item of the criteria it belongs to."""
        kind = self.difference.kind
        if kind.within_design:
            return f"{kind.japanese}（デザインの違い {kind.value}）"
        return f"外字のほうが、{kind.japanese}（字形の違い）"


def place_in_words(difference: Difference) -> str:
    """Return the part of the glyph where a difference is, as a person would say it."""
    if difference.radius_px >= _WHOLE * SIDE_PX:
        return "全体"
    column, row = (
        sum(value / SIDE_PX >= limit for limit in _THIRDS) for value in (difference.x_px, difference.y_px)
    )
    return _PLACES[row][column]


def places_in_words(places: tuple[Place, ...]) -> list[str]:
    """Return a line for each place, the first :data:`TOLD`, and how many more there are."""
    lines = [f"{place.number}. {place.where}: {place.what}" for place in places[:TOLD]]
    if len(places) > TOLD:
        lines.append(f"ほか {len(places) - TOLD} か所")
    return lines
