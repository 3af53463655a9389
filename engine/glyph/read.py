"""Files, folders, archives and fonts → a stream of glyphs; what cannot be read says why."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from itertools import islice
from pathlib import Path

from engine.errors import ReadError
from engine.glyph.files import describe_os_error, read_head, read_whole, walk
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
from engine.glyph.images import read_image
from engine.glyph.limits import Limits
from engine.glyph.model import Glyph, ReadFailure
from engine.glyph.options import ReadOptions
from engine.glyph.worker import GlyphWorker

__all__ = ["Limits", "ReadOptions", "read_glyphs", "read_image_bytes"]


def read_glyphs(
    paths: Sequence[str | Path], options: ReadOptions | None = None, *, worker: GlyphWorker | None = None
) -> Iterator[Glyph | ReadFailure]:
    """Read every glyph that the paths name, as a stream in constant memory.

    Parameters
    ----------
    paths : sequence of str or Path
        Images, folders (walked in sorted order), ZIPs, fonts.
    options : ReadOptions, optional
        Limits, and which characters of a font to read.
    worker : GlyphWorker, optional
        Reads the risky formats. By default one is started when it is needed and ended with the stream.

    Yields
    ------
    Glyph or ReadFailure
        At least one for each path. No input raises, takes longer or needs more memory than
        ``options.limits`` say.
    """
    options = options or ReadOptions()
    with ExitStack() as stack:
        worker = worker or stack.enter_context(GlyphWorker())
        for path in paths:
            yield from _read_path(Path(path), options, worker)


def read_image_bytes(data: bytes, source: str, limits: Limits | None = None) -> Glyph:
    """Read one picture in this process, at once.

    Parameters
    ----------
    data : bytes
        A PNG, BMP, PBM/PGM/PPM, GIF, TIFF or JPEG file.
    source : str
        What to call it.
    limits : Limits, optional
        Ceilings on bytes and pixels.

    Raises
    ------
    ReadError
    """
    return read_image(data, source, limits or Limits())


def _read_path(path: Path, options: ReadOptions, worker: GlyphWorker) -> Iterator[Glyph | ReadFailure]:
    try:
        is_folder = path.is_dir()
    except (OSError, ValueError):
        is_folder = False  # opening it will say what is wrong
    if not is_folder:
        yield from _read_file(path, options, worker)
        return
    found = 0
    limit = options.limits.members
    for entry in islice(walk(path), limit + 1):
        found += 1
        if found > limit:
            yield ReadFailure(
                str(path), "too-many", f"フォルダーの中のファイルが多すぎます（上限 {limit} 個）。"
            )
        elif isinstance(entry, ReadFailure):
            yield entry
        else:
            yield from _read_file(entry, options, worker)
    if not found:
        yield ReadFailure(str(path), "not-found", "フォルダーにファイルがありません。")


def _read_file(path: Path, options: ReadOptions, worker: GlyphWorker) -> Iterator[Glyph | ReadFailure]:
    source = str(path)
    try:
        head = read_head(path, HEAD_BYTES)
        if not head:
            raise ReadError("empty-file", "ファイルが空です（0 バイト）。コピーし直してください。")
        kind = sniff(head, path.name)
        if kind in PLAIN_IMAGES:
            yield read_image(read_whole(path, options.limits.image_mb), source, options.limits)
        elif kind in IMAGES:
            yield from worker.read(path, source, options, one_step=True)
        elif kind in OUTLINES or kind in DOTS or kind is Format.ZIP:
            yield from worker.read(path, source, options, one_step=False)
        else:
            raise ReadError("unsupported-format", unsupported_message(kind))
    except ReadError as error:
        yield ReadFailure(source, error.code, str(error))
    except OSError as error:
        problem = describe_os_error(error)
        yield ReadFailure(source, problem.code, str(problem))
