"""The worker dies in every way it can; the parent names the culprit and goes on."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import hostile
import pytest

from engine.errors import READ_CODES
from engine.glyph import worker as worker_module
from engine.glyph.model import Glyph, ReadFailure
from engine.glyph.read import Limits, ReadOptions, read_glyphs
from engine.glyph.worker import GlyphWorker

CODES = tuple(range(0xE000, 0xE000 + 300))
QUICK = ReadOptions(limits=Limits(seconds=6.0, stall_seconds=0.6))

# Run in the child before it serves: the outline rasteriser meets a fatal glyph.
SABOTAGE = """
import os, time
import engine.glyph.raster as raster
draw = raster.OutlineRasteriser.render
def render(self, glyph_id):
    if glyph_id == 151:
        {deed}
    return draw(self, glyph_id)
raster.OutlineRasteriser.render = render
"""


@pytest.fixture(scope="module")
def font(tmp_path_factory):
    path = tmp_path_factory.mktemp("worker") / "EUDC.TTE"
    path.write_bytes(hostile.font_bytes(codes=CODES))
    return path


@pytest.fixture
def sabotage(monkeypatch):
    def start(deed: str) -> None:
        begin, serve = worker_module._START.split("from engine", 1)
        prelude = f"exec({SABOTAGE.format(deed=deed)!r}); "
        monkeypatch.setattr(worker_module, "_START", f"{begin}{prelude}from engine{serve}")

    return start


@pytest.mark.parametrize(
    ("deed", "code"),
    [
        ("os.abort()", "crashed"),
        ("raise RuntimeError", "crashed"),
        ("raise MemoryError", "too-large"),
        ("time.sleep(60)", "timeout"),
    ],
)
def test_one_fatal_glyph_costs_one_row(font, sabotage, deed, code):
    sabotage(deed)
    rows = list(read_glyphs([font], QUICK))
    assert [row.gaiji_code for row in rows] == [f"U+{value:04X}" for value in CODES]
    assert [row for row in rows if isinstance(row, ReadFailure)] == [rows[150]]
    assert rows[150].code == code
    assert code in READ_CODES


def test_a_font_that_is_fatal_at_once(font, sabotage):
    sabotage("pass")
    worker_module._START = worker_module._START.replace("glyph_id == 151", "os.abort() or 0")
    rows = list(read_glyphs([font], ReadOptions(limits=Limits(crashes=2))))
    assert [(row.code, row.gaiji_code) for row in rows] == [("crashed", "U+E000"), ("crashed", "U+E001")]
    assert "残りは読みませんでした" in rows[-1].message


def test_a_child_that_cannot_start_is_a_crash(font, monkeypatch):
    monkeypatch.setattr(worker_module, "_START", "raise SystemExit(3)")
    (row,) = read_glyphs([font])
    assert (row.code, row.source) == ("crashed", str(font))


def test_the_same_child_reads_on(font):
    with GlyphWorker() as worker:
        assert worker.process is None
        first = list(worker.read(font, "a", ReadOptions(), one_step=False))
        pid = worker.process.pid
        second = list(worker.read(font, "b", ReadOptions(), one_step=False))
        assert worker.process.pid == pid
    assert len(first) == len(second) == len(CODES)
    assert {row.source for row in second} == {"b"}


def test_a_child_that_died_while_idle_is_replaced(font):
    with GlyphWorker() as worker:
        list(worker.read(font, "a", ReadOptions(), one_step=False))
        worker.process.kill()
        worker.process.wait()
        rows = list(worker.read(font, "b", ReadOptions(), one_step=False))
    assert all(isinstance(row, Glyph) for row in rows)
    assert len(rows) == len(CODES)


def test_a_reader_who_leaves_early_leaves_no_child(font):
    with GlyphWorker() as worker:
        stream = worker.read(font, "a", ReadOptions(), one_step=False)
        next(stream)
        child = worker.process
        stream.close()
        assert worker.process is None
        assert child.poll() is not None


def test_an_abandoned_stream_ends_its_own_worker(font, monkeypatch):
    children = []
    start = GlyphWorker._start
    monkeypatch.setattr(GlyphWorker, "_start", lambda self: children.append(start(self)) or children[-1])
    stream = read_glyphs([font])
    next(stream)
    stream.close()
    assert [child.poll() is not None for child in children] == [True]


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="no way to limit memory here")
def test_memory_is_limited(font, sabotage):
    sabotage("bytearray(2_000_000_000)")
    rows = list(read_glyphs([font], QUICK))
    assert [row.code for row in rows if isinstance(row, ReadFailure)] == ["too-large"]


@pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="names are always Unicode there")
def test_a_name_that_is_not_utf_8(tmp_path):
    path = tmp_path / os.fsdecode(b"\x8a\x4f\x8e\x9a.tte")  # 外字 in Shift JIS
    path.write_bytes(hostile.font_bytes())
    rows = list(read_glyphs([path]))
    assert [row.source for row in rows] == [str(path)] * 2
    assert all(isinstance(row, Glyph) for row in rows)


def test_a_crash_inside_a_zip_costs_one_member(tmp_path, sabotage):
    """The members before and behind it are read once, the fatal one is named."""
    sabotage("os.abort()")
    png = hostile.image_bytes("PNG")
    members = {f"{number:03}.png": png for number in range(200)}
    archive = tmp_path / "a.zip"
    archive.write_bytes(hostile.zip_bytes({**members, "100a.tte": hostile.font_bytes(codes=CODES)}))
    rows = [row for row in read_glyphs([archive], QUICK) if not row.gaiji_code]
    names = [row.source.rpartition("#")[2] for row in rows]
    assert names == sorted([*members, "100a.tte"])
    (bad,) = [row for row in rows if isinstance(row, ReadFailure)]
    assert (bad.source, bad.code) == (f"{archive}#100a.tte", "crashed")
