"""A conversion undone: the original bytes, proved by their checksum."""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

from engine.convert.encoding import Encoding
from engine.convert.errors import ConvertError
from engine.convert.files import check_apart, check_place, check_room, reading, writing
from engine.convert.journal import Journal
from engine.output.sink import AtomicFile

_CHUNK = 1 << 20


def undo_file(
    converted: Path,
    journal: Path,
    output: Path,
    *,
    force: bool = False,
    progress: Callable[[str, int, int], None] | None = None,
) -> int:
    """Give back the file that was converted.

    Parameters
    ----------
    converted : Path
        What ``gaiji convert`` wrote, not changed since.
    journal : Path
        What it wrote beside.
    output : Path
    force : bool
        Whether ``output`` may be replaced.
    progress : callable, optional

    Returns
    -------
    int
        Bytes of the original.

    Raises
    ------
    UsageError, OutputError
    ConvertError
        The converted file was changed, or the journal is damaged or of another file; nothing is written.
    """
    check_apart(converted, journal, output)
    check_place(output, force=force)
    with contextlib.ExitStack() as stack:
        with reading(converted):
            source = stack.enter_context(converted.open("rb"))
        with reading(journal):
            record = Journal(stack.enter_context(journal.open("rb")), journal)
        trailer = record.trailer
        with reading(converted):
            if _checksum(source) != (trailer.output_sha256, trailer.output_bytes):
                raise ConvertError(
                    "変換した後で変更されたか、別の変換のファイルです。"
                    f"変換したときのままのファイルと、その記録を指定してください: {converted}"
                )
        check_room(output, trailer.input_bytes)
        stream = stack.enter_context(AtomicFile(output, force=force))
        with writing(output):
            back = _Back(source, stream, record)
            for done in back.run():
                if progress is not None:
                    progress("元に戻しています", done >> 20, trailer.output_bytes >> 20)
        if (back.sha256.hexdigest(), back.written) != (trailer.input_sha256, trailer.input_bytes):
            raise ConvertError(f"元のファイルに戻りません。記録が壊れています: {journal}")
        return back.written


class _Back:
    """The way back under way."""

    def __init__(self, source: BinaryIO, output: BinaryIO, journal: Journal) -> None:
        self._source, self._output, self._journal = source, output, journal
        self._encoding = Encoding(journal.trailer.encoding)
        self._from = Encoding(journal.trailer.output_encoding)
        self._waiting: list[bytes] = []
        self._size = 0
        self.sha256 = hashlib.sha256()
        self.written = 0

    def run(self) -> Iterator[int]:
        """Yield how many bytes have been read."""
        pairs = self._journal.pairs
        done = 0
        for gaps, numbers in self._journal.entries():
            for gap, number in zip(gaps, numbers, strict=True):
                self._copy(gap)
                old, new = pairs[number]
                if self._source.read(len(new)) != new:
                    raise ConvertError(
                        "変換したファイルが、記録と合いません。組になるものを指定してください。"
                    )
                self._write(old)
                done += gap + len(new)
            yield done
        self._copy(self._journal.trailer.output_bytes - done)
        self._flush()

    def _copy(self, size: int) -> None:
        while size > 0:
            data = self._source.read(min(size, _CHUNK))
            if not data:
                raise ConvertError("変換したファイルが途中で切れています。")
            size -= len(data)
            if self._from is not self._encoding:
                data, size = self._whole_characters(data, size)
                data = data.decode(self._from.value).encode(self._encoding.value)
            self._write(data)

    def _whole_characters(self, data: bytes, left: int) -> tuple[bytes, int]:
        """Read on to the end of a character of UTF-8."""
        while left and (following := self._source.read(1)):
            if following[0] & 0xC0 != 0x80:
                self._source.seek(-1, 1)
                break
            data += following
            left -= 1
        return data, left

    def _write(self, data: bytes) -> None:
        self._waiting.append(data)
        self._size += len(data)
        if self._size >= _CHUNK:
            self._flush()

    def _flush(self) -> None:
        data = b"".join(self._waiting)
        self._waiting, self._size = [], 0
        self._output.write(data)
        self.sha256.update(data)
        self.written += len(data)


def _checksum(stream: BinaryIO) -> tuple[str, int]:
    """Return checksum and size, and go back to the beginning."""
    found = hashlib.sha256()
    while chunk := stream.read(_CHUNK):
        found.update(chunk)
    size = stream.tell()
    stream.seek(0)
    return found.hexdigest(), size
