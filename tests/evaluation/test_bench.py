"""The measuring tools of the benchmark; the figures themselves are not tested (tests are never timed)."""

from __future__ import annotations

import os
import sys
import time

import pytest

from engine.evaluation.bench import BenchResult, MemoryWatch, _timed, _write_picture
from engine.evaluation.targets import load_bench_targets

linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")


@linux
def test_the_watch_sees_the_memory_of_a_process() -> None:
    watch = MemoryWatch(os.getpid())
    watch.start()
    deadline = time.monotonic() + 10
    while watch.peak_mb is None and time.monotonic() < deadline:
        time.sleep(0.02)
    watch.stop()
    assert watch.peak_mb is not None
    assert watch.peak_mb > 10


def test_a_process_that_has_ended_costs_nothing() -> None:
    watch = MemoryWatch(2**22 + 1)
    watch.start()
    watch.stop()
    assert not watch.peak_mb


def test_timing_a_process_that_fails_is_an_error() -> None:
    assert _timed(["-c", "pass"]) > 0
    with pytest.raises(Exception, match="exit status 3"):
        _timed(["-c", "raise SystemExit(3)"])


def test_the_picture_is_a_png(debian_font, tmp_path) -> None:
    path = _write_picture(debian_font("fonts-horai-umefont", "ume-tmo3.ttf"), tmp_path / "a.png")
    assert path.read_bytes()[:8] == b"\x89PNG\r\n\x1a\n"


def test_the_promises_are_about_what_is_measured() -> None:
    targets = load_bench_targets()
    assert {target.metric for target in targets} <= set(BenchResult.__slots__)
    assert [target.reached_by(0.0) for target in targets] == [False, True, True, True, False]
    assert not any(target.reached_by(float("nan")) for target in targets)
