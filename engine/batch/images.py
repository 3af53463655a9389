"""A Parquet file of pictures: the quickest way to hand over a million of them.

Columns: ``image``, the bytes of an image file or the brightness of the pixels as lists (H, W) of uint8, in
either polarity; and, as far as there are, ``source``, ``gaiji_code``, ``municipality``, ``system``, ``font``
and ``kind``, as in the results.
"""

from __future__ import annotations

import functools
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from engine.batch.item import Copies, Copy, Item, picture_digest
from engine.errors import ReadError, UsageError
from engine.glyph.clean import clean
from engine.glyph.formats import IMAGES, PLAIN_IMAGES, sniff
from engine.glyph.images import read_image
from engine.glyph.limits import Limits
from engine.glyph.model import Glyph, ReadFailure
from engine.glyph.options import ReadOptions
from engine.glyph.worker import GlyphWorker
from engine.intake.key import DeliveryKey, parse_kind, parse_municipality, parse_name
from engine.output.sink import OutputError
from engine.output.tabular import LoadError

if TYPE_CHECKING:
    import pyarrow as pa
    import pyarrow.parquet as pq

IMAGES_SUFFIX = ".parquet"
IMAGE = "image"
KEY_COLUMNS = ("municipality", "system", "font", "kind")
_TEXT_COLUMNS = ("source", "gaiji_code", *KEY_COLUMNS)
_TEXT_CHARACTERS = 4_096
_BATCH = 256
_KEYS_AT_ONCE = 65_536
_ROW_GROUP_MB = 4_000
_NO_PICTURE = "画像が入っていません。"
_NOT_A_PICTURE = "画像が、行の長さのそろった uint8 の並びになっていません。"


def is_images(path: Path) -> bool:
    """Whether a file is a Parquet of pictures. One that cannot be opened is not."""
    if path.suffix.lower() != IMAGES_SUFFIX or not path.is_file():
        return False
    with _opened(path) as file:
        fields = {field.name: field.type for field in file.schema_arrow}
    return IMAGE in fields and _holds_pictures(fields[IMAGE])


def row_groups(path: Path) -> list[tuple[int, int]]:
    """Return the size in bytes and the number of rows of each row group.

    Raises
    ------
    LoadError
        The file cannot be read, or has row groups that are too large.
    """
    with _opened(path) as file:
        groups = [file.metadata.row_group(i) for i in range(file.metadata.num_row_groups)]
        sizes = [(group.total_byte_size, group.num_rows) for group in groups]
    if max((size for size, _ in sizes), default=0) > _ROW_GROUP_MB * 1_000_000:
        raise LoadError(
            path, None, f"行グループが大きすぎます（{_ROW_GROUP_MB:,} MB まで）。分けてください。"
        )
    return sizes


def image_keys(path: Path) -> None:
    """Check the keys of all rows.

    Raises
    ------
    LoadError
        The file cannot be read, or a column has another type.
    UsageError
        A key that cannot be right; the message says which.
    """
    import pyarrow.compute as pc

    with _opened(path) as file:
        columns = [name for name in KEY_COLUMNS if name in file.schema_arrow.names]
        for group in range(file.metadata.num_row_groups):
            for batch in file.iter_batches(
                _KEYS_AT_ONCE, row_groups=[group], columns=columns, use_threads=False
            ):
                for name in columns:
                    for value in pc.unique(_texts(path, batch, name)).to_pylist():
                        try:
                            _key_value(name, value or "")
                        except UsageError as error:
                            raise UsageError(f"{path} の列 {name}: {error}") from error


def read_images(
    path: Path,
    row_group: int,
    options: ReadOptions,
    worker: GlyphWorker,
    key: DeliveryKey,
    copies: Copies,
    skip: int = 0,
) -> Iterator[Item]:
    """Read the pictures of one row group.

    Parameters
    ----------
    path : Path
    row_group : int
    options : ReadOptions
        Limits.
    worker : GlyphWorker
        Decodes the risky formats.
    key : DeliveryKey
        What holds where the columns say nothing.
    copies : Copies
        The pictures that have been read.
    skip : int
        Rows at the beginning of the group that are not wanted.

    Yields
    ------
    Item
        One for each row; the source is the column's, or ``path#number`` (counted from 1).
    """
    place = 0
    try:
        with _opened(path) as file, tempfile.TemporaryDirectory(prefix="gaiji-") as aside:
            first = sum(file.metadata.row_group(i).num_rows for i in range(row_group))
            columns = [name for name in (IMAGE, *_TEXT_COLUMNS) if name in file.schema_arrow.names]
            for batch in file.iter_batches(
                _BATCH, row_groups=[row_group], columns=columns, use_threads=False
            ):
                start = min(max(skip - place, 0), len(batch))
                place += start
                for row in _rows(path, batch.slice(start)):
                    place += 1
                    source = row["source"] or f"{path}#{first + place}"
                    content = _read(row, source, options, worker, Path(aside), copies)
                    yield Item(content, _key(row).over(key))
    except LoadError as error:
        if place >= skip:
            yield Item(ReadFailure(str(path), "unreadable-file", str(error)), key)


def _rows(path: Path, batch: pa.RecordBatch) -> Iterator[dict[str, Any]]:
    texts = {
        name: _texts(path, batch, name).to_pylist() if name in batch.schema.names else [""] * len(batch)
        for name in _TEXT_COLUMNS
    }
    for place, picture in enumerate(_pictures(batch.column(IMAGE))):
        yield {name: (values[place] or "")[:_TEXT_CHARACTERS] for name, values in texts.items()} | {
            IMAGE: picture
        }


def _pictures(column: pa.Array) -> Iterator[bytes | NDArray[np.uint8] | None]:
    """Yield each picture as bytes of a file, or as pixels; None where there is none."""
    import pyarrow as pa

    if pa.types.is_binary(column.type) or pa.types.is_large_binary(column.type):
        yield from (value.as_py() for value in column)
        return
    for picture in column.cast(pa.list_(pa.list_(pa.uint8()))):
        rows = picture.values
        if rows is None or not len(rows) or rows.null_count:
            yield None
            continue
        widths = np.diff(rows.offsets.to_numpy())
        pixels = rows.flatten()
        if (widths != widths[0]).any() or pixels.null_count:
            yield np.empty((0, 0), np.uint8)
        else:
            yield pixels.to_numpy(zero_copy_only=False).reshape(len(rows), int(widths[0]))


def _read(
    row: dict[str, Any],
    source: str,
    options: ReadOptions,
    worker: GlyphWorker,
    aside: Path,
    copies: Copies,
) -> Glyph | ReadFailure | Copy:
    picture, code, font = row[IMAGE], row["gaiji_code"], row["font"]
    try:
        if picture is None or not len(picture):
            raise ReadError("unreadable-image", _NO_PICTURE if picture is None else _NOT_A_PICTURE)
        digest = picture_digest(picture)
        known = copies.find(digest)
        if known is not None:
            return Copy(source, code, known)
        if isinstance(picture, bytes):
            item = _decoded(picture, source, options, worker, aside)
            if isinstance(item, ReadFailure):
                return ReadFailure(source, item.code, item.message, code, font)
            ink = item.ink
        else:
            ink = clean(_checked(picture, options.limits))
    except ReadError as error:
        return ReadFailure(source, error.code, str(error), code, font)
    if ink.any():
        copies.add(digest)
    return Glyph(np.array(ink), source, code, font=font)


def _decoded(
    data: bytes, source: str, options: ReadOptions, worker: GlyphWorker, aside: Path
) -> Glyph | ReadFailure:
    kind = sniff(data[:512], source)
    if kind in PLAIN_IMAGES or kind not in IMAGES or len(data) > options.limits.image_mb * 1_000_000:
        return read_image(data, source, options.limits)
    path = aside / "image"
    try:
        path.write_bytes(data)
    except OSError as error:
        raise OutputError(
            f"一時ファイルを書けません（{error.strerror}）。空きを確かめてください: {aside}"
        ) from error
    (item,) = worker.read(path, source, options, one_step=True)
    return item


def _checked(pixels: NDArray[np.uint8], limits: Limits) -> NDArray[np.uint8]:
    height, width = pixels.shape
    if min(height, width) < 2:
        raise ReadError("too-small", f"画像が小さすぎます（{width}×{height} 画素）。")
    if max(height, width) > limits.image_side_px or height * width > limits.image_pixels:
        raise ReadError("too-large", f"画像が大きすぎます（{width}×{height} 画素）。")
    return pixels


def _key(row: dict[str, Any]) -> DeliveryKey:
    return DeliveryKey(**{name: _key_value(name, row[name]) for name in KEY_COLUMNS})


@functools.lru_cache(maxsize=10_000)
def _key_value(name: str, text: str) -> str:
    if name == "municipality":
        return parse_municipality(text)[0]
    return parse_kind(text) if name == "kind" else parse_name(text, name)


def _texts(path: Path, batch: pa.RecordBatch, name: str) -> pa.Array:
    import pyarrow as pa

    column = batch.column(name)
    if pa.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    if not (pa.types.is_string(column.type) or pa.types.is_large_string(column.type)):
        raise LoadError(path, None, f"列「{name}」の型が文字列ではありません。")
    return column


def _holds_pictures(kind: pa.DataType) -> bool:
    import pyarrow as pa

    if pa.types.is_binary(kind) or pa.types.is_large_binary(kind):
        return True
    return bool(
        _is_list(kind) and _is_list(kind.value_type) and pa.types.is_uint8(kind.value_type.value_type)
    )


def _is_list(kind: pa.DataType) -> bool:
    import pyarrow as pa

    return any(is_(kind) for is_ in (pa.types.is_list, pa.types.is_large_list, pa.types.is_fixed_size_list))


@contextmanager
def _opened(path: Path) -> Iterator[pq.ParquetFile]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        with pq.ParquetFile(path, pre_buffer=False, buffer_size=1 << 20) as file:
            yield file
    except (OSError, pa.ArrowException) as error:
        raise LoadError(
            path, None, "Parquet として読めません。途中で切れていないか確かめてください。"
        ) from error
