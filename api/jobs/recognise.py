"""The engine's part of a job: blocks of glyphs in, rows out, in one process or several.

A job that has failed twice without getting on is done carefully: each glyph by itself, in a process that may
die. The one glyph that ends it becomes a row that says so, and the worker lives.
"""

from __future__ import annotations

import contextlib
import functools
import itertools
import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Generic, TypeVar

from api.services import Services
from engine.glyph.model import Glyph
from engine.identify import Identifier
from engine.pool import Lost, OrderedPool
from engine.result import Identification
from engine.settings import Settings

Block = TypeVar("Block")
Rows = list[Identification | Lost]


class Recogniser(Generic[Block]):
    """Identifies the glyphs of blocks, keeping their order.

    Parameters
    ----------
    services : Services
    charset : str
        Candidates on offer.
    glyphs_of : callable
        The glyphs of a block that have to be identified; may be none.
    careful : bool
        Each glyph alone, in another process.
    """

    def __init__(
        self,
        services: Services,
        charset: str,
        glyphs_of: Callable[[Block], Sequence[Glyph]],
        *,
        careful: bool,
    ) -> None:
        self._services = services
        self._charset = charset
        self._glyphs_of = glyphs_of
        self._careful = careful
        identifier = services.identifier(charset)
        self.engine_id, self.reference_id = identifier.engine_id, identifier.reference_id

    def rows(self, blocks: Iterable[Block]) -> Iterator[tuple[Block, Rows]]:
        """Yield each block with one row for each of its glyphs.

        Parameters
        ----------
        blocks : iterable
            Taken a few ahead where there are several processes.
        """
        jobs = self._services.settings.jobs
        if self._careful:
            yield from self._in_processes(blocks, 1, each_alone=True)
            return
        if jobs > 1:
            taken = iter(blocks)
            ahead = list(itertools.islice(taken, 2))
            if len(ahead) == 2:  # one block is done sooner than a process starts
                yield from self._in_processes(itertools.chain(ahead, taken), jobs, each_alone=False)
                return
            blocks = ahead
        for block in blocks:
            yield block, list(self._here(self._glyphs_of(block)))

    def _here(self, glyphs: Sequence[Glyph]) -> list[Identification]:
        if not glyphs:
            return []
        with self._services.engine_lock:
            return self._services.identifier(self._charset).identify(glyphs)

    def _in_processes(
        self, blocks: Iterable[Block], jobs: int, *, each_alone: bool
    ) -> Iterator[tuple[Block, Rows]]:
        threads = max(1, (os.cpu_count() or 1) // jobs)
        pool: OrderedPool[tuple[Glyph, ...], list[Identification]] = OrderedPool(
            functools.partial(_open_work, self._services.engine_settings, self._charset),
            jobs=jobs,
            threads=threads,
        )
        waiting: deque[tuple[Block, int]] = deque()

        def tasks() -> Iterator[tuple[Glyph, ...]]:
            for block in blocks:
                glyphs = tuple(self._glyphs_of(block))
                parts = [(glyph,) for glyph in glyphs] if each_alone and glyphs else [glyphs]
                waiting.append((block, len(parts)))
                yield from parts

        with contextlib.closing(pool.map(tasks())) as results:
            rows: Rows = []
            parts = 0
            for glyphs, answer in results:
                rows += [answer] * len(glyphs) if isinstance(answer, Lost) else answer
                parts += 1
                block, wanted = waiting[0]
                if parts == wanted:
                    waiting.popleft()
                    yield block, rows
                    rows, parts = [], 0


def _open_work(settings: Settings, charset: str) -> Callable[[tuple[Glyph, ...]], list[Identification]]:
    """What each process does once; a plain function, since it is sent there by name."""
    return functools.partial(_identified, Identifier.open(settings, charset=charset))


def _identified(identifier: Identifier, glyphs: tuple[Glyph, ...]) -> list[Identification]:
    return identifier.identify(glyphs) if glyphs else []
