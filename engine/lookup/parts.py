"""Parts → characters: 木 and 目 lead to 相, 辶 and 刀 to 辺.

The table's IDS describe the 対応するUCS, not the single glyph. So every MJ glyph of a character is found by
its parts, also one in which a part has another shape; which of them is meant is for the eye to see.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.errors import UsageError
from engine.lookup.composition import Composition
from engine.lookup.ids import ANYTHING, IdsError, parse_ids
from engine.lookup.match import NONE, Match, Penalty
from engine.lookup.query import ByParts
from engine.lookup.radicals import RadicalBook, radical_book
from engine.reference.table import MojiTable

_EXACT, _OVERLAP = 0, 100
"""Penalties: the parts are the whole character; they can only be found in it one inside the other."""


@dataclass(frozen=True, slots=True)
class PartsIndex:
    """The table's characters with what they are composed of.

    Attributes
    ----------
    composition : Composition
    book : RadicalBook
    thing : (N,) int64
        Thing of each row's character; 0 where it has none.
    strokes : (N,) int16
        総画数; −1 where the table has none.
    """

    composition: Composition
    book: RadicalBook
    thing: NDArray[np.int64]
    strokes: NDArray[np.int16]

    @classmethod
    def of(cls, table: MojiTable) -> PartsIndex:
        """Build the graph of a table's IDS."""
        import pyarrow as pa

        book = radical_book()
        codes, first, row_of = np.unique(table.code_points, return_index=True, return_inverse=True)
        texts: list[list[str]] = [[] for _ in codes]
        if "ids" in table.column_names:
            column = table.column("ids").take(pa.array(first))
            flat = column.flatten().to_pylist()
            ends = np.cumsum(column.value_lengths().fill_null(0).to_numpy(zero_copy_only=False)).tolist()
            texts = [flat[start:end] for start, end in zip([0, *ends], ends, strict=False)]
        described = zip((chr(code) if code else "" for code in codes.tolist()), texts, strict=True)
        composition = Composition(((text, ids) for text, ids in described if text), book.symbol)
        number_of = [composition.number_of[chr(code)] if code else 0 for code in codes.tolist()]
        thing = np.array(number_of, np.int64)[row_of]
        return cls(composition, book, thing, table.strokes)

    def match(self, wanted: ByParts) -> Match:
        """Find the rows that have the parts.

        Raises
        ------
        UsageError
            The layout is no IDS.
        """
        penalty = self._containing(wanted.parts)
        named = "・".join(wanted.parts)
        if wanted.layout:
            self._laid_out(wanted.layout, penalty)
            return Match(penalty, lambda _: f"構造 {wanted.layout} がある")
        if len(wanted.parts) == 1:
            return Match(
                penalty, lambda row: f"部品 {named} " + ("そのもの" if not penalty[row] else "を含む")
            )
        return Match(
            penalty, lambda row: f"部品 {named} " + ("だけからなる" if not penalty[row] else "を含む")
        )

    def _containing(self, parts: tuple[str, ...]) -> Penalty:
        """Return the penalties by parts in any layout: what has the fewest strokes beside them goes first."""
        strokes = self.strokes.astype(np.int32)
        met = self.thing > 0
        spent = 0
        needed = Counter(map(self.book.symbol, parts))
        asked = {self.book.symbol(part): part for part in parts}
        for symbol, times in needed.items():
            counts = self.composition.count(self.book.forms(asked[symbol]))
            met &= counts[self.thing] >= times
            spent += times * self._strokes_of(asked[symbol])
        left = np.where(strokes < 0, _OVERLAP, strokes - spent)
        penalty = np.where(left >= 0, 1 + np.minimum(left, _OVERLAP - 2), _OVERLAP - left).astype(np.int32)
        if len(parts) == 1:
            things = [self.composition.number_of.get(form, -1) for form in self.book.forms(parts[0])]
            penalty[np.isin(self.thing, things)] = _EXACT
        else:
            penalty[self.composition.composed_of(parts)[self.thing]] = _EXACT
        penalty[~met] = NONE
        return penalty

    def _laid_out(self, layout: str, penalty: Penalty) -> None:
        """Keep in place the penalties of the rows that fit a layout; the whole character first."""
        try:
            tree = parse_ids(layout)
        except IdsError as error:
            raise layout_error(layout) from error
        fits = self.composition.fitting(tree, self.book.forms)[self.thing]
        penalty[fits == 0] = NONE
        penalty[(fits == 1) & (penalty != NONE)] += 2 * _OVERLAP
        complete = ANYTHING not in layout
        penalty[(fits == 2) & (penalty != NONE) & complete] = _EXACT

    def _strokes_of(self, part: str) -> int:
        """Return the fewest strokes that a part takes in the table; 1 where the table does not know."""
        things = [self.composition.number_of.get(form, -1) for form in self.book.forms(part)]
        strokes = self.strokes[np.isin(self.thing, things) & (self.strokes > 0)]
        return int(strokes.min()) if strokes.size else 1


def layout_error(layout: str) -> UsageError:
    """Return the complaint about text that is no IDS."""
    return UsageError(
        f"「{layout}」は IDS として読めません。⿰木目 のように、記号のあとに部品を並べてください"
        "（分からない部品は ？）。"
    )
