"""Files, folders, archives and fonts → a stream of glyphs; what cannot be read says why."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
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
from engine.glyph.names import NamedSource
from engine.glyph.options import ReadOptions, for_pages
from engine.glyph.raw import read_raw
from engine.glyph.worker import GlyphWorker

__all__ = ["Limits", "ReadOptions", "read_glyphs", "read_image_bytes"]

Notice = Callable[[str], None]

_INSTEAD = "{euf} は読めない形式のため、同じ外字を持つ {tte} を代わりに読みます。"


def read_glyphs(
    paths: Sequence[str | Path],
    options: ReadOptions | None = None,
    *,
    worker: GlyphWorker | None = None,
    notice: Notice | None = None,
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
    notice : callable, optional
        Told, in a Japanese sentence, when something else is read than what was asked for (a ``.tte`` in the
        place of an ``.euf``).

    Yields
    ------
    Glyph or ReadFailure
        At least one for each path. No input raises, takes longer or needs more memory than
        ``options.limits`` say.
    """
    options = options or ReadOptions()
    with ExitStack() as stack:
        worker = worker or stack.enter_context(GlyphWorker())
        names = NamedSource(options.codes_from_names)
        given = [Path(path) for path in paths]
        for path in given:
            yield from names.follow(_read_path(_in_place_of(path, given, notice), options, worker, notice))


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


def _read_path(
    path: Path | None, options: ReadOptions, worker: GlyphWorker, notice: Notice | None
) -> Iterator[Glyph | ReadFailure]:
    if path is None:
        return
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
        elif (same := sibling_tte(entry)) is None:
            yield from _read_file(entry, options, worker)
        elif notice is not None:  # the folder's listing comes to the TTE as well
            notice(_INSTEAD.format(euf=entry, tte=same.name))
    if not found:
        yield ReadFailure(str(path), "not-found", "フォルダーにファイルがありません。")


def _read_file(path: Path, options: ReadOptions, worker: GlyphWorker) -> Iterator[Glyph | ReadFailure]:
    source = str(path)
    try:
        if options.raw is not None:
            data = read_whole(path, options.limits.file_mb)
            yield from read_raw(data, source, options.raw, options.limits)
            return
        head = read_head(path, HEAD_BYTES)
        if not head:
            raise ReadError("empty-file", "ファイルが空です（0 バイト）。コピーし直してください。")
        kind = sniff(head, path.name)
        if kind is Format.PDF or (kind in IMAGES and options.sheet is not None):
            yield from worker.read(path, source, for_pages(options), one_step=False)
        elif kind in PLAIN_IMAGES:
            yield read_image(read_whole(path, options.limits.image_mb), source, options.limits)
        elif kind in IMAGES:
            yield from worker.read(path, source, options, one_step=True)
        elif kind is Format.ZIP and options.sheet is not None:
            yield from worker.read(path, source, for_pages(options), one_step=False)
        elif kind in OUTLINES or kind in DOTS or kind is Format.ZIP:
            yield from worker.read(path, source, options, one_step=False)
        else:
            raise ReadError("unsupported-format", unsupported_message(kind))
    except ReadError as error:
        yield ReadFailure(source, error.code, str(error))
    except OSError as error:
        problem = describe_os_error(error)
        yield ReadFailure(source, problem.code, str(problem))


def sibling_tte(path: Path) -> Path | None:
    """Return the outline font beside an ``.euf``: the same gaiji, as the Windows editor saves them.

    Parameters
    ----------
    path : Path
        Any file.

    Returns
    -------
    Path or None
        The file of the same name with the suffix ``.tte`` in any spelling; None where there is none, or
        where ``path`` is no ``.euf``.
    """
    if path.suffix.lower() != ".euf":
        return None
    wanted = f"{path.stem}.tte".lower()
    try:
        return next((entry for entry in sorted(path.parent.iterdir()) if entry.name.lower() == wanted), None)
    except (OSError, ValueError):
        return None


def _in_place_of(path: Path, given: Sequence[Path], notice: Notice | None) -> Path | None:
    """Return the path to read for a given one: an ``.euf``'s sibling, or None where that is given as well."""
    tte = sibling_tte(path)
    if tte is None:
        return path
    if notice is not None:
        notice(_INSTEAD.format(euf=path, tte=tte.name))
    return None if any(other in (tte, tte.parent) for other in given) else tte
