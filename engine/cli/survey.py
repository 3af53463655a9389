"""``gaiji survey``: the ministry's table of 2012, for any set of results."""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from engine.cli.options import Force
from engine.cli.terminal import Reporter, folded

if TYPE_CHECKING:
    from engine.report.survey_table import Table
    from engine.result import Identification

EPILOG = (
    "例:\n\n"
    "gaiji survey 同定結果.csv　区分ごとの字数と種類を画面に\n\n"
    "gaiji survey 住基.csv 税.csv 戸籍.csv -o 集計.xlsx　いくつもの結果を合わせて、Excel に\n\n"
    "gaiji survey 同定結果.parquet --json　プログラムで使うとき"
)

SUFFIXES = (".csv", ".xlsx", ".json", ".md")

_PIPE_WIDTH = 120


def survey(
    results: Annotated[
        list[Path],
        typer.Argument(
            metavar="RESULTS…", help="gaiji identify の結果（.csv .jsonl .parquet .xlsx）。いくつでも。"
        ),
    ],
    output: Annotated[
        Path | None,
        typer.Option("-o", "--output", metavar="OUT", help="表の出力先（.csv .xlsx .json .md のどれか）。"),
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="表の代わりに、JSON を標準出力へ。例: gaiji survey 結果.csv --json")
    ] = False,
    force: Force = False,
    quiet: Annotated[
        bool, typer.Option("-q", "--quiet", help="進み具合と、画面の表を表示しない（-o と共に）。")
    ] = False,
) -> None:
    """同定の結果を、総務省の調査と同じ形の表に集計します。"""
    from engine.errors import UsageError
    from engine.output.sink import AtomicFile, check_output
    from engine.report import survey as survey_
    from engine.report import survey_files
    from engine.report.survey_table import NOTES, tables
    from engine.report.survey_table import as_json as to_json

    if output is not None:
        check_output(output, force=force, suffixes=SUFFIXES)
    elif quiet and not as_json:
        raise UsageError("--quiet は、-o か --json と一緒に使ってください。")
    with Reporter(quiet=quiet) as reporter:
        counted = survey_.count(_read(results, reporter))
        if output is not None:
            with AtomicFile(output, force=force) as stream:
                survey_files.WRITERS[output.suffix.lower()](counted, stream)
            reporter.message(f"表を書き出しました: {output}")
    if as_json:
        sys.stdout.write(json.dumps(to_json(counted), ensure_ascii=False, indent=2) + "\n")
    elif not quiet:
        show(tables(counted), NOTES)


def show(every: Iterable[Table], notes: Iterable[str]) -> None:
    """Print tables on standard output."""
    from rich import box
    from rich.console import Console
    from rich.table import Table as Drawn

    console = Console(width=None if sys.stdout.isatty() else _PIPE_WIDTH, highlight=False)
    for table in every:
        drawn = Drawn(title=table.title, title_justify="left", title_style="bold", box=box.SIMPLE_HEAD)
        for at, heading in enumerate(table.headings):
            drawn.add_column(heading.replace(" ", "\n"), justify="right" if at else "left", no_wrap=True)
        for values, is_sum in zip(table.lines, table.sums, strict=True):
            cells = [f"{value:,}" if isinstance(value, int) else value for value in values]
            drawn.add_row(*cells, style="bold" if is_sum else None)
        console.print(drawn)
        for text in table.notes:
            console.print(text, markup=False)
    for text in notes:
        sys.stdout.write("".join(f"{line}\n" for line in folded(f"・{text}")))


def _read(results: Iterable[Path], reporter: Reporter) -> Iterator[Identification]:
    """Yield every row of every file, and say where one gaiji is there twice."""
    from engine.output.load import read_results

    seen: Counter[int] = Counter()
    done = 0
    for path in dict.fromkeys(results):
        for row in read_results(path):
            seen[hash((row.municipality, row.system, row.font, row.source, row.gaiji_code))] += 1
            done += 1
            reporter.progress("数えています", done)
            yield row
    twice = sum(times - 1 for times in seen.values() if times > 1)
    if twice:
        reporter.message(
            f"注意: 入力元と外字コードが同じ行が {twice:,} 行重なっています。"
            "同じ結果を二度指定していないか確かめてください（すべて数えました）。"
        )
