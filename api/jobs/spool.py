"""What was read from an upload, kept on disk until the job is done: read once, then identified from there.

Why not read again after every interruption: the readers have limits of time, so that a busy machine could
read one member more or less the second time, and every row behind it would belong to another glyph. A spool
is complete or not there. It also tells how many glyphs there are before the first is identified.

A spool is a file of blocks: their length, then a compressed frame of :mod:`engine.glyph.wire`. No pickle.
"""

from __future__ import annotations

import contextlib
import io
import os
import secrets
import shutil
import struct
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from engine.glyph import wire
from engine.glyph.model import Glyph, ReadFailure
from engine.intake.key import DeliveryKey
from engine.intake.match import Delivered

_MAGIC = b"gaiji-spool-1\n"
_COUNT = struct.Struct(">Q")
_LENGTH = struct.Struct(">I")
_ITEMS = 64
_MOST_FRAME_BYTES = 64 * 2**20
_LEVEL = 1
_NAME = "glyphs.spool"


class SpoolError(Exception):
    """A spool is damaged: to be made anew."""


@dataclass(frozen=True, slots=True)
class Spool:
    """A complete spool.

    Attributes
    ----------
    path : Path
    total : int
        Members.
    """

    path: Path
    total: int

    def items(self, start: int = 0) -> Iterator[Delivered]:
        """Yield the members from one on, in order.

        Raises
        ------
        SpoolError
        """
        position = 0
        with self.path.open("rb") as file:
            file.seek(len(_MAGIC) + _COUNT.size)
            while position < self.total:
                size = min(_ITEMS, self.total - position)
                length = _length(file.read(_LENGTH.size))
                if position + size <= start:
                    file.seek(length, os.SEEK_CUR)
                else:
                    frame = _unpacked(file.read(length))
                    if len(frame) != size:
                        raise SpoolError("a block of another size")
                    yield from frame[max(0, start - position) :]
                position += size


def folder_of(data_dir: Path, upload_id: int) -> Path:
    """Return the folder in which an upload's job keeps what it needs."""
    return data_dir / "jobs" / str(upload_id)


def find(folder: Path) -> Spool | None:
    """Return the spool in a job's folder; None where there is none that is whole."""
    path = folder / _NAME
    try:
        with path.open("rb") as file:
            head = file.read(len(_MAGIC) + _COUNT.size)
    except OSError:
        return None
    if not head.startswith(_MAGIC) or len(head) < len(_MAGIC) + _COUNT.size:
        return None
    (total,) = _COUNT.unpack(head[len(_MAGIC) :])
    return Spool(path, total)


def write(folder: Path, items: Iterable[Delivered], *, tick: Callable[[], None] = lambda: None) -> Spool:
    """Write everything that is read into a spool.

    Parameters
    ----------
    folder : Path
        The job's folder.
    items : iterable of Delivered
    tick : callable
        Called after each block; may raise to give up.
    """
    folder.mkdir(parents=True, exist_ok=True)
    part = folder / f"{secrets.token_hex(8)}.part"
    source, total = iter(items), 0
    try:
        with part.open("xb") as file:
            file.write(_MAGIC + _COUNT.pack(0))
            while block := tuple(islice(source, _ITEMS)):
                packed = _packed(block)
                file.write(_LENGTH.pack(len(packed)))
                file.write(packed)
                total += len(block)
                tick()
            file.seek(len(_MAGIC))
            file.write(_COUNT.pack(total))
            file.flush()
            os.fsync(file.fileno())
        with contextlib.suppress(PermissionError):  # Windows: another worker has written it, and reads it
            part.replace(folder / _NAME)
    finally:
        part.unlink(missing_ok=True)
    return Spool(folder / _NAME, total)


def discard(folder: Path) -> None:
    """Delete a job's folder; what cannot be deleted now is left for the sweeping."""
    shutil.rmtree(folder, ignore_errors=True)


def _packed(block: tuple[Delivered, ...]) -> bytes:
    words, pixels = wire.pack([each.item for each in block])
    keys = [[each.key.municipality, each.key.system, each.key.font, each.key.kind] for each in block]
    frame = io.BytesIO()
    wire.send(frame, {"items": words, "keys": keys}, pixels)
    return zlib.compress(frame.getvalue(), _LEVEL)


def _unpacked(packed: bytes) -> list[Delivered]:
    try:
        inflater = zlib.decompressobj()
        data = inflater.decompress(packed, _MOST_FRAME_BYTES)
        frame = wire.receive(io.BytesIO(data))
        if frame is None or not inflater.eof:
            raise SpoolError("cut short")
        message, pixels = frame
        items: list[Glyph | ReadFailure] = list(wire.unpack(message["items"], pixels))
        keys = [DeliveryKey(*map(str, words)) for words in message["keys"]]
        return [Delivered(item, key) for item, key in zip(items, keys, strict=True)]
    except (zlib.error, wire.WireError, KeyError, TypeError, ValueError) as error:
        raise SpoolError("damaged") from error


def _length(data: bytes) -> int:
    if len(data) < _LENGTH.size:
        raise SpoolError("cut short")
    (length,) = _LENGTH.unpack(data)
    return int(length)
