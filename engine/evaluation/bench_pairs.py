"""How many pairs of gaiji and candidate the machine compares in a second.

Through the very function that identifies (:func:`engine.compare.shortlist.compare_shortlists`), a block of
gaiji at a time, each with all its candidates, in as many processes as the product would use. Reading and
retrieval are done beforehand and not counted.
"""

from __future__ import annotations

import contextlib
import functools
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from engine.pool import Lost, OrderedPool, PoolError
from engine.settings import Settings

_BLOCK_GLYPHS = 64
_BLOCKS_PER_JOB = 4
_KANJI = range(0x4E00, 0xA000)
_EM_PX = 64

Codes = tuple[int, ...]
Work = Callable[[Codes], tuple[int, float]]


def pairs_per_s(settings: Settings, font: Path, *, jobs: int, blocks_per_job: int = _BLOCKS_PER_JOB) -> float:
    """Comparisons per second of all processes together.

    Parameters
    ----------
    settings : Settings
        The index must have been built.
    font : Path
        An outline font; its kanji are the gaiji.
    jobs : int
        Processes.
    blocks_per_job : int
        Blocks of 64 gaiji that each process compares, beside one to warm up.

    Raises
    ------
    PoolError
        A process died.
    """
    from engine.synth.fonts import OutlineFont

    codes = sorted(code for code in OutlineFont(font).codes() if code in _KANJI)
    stride = max(1, len(codes) // (_BLOCK_GLYPHS * jobs * blocks_per_job))
    spread = codes[::stride]  # from plain to rare, as code points go
    blocks = [tuple(spread[start : start + _BLOCK_GLYPHS]) for start in range(0, len(spread), _BLOCK_GLYPHS)][
        : jobs * blocks_per_job
    ]
    pool: OrderedPool[Codes, tuple[int, float]] = OrderedPool(
        functools.partial(open_comparison, settings, font), jobs=jobs
    )
    pairs, seconds = 0, 0.0
    with contextlib.closing(pool.map(blocks)) as results:
        for _, found in results:
            if isinstance(found, Lost):
                msg = f"比較の処理プロセスが異常終了しました（終了コード {found.exit_code}）。"
                raise PoolError(msg)
            pairs += found[0]
            seconds += found[1]
    return jobs * pairs / seconds


def open_comparison(settings: Settings, font: Path) -> Work:
    """Open what a process needs; return the function that compares a block and tells (pairs, seconds)."""
    import numpy as np

    from engine.compare.network import load_pair_network
    from engine.compare.pair import load_pair_model
    from engine.compare.shortlist import compare_shortlists
    from engine.describe.model import load_model
    from engine.describe.normalise import ink_box, longer_side, normalise
    from engine.judge.criteria import Comparison, load_criteria
    from engine.reference.index import open_index
    from engine.reference.refset import find_reference_set
    from engine.search.retrieve import Retriever
    from engine.synth.fonts import OutlineFont

    refset = find_reference_set(settings)
    index = open_index(refset, settings)
    retriever = Retriever(index, load_model(), np.asarray(index.drawing) >= 0)
    pair, drawn = load_pair_model(), OutlineFont(font, em_px=_EM_PX)
    wanted = load_criteria(refset.criteria).comparison
    network = load_pair_network() if wanted is Comparison.NETWORK else None

    def compare(codes: Sequence[int]) -> tuple[int, float]:
        inks = [ink for code in codes if (ink := drawn.body(code)).any()]
        squares = np.stack([normalise(ink) for ink in inks])
        sides = [longer_side(ink_box(ink)) for ink in inks]
        shortlists = retriever.shortlists(squares)
        begin = time.perf_counter()
        compared = compare_shortlists(index, pair, network, shortlists, squares, sides)
        pairs = sum(len(each.rows) for each in compared)
        return pairs, time.perf_counter() - begin

    compare(tuple(sorted(drawn.codes()))[-_BLOCK_GLYPHS:])  # warm up: pages of the index, caches
    return compare
