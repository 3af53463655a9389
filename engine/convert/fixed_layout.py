"""Fixed width: fields by their place in the record, which they must keep whatever is replaced in them."""

from __future__ import annotations

import csv
import io
import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import BinaryIO

import numpy as np

from engine.convert.blocks import line_blocks, record_blocks
from engine.convert.encoding import Encoding, Positions, Units, character_starts
from engine.convert.errors import ConvertError
from engine.convert.layout import Padding, Places, line_ends
from engine.errors import UsageError

DEFINITION_BYTES = 1_000_000
FIELDS = 10_000
WIDEST = 1_000_000

_HEADINGS = {"項目": "name", "開始": "start", "長さ": "length"}


class Unit(StrEnum):
    """What places and lengths of fields are counted in."""

    BYTES = "bytes"
    CHARACTERS = "chars"
    """Code points; a variation sequence is two of them."""


@dataclass(frozen=True, slots=True)
class Field:
    """One field: its name, its place (0 first) and length in the unit of the definition."""

    name: str
    start: int
    length: int


def read_fields(path: Path) -> tuple[Field, ...]:
    """Read a column definition.

    Parameters
    ----------
    path : Path
        CSV (UTF-8 or CP932) with a header ``name,start,length`` or ``項目,開始,長さ``; the first place is 1.

    Returns
    -------
    tuple of Field
        By place.

    Raises
    ------
    UsageError
        The file is missing, too large, has other columns or wrong numbers, or fields overlap.
    """
    try:
        with path.open("rb") as stream:
            data = stream.read(DEFINITION_BYTES + 1)
    except OSError as error:
        raise UsageError(
            f"項目定義を開けません（{error.strerror or type(error).__name__}）: {path}"
        ) from error
    if len(data) > DEFINITION_BYTES:
        raise UsageError(f"項目定義が大きすぎます。項目定義の CSV を指定してください: {path}")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("cp932", "replace")
    try:
        header, *lines = csv.reader(io.StringIO(text, newline=""), strict=True)
    except (csv.Error, ValueError) as error:
        raise UsageError(f"項目定義を CSV として読めません: {path}") from error
    names = [_HEADINGS.get(cell.strip(), cell.strip()) for cell in header]
    if not {"name", "start", "length"} <= set(names):
        raise UsageError(f"項目定義の見出しは「項目,開始,長さ」（name,start,length）にしてください: {path}")
    fields = []
    for number, cells in enumerate(lines, 2):
        if any(cells):
            fields.append(_field(dict(zip(names, cells, strict=False)), f"{path} の {number} 行目"))
    fields.sort(key=lambda field: field.start)
    for one, other in itertools.pairwise(fields):
        if one.start + one.length > other.start:
            raise UsageError(f"項目定義の「{one.name}」と「{other.name}」が重なっています: {path}")
    if not fields or len(fields) > FIELDS:
        raise UsageError(f"項目定義には 1 から {FIELDS:,} までの項目を書いてください: {path}")
    return tuple(fields)


def _field(values: dict[str, str], where: str) -> Field:
    try:
        start, length = int(values.get("start", "")), int(values.get("length", ""))
    except ValueError:
        start = length = 0
    if not (1 <= start <= WIDEST and 1 <= length <= WIDEST):
        raise UsageError(f"開始と長さは 1 から {WIDEST:,} までの整数にしてください: {where}")
    return Field(values.get("name", "").strip(), start - 1, length)


class FixedLayout:
    """Records of fields at fixed places, a line each, or one after the other without line ends.

    Parameters
    ----------
    encoding : Encoding
    fields : tuple of Field
        By place, not overlapping.
    unit : Unit
    record_bytes : int or None
        Length of a record in a file without line ends; None: a record is a line.

    Raises
    ------
    UsageError
        A place or a length is odd in UTF-16.
    """

    fixed = True

    def __init__(
        self, encoding: Encoding, fields: tuple[Field, ...], unit: Unit, record_bytes: int | None = None
    ) -> None:
        self._encoding = encoding
        self._fields = fields
        self._by_characters = unit is Unit.CHARACTERS
        self._record_bytes = record_bytes
        per_unit = 1 if self._by_characters else encoding.unit_bytes
        numbers = [number for field in fields for number in (field.start, field.length)]
        if any(number % per_unit for number in [*numbers, record_bytes or 0]):
            raise UsageError("UTF-16 では、項目の開始から前と長さを 2 の倍数のバイトにしてください。")
        self._starts = np.array([field.start for field in fields], np.int64) // per_unit
        self._lengths = np.array([field.length for field in fields], np.int64) // per_unit
        self._rows = 0
        self._units: Units = np.zeros(0, np.uint8)
        self._records: Positions = np.zeros(0, np.int64)
        self._record_ends: Positions = np.zeros(0, np.int64)
        self._characters: Positions | None = None

    def blocks(self, stream: BinaryIO, block_bytes: int) -> Iterator[bytes]:
        """Cut between records."""
        if self._record_bytes is None:
            return line_blocks(stream, self._encoding, block_bytes)
        return record_blocks(stream, self._record_bytes, block_bytes)

    def begin(self, units: Units) -> None:
        """Take the next block."""
        self._units = units
        self._characters = None
        if self._record_bytes is None:
            ends = line_ends(units)
            starts = np.concatenate((np.zeros(1, np.int64), ends + 1))
            self._records = starts[starts < max(len(units), 1)]
            self._record_ends = np.append(ends, len(units))[: len(self._records)]
        else:
            step = self._record_bytes // self._encoding.unit_bytes
            self._records = np.arange(0, max(len(units), 1), step, dtype=np.int64)
            self._record_ends = np.append(self._records[1:], len(units))

    def floors(self, places: Positions) -> Positions | None:
        """Return the beginning of the field, or of what is between two fields, that each place is in."""
        if self._by_characters:
            return None
        record = np.searchsorted(self._records, places, "right") - 1
        begin = self._records[record]
        edges = np.unique(np.concatenate((np.zeros(1, np.int64), self._starts, self._starts + self._lengths)))
        nearest: Positions = edges[np.searchsorted(edges, places - begin, "right") - 1]
        return begin + nearest

    def locate(self, starts: Positions, widths: Positions) -> Places:
        """Return record and field; a character that is not wholly in one field is in none."""
        record = np.searchsorted(self._records, starts, "right") - 1
        offset = self._offset(starts, record)
        size = np.ones(len(starts), np.int64) if self._by_characters else widths
        field = np.searchsorted(self._starts, offset, "right") - 1
        inside = (field >= 0) & (offset + size <= (self._starts + self._lengths)[field])
        return Places(self._rows + record + 1, np.where(inside, field + 1, 0))

    def pad(self, starts: Positions, widths: Positions, texts: list[str]) -> Padding | None:
        """Make room at the end of fields whose content becomes longer, fill those where it becomes shorter.

        Notes
        -----
        All private codes of a field are replaced, or none: half a name is worse than none.
        """
        if self._by_characters:
            growth = np.array([len(text) - 1 for text in texts], np.int64)
        else:
            size = self._encoding.unit_bytes
            growth = np.array([len(text.encode(self._encoding.value)) // size for text in texts], np.int64)
            growth -= widths
        if not growth.any():
            return None
        record = np.searchsorted(self._records, starts, "right") - 1
        field = np.searchsorted(self._starts, self._offset(starts, record), "right") - 1
        refused = np.zeros(len(starts), np.bool_)
        changes: list[tuple[int, int, str]] = []
        which = (record * len(self._fields) + field).tolist()
        edges = [n for n in range(len(which)) if not n or which[n] != which[n - 1]]
        for first, last in itertools.pairwise([*edges, len(which)]):
            grown = int(growth[first:last].sum())
            if not grown:
                continue
            begin, end = self._extent(int(record[first]), int(field[first]))
            change = self._fitted(max(begin, int(starts[last - 1] + widths[last - 1])), end, grown)
            if change is None:
                refused[first:last] = True
            else:
                changes.append(change)
        return Padding(
            refused,
            np.array([start for start, _, _ in changes], np.int64),
            np.array([width for _, width, _ in changes], np.int64),
            tuple(blanks for _, _, blanks in changes),
        )

    def end(self) -> None:
        """Count the records."""
        if len(self._units):
            self._rows += len(self._records)

    def column_name(self, column: int) -> str:
        """Return the name of the field, or its number; empty outside the fields."""
        return (self._fields[column - 1].name or str(column)) if column else ""

    def _offset(self, places: Positions, record: Positions) -> Positions:
        """Distance from the beginning of the record, in code units or characters."""
        begin = self._records[record]
        if not self._by_characters:
            return places - begin
        characters = self._character_places()
        return np.searchsorted(characters, places) - np.searchsorted(characters, begin)

    def _character_places(self) -> Positions:
        if self._characters is None:
            self._characters = np.flatnonzero(character_starts(self._units, self._encoding))
        return self._characters

    def _extent(self, record: int, field: int) -> tuple[int, int]:
        """First and last place of a field of a record, in code units."""
        begin, limit = int(self._records[record]), int(self._record_ends[record])
        if self._record_bytes is None and limit > begin and self._units[limit - 1] == 0x0D:
            limit -= 1
        first, length = int(self._starts[field]), int(self._lengths[field])
        if not self._by_characters:
            return min(begin + first, limit), min(begin + first + length, limit)
        characters = self._character_places()
        at = int(np.searchsorted(characters, begin)) + first
        edges = [int(characters[n]) if n < len(characters) else len(self._units) for n in (at, at + length)]
        return min(edges[0], limit), min(edges[1], limit)

    def _fitted(self, begin: int, end: int, grown: int) -> tuple[int, int, str] | None:
        """Return the blanks to take away or put at the end of a field; None where it is too full.

        Parameters
        ----------
        begin, end : int
            Behind the last private code of the field; its end. In code units.
        grown : int
            Units or characters that the field has become longer by.
        """
        if self._is_inside_character(end):
            return None
        blanks = self._blanks(begin, end)
        if grown < 0:
            wide = self._by_characters and blanks[-1:] == "　"
            return end, 0, ("　" if wide else " ") * -grown
        removed = blanks[len(blanks) - grown :] if len(blanks) >= grown else ""
        width = len(removed.encode(self._encoding.value)) // self._encoding.unit_bytes
        return (end - width, width, "") if removed else None

    def _is_inside_character(self, place: int) -> bool:
        """Whether the definition cuts a character in two: nothing may come between its halves."""
        if self._encoding is Encoding.CP932 or not 0 < place < len(self._units):
            return False  # CP932: a field begins with a character, see floors
        return not character_starts(self._units[place : place + 1], self._encoding)[0]

    def _blanks(self, begin: int, end: int) -> str:
        """Return the blanks at the end of a field; wide ones count only where characters are counted."""
        size = self._encoding.unit_bytes
        text = self._units[begin:end].tobytes().decode(self._encoding.value, "replace")
        kinds = " 　" if self._by_characters else " "
        blanks = text[len(text.rstrip(kinds)) :]
        encoded = blanks.encode(self._encoding.value)
        tail = self._units[max(begin, end - len(encoded) // size) : end].tobytes()
        return blanks if tail == encoded else ""


def check_fields(fields: tuple[Field, ...], unit: Unit, record_bytes: int | None) -> None:
    """Refuse fields that lie beyond the record.

    Raises
    ------
    UsageError
    """
    if record_bytes is not None and unit is Unit.BYTES:
        beyond = [field.name for field in fields if field.start + field.length > record_bytes]
        if beyond:
            raise UsageError(f"項目「{beyond[0]}」がレコードの長さ（{record_bytes} バイト）を超えています。")


def no_record(path: Path) -> ConvertError:
    """Return the error for a file whose size is no multiple of the record's."""
    return ConvertError(
        f"ファイルの大きさがレコードの長さの倍数ではありません。--record-length を確かめてください: {path}"
    )
