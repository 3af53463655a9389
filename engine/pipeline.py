"""Many inputs to rows: read, group in blocks, identify in one or several processes, keep the order.

Reading happens here, in the main process (the readers guard risky formats with a worker of their own); the
blocks are identified in ``jobs`` processes. The blocks do not depend on ``jobs``, so the rows do not either.
"""

from __future__ import annotations

import contextlib
import functools
import itertools
import os
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from engine.glyph.model import Glyph, ReadFailure
from engine.result import Identification
from engine.settings import Settings

if TYPE_CHECKING:
    from engine.glyph.options import ReadOptions
    from engine.identify import Identifier
    from engine.pool import Lost

BLOCK_GLYPHS = 256
"""Glyphs identified together: large enough for matrix products, small enough to spread over processes."""

BLOCK_BYTES = 16 * 2**20
"""Ink bytes after which a block is closed early, so that large pictures do not fill the memory."""

MAX_JOBS = 8
"""Processes used without being asked; more gain little, since one process reads."""

_TICK_ITEMS = 16

Block = tuple[Glyph | ReadFailure, ...]
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class IdentifyOptions:
    """What is asked of a run.

    Attributes
    ----------
    top : int
        Candidates per row.
    charset : str
        Characters on offer: ``mj``, ``juki``, ``koseki`` or ``jisx0213``.
    exclude : frozenset of str
        MJ names that must not be offered.
    reference : str or None
        Name of the reference set; None for the one in the settings.
    read : ReadOptions or None
        How containers are read; None for the defaults.
    """

    top: int = 10
    charset: str = "mj"
    exclude: frozenset[str] = field(default_factory=frozenset)
    reference: str | None = None
    read: ReadOptions | None = None


def default_jobs() -> int:
    """Return the number of processes used where none is asked for: the usable cores, at most 8."""
    affinity = getattr(os, "sched_getaffinity", None)  # not on Windows or macOS
    cores = len(affinity(0)) if affinity else os.cpu_count() or 1
    return min(cores, MAX_JOBS)


def identify_paths(
    paths: Sequence[str | Path],
    *,
    settings: Settings,
    options: IdentifyOptions | None = None,
    jobs: int | None = None,
    progress: Progress | None = None,
) -> Generator[Identification, None, None]:
    """Read every input and yield one row for each glyph and each failure, in the order of the inputs.

    Parameters
    ----------
    paths : sequence of str or Path
        Images, folders, ZIPs and fonts, as given.
    settings : Settings
        Where the reference set is.
    options : IdentifyOptions, optional
        Defaults to those of the command line.
    jobs : int, optional
        Processes; 1 stays in this one. Fewer glyphs than a block never leave it.
    progress : callable, optional
        Called with (text, done, total) while an index is built.

    Yields
    ------
    Identification
        Identical for every ``jobs``. Glyphs whose process died have status ``crashed``.

    Raises
    ------
    GaijiError
        Nothing can be identified at all: no reference set, unknown character set.
    """
    from engine.glyph.options import ReadOptions
    from engine.glyph.read import read_glyphs
    from engine.identify import Identifier

    options = options or IdentifyOptions()
    open_identifier = functools.partial(
        Identifier.open,
        settings,
        reference=options.reference,
        top=options.top,
        charset=options.charset,
        exclude=options.exclude,
    )
    # Opened here in every case: it builds the index once, for all processes, and reports what is wrong.
    identifier = open_identifier(progress=progress)
    with contextlib.ExitStack() as stack:
        items = read_glyphs(paths, options.read or ReadOptions())
        if isinstance(items, Generator):
            stack.enter_context(contextlib.closing(items))
        blocks = into_blocks(items)
        yield from _rows(blocks, identifier, open_identifier, jobs or default_jobs())


def into_blocks(items: Iterable[Glyph | ReadFailure]) -> Iterator[Block | None]:
    """Group items; yield None now and then while a block is being filled.

    Parameters
    ----------
    items : iterable of Glyph or ReadFailure
        In the order of the rows.

    Yields
    ------
    tuple of items, or None
        At most :data:`BLOCK_GLYPHS` items and about :data:`BLOCK_BYTES` of ink.
    """
    block: list[Glyph | ReadFailure] = []
    size = 0
    for item in items:
        block.append(item)
        size += item.ink.nbytes if isinstance(item, Glyph) else 0
        if len(block) >= BLOCK_GLYPHS or size >= BLOCK_BYTES:
            yield tuple(block)
            block, size = [], 0
        elif len(block) % _TICK_ITEMS == 0:
            yield None
    if block:
        yield tuple(block)


def identify_block(identifier: Identifier, block: Block) -> list[Identification]:
    """Identify the glyphs of one block and put the failures in their places.

    Parameters
    ----------
    identifier : Identifier
        An open engine.
    block : sequence of Glyph or ReadFailure
        In the order of the rows.

    Returns
    -------
    list of Identification, one per item.
    """
    found = iter(identifier.identify([item for item in block if isinstance(item, Glyph)]))
    return [next(found) if isinstance(item, Glyph) else identifier.failure(item) for item in block]


def _rows(
    blocks: Iterator[Block | None],
    identifier: Identifier,
    open_identifier: Callable[[], Identifier],
    jobs: int,
) -> Iterator[Identification]:
    first = next((block for block in blocks if block is not None), None)
    if first is None:
        return
    following = next((block for block in blocks if block is not None), None) if jobs > 1 else None
    if following is None:
        for block in itertools.chain([first], blocks):
            if block is not None:
                yield from identify_block(identifier, block)
        return

    from engine.pool import OrderedPool

    threads = max(1, (os.cpu_count() or 1) // jobs)
    pool: OrderedPool[Block, list[Identification]] = OrderedPool(
        functools.partial(_open_work, open_identifier), jobs=jobs, threads=threads
    )
    with contextlib.closing(pool.map(itertools.chain([first, following], blocks))) as results:
        for block, rows in results:
            yield from rows if isinstance(rows, list) else _lost(identifier, block, rows)


def _open_work(open_identifier: Callable[[], Identifier]) -> Callable[[Block], list[Identification]]:
    """What each process does once; a plain function, since it is sent there by name."""
    return functools.partial(identify_block, open_identifier())


def _lost(identifier: Identifier, block: Block, lost: Lost) -> Iterator[Identification]:
    message = (
        f"同定処理が異常終了しました（終了コード {lost.exit_code}）。"
        "この入力だけをもう一度実行し、繰り返すときは知らせてください。"
    )
    for item in block:
        if isinstance(item, Glyph):
            item = ReadFailure(item.source, "crashed", message, item.gaiji_code)  # noqa: PLW2901
        yield identifier.failure(item)
