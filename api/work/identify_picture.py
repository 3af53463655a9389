"""Identifying one picture at once, without keeping anything of it."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from api.errors import InvalidError, TooLargeError, UnsupportedError
from api.services import Services
from engine.errors import ReadError
from engine.glyph.formats import HEAD_BYTES, IMAGES, sniff, unsupported_message
from engine.glyph.limits import Limits
from engine.glyph.model import Glyph
from engine.glyph.options import ReadOptions
from engine.glyph.worker import GlyphWorker
from engine.reference.record import MojiRecord
from engine.result import Identification

_LIMITS = Limits(file_mb=8, image_mb=8, members=1, characters=1, pages=1, memory_mb=300)
_SOURCE_CHARACTERS = 100


@dataclass(frozen=True, slots=True)
class Identified:
    """What a picture is.

    Attributes
    ----------
    row : Identification
    candidates : tuple of MojiRecord
        Best first.
    """

    row: Identification
    candidates: tuple[MojiRecord, ...]


def identify_picture(services: Services, *, file: BinaryIO, name: str, charset: str) -> Identified:
    """Read a picture in a process that may die of it, and identify it.

    Parameters
    ----------
    services : Services
    file : binary stream
        Read once.
    name : str
        As the sender has it; only shown.
    charset : str
        A key of :data:`engine.reference.table.CHARSETS`.

    Raises
    ------
    InvalidError, TooLargeError, UnsupportedError
        Empty, too large, or not one picture.
    ReadError
        It cannot be read; the code says why.
    ReferenceSetError
        Font or index is missing.
    """
    most = services.settings.request_bytes
    data = file.read(most + 1)
    if not data:
        raise InvalidError("画像が空です（0 バイト）。", {"field": "file"})
    if len(data) > most:
        raise TooLargeError(f"画像は {most // 2**20} MiB までです。", {"limit_bytes": most})
    kind = sniff(data[:HEAD_BYTES], name)
    if kind not in IMAGES:
        raise UnsupportedError(
            unsupported_message(kind)
            + "一字の画像を送ってください。フォントや ZIP は、プロジェクトに登録してください。",
            {"field": "file", "format": kind.name.lower()},
        )
    glyph = _read(data, name)
    with services.engine_lock:
        identifier = services.identifier(charset)
        (row,) = identifier.identify([glyph])
    if row.status != "ok":
        raise ReadError(row.status, row.message)
    return Identified(row, tuple(identifier.table.record(mj) for mj in row.candidates))


def _read(data: bytes, name: str) -> Glyph:
    with tempfile.TemporaryDirectory() as folder, GlyphWorker() as worker:
        path = Path(folder, "picture")
        path.write_bytes(data)
        source = name[:_SOURCE_CHARACTERS]
        items = list(worker.read(path, source, ReadOptions(limits=_LIMITS), one_step=True))
    found = items[0]
    if not isinstance(found, Glyph):
        raise ReadError(found.code, found.message)
    return found
