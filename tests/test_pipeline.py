"""Inputs to rows: order, blocks, several processes, losses. The engine itself is a stand-in here."""

from __future__ import annotations

import os
import sys
import types
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest

from engine.glyph.model import Glyph, ReadFailure
from engine.pipeline import (
    BLOCK_BYTES,
    BLOCK_GLYPHS,
    IdentifyOptions,
    default_jobs,
    identify_paths,
    into_blocks,
)
from engine.result import Identification, Verdict
from engine.settings import Settings


class StandIn:
    """Answers with the ink's sum; dies on a black glyph."""

    reference_id = "r1"
    engine_id = "e1"

    @classmethod
    def open(cls, settings: Settings, **options: object) -> StandIn:
        return cls()

    def identify(self, glyphs: Sequence[Glyph]) -> list[Identification]:
        if any(glyph.ink.all() for glyph in glyphs):
            os._exit(3)
        return [
            Identification(
                glyph.source, verdict=Verdict.SAME, mj=f"MJ{int(glyph.ink.sum(dtype=np.int64)):06d}"
            )
            for glyph in glyphs
        ]

    def failure(self, failure: ReadFailure) -> Identification:
        return Identification(
            failure.source, failure.gaiji_code, status=failure.code, message=failure.message
        )


def item(number: int) -> Glyph | ReadFailure:
    if number % 50 == 7:
        return ReadFailure(f"{number}", "unreadable-image", "読めません")
    ink = np.zeros((4, 4), np.uint8)
    ink[0, 0] = number % 251 + 1
    return Glyph(ink, f"{number}", f"U+{0xE000 + number:04X}")


@pytest.fixture
def reading(monkeypatch: pytest.MonkeyPatch) -> list[Glyph | ReadFailure]:
    """What the reader will hand over, whatever the paths are."""
    items: list[Glyph | ReadFailure] = []

    def read_glyphs(paths: Sequence[Path], options: object) -> Iterator[Glyph | ReadFailure]:
        yield from items

    reader = types.ModuleType("engine.glyph.read")
    reader.read_glyphs = read_glyphs
    identify = types.ModuleType("engine.identify")
    identify.Identifier = StandIn
    monkeypatch.setitem(sys.modules, "engine.glyph.read", reader)
    monkeypatch.setitem(sys.modules, "engine.identify", identify)
    return items


def rows(jobs: int) -> list[Identification]:
    return list(identify_paths([], settings=Settings((), Path()), options=IdentifyOptions(), jobs=jobs))


def test_rows_do_not_depend_on_jobs(reading: list[Glyph | ReadFailure]) -> None:
    reading += [item(number) for number in range(3 * BLOCK_GLYPHS + 5)]
    alone = rows(1)
    assert [row.source for row in alone] == [each.source for each in reading]
    assert [row.status for row in alone[5:9]] == ["ok", "ok", "unreadable-image", "ok"]
    assert rows(2) == alone


def test_a_few_glyphs_start_no_process(
    reading: list[Glyph | ReadFailure], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "engine.pool", None)
    reading += [item(number) for number in range(BLOCK_GLYPHS)]
    assert len(rows(8)) == BLOCK_GLYPHS
    reading.clear()
    assert rows(8) == []


def test_a_dead_process_gives_rows_that_say_so(reading: list[Glyph | ReadFailure]) -> None:
    reading += [item(number) for number in range(3 * BLOCK_GLYPHS)]
    reading[300] = Glyph(np.full((4, 4), 255, np.uint8), "300", "U+E000")
    found = rows(2)
    assert [row.source for row in found] == [each.source for each in reading]
    lost = [row for row in found if row.status == "crashed"]
    assert {int(row.source) // BLOCK_GLYPHS for row in lost} == {1}
    assert "異常終了" in lost[0].message
    assert found[307].status == "unreadable-image"  # a failed read stays what it was
    assert all(row.status in ("ok", "unreadable-image") for row in found[2 * BLOCK_GLYPHS :])


def test_blocks_are_bounded_in_number_and_size() -> None:
    ink = np.zeros((2048, 2048), np.uint8)
    large = [Glyph(ink, "a")] * 9
    sizes = [len(block) for block in into_blocks(large) if block]
    assert sizes == [BLOCK_BYTES // ink.nbytes] * 2 + [1]
    small = [item(number) for number in range(600)]
    blocks = list(into_blocks(small))
    assert [len(block) for block in blocks if block] == [256, 256, 88]
    assert None in blocks[:17]


def test_default_jobs() -> None:
    assert 1 <= default_jobs() <= 8
