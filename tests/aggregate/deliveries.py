"""Made-up deliveries and an engine that knows next to nothing, for tests of what adds results up."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from engine.batch.run import BatchOptions, run_batch
from engine.glyph.model import Glyph
from engine.result import Identification, Review, Subclass, Verdict
from tests.batch.stand_in import HereCrew, StandIn

BAR, CROSS, RING, BLOCK = 0, 1, 2, 3


def drawing(kind: int, shift: int = 0) -> np.ndarray:
    """Brightness of one of four figures; moved lines make another picture of the same."""
    ink = np.zeros((64, 64), np.uint8)
    if kind in (BAR, CROSS):
        ink[28 + shift : 36 + shift, 4:60] = 255
    if kind == CROSS:
        ink[4:60, 28 + shift : 36 + shift] = 255
    if kind == RING:
        ink[6:58, 6:58] = 255
        ink[14 + shift : 50, 14:50] = 0
    if kind == BLOCK:
        ink[10:54, 10 : 54 + shift] = 255
    return 255 - ink


class Engine(StandIn):
    """Knows bars; of nothing else does it know anything."""

    def identify(self, glyphs: Sequence[Glyph]) -> list[Identification]:
        return [self._row(glyph) for glyph in glyphs]

    def _row(self, glyph: Glyph) -> Identification:
        known = not (glyph.ink[: len(glyph.ink) // 4] > 0).any()
        return Identification(
            glyph.source, glyph.gaiji_code, confidence=0.9, engine="e1", reference="r1",
            verdict=Verdict.SAME if known else Verdict.UNIDENTIFIED,
            subclass=None if known else Subclass.UNKNOWN,
            mj="MJ006294" if known else "", ucs="一" if known else "", juki="J+4E00" if known else "",
            review=Review.AUTO if known else Review.REQUIRED, candidates=("MJ006294", "MJ006295"),
        )  # fmt: skip


def deliver(folder: Path, name: str, rows: Sequence[tuple[str, np.ndarray]], *, per_part: int = 3) -> Path:
    """A dataset of (municipality, picture)."""
    table = pa.table(
        {
            "image": pa.array([picture.tolist() for _, picture in rows], pa.list_(pa.list_(pa.uint8()))),
            "source": [f"{name}-{number}" for number in range(len(rows))],
            "municipality": [municipality for municipality, _ in rows],
            "kind": ["1"] * len(rows),
        }
    )
    images = folder / f"{name}.parquet"
    pq.write_table(table, images)
    engine = Engine()
    run_batch(
        [images], folder / name, engine=engine, crew=HereCrew(engine),
        options=BatchOptions(rows_per_part=per_part),
    )  # fmt: skip
    return folder / name


def two_deliveries(folder: Path) -> tuple[Path, Path]:
    """Two datasets: crosses in four places (one of them drawn otherwise), a ring in one."""
    first = [
        ("131016", drawing(BAR)), ("131016", drawing(CROSS)), ("131016", drawing(RING)),
        ("131024", drawing(CROSS)), ("131024", drawing(BAR)), ("131032", drawing(CROSS)),
        ("131032", drawing(CROSS)),
    ]  # fmt: skip
    second = [("011002", drawing(CROSS)), ("011002", drawing(CROSS, 1)), ("011002", drawing(BAR, 1))]
    return deliver(folder, "one", first), deliver(folder, "two", second)
