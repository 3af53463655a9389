r"""The journal of a conversion: where what was replaced, so that it can be undone byte for byte.

A file of any size may have millions of replaced codes, so a place takes a few bits: each is told by its
distance from the one before and by the number of its pair (what stood there, what stands there now), in
compressed blocks. The pairs, and the sizes and checksums of both files, are at the end. The journal holds
codes and places only, never other text of the file.

Layout: ``MAGIC``; blocks of ``<II`` (entries, compressed bytes) and zlib data, the distances as ``<u8`` and
then the pairs as ``<u4``; a block of no entries; the JSON trailer, compressed; ``<I`` its length; ``MAGIC``.
"""

from __future__ import annotations

import json
import struct
import zlib
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from engine.convert.encoding import Encoding, Positions
from engine.convert.errors import ConvertError

MAGIC = b"gaiji-journal-1\n"
BLOCK_ENTRIES = 1 << 16
_TRAILER_BYTES = 64_000_000
_ENTRY_BYTES = 12


@dataclass(frozen=True, slots=True)
class Trailer:
    """What is known when a conversion is complete.

    Attributes
    ----------
    encoding, output_encoding : str
    pairs : tuple of tuple of str
        (hex of what stood there, hex of what stands there now).
    entries : int
    input_bytes, output_bytes : int
    input_sha256, output_sha256 : str
    """

    encoding: str
    output_encoding: str
    pairs: tuple[tuple[str, str], ...]
    entries: int
    input_bytes: int
    output_bytes: int
    input_sha256: str
    output_sha256: str


class JournalWriter:
    """Writes a journal.

    Parameters
    ----------
    stream : BinaryIO
    """

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._gaps: list[Positions] = []
        self._pairs: list[Positions] = []
        self._waiting = 0
        self.entries = 0
        stream.write(MAGIC)

    def add(self, gaps: Positions, pairs: Positions) -> None:
        """Append entries.

        Parameters
        ----------
        gaps : (N,) int64
            Bytes of the output between the end of the entry before and the beginning of this one.
        pairs : (N,) int64
            Numbers of the trailer's pairs.
        """
        self._gaps.append(gaps)
        self._pairs.append(pairs)
        self._waiting += len(gaps)
        self.entries += len(gaps)
        if self._waiting >= BLOCK_ENTRIES:
            self._flush()

    def close(self, trailer: Trailer) -> None:
        """Write what is left; the stream stays open."""
        self._flush()
        packed = zlib.compress(json.dumps(asdict(trailer)).encode("ascii"), 6)
        self._stream.write(struct.pack("<II", 0, 0) + packed + struct.pack("<I", len(packed)) + MAGIC)

    def _flush(self) -> None:
        gaps = np.concatenate([*self._gaps, np.zeros(0, np.int64)])
        pairs = np.concatenate([*self._pairs, np.zeros(0, np.int64)])
        self._gaps, self._pairs, self._waiting = [], [], 0
        for first in range(0, len(gaps), BLOCK_ENTRIES):
            part = slice(first, first + BLOCK_ENTRIES)
            content = gaps[part].astype("<u8").tobytes() + pairs[part].astype("<u4").tobytes()
            packed = zlib.compress(content, 1)
            self._stream.write(struct.pack("<II", len(gaps[part]), len(packed)) + packed)


class Journal:
    """A journal to undo by.

    Parameters
    ----------
    stream : BinaryIO
        Seekable.
    path : Path
        For messages.

    Raises
    ------
    ConvertError
        Not a journal, or an incomplete or damaged one.
    """

    def __init__(self, stream: BinaryIO, path: Path) -> None:
        self._stream = stream
        self._path = path
        try:
            self.trailer, self.pairs = self._read_trailer()
        except (OSError, struct.error, zlib.error, ValueError, TypeError, KeyError, RecursionError) as error:
            raise self._damaged() from error

    def entries(self) -> Iterator[tuple[list[int], list[int]]]:
        """Yield gaps and pair numbers, a block at a time.

        Raises
        ------
        ConvertError
            The journal is damaged.
        """
        self._stream.seek(len(MAGIC))
        total = 0
        while True:
            try:
                count, size = struct.unpack("<II", self._stream.read(8))
                if not count:
                    break
                content = b""
                if count <= BLOCK_ENTRIES and size <= 2 * _ENTRY_BYTES * BLOCK_ENTRIES:
                    inflate = zlib.decompressobj()
                    content = inflate.decompress(self._stream.read(size), count * _ENTRY_BYTES + 1)
                if len(content) != count * _ENTRY_BYTES:
                    raise self._damaged()
            except (struct.error, zlib.error) as error:
                raise self._damaged() from error
            gaps = np.frombuffer(content, "<u8", count)
            pairs = np.frombuffer(content, "<u4", count, 8 * count)
            total += count
            if int(pairs.max()) >= len(self.pairs) or int(gaps.max()) > self.trailer.output_bytes:
                raise self._damaged()
            yield gaps.tolist(), pairs.tolist()
        if total != self.trailer.entries:
            raise self._damaged()

    def _read_trailer(self) -> tuple[Trailer, list[tuple[bytes, bytes]]]:
        end = 4 + len(MAGIC)
        if self._stream.read(len(MAGIC)) != MAGIC:
            raise ValueError
        size = self._stream.seek(0, 2)
        self._stream.seek(max(0, size - end))
        tail = self._stream.read()
        (length,) = struct.unpack("<I", tail[:4])
        if tail[4:] != MAGIC or length > size - end:
            raise ValueError
        self._stream.seek(size - end - length)
        inflate = zlib.decompressobj()
        text = inflate.decompress(self._stream.read(length), _TRAILER_BYTES)
        values: dict[str, Any] = json.loads(text)
        trailer = Trailer(**values)
        Encoding(trailer.encoding), Encoding(trailer.output_encoding)
        pairs = [(bytes.fromhex(old), bytes.fromhex(new)) for old, new in trailer.pairs]
        return trailer, pairs

    def _damaged(self) -> ConvertError:
        return ConvertError(
            "元に戻すための記録として読めません。"
            f"gaiji convert が作ったファイルを指定してください: {self._path}"
        )
