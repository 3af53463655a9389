"""An engine and crews for tests of what is around them; processes find them here by name."""

from __future__ import annotations

import functools
import os
import time
from collections.abc import Callable, Generator, Iterable, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from engine.batch.parts import Block
from engine.glyph.model import Glyph, ReadFailure
from engine.pool import Lost
from engine.result import Identification, Verdict


class StandIn:
    """Answers with the ink's sum, after ``seconds`` a block."""

    engine_id, reference_id = "e1", "r1"

    def __init__(self, seconds: float = 0.0) -> None:
        self._seconds = seconds
        self.seen: list[str] = []

    def identify(self, glyphs: Sequence[Glyph]) -> list[Identification]:
        time.sleep(self._seconds)
        self.seen += [glyph.source for glyph in glyphs]
        return [
            Identification(
                glyph.source, glyph.gaiji_code, Verdict.SAME, confidence=1 / 3, candidates=("MJ000001",),
                mj=f"MJ{int(glyph.ink.sum(dtype=np.int64)):06d}", engine="e1", reference="r1",
            )
            for glyph in glyphs
        ]  # fmt: skip

    def failure(self, failure: ReadFailure) -> Identification:
        return Identification(failure.source, failure.gaiji_code, status=failure.code)


def open_slow() -> StandIn:
    return StandIn(0.05)


class Mortal(StandIn):
    """Ends its process at a black glyph; at a grey one the first time only."""

    def __init__(self, note: Path) -> None:
        super().__init__()
        self._note = note

    def identify(self, glyphs: Sequence[Glyph]) -> list[Identification]:
        if any((glyph.ink == 255).all() for glyph in glyphs):
            os._exit(3)
        if any((glyph.ink == 100).all() for glyph in glyphs) and not self._note.exists():
            self._note.touch()
            os._exit(4)
        return super().identify(glyphs)


def open_mortal(note: Path) -> Callable[[], Mortal]:
    return functools.partial(Mortal, note)


class HereCrew:
    """Identifies in this process; loses the blocks whose numbers it is told."""

    def __init__(self, engine: StandIn, lose: Iterable[int] = ()) -> None:
        self.engine = engine
        self._lose = set(lose)
        self._count = -1

    def identify(
        self, blocks: Iterable[Block | None]
    ) -> Generator[tuple[Block, list[Identification] | Lost], None, None]:
        for block in blocks:
            if block is not None:
                self._count += 1
                yield block, Lost(9) if self._count in self._lose else self.engine.identify(block)


def picture(number: int) -> np.ndarray:
    """Brightness of a picture; two numbers, two pictures."""
    ink = np.zeros((28, 28), np.uint8)
    ink[6:9, 6:9] = ink[20:23, 20:23] = 255  # the same box for all
    bits = np.array([number >> bit & 1 for bit in range(12)], bool).reshape(3, 4)
    ink[9:18, 7:19] = np.where(np.kron(bits, np.ones((3, 3), bool)), 255, 0)
    return 255 - ink


def number_at(place: int) -> int:
    """Which picture is at a place: a third has been there before."""
    return place // 2 + 1 if place % 3 == 0 else place + 1


def write_images(path: Path, count: int, **columns: list[str]) -> Path:
    """Write a Parquet of pictures, some of which come again; every 41st is none."""
    images = [None if i % 41 == 40 else picture(number_at(i)).tolist() for i in range(count)]
    table = {"image": pa.array(images, pa.list_(pa.list_(pa.uint8())))}
    table["gaiji_code"] = pa.array([f"U+{0xE000 + i:04X}" for i in range(count)])
    table |= {name: pa.array(values) for name, values in columns.items()}
    pq.write_table(pa.table(table), path, row_group_size=75)
    return path


def contents(folder: Path) -> dict[str, bytes]:
    """The dataset: everything but the log."""
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir()) if path.name != "log.jsonl"}
