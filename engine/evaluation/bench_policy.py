"""Speed and memory of ``gaiji policy simulate``: ``python -m engine.evaluation.bench_policy``.

A million rows with the classes of the ministry's survey are made up from a seed and written as Parquet. What
is measured is one process from its start to the JSON on its standard output, and the steps in this process.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from engine.difference import DifferenceKind
from engine.result import Review, Subclass, Verdict

if TYPE_CHECKING:
    import pyarrow as pa

    from engine.policy.targets import Targets

_SURVEY: tuple[tuple[Verdict, Subclass | None, int], ...] = (
    (Verdict.SAME, None, 98_030),
    (Verdict.DESIGN, None, 217_313),
    (Verdict.SIMILAR, None, 619_469),
    (Verdict.UNIDENTIFIED, Subclass.UNKNOWN, 52_294),
    (Verdict.UNIDENTIFIED, Subclass.HENTAIGANA, 97_791),
    (Verdict.UNIDENTIFIED, Subclass.SYMBOL, 81_639),
)
"""Glyphs of the survey of 2011-12, by class."""

_SYSTEMS = ("住民記録", "戸籍", "住基ネット", "税", "")
_AUTO = (0.8, 0.5, 0.0, 0.2, 0.0, 0.2)
"""Share that needs no look, by class."""
_DUPLICATES = 0.6
_MUNICIPALITIES = 1_386
_RULES = ("S1 A1", "D1", "R1", "U1", "H1", "N1")

_Found = TypeVar("_Found")

_RUN = (
    "import sys; from engine.cli.main import main; code = main(sys.argv[1:])\n"
    "try:\n"
    "    import resource\n"
    "    used = resource.getrusage(resource.RUSAGE_SELF)\n"
    "    sys.stderr.write(f'used {used.ru_maxrss} {used.ru_utime + used.ru_stime}\\n')\n"
    "except ImportError:\n"
    "    pass\n"
    "sys.exit(code)"
)


@dataclass(frozen=True, slots=True)
class PolicySpeed:
    """What was measured.

    Attributes
    ----------
    rows, signatures : int
        Rows, and distinct sets of what the policy looks at.
    parquet_mb : float
    command_s, compare_command_s : float
        One process from its start to its JSON: one policy; two policies.
    command_cpu_s, peak_mb : float or None
        Processor time of the first, its start included, and its largest memory; None on Windows.
    read_s, look_s, simulate_s, sensitivity_s, compare_s : float
        Steps, in this process: columns from the file; columns to numbers; one policy; every rule one step to
        either side; a second policy.
    """

    rows: int
    signatures: int
    parquet_mb: float
    command_s: float
    compare_command_s: float
    command_cpu_s: float | None
    peak_mb: float | None
    read_s: float
    look_s: float
    simulate_s: float
    sensitivity_s: float
    compare_s: float


def made_up(rows: int, targets: Targets, *, seed: int = 20_260_401) -> pa.Table:
    """Return results as a nation might have them; equal seeds give equal rows.

    Parameters
    ----------
    rows : int
    targets : Targets
        Where MJ names and their 包摂連番 are taken from.
    seed : int

    Returns
    -------
    pyarrow.Table
        With the contract's columns.
    """
    import pyarrow as pa

    from engine.output.parquet import schema

    dice = np.random.default_rng(seed)
    share = np.array([count for _, _, count in _SURVEY], np.float64)
    first = _firsts(rows, dice)
    kind = dice.choice(len(_SURVEY), rows, p=share / share.sum())[first]  # equal pictures, equal results
    table = targets.table
    names = np.array(table.mj, object)
    # A few characters make up most gaiji (邉, 髙, 﨑 …), thousands turn up once: a power law.
    common = dice.permutation(len(names))
    rank = np.minimum((dice.pareto(0.7, rows) * 3).astype(np.int64), len(names) - 1)[first]
    mj = names[common[rank]]
    hentaigana = names[table.is_hentaigana]
    mj[kind == 4] = hentaigana[rank[kind == 4] % len(hentaigana)]
    mj[(kind == 3) | (kind == 5)] = ""
    required = dice.random(rows)[first] >= np.array(_AUTO)[kind]
    numbers = table.column("jisx0213_rules").to_pylist()
    kinds = np.array([f"diff:{each.value}" for each in DifferenceKind], object)
    drawn = dice.integers(0, len(kinds), (rows, 3))[first]
    count = dice.integers(0, 4, rows)[first]
    evidence = []
    for at in range(rows):
        words = [_RULES[kind[at]]]
        if kind[at] == 5 and drawn[at, 0] % 2:
            words.append(f"char:U+{0x3200 + int(drawn[at, 1]):04X}")
        if kind[at] == 2:
            if drawn[at, 0] % 4 == 0:
                words.append(f"near:{names[common[int(rank[at]) // 2]]}")
            words += [f"hosetsu:{number}" for number in numbers[common[rank[at]]] or ()]
        if kind[at] in (1, 2) and required[at]:
            words += kinds[np.unique(drawn[at, : count[at]])].tolist()
        evidence.append(" ".join(words))
    town, code = dice.integers(0, _MUNICIPALITIES, rows), dice.integers(0xE000, 0xF8FF, rows)
    source = [f"{10_000 + t:05d}/EUDC-{at}.TTE" for at, t in enumerate(town.tolist())]
    codes = [f"U+{each:04X}" for each in code.tolist()]
    same = [f"{source[to]}#{codes[to]}" if to != at else "" for at, to in enumerate(first.tolist())]
    columns: dict[str, Any] = {
        "source": source,
        "gaiji_code": codes,
        "class": [_SURVEY[at][0].value for at in kind.tolist()],
        "subclass": [(_SURVEY[at][1] or "") for at in kind.tolist()],
        "mj": mj.tolist(),
        "confidence": np.full(rows, 0.9),
        "review": np.where(required, Review.REQUIRED.value, Review.AUTO.value).tolist(),
        "evidence": evidence,
        "status": ["ok"] * rows,
        "municipality": [f"{100_000 + each}" for each in town.tolist()],
        "system": np.array(_SYSTEMS, object)[dice.integers(0, len(_SYSTEMS), rows)].tolist(),
        "kind": np.array(["1", "2", "3"], object)[dice.integers(0, 3, rows)].tolist(),
        "same_as": same,
    }
    empty = [""] * rows
    return pa.table({name: columns.get(name, empty) for name in schema().names}, schema=schema())


def _firsts(rows: int, dice: np.random.Generator) -> NDArray[np.int64]:
    """Return the row whose picture each row shows, (N,) int64: itself or an earlier one."""
    own = dice.random(rows) >= _DUPLICATES
    own[:1] = True
    originals, before = np.flatnonzero(own), np.cumsum(own)
    earlier = originals[(dice.random(rows) * before).astype(np.int64)]
    return np.where(own, np.arange(rows), earlier)


def measure(rows: int = 1_000_000, *, seed: int = 20_260_401) -> PolicySpeed:
    """Make the rows up and measure."""
    import pyarrow.parquet as pq

    from engine.policy.columns import read_columns
    from engine.policy.load import load_policy
    from engine.policy.signatures import look
    from engine.policy.simulate import simulate
    from engine.policy.targets import Targets
    from engine.reference.refset import find_reference_set
    from engine.settings import Settings

    targets = Targets.of(find_reference_set(Settings.from_environment(), None))
    standard, strict = load_policy("standard"), load_policy("strict")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "results.parquet"
        pq.write_table(made_up(rows, targets, seed=seed), path, compression="zstd")
        read_s, results = _timed(lambda: read_columns([path]))
        look_s, looked = _timed(lambda: look(results))
        simulate_s, simulation = _timed(lambda: simulate(standard, looked, targets))
        sensitivity_s, _ = _timed(simulation.sensitivity)
        compare_s, _ = _timed(lambda: simulate(strict, looked, targets))
        given = ["policy", "simulate", str(path), "--policy", "standard", "--json"]
        command_s, (told, cpu_s, peak_mb) = _timed(lambda: _run(given))
        compare_command_s, _ = _timed(lambda: _run([*given, "--against", "strict"]))
        if told["rows"] != rows:
            msg = f"bench_policy: {told['rows']} of {rows} rows were counted"
            raise RuntimeError(msg)
        size_mb = path.stat().st_size / 1e6
    seconds = (command_s, compare_command_s, read_s, look_s, simulate_s, sensitivity_s, compare_s)
    first, second, *steps = (round(each, 2) for each in seconds)
    return PolicySpeed(
        rows, len(simulation.rulings), round(size_mb, 1), first, second, cpu_s, peak_mb, *steps
    )


def _timed(do: Callable[[], _Found]) -> tuple[float, _Found]:
    begun = time.perf_counter()
    found = do()
    return time.perf_counter() - begun, found


def _run(arguments: Sequence[str]) -> tuple[dict[str, Any], float | None, float | None]:
    """Return the JSON, processor time and peak memory, in MB, of a process of its own."""
    done = subprocess.run(  # noqa: S603 - ourselves
        [sys.executable, "-c", _RUN, *arguments],
        capture_output=True, text=True, encoding="utf-8", check=False,
    )  # fmt: skip
    if done.returncode:
        raise RuntimeError(f"bench_policy: {done.stderr}")
    last = (done.stderr.splitlines() or [""])[-1]
    peak = cpu_s = None
    if last.startswith("used "):
        peak = round(int(last.split()[1]) / (1_000_000 if sys.platform == "darwin" else 1_000), 1)
        cpu_s = round(float(last.split()[2]), 2)
    return json.loads(done.stdout), cpu_s, peak


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="gaiji policy simulate の速さとメモリーを測る。")
    parser.add_argument("--rows", type=int, default=1_000_000, help="行の数。")
    parser.add_argument("--seed", type=int, default=20_260_401, help="乱数の種。")
    given = parser.parse_args(arguments)
    sys.stdout.write(json.dumps(asdict(measure(given.rows, seed=given.seed)), indent=2) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
