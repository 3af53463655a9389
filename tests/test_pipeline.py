"""Inputs to rows: order, blocks, several processes, losses. The engine itself is a stand-in here."""

from __future__ import annotations

import os
import sys
import types
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from engine.glyph.model import Glyph, ReadFailure
from engine.intake.key import DeliveryKey
from engine.intake.match import Delivered
from engine.pipeline import (
    BLOCK_BYTES,
    BLOCK_GLYPHS,
    IdentifyOptions,
    default_jobs,
    identify_paths,
    into_batches,
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
    ink[0, 0] = ink[3, 3] = 255
    ink.flat[2:12] = [255 * (number >> bit & 1) for bit in range(10)]  # no two are alike
    return Glyph(ink, f"{number}", f"U+{0xE000 + number:04X}")


@pytest.fixture
def reading(monkeypatch: pytest.MonkeyPatch) -> list[Glyph | ReadFailure]:
    """What the reader will hand over, whatever the paths are."""
    items: list[Glyph | ReadFailure] = []

    def read_glyphs(
        paths: Sequence[Path], options: object, *, notice: object = None
    ) -> Iterator[Glyph | ReadFailure]:
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
    large = [Delivered(Glyph(ink, "a"), DeliveryKey())] * 9
    sizes = [len(batch) for batch in into_batches(large) if batch]
    assert sizes == [BLOCK_BYTES // ink.nbytes] * 2 + [1]
    small = [Delivered(item(number), DeliveryKey()) for number in range(600)]
    blocks = list(into_batches(small))
    assert [len(block) for block in blocks if block] == [256, 256, 88]
    assert None in blocks[:17]


def test_a_picture_that_comes_again_is_identified_once(
    reading: list[Glyph | ReadFailure], monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[str] = []
    identify = StandIn.identify

    def noting(self: StandIn, glyphs: Sequence[Glyph]) -> list[Identification]:
        seen.extend(glyph.source for glyph in glyphs)
        return identify(self, glyphs)

    monkeypatch.setattr(StandIn, "identify", noting)
    first = item(1)
    again = Glyph(np.pad(first.ink, 2), "again.png", "U+E5FF")
    reading += [first, item(2), again, item(7), Glyph(first.ink, "2nd", "U+E600")]
    found = rows(1)
    assert seen == ["1", "2"]
    assert [row.same_as for row in found] == ["", "", "1#U+E001", "", "1#U+E001"]
    assert [row.mj for row in found[2::2]] == [found[0].mj] * 2
    assert [(row.source, row.gaiji_code) for row in found[2::2]] == [
        ("again.png", "U+E5FF"),
        ("2nd", "U+E600"),
    ]


def test_duplicates_across_blocks_do_not_depend_on_jobs(
    reading: list[Glyph | ReadFailure], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("engine.pipeline.ROWS_KEPT", 100)  # some rows are forgotten and made again
    reading += [item(number % 300) for number in range(3 * BLOCK_GLYPHS + 5)]
    alone = rows(1)
    assert [row.source for row in alone] == [each.source for each in reading]
    assert {row.status for row in alone[300:] if not row.same_as} == {"unreadable-image"}
    assert [row.mj for row in alone[300:600]] == [row.mj for row in alone[:300]]
    assert rows(2) == alone


def test_blocks_of_nothing_but_duplicates(reading: list[Glyph | ReadFailure]) -> None:
    reading += [item(1)] * (3 * BLOCK_GLYPHS)
    assert [row.same_as for row in rows(2)] == ["", *["1#U+E001"] * (3 * BLOCK_GLYPHS - 1)]


def test_keys_reach_every_row(reading: list[Glyph | ReadFailure]) -> None:
    reading += [replace(item(1), font="EUDC"), item(2), item(7)]
    options = IdentifyOptions(key=DeliveryKey("131016", "住基", "", "2"))
    found = list(identify_paths([], settings=Settings((), Path()), options=options, jobs=1))
    assert {(row.municipality, row.system, row.kind) for row in found} == {("131016", "住基", "2")}
    assert [row.font for row in found] == ["EUDC", "", ""]


def test_default_jobs() -> None:
    assert 1 <= default_jobs() <= 8
