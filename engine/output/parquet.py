"""Parquet: text columns and a float64 ``confidence``, zstd, written in row groups of bounded size."""

from __future__ import annotations

from typing import TYPE_CHECKING, BinaryIO

from engine.output.record import NUMBER_COLUMN, Record
from engine.result import COLUMNS

if TYPE_CHECKING:
    import pyarrow as pa

ROW_GROUP = 16_384
"""Rows held in memory before they are written; about 8 MB."""


def schema() -> pa.Schema:
    """Return the columns of the results and their types."""
    import pyarrow as pa

    return pa.schema([(name, pa.float64() if name == NUMBER_COLUMN else pa.string()) for name in COLUMNS])


class ParquetWriter:
    """Writes rows as one Parquet file.

    Parameters
    ----------
    stream : BinaryIO
    row_group : int
        Rows per row group.
    """

    def __init__(self, stream: BinaryIO, *, row_group: int = ROW_GROUP) -> None:
        import pyarrow as pa
        import pyarrow.parquet as pq

        self._schema = schema()
        self._to_table = pa.Table.from_pylist
        self._writer = pq.ParquetWriter(stream, self._schema, compression="zstd")
        self._row_group = row_group
        self._rows: list[Record] = []

    def write(self, record: Record) -> None:
        """Append one row."""
        self._rows.append(record)
        if len(self._rows) >= self._row_group:
            self._flush()

    def close(self) -> None:
        """Write what is left and the file's footer; the stream stays open."""
        self._flush()
        self._writer.close()

    def discard(self) -> None:
        """Give up; pyarrow would otherwise write a footer when the object is collected."""
        self._rows.clear()
        self._writer.is_open = False

    def _flush(self) -> None:
        if self._rows:
            self._writer.write_table(self._to_table(self._rows, schema=self._schema))
            self._rows.clear()
