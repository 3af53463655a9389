"""Many inputs to rows: read, group in blocks, identify in one or several processes, keep the order.

Reading happens here, in the main process (the readers guard risky formats with a worker of their own), and so
does everything that needs to see the whole delivery: keys and the ledger, duplicates. The blocks are
identified in ``jobs`` processes. They do not depend on ``jobs``, so the rows do not either.
"""

from __future__ import annotations

import contextlib
import functools
import itertools
import os
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from engine.glyph.model import Glyph, ReadFailure
from engine.intake.key import DeliveryKey
from engine.intake.match import Delivered, Intake
from engine.result import Identification
from engine.settings import Settings

if TYPE_CHECKING:
    from engine.glyph.options import ReadOptions
    from engine.identify import Identifier
    from engine.intake.duplicates import Likeness
    from engine.intake.ledger import Ledger
    from engine.pool import Lost

BLOCK_GLYPHS = 256
"""Glyphs identified together: large enough for matrix products, small enough to spread over processes."""

BLOCK_BYTES = 16 * 2**20
"""Ink bytes after which a block is closed early, so that large pictures do not fill the memory."""

MAX_JOBS = 8
"""Processes used without being asked; more gain little, since one process reads."""

ROWS_KEPT = 20_000
"""Rows remembered for glyphs that come again (about 30 MB); older ones are identified again."""

_TICK_ITEMS = 16

Block = tuple[Glyph | ReadFailure, ...]
Progress = Callable[[str, int, int], None]
Notice = Callable[[str], None]


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
    key : DeliveryKey
        Whose gaiji they are, where the ledger does not say.
    ledger : Ledger or None
        What the delivery should hold.
    """

    top: int = 10
    charset: str = "mj"
    exclude: frozenset[str] = field(default_factory=frozenset)
    reference: str | None = None
    read: ReadOptions | None = None
    key: DeliveryKey = field(default_factory=DeliveryKey)
    ledger: Ledger | None = None


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
    notice: Notice | None = None,
) -> Generator[Identification, None, None]:
    """Read every input and yield one row for each glyph and each failure, in the order of the inputs.

    The same picture is identified once; its later rows say so in ``same_as``. Lines of the ledger that met no
    glyph come last.

    Parameters
    ----------
    paths : sequence of str or Path
        Images, folders, ZIPs and fonts, as given; where there are none, the files that the ledger names.
    settings : Settings
        Where the reference set is.
    options : IdentifyOptions, optional
        Defaults to those of the command line.
    jobs : int, optional
        Processes; 1 stays in this one. Fewer glyphs than a block never leave it.
    progress : callable, optional
        Called with (text, done, total) while an index is built.
    notice : callable, optional
        Told, in Japanese sentences, what no row says.

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
    if not paths and options.ledger is not None:
        paths = options.ledger.files()
    intake = Intake(options.key, options.ledger)
    with contextlib.ExitStack() as stack:
        items = read_glyphs(paths, options.read or ReadOptions(), notice=notice)
        if isinstance(items, Generator):
            stack.enter_context(contextlib.closing(items))
        run = _Run(identifier)
        blocks = run.blocks(into_batches(intake.deliver(items)))
        for rows in _identified(blocks, identifier, open_identifier, jobs or default_jobs()):
            yield from run.complete(rows)
    if notice is not None:
        for words in intake.notices():
            notice(words)


def into_batches(items: Iterable[Delivered]) -> Iterator[tuple[Delivered, ...] | None]:
    """Group items; yield None now and then while a batch is being filled.

    Parameters
    ----------
    items : iterable of Delivered
        In the order of the rows.

    Yields
    ------
    tuple of items, or None
        At most :data:`BLOCK_GLYPHS` items and about :data:`BLOCK_BYTES` of ink.
    """
    batch: list[Delivered] = []
    size = 0
    for each in items:
        batch.append(each)
        size += each.item.ink.nbytes if isinstance(each.item, Glyph) else 0
        if len(batch) >= BLOCK_GLYPHS or size >= BLOCK_BYTES:
            yield tuple(batch)
            batch, size = [], 0
        elif len(batch) % _TICK_ITEMS == 0:
            yield None
    if batch:
        yield tuple(batch)


class _Run:
    """What the rows of one run share: which glyphs came before, and the rows that they got."""

    def __init__(self, identifier: Identifier) -> None:
        from engine.intake.duplicates import Duplicates

        self._identifier = identifier
        self._duplicates = Duplicates()
        self._waiting: deque[list[tuple[Delivered, Likeness | None, int]]] = deque()
        self._glyphs = 0
        self._places: dict[int, str] = {}
        self._rows: dict[int, Identification] = {}

    def blocks(self, batches: Iterable[tuple[Delivered, ...] | None]) -> Iterator[Block | None]:
        """Yield of each batch what has to be identified; remember the rest until its rows come."""
        for batch in batches:
            if batch is None:
                yield None
                continue
            likenesses = iter(
                self._duplicates.compare([each.item for each in batch if isinstance(each.item, Glyph)])
            )
            entries: list[tuple[Delivered, Likeness | None, int]] = []
            for each in batch:
                likeness = next(likenesses) if isinstance(each.item, Glyph) else None
                entries.append((each, likeness, self._glyphs))
                if likeness is not None:
                    if likeness.same is None:
                        self._places[self._glyphs] = _place(each.item)
                    self._glyphs += 1
            self._waiting.append(entries)
            yield tuple(
                each.item for each, likeness, _ in entries if likeness is None or likeness.same is None
            )

    def complete(self, rows: Iterable[Identification]) -> Iterator[Identification]:
        """Yield every row of the oldest waiting batch, with its key and its likeness to earlier glyphs."""
        found = iter(rows)
        for each, likeness, number in self._waiting.popleft():
            key, item = each.key, each.item
            same = near = ""
            if likeness is not None and likeness.same is not None and isinstance(item, Glyph):
                same = self._places[likeness.same]
                row = self._again(likeness.same, item)
            else:
                row = next(found)
                if likeness is not None:
                    near = "" if likeness.near is None else self._places[likeness.near]
                    self._remember(number, row)
            yield replace(
                row,
                municipality=key.municipality,
                system=key.system,
                font=key.font,
                kind=key.kind,
                same_as=same,
                near_same=near,
            )

    def _again(self, number: int, glyph: Glyph) -> Identification:
        row = self._rows.get(number)
        if row is None:
            (row,) = self._identifier.identify([glyph])
            self._remember(number, row)
        return replace(row, source=glyph.source, gaiji_code=glyph.gaiji_code)

    def _remember(self, number: int, row: Identification) -> None:
        self._rows[number] = row
        if len(self._rows) > ROWS_KEPT:
            del self._rows[next(iter(self._rows))]


def _place(item: Glyph | ReadFailure) -> str:
    return Identification(item.source, item.gaiji_code).place


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
    glyphs = [item for item in block if isinstance(item, Glyph)]
    found = iter(identifier.identify(glyphs) if glyphs else ())
    return [next(found) if isinstance(item, Glyph) else identifier.failure(item) for item in block]


def _identified(
    blocks: Iterator[Block | None],
    identifier: Identifier,
    open_identifier: Callable[[], Identifier],
    jobs: int,
) -> Iterator[list[Identification]]:
    """Yield the rows of each block, in order."""
    first = next((block for block in blocks if block is not None), None)
    if first is None:
        return
    following = next((block for block in blocks if block is not None), None) if jobs > 1 else None
    if following is None:
        for block in itertools.chain([first], blocks):
            if block is not None:
                yield identify_block(identifier, block)
        return

    from engine.pool import OrderedPool

    threads = max(1, (os.cpu_count() or 1) // jobs)
    pool: OrderedPool[Block, list[Identification]] = OrderedPool(
        functools.partial(_open_work, open_identifier), jobs=jobs, threads=threads
    )
    with contextlib.closing(pool.map(itertools.chain([first, following], blocks))) as results:
        for block, rows in results:
            yield rows if isinstance(rows, list) else list(_lost(identifier, block, rows))


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
            item = ReadFailure(item.source, "crashed", message, item.gaiji_code, item.font)  # noqa: PLW2901
        yield identifier.failure(item)
