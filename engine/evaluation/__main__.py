"""``python -m engine.evaluation``: the same as ``gaiji evaluate``."""

from __future__ import annotations

import sys

import typer

from engine.errors import GaijiError
from engine.evaluation.command import evaluate


def main() -> int:
    """Run the command; the exit status is 2 where it cannot be done."""
    app = typer.Typer(add_completion=False)
    app.command()(evaluate)
    try:
        app(standalone_mode=False)
    except GaijiError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
