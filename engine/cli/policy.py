"""``gaiji policy``: a 文字運用ポリシー tried on results, and results and proposals checked against it."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from engine.cli.help import JapaneseCommand, JapaneseGroup
from engine.cli.options import AsJson, Reference
from engine.cli.terminal import Reporter

if TYPE_CHECKING:
    from engine.policy.policy import Policy
    from engine.policy.targets import Targets
    from engine.report.survey_table import Table

app = typer.Typer(
    cls=JapaneseGroup,
    help="文字運用ポリシーを試し、外字と新しい外字の申請を確かめます。",
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)

Results = Annotated[
    list[Path],
    typer.Argument(
        metavar="RESULTS…",
        help="同定の結果（.parquet .csv .jsonl .xlsx）か、gaiji batch の結果のフォルダー。いくつでも。",
    ),
]
PolicyFile = Annotated[
    str,
    typer.Option(
        "--policy", metavar="FILE", help="ポリシーのファイル（.toml）か、strict・standard・loose のどれか。"
    ),
]
Output = Annotated[
    Path | None,
    typer.Option("-o", "--output", metavar="OUT", help="表の出力先（.xlsx .csv .md .json のどれか）。"),
]

Inputs = Annotated[
    list[Path] | None,
    typer.Option("--inputs", metavar="FOLDER", help="外字のファイルを探すフォルダー。繰り返し可。"),
]
LookMinutes = Annotated[
    float, typer.Option("--look-minutes", min=0, metavar="1", help="一人が一図形を見る分数。")
]
TwoMinutes = Annotated[
    float, typer.Option("--two-minutes", min=0, metavar="2", help="二人が一図形を見る、合わせた分数。")
]
AskMinutes = Annotated[float, typer.Option("--ask-minutes", min=0, metavar="20", help="本人に確かめる分数。")]
ForbidMinutes = Annotated[
    float, typer.Option("--forbid-minutes", min=0, metavar="10", help="使用をやめる手続の分数。")
]

_VALIDATE_EPILOG = (
    "例:\n\n"
    "gaiji policy validate ポリシー.toml　書式と中身を確かめる\n\n"
    "gaiji policy validate standard --toml > ポリシー.toml　出発点の一つを写して、直し始める"
)


@app.command("validate", cls=JapaneseCommand, epilog=_VALIDATE_EPILOG)
def validate(
    policy: Annotated[
        str,
        typer.Argument(
            metavar="POLICY", help="ポリシーのファイル（.toml）か、strict・standard・loose のどれか。"
        ),
    ],
    toml: Annotated[
        bool, typer.Option("--toml", help="読んだポリシーを、整えた TOML で標準出力へ。")
    ] = False,
    as_json: AsJson = False,
    reference: Reference = None,
) -> None:
    """文字運用ポリシーの書式と中身を確かめます。"""
    from engine.policy.load import PolicyError, load_policy, validate_against
    from engine.policy.policy import as_data
    from engine.policy.tables import policy_json
    from engine.policy.write import to_toml

    read = None
    try:
        read = load_policy(policy)
        problems = validate_against(read, open_targets(reference).table)
    except PolicyError as error:
        problems = list(error.problems)
    if as_json:
        told = [{"where": each.where, "line": each.line, "message": each.message} for each in problems]
        content = {**policy_json(read), "content": as_data(read)} if read else None
        write_json({"valid": not problems, "problems": told, "policy": content})
    elif read is not None and toml and not problems:
        sys.stdout.write(to_toml(read))
    elif read is not None and not problems:
        adopted = f"{read.adopted.isoformat()} 施行" if read.adopted else "案（施行日なし）"
        sys.stdout.write(f"誤りはありません: {read.label}、{adopted}、規則 {len(read.rules)}\n")
    if problems:
        if not as_json:
            sys.stderr.write("".join(f"{each}\n" for each in problems))
        raise typer.Exit(1)


def open_targets(reference: str | None) -> Targets:
    """Open the table and the 縮退マップ of a reference set.

    Raises
    ------
    ReferenceSetError
    """
    from engine.policy.targets import Targets
    from engine.reference.refset import find_reference_set
    from engine.settings import Settings

    return Targets.of(find_reference_set(Settings.from_environment(), reference))


def read_policy(source: str, targets: Targets) -> Policy:
    """Read a policy that fits the reference set.

    Raises
    ------
    PolicyError
        It is not well formed, or names what the set does not have.
    """
    from engine.policy.load import PolicyError, load_policy, validate_against

    policy = load_policy(source)
    problems = validate_against(policy, targets.table)
    if problems:
        raise PolicyError(source, problems)
    return policy


def check_options(output: Path | None, *, force: bool, quiet: bool, as_json: bool) -> None:
    """Refuse options before any work is done.

    Raises
    ------
    UsageError
    """
    from engine.errors import UsageError
    from engine.output.sink import check_output
    from engine.policy.files import SUFFIXES

    if output is not None:
        check_output(output, force=force, suffixes=SUFFIXES)
    elif quiet and not as_json:
        raise UsageError("--quiet は、-o か --json と一緒に使ってください。")


def write_output(
    output: Path, title: str, tables: Sequence[Table], notes: Sequence[str], data: Mapping[str, Any],
    *, force: bool, reporter: Reporter,
) -> None:  # fmt: skip
    """Write tables to a file of any of the formats."""
    from engine.output.sink import AtomicFile
    from engine.policy.files import write_tables

    with AtomicFile(output, force=force) as stream:
        write_tables(output.suffix.lower(), title, tables, notes, data, stream)
    reporter.message(f"表を書き出しました: {output}")


def write_json(data: Mapping[str, Any]) -> None:
    """Write plain values on standard output."""
    sys.stdout.write(json.dumps(data, ensure_ascii=False, indent=2) + "\n")


def show(tables: Iterable[Table], notes: Iterable[str], *, most: int | None = None) -> None:
    """Print tables on standard output.

    Parameters
    ----------
    tables : iterable of Table
    notes : iterable of str
    most : int, optional
        Lines shown of each.
    """
    from rich import box
    from rich.console import Console
    from rich.table import Table as Drawn
    from rich.text import Text

    from engine.cli.terminal import folded, visible
    from engine.policy.tables import is_number

    console = Console(width=None if sys.stdout.isatty() else 120, highlight=False)
    for table in tables:
        console.print(Text(visible(table.title), style="bold"))
        drawn = Drawn(box=box.SIMPLE_HEAD)
        filled = [at for at in range(len(table.headings)) if any(line[at] != "" for line in table.lines)]
        for at in filled:
            side: Literal["left", "right"] = "left"
            if all(is_number(line[at]) for line in table.lines):
                side = "right"
            drawn.add_column(table.headings[at], justify=side, overflow="fold")
        for line, is_sum in list(zip(table.lines, table.sums, strict=True))[:most]:
            values = [line[at] for at in filled]
            cells = [Text(f"{value:,}" if isinstance(value, int) else visible(value)) for value in values]
            drawn.add_row(*cells, style="bold" if is_sum else None)
        console.print(drawn)
        left_out = len(table.lines) - most if most is not None else 0
        if left_out > 0:
            sys.stdout.write(
                f"ほかに {left_out:,} 行あります。-o でファイルに書き出すと、すべて見られます。\n"
            )
        for text in table.notes:
            sys.stdout.write("".join(f"{line}\n" for line in folded(text)))
    for text in notes:
        sys.stdout.write("".join(f"{line}\n" for line in folded(f"・{text}")))
