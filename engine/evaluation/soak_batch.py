"""``python -m engine.evaluation.soak_batch INPUT…``: real runs, killed at random, against one that was not.

Every run is the program ``gaiji batch`` itself. It is killed (``SIGKILL``) after a random time, and gone on
with until the given number of kills has been reached; then it is left to finish. The dataset must be the one
of an undisturbed run, byte for byte.
"""

from __future__ import annotations

import argparse
import hashlib
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

_FIRST_S = 2.0
"""A run that is killed before it has opened the engine tells nothing about datasets; some still are."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the soak; 0 where every dataset was the same."""
    parser = argparse.ArgumentParser(prog="python -m engine.evaluation.soak_batch", description=__doc__)
    parser.add_argument("inputs", nargs="+")
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--rows-per-part", type=int, default=512)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--longest-s", type=float, default=12.0, help="a run lives so long at most")
    asked = parser.parse_args(arguments)
    chance = random.Random(asked.seed)  # noqa: S311 - when to kill is no secret
    options = ["--rows-per-part", str(asked.rows_per_part), "-q"]
    with tempfile.TemporaryDirectory(prefix="gaiji-soak-") as place:
        undisturbed, disturbed = Path(place, "undisturbed"), Path(place, "disturbed")
        started = time.monotonic()
        if _run([*asked.inputs, "-o", str(undisturbed), *options, "--jobs", "1"]).wait() not in (0, 1):
            return 2
        sys.stderr.write(f"undisturbed, one process: {time.monotonic() - started:.0f} s\n")
        kills = 0
        while True:
            jobs = chance.choice([1, asked.jobs])
            process = _run([*asked.inputs, "-o", str(disturbed), *options, "--jobs", str(jobs), "--resume"])
            try:
                patience = chance.uniform(_FIRST_S, asked.longest_s) if kills < asked.kills else None
                code = process.wait(patience)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
                kills += 1
                done = len(list(disturbed.glob("*.sums")))
                sys.stderr.write(f"kill {kills}: {jobs} processes, {done} parts finished\n")
                continue
            if code not in (0, 1):
                return 2
            if kills >= asked.kills:
                break
            sys.stderr.write(f"finished after {kills} kills; once more from the beginning\n")
            same = _digest(disturbed) == _digest(undisturbed)
            if not same:
                break
            for path in disturbed.iterdir():
                path.unlink()
        same = _digest(disturbed) == _digest(undisturbed)
    sys.stdout.write(f"{kills} kills: the datasets are {'identical' if same else 'DIFFERENT'}\n")
    return 0 if same else 1


def _run(arguments: Sequence[str]) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-m", "engine", "batch", *arguments])  # noqa: S603 - this program


def _digest(folder: Path) -> str:
    """Checksum over the dataset: every file but the log."""
    digest = hashlib.sha256()
    for path in sorted(folder.iterdir()):
        if path.name != "log.jsonl":
            digest.update(f"{path.name}\0{hashlib.sha256(path.read_bytes()).hexdigest()}\n".encode())
    return digest.hexdigest()


if __name__ == "__main__":
    sys.exit(main())
