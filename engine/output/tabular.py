"""Tables from outside (CSV, JSON Lines, Parquet, Excel) as rows by column name, under ceilings."""

from __future__ import annotations

import codecs
import csv
import io
import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from engine.errors import GaijiError, UsageError

Value = str | float | None
"""One value of a row: text, a number, or nothing."""

FILE_MB = 1_000
ROWS = 1_500_000
"""The ministry collected 1,166,536 gaiji from the whole country."""

FIELD_CHARACTERS = 100_000
TEXT_MB = 1_000
"""Characters of all rows together, in millions: compressed formats can repeat a long text without end."""

HEADER_WITHIN = 20
"""The header of a list for people may have this many lines of title above it."""

_LINE_BYTES = 8_000_000
_BATCH = 1_024
_PATH_HINT = "ファイルを確かめてください"


class LoadError(GaijiError):
    """A table could not be read, or a row of it does not hold what it should.

    Parameters
    ----------
    path : Path
        The file.
    row : int or None
        The row, 1 first, as a spreadsheet or an editor counts it; None where it is about the whole file.
    message : str
        What is wrong and what to do, without the content of the row.
    """

    code = "load"

    def __init__(self, path: Path, row: int | None, message: str) -> None:
        where = f"{path}" if row is None else f"{path} の {row} 行目"
        super().__init__(f"{where}: {message}")
        self.path = path
        self.row = row


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a table.

    Attributes
    ----------
    number : int
        1 first, as a spreadsheet or an editor counts (a line of a CSV, where cells may hold line ends).
    values : dict
        By column name; empty cells are left out, and so are columns that the reader was not asked for.
    """

    number: int
    values: dict[str, Value]


Header = Callable[[Sequence[str]], Sequence[str | None] | None]
"""Told a row's cells, says which column each cell of the table is (None: of no interest), or None where the
row is no header."""


def read_table(path: Path, header: Header, *, legacy: bool = False) -> Iterator[Row]:
    """Read the rows of a table file.

    Parameters
    ----------
    path : Path
        ``.csv``, ``.jsonl``, ``.parquet`` or ``.xlsx``.
    header : Header
        Recognises the header. In a workbook every sheet that has one is read, one after the other.
    legacy : bool
        Whether a CSV may be in Shift_JIS (CP932), as Excel writes it.

    Yields
    ------
    Row
        Rows that hold nothing are left out.

    Raises
    ------
    UsageError
        Another suffix.
    LoadError, WorkbookError
        The file is missing, damaged, has no header, or is beyond a ceiling of this module.
    """
    readers = {".csv": _csv, ".jsonl": _jsonl, ".parquet": _parquet, ".xlsx": _xlsx}
    reader = readers.get(path.suffix.lower())
    if reader is None:
        kinds = " ".join(readers)
        raise UsageError(
            f"「{path.suffix}」のファイルは読めません。{kinds} のどれかを指定してください: {path}"
        )
    with _opening(path):
        if path.stat().st_size > FILE_MB * 1_000_000:
            raise LoadError(path, None, f"ファイルが大きすぎます（{FILE_MB:,} MB まで）。分けてください。")
        rows = _csv(path, header, legacy=legacy) if reader is _csv else reader(path, header)
        yield from _within_limits(path, rows)


def _within_limits(path: Path, rows: Iterator[Row]) -> Iterator[Row]:
    room = TEXT_MB * 1_000_000
    for count, row in enumerate(rows, 1):
        if count > ROWS:
            raise LoadError(
                path, row.number, f"行が多すぎます（{ROWS:,} 行まで）。ファイルを分けてください。"
            )
        for name, value in row.values.items():
            if isinstance(value, str):
                room -= len(value)
                if len(value) > FIELD_CHARACTERS:
                    raise LoadError(
                        path, row.number,
                        f"列「{name}」が長すぎます（{FIELD_CHARACTERS:,} 字まで）。{_PATH_HINT}。",
                    )  # fmt: skip
        if room < 0:
            raise LoadError(path, row.number, f"中身が大きすぎます（{TEXT_MB} 百万字まで）。分けてください。")
        yield row


@contextmanager
def _opening(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise LoadError(path, None, f"開けません（{reason}）。場所と権限を確かめてください。") from error


# --- CSV ---


def _csv(path: Path, header: Header, *, legacy: bool = False) -> Iterator[Row]:
    with path.open("rb") as stream:
        encoding = _encoding(path, legacy=legacy)
        with io.TextIOWrapper(stream, encoding, errors="strict", newline="") as text:
            reader = csv.reader(text, strict=True)
            columns: Sequence[str | None] | None = None
            last = 0
            try:
                for cells in reader:
                    number, last = last + 1, reader.line_num
                    if columns is None:
                        columns = header(cells)
                        if columns is None and number >= HEADER_WITHIN:
                            break
                    elif any(cells):
                        if len(cells) != len(columns):
                            raise LoadError(
                                path, number,
                                f"列の数が見出し（{len(columns)} 列）と合いません（{len(cells)} 列）。"
                                "途中で切れていないか確かめてください。",
                            )  # fmt: skip
                        yield Row(number, _named(columns, cells))
            except UnicodeDecodeError as error:
                raise LoadError(path, None, _NOT_UTF8) from error
            except csv.Error as error:
                message = "CSV として読めません。引用符の閉じ忘れや、長すぎる列がないか確かめてください。"
                raise LoadError(path, last + 1, message) from error
            if columns is None:
                raise LoadError(path, None, _NO_HEADER)


_NOT_UTF8 = (
    "UTF-8 として読めません。Excel で保存するときは「CSV UTF-8（コンマ区切り）」を選ぶか、"
    "Excel ブック（.xlsx）のまま指定してください。"
)
_NO_HEADER = (
    "見出しの行が見つかりません。gaiji が出力したファイルかどうか、見出しを消していないかを確かめてください。"
)


def _encoding(path: Path, *, legacy: bool) -> str:
    """Return the encoding of a CSV: UTF-8 unless it is not, and ``legacy`` allows another."""
    if not legacy:
        return "utf-8-sig"
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        with path.open("rb") as stream:
            while chunk := stream.read(1 << 20):
                decoder.decode(chunk)
            decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return "cp932"
    return "utf-8-sig"


# --- JSON Lines ---


def _jsonl(path: Path, header: Header) -> Iterator[Row]:
    with path.open("rb") as stream:
        for number in range(1, ROWS + 3):
            line = stream.readline(_LINE_BYTES + 1)
            if not line:
                return
            if len(line) > _LINE_BYTES:
                raise LoadError(path, number, f"行が長すぎます。{_PATH_HINT}。")
            try:
                values = json.loads(line.decode("utf-8"))
            except (ValueError, RecursionError) as error:
                raise LoadError(path, number, f"JSON として読めません。{_PATH_HINT}。") from error
            if not isinstance(values, dict):
                raise LoadError(path, number, f"JSON のオブジェクトではありません。{_PATH_HINT}。")
            columns = header(tuple(values))
            if columns is None:
                raise LoadError(path, number, _NO_HEADER)
            for name, value in values.items():
                if isinstance(value, bool) or not (value is None or isinstance(value, str | int | float)):
                    raise LoadError(
                        path, number, f"「{name[:40]}」の値が文字列でも数でもありません。{_PATH_HINT}。"
                    )
            yield Row(number, _named(columns, tuple(values.values())))


# --- Parquet ---


def _parquet(path: Path, header: Header) -> Iterator[Row]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        with pq.ParquetFile(path) as file:
            names = file.schema_arrow.names
            columns = header(names)
            if columns is None or len(set(names)) != len(names):
                raise LoadError(path, None, _NO_HEADER)
            wanted = [name for name, column in zip(names, columns, strict=True) if column is not None]
            kinds = {name: file.schema_arrow.field(name).type for name in wanted}
            for name, kind in kinds.items():
                if not (
                    pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_float64(kind)
                ):
                    raise LoadError(path, None, f"列「{name}」の型が違います。{_PATH_HINT}。")
            if file.metadata.num_rows > ROWS:
                raise LoadError(path, None, f"行が多すぎます（{ROWS:,} 行まで）。ファイルを分けてください。")
            kept = [column for column in columns if column is not None]
            number = 0
            for batch in file.iter_batches(batch_size=_BATCH, columns=wanted, use_threads=False):
                for values in batch.to_pylist():
                    number += 1
                    yield Row(number, _named(kept, [values[name] for name in wanted]))
    except (pa.ArrowException, UnicodeDecodeError) as error:
        raise LoadError(path, None, f"Parquet として読めません。{_PATH_HINT}。") from error


# --- Excel ---


def _xlsx(path: Path, header: Header) -> Iterator[Row]:
    from engine.output.workbook import read_sheets

    found = False
    current = ""
    columns: Sequence[str | None] | None = None
    for sheet, number, cells in read_sheets(path):
        if sheet != current:
            current, columns = sheet, None
        if columns is None:
            if number <= HEADER_WITHIN:
                columns = header([cell if isinstance(cell, str) else "" for cell in cells])
                found = found or columns is not None
            continue
        values = _named(columns, [*cells, *[""] * (len(columns) - len(cells))][: len(columns)])
        if values:
            yield Row(number, values)
    if not found:
        raise LoadError(path, None, _NO_HEADER)


def _named(columns: Sequence[str | None], cells: Sequence[Value]) -> dict[str, Value]:
    return {
        column: cell
        for column, cell in zip(columns, cells, strict=True)
        if column is not None and cell not in ("", None)
    }
