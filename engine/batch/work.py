"""Who identifies the blocks: processes of this machine here, a cluster in :mod:`engine.batch.cluster`.

Why this seam exists: a run must not know where its blocks are identified, and whoever does it may die. A
:class:`Crew` gives back every block in its order, with its rows or with the news that they were lost;
:func:`rows_of_lost` then finds out whether the block or an accident was to blame.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from engine.batch.parts import Block
from engine.glyph.model import Glyph, ReadFailure
from engine.pool import Lost, OrderedPool
from engine.result import Identification
from engine.settings import Settings

_CRASHED = (
    "この字を同定する処理が、繰り返し異常終了しました。"
    "この入力だけを gaiji identify で実行し、同じであれば知らせてください。"
)


class Engine(Protocol):
    """What a run needs of :class:`engine.identify.Identifier`."""

    engine_id: str
    reference_id: str

    def identify(self, glyphs: Sequence[Glyph]) -> list[Identification]:
        """Identify glyphs: one row each, in the same order."""

    def failure(self, failure: ReadFailure) -> Identification:
        """Return the row of an input that could not be read."""


OpenEngine = Callable[[], Engine]
"""Opens an engine in another process: picklable, and equal where it opens an equal one."""


@dataclass(frozen=True, slots=True)
class Opening:
    """Opens the engine with the options of a run.

    Attributes
    ----------
    reference : str or None
    top : int
    charset : str
    exclude : frozenset of str
        As for :meth:`engine.identify.Identifier.open`.
    settings : Settings or None
        Where the reference set is; None: what the machine says on which it is opened.
    """

    reference: str | None = None
    top: int = 10
    charset: str = "mj"
    exclude: frozenset[str] = field(default_factory=frozenset)
    settings: Settings | None = None

    def __call__(self) -> Engine:
        """Open it.

        Raises
        ------
        GaijiError
            No reference set, unknown character set.
        """
        from engine.identify import Identifier

        return Identifier.open(
            self.settings or Settings.from_environment(),
            reference=self.reference,
            top=self.top,
            charset=self.charset,
            exclude=self.exclude,
        )


class Crew(Protocol):
    """Identifies blocks somewhere."""

    def identify(
        self, blocks: Iterable[Block | None]
    ) -> Generator[tuple[Block, list[Identification] | Lost], None, None]:
        """Yield every block in its order, with its rows; None among the blocks means "nothing yet"."""


@dataclass(frozen=True, slots=True)
class LocalCrew:
    """Processes of this machine.

    Attributes
    ----------
    open_engine : callable
    jobs : int
        Processes. Each uses one thread: how many there are must not change a digit of the sums.
    """

    open_engine: OpenEngine
    jobs: int

    def identify(
        self, blocks: Iterable[Block | None]
    ) -> Generator[tuple[Block, list[Identification] | Lost], None, None]:
        """Yield every block in its order, with its rows."""
        pool: OrderedPool[Block, list[Identification]] = OrderedPool(
            _Work(self.open_engine), jobs=self.jobs, threads=1
        )
        yield from pool.map(blocks)


@dataclass(frozen=True, slots=True)
class _Work:
    """What each process does once."""

    open_engine: OpenEngine

    def __call__(self) -> Callable[[Block], list[Identification]]:
        return self.open_engine().identify


def rows_of_lost(
    crew: Crew, block: Block, failed: Callable[[ReadFailure], Identification]
) -> list[Identification]:
    """Identify once more a block that was lost, in ever smaller pieces.

    Parameters
    ----------
    crew : Crew
    block : tuple of Glyph
    failed : callable
        Gives the row of a glyph that cannot be identified.

    Returns
    -------
    list of Identification
        One per glyph: a process that was killed from outside leaves no trace in the results; a glyph that
        kills every process that touches it gets a row that says so.
    """
    for _, rows in crew.identify(iter([block])):
        if isinstance(rows, list):
            return rows
    if len(block) == 1:
        (glyph,) = block
        return [failed(ReadFailure(glyph.source, "crashed", _CRASHED, glyph.gaiji_code, glyph.font))]
    half = len(block) // 2
    return [row for piece in (block[:half], block[half:]) for row in rows_of_lost(crew, piece, failed)]
