"""What ``gaiji evaluate`` does: run, show, write."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from engine.errors import UsageError
from engine.evaluation.run import DEFAULT_SEED
from engine.settings import Settings

if TYPE_CHECKING:
    from PIL import Image

    from engine.evaluation.run import Report


def evaluate(
    output: Path | None = None,
    sets: Sequence[str] | None = None,
    per_set: int = 500,
    seed: int = DEFAULT_SEED,
    sheet: Path | None = None,
    reliability: Path | None = None,
    *,
    criteria: str | None = None,
    force: bool = False,
) -> Report:
    """Evaluate, show the tables on standard error, write the files asked for.

    Parameters
    ----------
    output : Path, optional
        ``.json`` (everything) or ``.md`` (tables). Without it, JSON goes to standard output, unless that is a
        terminal.
    sets : sequence of str, optional
        Names, or beginnings of names, of the sets; all when left out.
    per_set, seed : int
        As for :func:`engine.evaluation.run.run_evaluation`.
    sheet : Path, optional
        PNG of the twenty worst errors of all sets together.
    reliability : Path, optional
        PNG of the reliability curves, a plot for each group of sets.
    criteria : str, optional
        Version of the criteria, and with it the comparison, to evaluate; the reference set's when left out.
    force : bool
        Whether files that exist already may be replaced.

    Raises
    ------
    UsageError
        Unknown suffix or set, or an existing file without ``force``.
    """
    if output is not None and output.suffix.lower() not in (".json", ".md"):
        msg = f"書き出し先は .json か .md にしてください（{output.name}）。"
        raise UsageError(msg)
    for path in (output, sheet, reliability):
        if path is not None and path.exists() and not force:
            msg = f"出力先のファイルがすでにあります。上書きするには --force を付けてください: {path}"
            raise UsageError(msg)
    from rich.console import Console

    from engine.evaluation import report as reports
    from engine.evaluation.error_sheet import error_sheet
    from engine.evaluation.mistakes import worst
    from engine.evaluation.reliability_sheet import reliability_sheet
    from engine.evaluation.run import run_evaluation
    from engine.evaluation.tables import terminal_tables
    from engine.reference.refset import find_reference_set
    from engine.sheet.face import ReferenceFace

    settings = Settings.from_environment()
    console = Console(stderr=True)
    with console.status("評価の準備をしています…") as status:

        def show(what: str, done: int, total: int) -> None:
            status.update(f"{what} ({done}/{total})")

        report = run_evaluation(
            settings, sets=sets, per_set=per_set, seed=seed, criteria=criteria, progress=show
        )
        if sheet is not None or reliability is not None:
            face = ReferenceFace.of(find_reference_set(settings), settings)
            if sheet is not None:
                _save(sheet, error_sheet(worst(report.mistakes), face))
            if reliability is not None:
                _save(reliability, reliability_sheet([*report.groups, report.total], face))
    for table in terminal_tables(report):
        console.print(table)
    if output is not None:
        markdown = output.suffix.lower() == ".md"
        _write(output, reports.to_markdown(report) if markdown else reports.to_json(report))
    elif not sys.stdout.isatty():
        sys.stdout.write(reports.to_json(report))
    return report


def _save(path: Path, picture: Image.Image) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(path.name + ".part")
    picture.save(beside, format="PNG")
    beside.replace(path)


def _write(path: Path, text: str) -> None:
    """Write beside, then replace: a reader never sees half a file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(path.name + ".part")
    beside.write_text(text, encoding="utf-8")
    beside.replace(path)
