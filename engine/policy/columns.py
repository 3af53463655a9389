"""Results as columns, only those that a policy looks at: from files of a million rows, or from rows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from engine.errors import UsageError
from engine.output.load import part_files, read_results
from engine.output.tabular import LoadError
from engine.result import Identification, Review, Subclass, Verdict

if TYPE_CHECKING:
    import pyarrow as pa

Progress = Callable[[str, int, int], None]

NEEDED: tuple[str, ...] = (
    "source", "gaiji_code", "class", "subclass", "mj", "review", "evidence", "status", "municipality",
    "system", "font", "kind", "same_as", "near_same",
)  # fmt: skip
"""Columns that are read."""

_MUST = ("source", "class", "mj", "review", "evidence")
_FEW = ("class", "subclass", "review", "status", "municipality", "system", "font", "kind")
"""Columns of few distinct values, read as numbers into a list of them."""
_ALLOWED: dict[str, frozenset[str]] = {
    "class": frozenset((*Verdict, "")),
    "subclass": frozenset((*Subclass, "")),
    "review": frozenset((*Review, "")),
}
_STAGE = "結果を読んでいます"


@dataclass(frozen=True, eq=False)
class Results:
    """Rows as columns.

    Attributes
    ----------
    table : pyarrow.Table
        N rows with the columns :data:`NEEDED`; text, none missing.
    files : tuple of (Path, int)
        Where they come from, with the rows of each, in order; none where they were never in a file.
    """

    table: pa.Table
    files: tuple[tuple[Path, int], ...] = ()

    def __len__(self) -> int:
        return int(self.table.num_rows)

    def codes(self, name: str) -> tuple[NDArray[np.int32], list[str]]:
        """Return a column as numbers into a list of its distinct values: (N,) int32, and the values."""
        import pyarrow as pa

        column = self.table.column(name).combine_chunks()
        if isinstance(column, pa.ChunkedArray):  # no rows
            return np.zeros(0, np.int32), []
        if not pa.types.is_dictionary(column.type):
            column = column.dictionary_encode()
        return column.indices.to_numpy().astype(np.int32), column.dictionary.to_pylist()

    def rows(self, places: Sequence[int] | NDArray[np.int64]) -> list[Identification]:
        """Return some rows, with what :data:`NEEDED` holds of them: enough to read their pictures again."""
        import pyarrow as pa

        taken = self.table.take(pa.array(np.asarray(places, np.int64)))
        return [
            Identification(
                source=row["source"],
                gaiji_code=row["gaiji_code"],
                verdict=Verdict(row["class"]) if row["class"] else None,
                subclass=Subclass(row["subclass"]) if row["subclass"] else None,
                mj=row["mj"],
                review=Review(row["review"] or Review.REQUIRED),
                evidence=tuple(row["evidence"].split()),
                status=row["status"] or "ok",
                municipality=row["municipality"],
                system=row["system"],
                font=row["font"],
                kind=row["kind"],
                same_as=row["same_as"],
                near_same=row["near_same"],
            )
            for row in taken.to_pylist()
        ]

    def file_of(self, place: int) -> Path | None:
        """Return the file that a row comes from."""
        for path, count in self.files:
            if place < count:
                return path
            place -= count
        return None


def read_columns(paths: Sequence[Path], progress: Progress | None = None) -> Results:
    """Read results.

    Parameters
    ----------
    paths : sequence of Path
        ``.parquet``, folders of finished ``gaiji batch`` runs (read by column), or what
        :func:`engine.output.load.read_results` reads (row by row). A path that is named twice is read once.
    progress : callable, optional
        Called with (text, files done, files).

    Raises
    ------
    UsageError
        No rows.
    LoadError, WorkbookError
        A file cannot be read.
    """
    import pyarrow as pa

    tables, files = [], []
    wanted = list(dict.fromkeys(paths))
    for done, path in enumerate(wanted, 1):
        if path.is_dir():
            found = [_read_parquet(part) for part in part_files(path)]
            table = pa.concat_tables(found) if found else from_rows(()).table
        elif path.suffix.lower() == ".parquet":
            table = _read_parquet(path)
        else:
            table = from_rows(read_results(path)).table
        tables.append(table)
        files.append((path, int(table.num_rows)))
        if progress is not None:
            progress(_STAGE, done, len(wanted))
    together = pa.concat_tables(tables).unify_dictionaries()
    if not together.num_rows:
        raise UsageError("結果に行がありません。gaiji identify か gaiji batch の結果を指定してください。")
    return Results(together, tuple(files))


def from_rows(rows: Iterable[Identification]) -> Results:
    """Return rows from anywhere (a database, a list) as columns."""
    import pyarrow as pa

    values: dict[str, list[str]] = {name: [] for name in NEEDED}
    for row in rows:
        for name, value in row.row().items():
            if name in values:
                values[name].append(str(value or ""))
    return from_table(pa.table({name: pa.array(column, pa.string()) for name, column in values.items()}))


def from_table(table: pa.Table, path: Path | None = None) -> Results:
    """Return an Arrow table with the contract's columns as results; older ones may lack some.

    Parameters
    ----------
    table : pyarrow.Table
    path : Path, optional
        For messages.

    Raises
    ------
    LoadError
        A column is missing, or holds what it must not.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    where = path or Path("（表）")
    missing = [name for name in _MUST if name not in table.column_names]
    if missing:
        raise LoadError(where, None, f"同定の結果ではありません（列 {' '.join(missing)} がありません）。")
    columns = []
    for name in NEEDED:
        if name not in table.column_names:
            filled: pa.Array = pa.nulls(table.num_rows, pa.string())
            column = pa.chunked_array([pc.fill_null(filled, "ok" if name == "status" else "")])
        else:
            column = table.column(name)
        if name in _FEW:
            column = column if pa.types.is_dictionary(column.type) else _encoded(column, where, name)
            column = _without_nulls(column)
            _check(column, name, where)
        else:
            column = pc.fill_null(_text(column, where, name), "")
        columns.append(column)
    return Results(pa.table(columns, names=list(NEEDED)).unify_dictionaries())


def _read_parquet(path: Path) -> pa.Table:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        with pq.ParquetFile(path) as file:
            names = set(file.schema_arrow.names)
        few = [name for name in _FEW if name in names]
        with pq.ParquetFile(path, read_dictionary=few) as file:
            table = file.read(columns=[name for name in NEEDED if name in names])
    except FileNotFoundError:
        raise LoadError(path, None, "ファイルがありません。場所を確かめてください。") from None
    except (OSError, ValueError, pa.ArrowException) as error:
        raise LoadError(path, None, f"Parquet として読めません（{type(error).__name__}）。") from error
    return from_table(table, path).table


def _text(column: pa.ChunkedArray, path: Path, name: str) -> pa.ChunkedArray:
    import pyarrow as pa

    try:
        return column.cast(pa.string())
    except pa.ArrowException:
        raise LoadError(path, None, f"列 {name} が文字ではありません。") from None


def _encoded(column: pa.ChunkedArray, path: Path, name: str) -> pa.ChunkedArray:
    return _text(column, path, name).dictionary_encode()


def _without_nulls(column: pa.ChunkedArray) -> pa.ChunkedArray:
    import pyarrow as pa
    import pyarrow.compute as pc

    if not column.null_count:
        return column
    return pc.fill_null(column.cast(pa.string()), "").dictionary_encode()


def _check(column: pa.ChunkedArray, name: str, path: Path) -> None:
    allowed = _ALLOWED.get(name)
    if allowed is None:
        return
    values = {value for chunk in column.chunks for value in chunk.dictionary.to_pylist()}
    wrong = sorted(str(value) for value in values - allowed)
    if wrong:
        every = "・".join(sorted(allowed - {""}))
        raise LoadError(path, None, f"「{name}」に「{wrong[0][:40]}」があります。{every} のどれかです。")
