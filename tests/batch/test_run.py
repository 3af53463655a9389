"""Whatever interrupts a run, the dataset is the same; whatever is wrong is said, and nothing is lost."""

from __future__ import annotations

import errno
import json
import os
import random
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from PIL import Image

from engine.batch import dataset
from engine.batch.dataset import DatasetError, part_path, read_manifest, rows, sums_path
from engine.batch.run import BatchOptions, run_batch
from engine.batch.work import LocalCrew
from engine.errors import UsageError
from engine.glyph.clean import clean
from engine.glyph.options import ReadOptions
from engine.intake.key import DeliveryKey
from engine.output.sink import OutputError
from engine.result import COLUMNS
from tests.batch.stand_in import (
    HereCrew,
    StandIn,
    contents,
    number_at,
    open_mortal,
    open_slow,
    picture,
    write_images,
)

ROOT = Path(__file__).resolve().parents[2]
OPTIONS = BatchOptions(rows_per_part=50)
COUNT = 330


@pytest.fixture(scope="module")
def images(tmp_path_factory) -> Path:
    return write_images(tmp_path_factory.mktemp("images") / "images.parquet", COUNT)


@pytest.fixture(scope="module")
def undisturbed(images, tmp_path_factory) -> dict[str, bytes]:
    folder = tmp_path_factory.mktemp("undisturbed") / "out"
    run(images, folder)
    return contents(folder)


def run(source: Path, folder: Path, engine: StandIn | None = None, **options: object) -> dict[str, object]:
    engine = engine or StandIn()
    options = {"options": OPTIONS, "crew": HereCrew(engine)} | options
    return run_batch([source], folder, engine=engine, **options)


def table(folder: Path) -> list[dict[str, object]]:
    return [row for batch in rows(folder) for row in batch.to_pylist()]


# --- What comes out ---


def test_rows_and_numbers(images, tmp_path):
    engine = StandIn()
    summary = run(images, tmp_path / "out", engine)
    found = table(tmp_path / "out")
    assert list(found[0]) == list(COLUMNS)
    assert [row["source"] for row in found] == [f"{images}#{i}" for i in range(1, COUNT + 1)]
    assert [row["gaiji_code"] for row in found[:2]] == ["U+E000", "U+E001"]
    first: dict[int, str] = {}
    for i, row in enumerate(found):
        place = f"{row['source']}#{row['gaiji_code']}"
        if i % 41 == 40:
            assert row["status"] == "unreadable-image"
            continue
        number = number_at(i)
        assert row["same_as"] == first.get(number, "")
        first.setdefault(number, place)
        mj = int(clean(picture(number)).sum(dtype=np.int64))
        assert (row["mj"], row["confidence"]) == (f"MJ{mj:06d}", 0.3333)
    assert len(engine.seen) == len(first)
    assert summary["rows"] == COUNT
    assert (summary["distinct"], summary["same_as_before"]) == (len(first), COUNT - COUNT // 41 - len(first))
    assert summary["status"] == {"ok": COUNT - COUNT // 41, "unreadable-image": COUNT // 41}
    assert {path.name for path in (tmp_path / "out").glob("*.parquet")} == {
        f"part-{i:05d}.parquet" for i in range(7)
    }


def test_nearly_the_same_across_parts(tmp_path):
    pictures = [picture(n) for n in range(1, 150)]
    for each in pictures[:20]:
        pictures.append(each.copy())
        pictures[-1][7, 7] = 12  # one pixel, a little lighter
    column = pa.array([each.tolist() for each in pictures], pa.list_(pa.list_(pa.uint8())))
    pa.parquet.write_table(pa.table({"image": column}), tmp_path / "images.parquet")
    assert run(tmp_path / "images.parquet", tmp_path / "out")["nearly_same"] == 20
    found = table(tmp_path / "out")
    assert [row["near_same"] for row in found[149:]] == [row["source"] for row in found[:20]]


def test_the_number_of_processes_makes_no_difference(images, tmp_path, undisturbed):
    for jobs in (1, 2):
        run(images, tmp_path / f"{jobs}", crew=LocalCrew(open_slow, jobs))
        assert contents(tmp_path / f"{jobs}") == undisturbed


def test_an_empty_delivery(tmp_path):
    summary = run(write_images(tmp_path / "none.parquet", 0), tmp_path / "out")
    assert summary["rows"] == 0
    assert table(tmp_path / "out") == []


def test_unreadable_inputs_become_rows(tmp_path):
    folder = tmp_path / "in"
    folder.mkdir()
    for name in ("E000.png", "E002.png"):
        Image.fromarray(picture(7)).save(folder / name)
    (folder / "E001.png").write_bytes(b"\x89PNG\r\n\x1a\n junk")
    (folder / "empty.bmp").touch()
    engine = StandIn()
    options = replace(OPTIONS, key=DeliveryKey("131016", "住基", "", "2"))
    paths = [folder, tmp_path / "missing.ttf"]
    run_batch(paths, tmp_path / "out", engine=engine, crew=HereCrew(engine), options=options)
    found = table(tmp_path / "out")
    assert [(Path(row["source"]).name, row["status"]) for row in found] == [
        ("E000.png", "ok"),
        ("E001.png", "unreadable-image"),
        ("E002.png", "ok"),
        ("empty.bmp", "empty-file"),
        ("missing.ttf", "not-found"),
    ]
    assert [row["gaiji_code"] for row in found[:3]] == ["U+E000", "U+E001", "U+E002"]
    assert {(row["municipality"], row["system"], row["kind"]) for row in found} == {("131016", "住基", "2")}


# --- Interruptions ---


class PowerCut(BaseException):
    """Nothing catches it."""


@pytest.mark.parametrize("torn", [False, True])
def test_a_power_cut_at_any_write(tmp_path, monkeypatch, torn):
    """Every write fails once; with ``torn``, the file system has kept a half of it."""
    images = write_images(tmp_path / "images.parquet", 120)
    run(images, tmp_path / "undisturbed")
    undisturbed = contents(tmp_path / "undisturbed")
    write = dataset._write
    for fatal in range(2 * 3 + 3):
        writes = 0

        def dying(path: Path, data: bytes, fatal: int = fatal) -> None:
            nonlocal writes
            writes += 1
            if writes - 1 == fatal:
                if torn:
                    path.write_bytes(data[: len(data) // 2])
                raise PowerCut
            write(path, data)

        folder = tmp_path / f"{fatal}"
        monkeypatch.setattr(dataset, "_write", dying)
        with pytest.raises(PowerCut):
            run(images, folder)
        monkeypatch.setattr(dataset, "_write", write)
        (folder / ".part-00001.parquet.4711.part").write_bytes(b"left over")
        run(images, folder, resume=True)
        assert contents(folder) == undisturbed
    assert fatal == len(undisturbed)  # the manifest is written twice


def test_what_is_finished_is_not_computed_again(images, tmp_path, undisturbed):
    engine = StandIn()
    run(images, tmp_path, engine)
    os.truncate(part_path(tmp_path, 2), 100)
    manifest = read_manifest(tmp_path)
    (tmp_path / "summary.json").unlink()
    again = StandIn()
    run(images, tmp_path, again, resume=True)
    assert contents(tmp_path) == undisturbed
    first_again = int(again.seen[0].rpartition("#")[2])
    assert first_again > 100
    assert set(again.seen) <= set(engine.seen)
    assert read_manifest(tmp_path) == manifest
    idle = StandIn()
    assert run(images, tmp_path, idle, resume=True)["rows"] == COUNT
    assert idle.seen == []


@pytest.mark.parametrize("place", [0, 40, -200, -1])
def test_a_damaged_side_file_is_noticed(images, tmp_path, undisturbed, place):
    run(images, tmp_path)
    data = bytearray(sums_path(tmp_path, 3).read_bytes())
    data[place] ^= 1
    sums_path(tmp_path, 3).write_bytes(data)
    (tmp_path / "summary.json").unlink()
    run(images, tmp_path, resume=True)
    assert contents(tmp_path) == undisturbed


@pytest.mark.skipif(sys.platform == "win32", reason="no SIGKILL there")
def test_kill_nine(images, tmp_path, undisturbed):
    chance = random.Random(6)
    command = [sys.executable, str(ROOT / "tests/batch/program.py"), str(images), str(tmp_path / "out"), "2"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    killed = 0
    for _ in range(20):
        before = len(list((tmp_path / "out").glob("*.sums"))) if (tmp_path / "out").exists() else 0
        process = subprocess.Popen(command, env=environment)
        while killed < 3 and process.poll() is None:
            time.sleep(0.01)
            if len(list((tmp_path / "out").glob("*.sums"))) > before:
                time.sleep(chance.random() * 0.08)
                process.send_signal(signal.SIGKILL)
                break
        code = process.wait(60)
        killed += code == -signal.SIGKILL
        if code == 0:
            break
    assert killed >= 2
    assert contents(tmp_path / "out") == undisturbed


# --- Losses ---


def test_lost_blocks_leave_no_trace(images, tmp_path, undisturbed):
    engine = StandIn()
    run(images, tmp_path, engine, crew=HereCrew(engine, lose=(0, 2, 3)))
    assert contents(tmp_path) == undisturbed


def test_a_glyph_that_kills_gets_a_row_and_an_accident_none(tmp_path):
    pictures = [picture(n).tolist() for n in range(1, 40)]
    pictures[10] = np.full((28, 28), 155).tolist()  # grey
    pictures[10][0][0] = 254
    pictures[30] = pictures[5]
    column = pa.array(pictures, pa.list_(pa.list_(pa.uint8())))
    pa.parquet.write_table(pa.table({"image": column}), tmp_path / "images.parquet")
    engine = StandIn()
    crew = LocalCrew(open_mortal(tmp_path / "note"), 1)
    run(tmp_path / "images.parquet", tmp_path / "out", engine, crew=crew)
    run(tmp_path / "images.parquet", tmp_path / "undisturbed", engine)
    assert contents(tmp_path / "out") == contents(tmp_path / "undisturbed")


# --- Refusals ---


def test_another_run_is_not_gone_on_with(images, tmp_path):
    source = tmp_path / "images.parquet"
    source.write_bytes(images.read_bytes())
    out = tmp_path / "out"
    run(source, out)
    before = contents(out)

    def refused(words: str, **options: object) -> None:
        with pytest.raises(UsageError, match=words):
            run(**({"source": source, "folder": out, "resume": True} | options))
        assert contents(out) == before

    refused("--resume、", resume=False)
    refused("rows_per_part", options=BatchOptions(rows_per_part=99))
    refused("ranges", options=replace(OPTIONS, read=ReadOptions(ranges=((0xE000, 0xE001),))))
    refused("入力の並び", source=tmp_path / "other.ttf")
    newer = StandIn()
    newer.engine_id = "e2"
    refused("e1.*e2", engine=newer)
    write_images(source, COUNT - 1)
    refused("変わりました: .*images.parquet")
    assert run(source, out, force=True)["rows"] == COUNT - 1
    assert contents(out) != before


def test_two_runs_in_one_folder(images, tmp_path):
    engine = StandIn()

    class Curious(HereCrew):
        def identify(self, blocks):
            with pytest.raises(UsageError, match="実行中"):
                run(images, tmp_path / "out", resume=True)
            yield from super().identify(blocks)

    run(images, tmp_path / "out", engine, crew=Curious(engine))


def test_other_peoples_files_are_left_alone(images, tmp_path):
    (tmp_path / "大切.xlsx").touch()
    for options in ({}, {"resume": True}, {"force": True}):
        with pytest.raises(UsageError, match="ほかのファイル"):
            run(images, tmp_path, **options)
    with pytest.raises(UsageError, match="フォルダーに"):
        run(images, tmp_path / "大切.xlsx")
    with pytest.raises(UsageError, match="先に作って"):
        run(images, tmp_path / "a" / "b")
    run(images, tmp_path / "out")
    (tmp_path / "out" / "集計.xlsx").write_text("mine")
    run(images, tmp_path / "out", force=True)
    assert (tmp_path / "out" / "集計.xlsx").read_text() == "mine"


def test_a_full_disk_is_told_and_the_run_goes_on_later(images, tmp_path, undisturbed, monkeypatch):
    from engine.output.sink import AtomicFile

    enter = AtomicFile.__enter__
    left = 7

    class Full:
        def write(self, data: bytes) -> None:
            raise OSError(errno.ENOSPC, "No space left on device")

        def close(self) -> None:
            pass

    def entering(self: AtomicFile) -> object:
        nonlocal left
        left -= 1
        stream = enter(self)
        return stream if left else Full()

    monkeypatch.setattr(AtomicFile, "__enter__", entering)
    with pytest.raises(OutputError, match=r"No space left.*--resume"):
        run(images, tmp_path)
    assert part_path(tmp_path, 1).exists()
    run(images, tmp_path, resume=True)
    assert contents(tmp_path) == undisturbed


@pytest.mark.skipif(sys.platform == "win32" or os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_cannot_be_written(images, tmp_path):
    tmp_path.chmod(0o500)
    with pytest.raises(OutputError, match="権限"):
        run(images, tmp_path)


def test_results_of_a_run_that_is_not_over(images, tmp_path):
    run(images, tmp_path)
    manifest = json.loads((tmp_path / "manifest.json").read_text(encoding="utf-8"))
    (tmp_path / "manifest.json").write_text(json.dumps(manifest | {"state": "running"}), encoding="utf-8")
    with pytest.raises(DatasetError, match="--resume"):
        next(rows(tmp_path))
    with pytest.raises(DatasetError, match="フォルダーではありません"):
        next(rows(tmp_path.parent))


def test_the_standing_grows_up_to_the_end(images, tmp_path):
    told = []
    run(images, tmp_path, standing=told.append)
    assert [each.rows for each in told] == sorted(each.rows for each in told)
    assert all(0 <= each.share <= 1 for each in told)
    assert 0 < told[0].share < 0.5 < told[-1].share
    assert told[-1].distinct == len({number_at(i) for i in range(COUNT) if i % 41 != 40})
