"""Speed and memory of ``gaiji convert``: ``python -m engine.evaluation.bench_convert``.

A file as a municipality has it (CP932, ten columns, a private code in every third row or so) is made up,
converted by a process of its own, and converted back. A plain copy of the same file tells what the disk can
do; the rates by processor time tell what an otherwise idle machine would do.
"""

from __future__ import annotations

import argparse
import filecmp
import json
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

_RUN = (
    "import sys; from engine.cli.main import main; code = main(sys.argv[1:])\n"
    "try:\n"
    "    import resource\n"
    "    used = resource.getrusage(resource.RUSAGE_SELF)\n"
    "    sys.stdout.write(f'used {used.ru_maxrss} {used.ru_utime + used.ru_stime}\\n')\n"
    "except ImportError:\n"
    "    pass\n"
    "sys.exit(code)"
)
_VARIANTS = 1_000
"""Different rows; the file repeats them in random order."""


@dataclass(frozen=True, slots=True)
class Rate:
    """How fast one process was, its start included.

    Attributes
    ----------
    mb_per_s : float
        By the clock.
    mb_per_cpu_s : float or None
        By processor time; None on Windows.
    peak_mb : float or None
        Its largest memory; None on Windows.
    """

    mb_per_s: float
    mb_per_cpu_s: float | None
    peak_mb: float | None


@dataclass(frozen=True, slots=True)
class ConvertSpeed:
    """What was measured.

    Attributes
    ----------
    rows, replaced : int
    input_mb, journal_mb : float
    copy_mb_per_s : float
        A plain copy of the file.
    convert, columns, utf8, undo : Rate
        The whole file; two columns of it; into UTF-8; back.
    """

    rows: int
    replaced: int
    input_mb: float
    journal_mb: float
    copy_mb_per_s: float
    convert: Rate
    columns: Rate
    utf8: Rate
    undo: Rate


def measure(rows: int, seed: int = 1) -> ConvertSpeed:
    """Make up a file, convert it and convert it back.

    Parameters
    ----------
    rows : int
    seed : int

    Raises
    ------
    RuntimeError
        A process failed, or the way back did not give the same bytes.
    """
    with tempfile.TemporaryDirectory(prefix="gaiji-bench-") as name:
        folder = Path(name)
        source, table = folder / "in.csv", folder / "map.json"
        write_file(source, rows, seed)
        write_map(table)
        mb = source.stat().st_size / 1e6
        begun = time.perf_counter()
        shutil.copyfile(source, folder / "copy.csv")
        copy_s = time.perf_counter() - begun
        convert, answer = _gaiji(mb, "convert", source, "--map", table, "-o", folder / "a.csv", "--json")
        undo, _ = _gaiji(
            mb, "convert", "--undo", folder / "a.csv.undo", folder / "a.csv", "-o", folder / "back.csv"
        )
        if not filecmp.cmp(folder / "back.csv", source, shallow=False):
            raise RuntimeError("bench_convert: the way back did not give the same bytes")
        some = ("--columns", "2,4", "-o", folder / "b.csv")
        columns, _ = _gaiji(mb, "convert", source, "--map", table, *some)
        utf8, _ = _gaiji(mb, "convert", source, "--map", table, "--to", "utf-8", "-o", folder / "c.csv")
        return ConvertSpeed(
            rows=rows,
            replaced=json.loads(answer)["replaced"],
            input_mb=round(mb, 1),
            journal_mb=round((folder / "a.csv.undo").stat().st_size / 1e6, 2),
            copy_mb_per_s=round(mb / copy_s, 1),
            convert=convert,
            columns=columns,
            utf8=utf8,
            undo=undo,
        )


def write_file(path: Path, rows: int, seed: int) -> None:
    """Write a made-up file: CP932, CRLF, names and addresses of random characters."""
    draw = random.Random(seed)  # noqa: S311 - not a secret
    kanji = [chr(code) for code in range(0x4E00, 0x9FA0) if _is_cp932(chr(code))]
    private = [chr(0xE000 + number) for number in range(1_880)]

    def words(count: int, gaiji: float) -> str:
        return "".join(
            draw.choice(private) if draw.random() < gaiji else draw.choice(kanji) for _ in range(count)
        )

    lines = []
    for number in range(_VARIANTS):
        cells = [
            f"{number:010d}", words(5, 0.04), "ﾔﾏﾀﾞ ﾀﾛｳ", f'"{words(18, 0.005)},{words(4, 0.005)}"',
            "19800101", "1", f"{draw.randrange(10**7):07d}", words(6, 0.0),
            f"03-{draw.randrange(10**8):08d}", "",
        ]  # fmt: skip
        lines.append((",".join(cells) + "\r\n").encode("cp932"))
    with path.open("wb") as stream:
        for first in range(0, rows, _VARIANTS):
            stream.write(b"".join(draw.choices(lines, k=min(_VARIANTS, rows - first))))


def write_map(path: Path) -> None:
    """Write a map of every private code of CP932 to a character of CP932."""
    from engine.convert.table_files import FORMAT, VERSION

    rows = [{"gaiji_code": f"U+{0xE000 + n:04X}", "target": f"U+{0x4E00 + n:04X}"} for n in range(1_880)]
    rows = [row for row in rows if _is_cp932(chr(int(row["target"][2:], 16)))]
    every = [{"gaiji_code": f"U+{0xE000 + n:04X}", "target": "U+8FBB"} for n in range(1_880)]
    known = {row["gaiji_code"] for row in rows}
    rows += [row for row in every if row["gaiji_code"] not in known]
    head = {"format": FORMAT, "version": VERSION, "target": "ucs"}
    path.write_text(json.dumps(head | {"rows": rows, "apart": []}), encoding="utf-8")


def _is_cp932(character: str) -> bool:
    try:
        return len(character.encode("cp932")) == 2
    except UnicodeEncodeError:
        return False


def _gaiji(mb: float, *words: object) -> tuple[Rate, str]:
    begun = time.perf_counter()
    done = subprocess.run(  # noqa: S603 - ourselves
        [sys.executable, "-c", _RUN, *map(str, words), "--quiet"],
        capture_output=True, text=True, encoding="utf-8", check=False,
    )  # fmt: skip
    seconds = time.perf_counter() - begun
    if done.returncode:
        raise RuntimeError(f"bench_convert: {done.stderr}")
    *answer, last = done.stdout.splitlines() or [""]
    if not last.startswith("used "):
        return Rate(round(mb / seconds, 1), None, None), last
    _, peak, cpu_s = last.split()
    peak_mb = int(peak) / (1_000_000 if sys.platform == "darwin" else 1_000)
    rate = Rate(round(mb / seconds, 1), round(mb / float(cpu_s), 1), round(peak_mb, 1))
    return rate, answer[0] if answer else ""


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="gaiji convert の速さとメモリーを測る。")
    parser.add_argument("--rows", type=int, default=1_000_000, help="行の数。")
    given = parser.parse_args(arguments)
    sys.stdout.write(json.dumps(asdict(measure(given.rows)), indent=2) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
