"""A batch run as a program of its own, to be killed: ``program.py INPUT FOLDER JOBS``."""

from __future__ import annotations

import sys
from pathlib import Path

from engine.batch.run import BatchOptions, run_batch
from engine.batch.work import LocalCrew
from tests.batch.stand_in import StandIn, open_slow

if __name__ == "__main__":
    run_batch(
        [sys.argv[1]],
        Path(sys.argv[2]),
        engine=StandIn(),
        crew=LocalCrew(open_slow, int(sys.argv[3])),
        options=BatchOptions(rows_per_part=50),
        resume=True,
    )
