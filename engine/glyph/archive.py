"""ZIP archives of pictures and fonts. Nothing is ever unpacked to disk."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath

from engine.errors import ReadError
from engine.glyph.dots import read_dots
from engine.glyph.files import is_litter
from engine.glyph.formats import (
    DOTS,
    HEAD_BYTES,
    IMAGES,
    OUTLINES,
    PLAIN_IMAGES,
    Format,
    sniff,
    unsupported_message,
)
from engine.glyph.limits import Limits
from engine.glyph.model import Glyph, ReadFailure
from engine.glyph.options import ReadOptions
from engine.glyph.outline import read_outlines
from engine.glyph.progress import Progress

_ENCRYPTED = 0x1
_UTF8_NAME = 0x800
_RATIO_COUNTS_FROM = 1_000_000
"""Bytes. Below this a high compression ratio is just an empty picture."""

_DIRECTORY_ENTRY_BYTES = 400
"""Generous size of one entry of the central directory, name included."""

_UNREADABLE = "ZIP として読めません。ファイルが壊れていないか確かめてください。"


def read_archive(
    data: bytes, source: str, options: ReadOptions, progress: Progress
) -> Iterator[Glyph | ReadFailure]:
    """Read every member, in the order of names.

    Parameters
    ----------
    data : bytes
        The archive's content.
    source : str
        Members are called ``source#name``.
    options : ReadOptions
        Limits, and which codes to read.
    progress : Progress
        One step a member.

    Raises
    ------
    ReadError
        ``unreadable-archive``, ``too-many``, ``too-large``; before the first glyph.
    """
    limits = options.limits
    _check_directory_size(data, limits)
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
    except (zipfile.BadZipFile, ValueError, OSError, EOFError, struct.error, NotImplementedError) as error:
        raise ReadError("unreadable-archive", f"{_UNREADABLE}（{type(error).__name__}）") from error
    with archive:
        members = [(_name(info), info) for info in archive.infolist() if not info.is_dir()]
        members = sorted((pair for pair in members if not _is_litter(pair[0])), key=lambda pair: pair[0])
        if not members:
            raise ReadError("unreadable-archive", "ZIP の中にファイルがありません。")
        if len(members) > limits.members:
            raise ReadError("too-many", f"ZIP の中のファイルが多すぎます（上限 {limits.members} 個）。")
        if sum(info.file_size for _, info in members) > limits.archive_mb * 1_000_000:
            raise ReadError(
                "too-large",
                f"展開後の合計が大きすぎます（上限 {limits.archive_mb} MB）。ZIP を分けてください。",
            )
        for name, info in members:
            member = _Member(archive, info, name, f"{source}#{name}")
            yield from _read_member(member, options, progress)


def _check_directory_size(data: bytes, limits: Limits) -> None:
    """Refuse a directory of millions of entries before :mod:`zipfile` makes an object of each."""
    end = data.rfind(b"PK\x05\x06", max(0, len(data) - 65_557))
    if end < 0 or end + 22 > len(data):
        raise ReadError("unreadable-archive", _UNREADABLE)
    (size,) = struct.unpack("<I", data[end + 12 : end + 16])
    if min(size, len(data)) > limits.members * _DIRECTORY_ENTRY_BYTES:
        raise ReadError("too-many", f"ZIP の中のファイルが多すぎます（上限 {limits.members} 個）。")


def _name(info: zipfile.ZipInfo) -> str:
    """Member name as people see it: Japanese tools write Shift JIS (cp932) without saying so."""
    name = info.filename
    if not info.flag_bits & _UTF8_NAME:
        try:
            raw = name.encode("cp437")
        except UnicodeEncodeError:
            return name
        for encoding in ("utf-8", "cp932"):
            try:
                return raw.decode(encoding).replace("\\", "/")
            except UnicodeDecodeError:
                continue
    return name


def _is_litter(name: str) -> bool:
    return any(is_litter(part) for part in PurePosixPath(name).parts if part not in ("..", "."))


@dataclass(frozen=True, slots=True)
class _Member:
    archive: zipfile.ZipFile
    info: zipfile.ZipInfo
    name: str
    source: str


def _read_member(member: _Member, options: ReadOptions, progress: Progress) -> Iterator[Glyph | ReadFailure]:
    source = member.source
    if not progress.begin(source):
        return
    try:
        _check_member(member.info, member.name, options.limits)
        with member.archive.open(member.info) as file:
            head = file.read(HEAD_BYTES)
            kind = sniff(head, member.name)
            _check_kind(kind, head)
            data = head + file.read(options.limits.file_mb * 1_000_000)
        if kind not in PLAIN_IMAGES or options.sheet is not None:
            progress.risk()
        yield from _read_as(kind, data, source, options)
    except ReadError as error:
        yield ReadFailure(source, error.code, str(error))
    except (
        zipfile.BadZipFile,
        zlib.error,
        EOFError,
        OSError,
        ValueError,
        RuntimeError,
        struct.error,
    ) as error:
        yield ReadFailure(source, "unreadable-archive", f"ZIP から取り出せません（{type(error).__name__}）。")


def _check_member(info: zipfile.ZipInfo, name: str, limits: Limits) -> None:
    parts = PurePosixPath(name).parts
    if ".." in parts or parts[:1] == ("/",) or ":" in "".join(parts[:1]):
        raise ReadError("unreadable-archive", "ZIP の外を指す名前のため読みません。")
    if info.flag_bits & _ENCRYPTED:
        raise ReadError("encrypted", "パスワード付き ZIP です。解除してから指定してください。")
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise ReadError(
            "unreadable-archive", "対応していない圧縮方式です。標準の ZIP で圧縮し直してください。"
        )
    ratio = info.file_size / max(1, info.compress_size)
    if info.file_size > _RATIO_COUNTS_FROM and ratio > limits.ratio:
        raise ReadError("too-large", f"圧縮率が異常に高いため読みません（上限 {limits.ratio} 倍）。")
    if info.file_size > limits.file_mb * 1_000_000:
        raise ReadError("too-large", f"ファイルが大きすぎます（上限 {limits.file_mb} MB）。")


def _check_kind(kind: Format, head: bytes) -> None:
    if kind is Format.ZIP:
        raise ReadError("unsupported-format", "ZIP の中の ZIP は読みません。展開してから指定してください。")
    if kind is Format.PDF:
        raise ReadError("unsupported-format", "ZIP の中の PDF は読みません。展開してから指定してください。")
    if not head:
        raise ReadError("empty-file", "ファイルが空です（0 バイト）。コピーし直してください。")
    if kind not in IMAGES | OUTLINES | DOTS:
        raise ReadError("unsupported-format", unsupported_message(kind))


def _read_as(kind: Format, data: bytes, source: str, options: ReadOptions) -> Iterator[Glyph | ReadFailure]:
    if kind in OUTLINES:
        yield from read_outlines(data, source, options, Progress())
    elif kind in DOTS:
        yield from read_dots(data, source, options, Progress())
    elif options.sheet is not None:
        from engine.glyph.page.sheet import read_sheet

        yield from read_sheet(data, source, options.limits, options.sheet, Progress())
    else:
        from engine.glyph.images import read_image

        yield read_image(data, source, options.limits)
