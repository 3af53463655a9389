"""``python -m api.jobs``: the worker that ``gaiji serve`` starts beside itself."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from api.jobs.process import work
from engine.errors import GaijiError


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a worker; return its exit status."""
    parser = argparse.ArgumentParser(prog="python -m api.jobs")
    parser.add_argument("--supervised", action="store_true")
    try:
        work(supervised=parser.parse_args(arguments).supervised)
    except GaijiError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":  # worker processes of the pool import this module again
    sys.exit(main())
