"""What is known of a sheet beforehand: its grid, its codes, where they are printed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any, Self

from engine.errors import UsageError

MAX_CELLS_A_SIDE = 200


class Order(StrEnum):
    """How the codes run over a page."""

    ROWS = "rows"
    COLUMNS = "columns"


class CaptionSide(StrEnum):
    """Where in its cell a glyph's code is printed."""

    AUTO = "auto"
    NONE = "none"
    TOP = "top"
    BOTTOM = "bottom"


@dataclass(frozen=True, slots=True)
class PlacedCode:
    """A code and the cell that it belongs to; page, row and column count from 1."""

    page: int
    row: int
    col: int
    code: str
    file: str = ""
    """Name of the sheet's file, without folders; empty for any."""


@dataclass(frozen=True, slots=True)
class SheetOptions:
    """Options of :func:`engine.glyph.page.sheet.read_sheet`.

    Attributes
    ----------
    grid : (int, int), optional
        Rows and columns of glyphs on a full page; None where they are to be found.
    sequence : tuple of str
        Codes, one a cell, in ``order``.
    placed : tuple of PlacedCode
        Codes by place. Not both.
    first_code : int, optional
        Code point of the first cell; every further cell, empty or not, has the next one.
    order : Order
    caption : CaptionSide
    caption_share : float
        Part of the cell's height that the caption takes, 0–0.5; 0 where it is to be found.
    overview : str
        Folder to which a picture of each page with its grid is written; empty for none.
    """

    grid: tuple[int, int] | None = None
    sequence: tuple[str, ...] = ()
    placed: tuple[PlacedCode, ...] = ()
    first_code: int | None = None
    order: Order = Order.ROWS
    caption: CaptionSide = CaptionSide.AUTO
    caption_share: float = 0.0
    overview: str = ""

    def __post_init__(self) -> None:
        if self.grid is not None and not all(1 <= side <= MAX_CELLS_A_SIDE for side in self.grid):
            raise UsageError(
                f"一覧の行と列の数は 1 から {MAX_CELLS_A_SIDE} までで指定してください"
                f"（指定値: {self.grid[0]}x{self.grid[1]}）。"
            )
        if sum((bool(self.sequence), bool(self.placed), self.first_code is not None)) > 1:
            raise UsageError(
                "コードの表（--sheet-codes）と最初のコード（--first-code）は、どちらか一方にしてください。"
            )
        if not 0.0 <= self.caption_share <= 0.5:
            raise UsageError(
                f"コードの印字の割合は 0 から 50 までで指定してください（指定値: {self.caption_share:.0%}）。"
            )

    def to_words(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return asdict(self)

    @classmethod
    def from_words(cls, words: Mapping[str, Any]) -> Self:
        """Undo :meth:`to_words`, also after JSON has made lists of tuples."""
        grid = words["grid"]
        return cls(
            grid=None if grid is None else (int(grid[0]), int(grid[1])),
            sequence=tuple(words["sequence"]),
            placed=tuple(PlacedCode(**entry) for entry in words["placed"]),
            first_code=words["first_code"],
            order=Order(words["order"]),
            caption=CaptionSide(words["caption"]),
            caption_share=float(words["caption_share"]),
            overview=words["overview"],
        )
