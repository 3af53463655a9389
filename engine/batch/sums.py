"""The side file of a part: its checksum, where reading goes on, what the search for duplicates keeps."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from engine.intake.duplicates import Marks

if TYPE_CHECKING:
    import pyarrow as pa

FORMAT = 1
_HEAD = b"gaiji"


@dataclass(frozen=True, slots=True)
class Position:
    """Where reading goes on behind a part.

    Attributes
    ----------
    unit : int
        Index of the unit (a file, a row group) that is being read.
    items : int
        How many of its items have been read.
    names : mapping
        What the names of files have told so far (:meth:`engine.glyph.names.NamedSource.state`).
    """

    unit: int
    items: int
    names: Mapping[str, Any]


@dataclass(frozen=True, slots=True, eq=False)
class Sums:
    """What a side file holds.

    Attributes
    ----------
    run : str
        Identity of the run that the part belongs to.
    sha256 : str
        Of the part.
    rows : int
        Of the part.
    position : Position
        Behind the part.
    marks : Marks
        Of its pictures that had not been seen before.
    """

    run: str
    sha256: str
    rows: int
    position: Position
    marks: Marks


def pack(sums: Sums) -> bytes:
    """Return the bytes of a side file; the same for the same content."""
    import pyarrow as pa

    marks = sums.marks
    columns = {
        "number": pa.array(marks.numbers, pa.int64()),
        "digest": _fixed(marks.digests),
        "coarse": _fixed(marks.coarse),
        "fine": _fixed(marks.fine),
    }
    head = {
        "format": FORMAT,
        "run": sums.run,
        "sha256": sums.sha256,
        "rows": sums.rows,
        "unit": sums.position.unit,
        "items": sums.position.items,
        "names": sums.position.names,
    }
    table = pa.table(columns).replace_schema_metadata({_HEAD: json.dumps(head).encode()})
    stream = BytesIO()
    options = pa.ipc.IpcWriteOptions(compression="zstd", use_threads=False)
    with pa.ipc.new_file(stream, table.schema, options=options) as writer:
        writer.write_table(table)
    body = stream.getvalue()
    return hashlib.sha256(body).digest() + body  # a torn file may still look like an Arrow file


def unpack(data: bytes) -> Sums:
    """Undo :func:`pack`.

    Raises
    ------
    ValueError, KeyError, TypeError, pyarrow.ArrowException
        It is not a whole side file of this format.
    """
    import pyarrow as pa

    digest, body = data[:32], data[32:]
    if hashlib.sha256(body).digest() != digest:
        raise ValueError("damaged")
    table = pa.ipc.open_file(pa.BufferReader(body)).read_all()
    head = json.loads(table.schema.metadata[_HEAD])
    if head["format"] != FORMAT:
        raise ValueError("another format")
    marks = Marks(
        table["number"].to_numpy(), _bytes(table["digest"]), _bytes(table["coarse"]), _bytes(table["fine"])
    )
    position = Position(int(head["unit"]), int(head["items"]), head["names"])
    return Sums(str(head["run"]), str(head["sha256"]), int(head["rows"]), position, marks)


def _fixed(values: NDArray[np.uint8]) -> pa.Array:
    import pyarrow as pa

    size = values.shape[1]
    data = pa.py_buffer(np.ascontiguousarray(values))
    return pa.FixedSizeBinaryArray.from_buffers(pa.binary(size), len(values), [None, data])


def _bytes(column: pa.ChunkedArray) -> NDArray[np.uint8]:
    size = column.type.byte_width
    chunks = [
        np.frombuffer(chunk.buffers()[1], np.uint8)[chunk.offset * size :][: len(chunk) * size]
        for chunk in column.chunks
    ]
    return np.concatenate([np.empty(0, np.uint8), *chunks]).reshape(-1, size)
