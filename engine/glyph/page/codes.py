"""Which code belongs to which cell.

A code on the wrong cell gives a resident another character, so nothing is guessed: a code whose cell is
empty, a glyph without a code and codes that are left over are all told.
"""

from __future__ import annotations

from pathlib import PurePath

from engine.glyph.model import ReadFailure
from engine.glyph.page.cells import cell_source
from engine.glyph.page.options import Order, SheetOptions

_LAST_CODE = 0x10FFFF
_SHOWN = 5


class Coder:
    """Gives the cells of one file their codes, page after page.

    Parameters
    ----------
    source : str
        The file; rows of a code table that name another one are left out.
    options : SheetOptions
    """

    def __init__(self, source: str, options: SheetOptions) -> None:
        self.source = source
        self._options = options
        name = PurePath(source.replace("\\", "/")).name
        self._placed = {
            (entry.page, entry.row, entry.col): entry.code
            for entry in options.placed
            if entry.file in ("", name)
        }
        self._position = 0
        self._uncoded: list[str] = []
        self._lost_page = False

    @property
    def gives_codes(self) -> bool:
        """Whether there are any codes to give."""
        return bool(self._options.sequence or self._options.placed or self._options.first_code is not None)

    @property
    def knows_glyphs(self) -> bool:
        """Whether a code says that its cell holds a glyph; codes counted up from the first one do not."""
        return bool(self._options.sequence or self._options.placed)

    def page(self, number: int, rows: int, cols: int) -> dict[tuple[int, int], str]:
        """Return the codes of a page by (row, column), both from 1; cells without one are missing.

        Parameters
        ----------
        number : int
            Of the page, from 1; every page is asked for once, in order.
        rows, cols : int
            Size of its grid.
        """
        cells = [(row, col) for row in range(1, rows + 1) for col in range(1, cols + 1)]
        if self._options.order is Order.COLUMNS:
            cells.sort(key=lambda cell: (cell[1], cell[0]))
        if self._options.placed:
            return {cell: code for cell in cells if (code := self._placed.pop((number, *cell), ""))}
        start = self._position
        self._position += len(cells)
        if self._lost_page:
            return {}
        return {cell: code for place, cell in enumerate(cells, start) if (code := self._running(place))}

    def _running(self, place: int) -> str:
        first = self._options.first_code
        if first is not None:
            return f"U+{first + place:04X}" if first + place <= _LAST_CODE else ""
        return self._options.sequence[place] if place < len(self._options.sequence) else ""

    def lose_page(self) -> None:
        """Note that a page could not be cut: how many codes it would have taken is not known."""
        self._lost_page = True

    def skip_page(self, number: int) -> None:
        """Pass over a page that was read before."""
        self.lose_page()
        self._placed = {place: code for place, code in self._placed.items() if place[0] != number}

    def note_uncoded(self, source: str) -> None:
        """Note a glyph that has no code."""
        self._uncoded.append(source)

    def complaints(self) -> list[ReadFailure]:
        """Return what did not fit, at the end of the file."""
        if not self.gives_codes:
            return []
        if self._lost_page and not self._options.placed:
            return [
                self._complaint(
                    "マス目の見つからないページがあるため、その後のページの字にはコードを付けていません。"
                    "ページ・行・列を書いたコードの表（--sheet-codes）を使ってください。"
                )
            ]
        problems = []
        if left := self._left_over():
            problems.append(f"コードの表のうち {len(left)} 件（{_some(left)}）に当たるマスがありません。")
        if self._uncoded:
            problems.append(f"コードのない字が {len(self._uncoded)} 字あります（{_some(self._uncoded)}）。")
        if not problems:
            return []
        advice = (
            "コードがずれている可能性があります。"
            "gaiji cut で確かめ、表か並び順（--sheet-order）を直してください。"
        )
        return [self._complaint("".join(problems) + advice)]

    def _left_over(self) -> list[str]:
        if self._options.placed:
            return [
                f"{code}: {cell_source('', *place).removeprefix('#')}"
                for place, code in sorted(self._placed.items())
            ]
        return [code for code in self._options.sequence[self._position :] if code]

    def _complaint(self, message: str) -> ReadFailure:
        return ReadFailure(self.source, "code-mismatch", message)


def _some(items: list[str]) -> str:
    shown = "、".join(item.rpartition("#")[2] for item in items[:_SHOWN])
    return shown + (" など" if len(items) > _SHOWN else "")
