"""Speed and memory of the product as people run it: ``python -m engine.evaluation.bench``.

Four figures, against the promises of issues 2 and 3: a font of 10,000 glyphs end to end (start of the process
included), one picture from a cold start of the process, one picture inside a warm one, and comparisons of a
gaiji with a candidate per second (:mod:`engine.evaluation.bench_pairs`).
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from engine.evaluation.targets import load_bench_targets
from engine.settings import Settings

_KANJI = (0x4E00, 0x9FFF)
_SAMPLE_S = 0.1
_WARM_RUNS = 30
_CLI = "from engine.cli.main import run; run()"
"""What the installed ``gaiji`` does, without looking for it on the path."""


@dataclass(frozen=True, slots=True)
class BenchResult:
    """What was measured.

    Attributes
    ----------
    glyphs : int
        Rows of the batch run.
    batch_s, glyphs_per_s : float
        Wall time of the batch's process from start to end, and the rate.
    peak_mb : float or None
        Largest memory of the batch's processes together (proportional set size); None outside Linux.
    cold_s : float
        Wall time of a process that identifies one picture, median of three.
    warm_ms : float
        One picture in a process that has identified before: reading and identifying, median of thirty.
    pairs_per_s : float
        Comparisons by all processes together, retrieval left aside.
    """

    glyphs: int
    batch_s: float
    glyphs_per_s: float
    peak_mb: float | None
    cold_s: float
    warm_ms: float
    pairs_per_s: float


def measure_all(settings: Settings, *, glyphs: int, jobs: int) -> BenchResult:
    """Run the measurements one after the other.

    Parameters
    ----------
    settings : Settings
        The index must have been built.
    glyphs : int
        How many kanji of the font to identify in the batch.
    jobs : int
        Processes of the batch, and of the comparison.
    """
    from engine.evaluation.bench_pairs import pairs_per_s
    from engine.evaluation.materials import SOURCES
    from engine.reference.fetch import debian_font

    source = SOURCES["ume-mincho"]
    font = debian_font(source.package, source.filename, settings.cache_dir)
    with tempfile.TemporaryDirectory() as folder:
        picture = _write_picture(font, Path(folder) / "glyph.png")
        rows, batch_s, peak_mb = _batch(font, glyphs, jobs)
        cold = [_timed(["-c", _CLI, "identify", str(picture)]) for _ in range(3)]
        warm_ms = _warm_ms(settings, picture)
    return BenchResult(
        glyphs=rows,
        batch_s=batch_s,
        glyphs_per_s=rows / batch_s,
        peak_mb=peak_mb,
        cold_s=statistics.median(cold),
        warm_ms=warm_ms,
        pairs_per_s=pairs_per_s(settings, font, jobs=jobs),
    )


def _write_picture(font: Path, path: Path) -> Path:
    import cv2

    from engine.synth.degrade import picture
    from engine.synth.fonts import OutlineFont

    done, encoded = cv2.imencode(".png", picture(OutlineFont(font, em_px=96).body(ord("邊"))))
    if not done:
        msg = f"{path.name} cannot be encoded as PNG"
        raise OSError(msg)
    path.write_bytes(encoded.tobytes())
    return path


def _timed(arguments: Sequence[str]) -> float:
    begin = time.perf_counter()
    subprocess.run([sys.executable, *arguments], check=True, stdout=subprocess.DEVNULL)  # noqa: S603 - our own
    return time.perf_counter() - begin


def _batch(font: Path, glyphs: int, jobs: int) -> tuple[int, float, float | None]:
    """Rows, seconds, and peak memory in MB of a process of its own."""
    command = [
        sys.executable, "-m", "engine.evaluation.bench",
        "--child", str(font), "--glyphs", str(glyphs), "--jobs", str(jobs),
    ]  # fmt: skip
    begin = time.perf_counter()
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603 - our own
        watch = MemoryWatch(process.pid)
        watch.start()
        output, _ = process.communicate()
        seconds = time.perf_counter() - begin
        watch.stop()
        if process.returncode:
            raise subprocess.CalledProcessError(process.returncode, command)
    return int(output), seconds, watch.peak_mb


def _child(font: Path, glyphs: int, jobs: int) -> int:
    """Identify the first kanji of a font and return the number of rows."""
    from engine.glyph.options import ReadOptions
    from engine.pipeline import IdentifyOptions, identify_paths
    from engine.synth.fonts import OutlineFont

    kanji = sorted(code for code in OutlineFont(font).codes() if _KANJI[0] <= code <= _KANJI[1])
    last = kanji[min(glyphs, len(kanji)) - 1]
    options = IdentifyOptions(read=ReadOptions(ranges=((_KANJI[0], last),)))
    rows = identify_paths([font], settings=Settings.from_environment(), options=options, jobs=jobs)
    return sum(1 for _ in rows)


def _warm_ms(settings: Settings, picture: Path) -> float:
    from engine.glyph.images import read_image
    from engine.glyph.limits import Limits
    from engine.identify import Identifier

    identifier = Identifier.open(settings)
    times = []
    for _ in range(_WARM_RUNS + 1):
        begin = time.perf_counter()
        identifier.identify([read_image(picture.read_bytes(), picture.name, Limits())])
        times.append(1000 * (time.perf_counter() - begin))
    return statistics.median(times[1:])


class MemoryWatch(threading.Thread):
    """Samples the memory of a process and its descendants; does nothing outside Linux.

    Parameters
    ----------
    pid : int
    every_s : float
        Seconds between two samples; each costs the process a moment.

    Attributes
    ----------
    peak_mb : float or None
        Largest sum of their proportional set sizes so far.
    """

    def __init__(self, pid: int, every_s: float = _SAMPLE_S) -> None:
        super().__init__(daemon=True)
        self._pid = pid
        self._every_s = every_s
        self._done = threading.Event()
        self.peak_mb: float | None = None

    def run(self) -> None:
        """Sample until stopped."""
        if not sys.platform.startswith("linux"):
            return
        while not self._done.wait(self._every_s):
            total_kb = sum(_pss_kb(pid) for pid in _tree(self._pid))
            self.peak_mb = max(self.peak_mb or 0.0, total_kb / 1024)

    def stop(self) -> None:
        """Stop sampling; :attr:`peak_mb` is final then."""
        self._done.set()
        self.join()


def _tree(pid: int) -> list[int]:
    found = [pid]
    for parent in found:  # grows while it is walked
        try:
            tasks = list(Path(f"/proc/{parent}/task").iterdir())
            found.extend(int(child) for task in tasks for child in (task / "children").read_text().split())
        except OSError:  # it ended meanwhile
            continue
    return found


def _pss_kb(pid: int) -> int:
    try:
        text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    except OSError:  # it ended meanwhile
        return 0
    return next((int(line.split()[1]) for line in text.splitlines() if line.startswith("Pss:")), 0)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print JSON."""
    parser = argparse.ArgumentParser(
        prog="python -m engine.evaluation.bench", description="速さとメモリを測る。"
    )
    parser.add_argument("--glyphs", type=int, default=10_000, help="まとめて同定する字数")
    parser.add_argument("--jobs", type=int, default=2, help="プロセス数")
    parser.add_argument("--child", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args(arguments)
    if given.child is not None:
        sys.stdout.write(f"{_child(given.child, given.glyphs, given.jobs)}\n")
        return 0
    result = measure_all(Settings.from_environment(), glyphs=given.glyphs, jobs=given.jobs)
    measured = asdict(result)
    targets = {
        target.metric: {
            "bound": target.bound(),
            "reached": measured[target.metric] is not None and target.reached_by(measured[target.metric]),
        }
        for target in load_bench_targets()
    }
    sys.stdout.write(json.dumps({**measured, "targets": targets}, ensure_ascii=False, indent=1) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
