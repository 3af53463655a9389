"""``gaiji policy check``: gaiji that a policy objects to."""

from __future__ import annotations

from typing import Annotated

import typer

from engine.cli.help import JapaneseCommand
from engine.cli.options import AsJson, Force, Reference
from engine.cli.policy import (
    Output,
    PolicyFile,
    Results,
    check_options,
    open_targets,
    read_policy,
    show,
    write_json,
    write_output,
)
from engine.cli.terminal import Reporter

_EPILOG = (
    "例:\n\n"
    "gaiji policy check 同定結果.csv --policy standard　違反を画面に\n\n"
    "gaiji policy check 結果/ --policy ポリシー.toml -o 違反.xlsx　すべてを Excel に\n\n"
    "終了コードは、違反がなければ 0、あれば 1 です。"
)
_SCREEN_LINES = 40


def check(
    results: Results,
    policy: PolicyFile,
    output: Output = None,
    as_json: AsJson = False,
    reference: Reference = None,
    force: Force = False,
    quiet: Annotated[bool, typer.Option("-q", "--quiet", help="進み具合と、画面の表を表示しない。")] = False,
) -> None:
    """同定の結果から、ポリシーに合わない外字（要らない外字・重なり・認めない字）を見つけます。"""
    from engine.policy import check as check_
    from engine.policy import tables
    from engine.policy.columns import read_columns
    from engine.policy.signatures import look

    check_options(output, force=force, quiet=quiet, as_json=as_json)
    targets = open_targets(reference)
    read = read_policy(policy, targets)
    with Reporter(quiet=quiet) as reporter:
        checked = check_.check(read, look(read_columns(results, reporter.progress)), targets)
        every = tables.violation_table(checked)
        if output is not None:
            shown = every[1:] if output.suffix.lower() == ".csv" else every
            title, data = f"文字運用ポリシーに合わない外字 {read.label}", tables.check_json(checked)
            write_output(output, title, shown, (), data, force=force, reporter=reporter)
    if as_json:
        write_json(tables.check_json(checked))
    elif not quiet:
        show(every, (), most=_SCREEN_LINES)
    if checked.violations:
        raise typer.Exit(1)


def add_to(group: typer.Typer) -> None:
    """Register the command."""
    group.command("check", cls=JapaneseCommand, epilog=_EPILOG)(check)
