"""How an uploaded file is to be read: the fields of the form, checked, and what the engine makes of them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from typing import Any, Self

from api.errors import InvalidError
from engine.errors import UsageError
from engine.glyph.codes import normal_code, prefixed_unicode
from engine.glyph.limits import Limits
from engine.glyph.options import PRIVATE_USE, CodeRange, ReadOptions
from engine.glyph.page.options import MAX_CELLS_A_SIDE, CaptionSide, Order, SheetOptions
from engine.glyph.raw import (
    MAX_SIDE_DOTS,
    MIN_SIDE_DOTS,
    BitOrder,
    RawLayout,
    RowPacking,
    parse_trails,
)

NAMES = ("auto", "yes", "no")
"""Whether names of pictures give codes: where unmistakable, wherever possible, never."""

_MOST_RANGES = 100
_MOST_CHARACTERS = 1000
_SIZE = re.compile(r"([0-9]{1,4})\s*[xX×*]\s*([0-9]{1,4})")
_RANGE = re.compile(r"(?:U\+)?([0-9A-F]{1,6})(?:\s*[-‐–〜~]\s*(?:U\+)?([0-9A-F]{1,6}))?", re.IGNORECASE)
_CAPTION = re.compile(r"(auto|none|top|bottom)(?::([0-9]{1,2})%?)?")


@dataclass(frozen=True, slots=True)
class UploadOptions:
    """What a person says about a file, as on the form; the same words as on the command line.

    Attributes
    ----------
    all_glyphs : bool
        Read every character of a font, not only the private-use ones.
    ranges : str
        Codes to read from a font: ``E000-E0FF``, several with commas between them; empty for all private use.
    codes_from_names : str
        One of :data:`NAMES`.
    sheet : bool
        Pictures are printed lists; a PDF always is.
    sheet_grid, first_code, sheet_order, sheet_caption : str
        ``10x20`` (rows and columns), ``E000``, ``rows`` or ``columns``, ``auto`` … ``bottom:20``.
    raw : str
        ``24x24`` where the file is a dump of dot patterns; else empty.
    raw_order, raw_rows, raw_code, raw_cells : str
        ``msb`` or ``lsb``, ``byte`` or ``bit``, ``80A1``, ``A1-FE``.
    raw_skip : int
        Bytes before the first pattern.
    """

    all_glyphs: bool = False
    ranges: str = ""
    codes_from_names: str = "auto"
    sheet: bool = False
    sheet_grid: str = ""
    first_code: str = ""
    sheet_order: str = "rows"
    sheet_caption: str = "auto"
    raw: str = ""
    raw_order: str = "msb"
    raw_rows: str = "byte"
    raw_code: str = ""
    raw_cells: str = "A1-FE"
    raw_skip: int = 0

    @classmethod
    def from_form(cls, values: Mapping[str, Any]) -> Self:
        """Read a form or a JSON object; unknown fields are not looked at.

        Parameters
        ----------
        values : mapping
            Texts or plain values by field. Empty texts count as not given.

        Raises
        ------
        InvalidError
            A value makes no sense; ``details["field"]`` names it.
        """
        given: dict[str, Any] = {}
        for each in fields(cls):
            value = values.get(each.name)
            if value is None or value == "":
                continue
            given[each.name] = _converted(each.name, value, type(each.default))
        options = cls(**given)
        options.to_read()
        return options

    @classmethod
    def from_words(cls, words: Mapping[str, Any]) -> Self:
        """Undo :meth:`to_words`; what a later version adds is not looked at."""
        names = {each.name for each in fields(cls)}
        return cls(**{name: value for name, value in words.items() if name in names})

    def to_words(self) -> dict[str, Any]:
        """Return plain values for JSON: those that are not the default."""
        default = asdict(type(self)())
        return {name: value for name, value in asdict(self).items() if value != default[name]}

    def to_read(self, limits: Limits | None = None) -> ReadOptions:
        """Return what the engine's readers are told.

        Parameters
        ----------
        limits : Limits, optional
            Ceilings for one file.

        Raises
        ------
        InvalidError
            As :meth:`from_form`.
        """
        if self.codes_from_names not in NAMES:
            raise _invalid("codes_from_names", "名前からコードを読むかどうかは、auto・yes・no のどれかです。")
        return ReadOptions(
            limits=limits or Limits(),
            ranges=_ranges(self.ranges) or PRIVATE_USE,
            all_glyphs=self.all_glyphs,
            codes_from_names={"auto": None, "yes": True, "no": False}[self.codes_from_names],
            raw=self._raw() if self.raw else None,
            sheet=self._sheet() if self.sheet or self._tells_of_sheet() else None,
        )

    def _tells_of_sheet(self) -> bool:
        """Whether a list's field is filled in; for a PDF nobody ticks ``sheet``."""
        words = (self.sheet_grid, self.first_code, self.sheet_order, self.sheet_caption)
        return words != ("", "", "rows", "auto")

    def _sheet(self) -> SheetOptions:
        if self.sheet_order not in tuple(Order):
            raise _invalid("sheet_order", "コードの並びは rows（左から右）か columns（上から下）です。")
        caption = _CAPTION.fullmatch(self.sheet_caption.strip())
        share = int(caption[2] or 0) / 100 if caption else 0.0
        if caption is None or share > 0.5 or (caption[2] and caption[1] in ("auto", "none")):
            raise _invalid(
                "sheet_caption",
                "印字の位置は auto・none・top・bottom か、bottom:20 のように割合（50 まで）を付けた形です。",
            )
        grid = None
        if self.sheet_grid:
            grid = _size("sheet_grid", self.sheet_grid, 1, MAX_CELLS_A_SIDE, "行数 x 列数（例: 10x20）")
        first = prefixed_unicode(normal_code(self.first_code)) if self.first_code else None
        if self.first_code and first is None:
            raise _invalid(
                "first_code", "最初のマスのコードは、Unicode か Shift_JIS の外字コードです（例: E000）。"
            )
        return SheetOptions(
            grid=grid,
            first_code=first,
            order=Order(self.sheet_order),
            caption=CaptionSide(caption[1]),
            caption_share=share,
        )

    def _raw(self) -> RawLayout:
        width, height = _size("raw", self.raw, MIN_SIDE_DOTS, MAX_SIDE_DOTS, "横 x 縦のドット数（例: 24x24）")
        if self.raw_order not in tuple(BitOrder):
            raise _invalid("raw_order", "左端のビットは msb か lsb です。")
        if self.raw_rows not in tuple(RowPacking):
            raise _invalid("raw_rows", "行の始まりは byte か bit です。")
        if self.raw_skip < 0:
            raise _invalid("raw_skip", "読み飛ばすバイト数は 0 以上です。")
        try:
            trails = parse_trails(self.raw_cells)
            layout = RawLayout(
                width, height, BitOrder(self.raw_order), RowPacking(self.raw_rows), self.raw_skip, "", trails
            )
        except UsageError as error:
            raise _invalid(
                "raw_cells", "下位バイトの範囲は A1-FE や 40-7E,80-FC の形で書いてください。"
            ) from error
        try:
            return replace(layout, first_code=self.raw_code.strip())
        except UsageError as error:
            raise _invalid(
                "raw_code",
                "最初の外字コードは 80A1 や U+E000 の形で、下位バイトの範囲にあるものを書いてください。",
            ) from error


def _converted(name: str, value: Any, kind: type) -> Any:
    if kind is bool:
        if isinstance(value, bool):
            return value
        if str(value).lower() in ("1", "true", "on", "yes"):
            return True
        if str(value).lower() in ("0", "false", "off", "no"):
            return False
        raise _invalid(name, "はいかいいえ（true・false）で指定してください。")
    if kind is int:
        if isinstance(value, bool) or not re.fullmatch(r"-?[0-9]{1,12}", str(value).strip()):
            raise _invalid(name, "整数で書いてください。")
        return int(value)
    if not isinstance(value, str) or len(value) > _MOST_CHARACTERS:
        raise _invalid(name, f"{_MOST_CHARACTERS} 字までの文字列にしてください。")
    return value.strip()


def _ranges(text: str) -> tuple[CodeRange, ...]:
    parts = [part for part in re.split(r"[,、\s]+", text) if part]
    found: list[CodeRange] = []
    for part in parts:
        match = _RANGE.fullmatch(part)
        first = int(match[1], 16) if match else 0
        last = int(match[2], 16) if match and match[2] else first
        if match is None or not first <= last <= 0x10FFFF:
            raise _invalid("ranges", "文字コードの範囲は E000-F8FF の形で、小さいほうを先に書いてください。")
        found.append((first, last))
    if len(found) > _MOST_RANGES:
        raise _invalid("ranges", f"文字コードの範囲は {_MOST_RANGES} 個までです。")
    return tuple(found)


def _size(field: str, text: str, least: int, most: int, form: str) -> tuple[int, int]:
    match = _SIZE.fullmatch(text.strip())
    sides = (int(match[1]), int(match[2])) if match else (0, 0)
    if not all(least <= side <= most for side in sides):
        raise _invalid(field, f"{form}を、それぞれ {least} から {most} までで書いてください。")
    return sides


def _invalid(field: str, message: str) -> InvalidError:
    return InvalidError(message, {"field": field})
