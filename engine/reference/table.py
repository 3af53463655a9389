"""The table of a reference set: one row for each character, by column, read when first asked for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from engine.errors import ReferenceSetError, UsageError
from engine.reference.codes import code_point, to_characters, to_code
from engine.reference.record import Codes, MojiRecord
from engine.reference.refset import ReferenceSet

if TYPE_CHECKING:
    import pyarrow as pa

REQUIRED_COLUMNS: tuple[str, ...] = ("mj", "kind", "ucs")
"""Columns that every set must have. All others may be missing; their values are then empty."""

IDENTIFY_COLUMNS: tuple[str, ...] = (
    "mj", "kind", "ucs", "ivs", "juki", "koseki", "toki", "jisx0213", "jisx0213_rules", "jisx0213_class",
    "strokes",
)  # fmt: skip
"""What identification reads; preloaded together."""

CHARSETS: dict[str, str] = {
    "mj": "MJ文字図形のすべて",
    "juki": "住基ネット統一文字",
    "koseki": "戸籍統一文字",
    "jisx0213": "JIS X 0213（包摂される字形を除く）",
}
"""Names for :meth:`MojiTable.charset_mask`, with the title for people."""


class MojiTable:
    """Columns of a reference set's table, in the order of the MJ names.

    Parameters
    ----------
    refset : ReferenceSet
    columns : iterable of str
        Read now; any other is read from the file when first asked for.

    Raises
    ------
    ReferenceSetError
        The file is damaged, or its columns or counts are not those of the definition.
    """

    def __init__(self, refset: ReferenceSet, columns: Iterable[str] = IDENTIFY_COLUMNS) -> None:
        import pyarrow as pa
        import pyarrow.parquet as pq

        self.refset = refset
        self._columns: dict[str, pa.Array] = {}
        path = refset.table.path
        try:
            # Not read_table: it drags in pyarrow.dataset, which takes longer than the reading.
            with pq.ParquetFile(path, memory_map=True) as file:
                self.column_names: tuple[str, ...] = tuple(file.schema_arrow.names)
                self._length: int = file.metadata.num_rows
        except (OSError, pa.ArrowException) as error:
            msg = f"参照表 {path} を読めません（{error}）。入れ直してください。"
            raise ReferenceSetError(msg) from error
        self._check_shape()
        self._read(dict.fromkeys((*REQUIRED_COLUMNS, *(c for c in columns if c in self.column_names))))
        self._check_rows()

    def __len__(self) -> int:
        return self._length

    def __contains__(self, mj: object) -> bool:
        return mj in self._rows

    @cached_property
    def mj(self) -> tuple[str, ...]:
        """MJ names, ascending."""
        return tuple(self._columns["mj"].to_pylist())

    @cached_property
    def code_points(self) -> NDArray[np.int32]:
        """対応するUCS of each row, (N,) int32; 0 where there is none. Equal numbers are siblings."""
        return np.array([code_point(code) for code in self.column("ucs").to_pylist()], np.int32)

    @cached_property
    def strokes(self) -> NDArray[np.int16]:
        """総画数 of each row, (N,) int16; −1 where there is none."""
        return self._numbers("strokes", missing=-1)

    @cached_property
    def is_hentaigana(self) -> NDArray[np.bool_]:
        """(N,) bool, True for 変体仮名."""
        return np.array([kind == "hentaigana" for kind in self._kinds], np.bool_)

    def column(self, name: str) -> pa.Array:
        """Return one column as an Arrow array of N values, reading it if it was not yet.

        Raises
        ------
        UsageError
            The table has no such column.
        """
        if name not in self._columns:
            if name not in self.column_names:
                msg = f"参照表に列 {name} はありません。ある列: {' '.join(self.column_names)}"
                raise UsageError(msg)
            self._read([name])
        return self._columns[name]

    def value(self, name: str, row: int) -> Any:
        """Return one value as a Python object; None where it, or the whole column, is missing."""
        return self.column(name)[row].as_py() if name in self.column_names else None

    def row(self, mj: str) -> int:
        """Return the row of an MJ name.

        Raises
        ------
        UsageError
            The set has no such name.
        """
        try:
            return self._rows[mj]
        except KeyError:
            msg = f"「{mj}」は参照セット {self.refset.id} にありません。{self.mj[0]} の形で書いてください。"
            raise UsageError(msg) from None

    def rows(self, names: Iterable[str]) -> NDArray[np.int64]:
        """Return the rows of MJ names, (K,) int64."""
        return np.array([self.row(name) for name in names], np.int64)

    def record(self, mj: str) -> MojiRecord:
        """Return everything that the table says of one MJ name."""
        return self.record_at(self.row(mj))

    def record_at(self, row: int) -> MojiRecord:
        """Return everything that the table says in one row."""
        return MojiRecord.from_values({name: self.value(name, row) for name in self.column_names})

    def codes(self, mj: str) -> Codes:
        """Return the codes of one MJ name as the results show them."""
        row = self.row(mj)
        ucs, ivs, juki, koseki, toki, jisx0213 = (
            self.value(name, row) or "" for name in ("ucs", "ivs", "juki", "koseki", "toki", "jisx0213")
        )
        return Codes(to_characters(ucs), to_characters(ivs), juki, koseki, toki, jisx0213)

    def rows_of_ucs(self, ucs: str) -> NDArray[np.int64]:
        """Return the rows whose 対応するUCS is ``ucs`` (a character or ``U+8FBB``), ascending (K,) int64."""
        number = code_point(ucs if ucs.startswith("U+") else to_code(ucs))
        order, sorted_codes = self._by_code_point
        if not number:
            return np.zeros(0, np.int64)
        first, last = np.searchsorted(sorted_codes, (number, number + 1))
        return order[first:last]

    def siblings(self, mj: str) -> tuple[str, ...]:
        """Return the other MJ names with the same 対応するUCS, ascending."""
        row = self.row(mj)
        number = int(self.code_points[row])
        return tuple(self.mj[other] for other in self.rows_of_ucs(f"U+{number:04X}") if other != row)

    def charset_mask(self, charset: str) -> NDArray[np.bool_]:
        """Return which rows belong to a character set, (N,) bool.

        Parameters
        ----------
        charset : str
            A key of :data:`CHARSETS`. A 変体仮名 belongs to one only by a code of its own.

        Raises
        ------
        UsageError
            Unknown character set, or the table has no column for it.
        """
        if charset not in CHARSETS:
            msg = f"文字集合「{charset}」はありません。{'・'.join(CHARSETS)} のどれかを指定してください。"
            raise UsageError(msg)
        if charset == "mj":
            return np.ones(self._length, np.bool_)
        mask = np.array([code is not None for code in self.column(charset).to_pylist()], np.bool_)
        if charset == "jisx0213":
            mask &= self._numbers("jisx0213_class", missing=0) == 0
        return mask

    @cached_property
    def _kinds(self) -> list[str | None]:
        import pyarrow as pa

        kinds = self.column("kind")
        if not pa.types.is_dictionary(kinds.type):
            return list(kinds.to_pylist())
        words = kinds.dictionary.to_pylist()  # decoding value by value takes 20 times as long
        return [None if number is None else words[number] for number in kinds.indices.to_pylist()]

    @cached_property
    def _rows(self) -> dict[str, int]:
        return {name: row for row, name in enumerate(self.mj)}

    @cached_property
    def _by_code_point(self) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
        order = np.argsort(self.code_points, kind="stable")
        return order, self.code_points[order]

    def _numbers(self, name: str, *, missing: int) -> NDArray[np.int16]:
        if name not in self.column_names:
            return np.full(self._length, missing, np.int16)
        values: NDArray[np.float64] = self.column(name).to_numpy(zero_copy_only=False).astype(np.float64)
        return np.nan_to_num(values, nan=missing).astype(np.int16)

    def _read(self, names: Iterable[str]) -> None:
        import pyarrow as pa
        import pyarrow.parquet as pq

        wanted = list(names)
        try:
            with pq.ParquetFile(self.refset.table.path, memory_map=True) as file:
                part = file.read(columns=wanted, use_threads=False)
        except (OSError, pa.ArrowException) as error:
            msg = f"参照表 {self.refset.table.path} が壊れています（{error}）。入れ直してください。"
            raise ReferenceSetError(msg) from error
        for name in wanted:
            self._columns[name] = pa.concat_arrays(part.column(name).chunks)

    def _check_shape(self) -> None:
        declared = self.refset.table
        missing = [name for name in REQUIRED_COLUMNS if name not in self.column_names]
        if missing or (declared.columns and declared.columns != self.column_names):
            expected = " ".join(declared.columns or REQUIRED_COLUMNS)
            msg = (
                f"参照表 {declared.path} の列が定義と合いません"
                f"（定義: {expected}、表: {' '.join(self.column_names)}）。"
                "表と reference.toml を同じ版にそろえてください。"
            )
            raise ReferenceSetError(msg)
        if self._length != declared.rows:
            msg = (
                f"参照表 {declared.path} は {self._length} 行ありますが、定義では {declared.rows} 行です。"
                "表と reference.toml を同じ版にそろえてください。"
            )
            raise ReferenceSetError(msg)

    def _check_rows(self) -> None:
        if len(self._rows) != self._length or self.mj != tuple(sorted(self.mj)):
            msg = f"参照表 {self.refset.table.path} の図形名が重複しているか、並んでいません。"
            raise ReferenceSetError(msg)
        counts = Counter(self._kinds)
        if counts != dict(self.refset.counts):
            msg = (
                f"参照表 {self.refset.table.path} の内訳 {dict(counts)} が定義 {dict(self.refset.counts)} と"
                "合いません。表と reference.toml を同じ版にそろえてください。"
            )
            raise ReferenceSetError(msg)


def load_table(refset: ReferenceSet, columns: Sequence[str] | None = None) -> MojiTable:
    """Load a reference set's table.

    Parameters
    ----------
    refset : ReferenceSet
        Whose table.
    columns : sequence of str, optional
        To read at once; those of identification where None. Others follow when first asked for.

    Raises
    ------
    ReferenceSetError
        The file is damaged, or does not fit the definition.
    """
    return MojiTable(refset, IDENTIFY_COLUMNS if columns is None else columns)
