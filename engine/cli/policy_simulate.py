"""``gaiji policy simulate``: what a policy would do with gaiji, and how another would differ."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from engine.cli.help import JapaneseCommand
from engine.cli.options import AsJson, Force, Reference
from engine.cli.policy import (
    AskMinutes,
    ForbidMinutes,
    Inputs,
    LookMinutes,
    Output,
    PolicyFile,
    Results,
    TwoMinutes,
    check_options,
    open_targets,
    read_policy,
    show,
    write_json,
    write_output,
)
from engine.cli.terminal import Reporter
from engine.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from engine.policy.simulate import Comparison, Simulation
    from engine.policy.targets import Targets

_EPILOG = (
    "例:\n\n"
    "gaiji policy simulate 同定結果.parquet --policy standard　標準のポリシーを試す\n\n"
    "gaiji policy simulate 結果/ --policy A.toml --against B.toml -o 比較.xlsx　二つのポリシーを比べる\n\n"
    "gaiji policy simulate 同定結果.csv --policy A.toml --sheet 変わる字.png　形の変わる字を絵で見る"
)
_SCREEN_LINES = 40


def simulate(
    results: Results,
    policy: PolicyFile,
    against: Annotated[
        str | None, typer.Option("--against", metavar="FILE", help="比べる、もう一つのポリシー。")
    ] = None,
    output: Output = None,
    sheet: Annotated[
        Path | None,
        typer.Option("--sheet", metavar="OUT", help="例の画像（.png）。--against があれば、扱いの変わる字。"),
    ] = None,
    inputs: Inputs = None,
    look: LookMinutes = 1.0,
    two: TwoMinutes = 2.0,
    ask: AskMinutes = 20.0,
    forbid: ForbidMinutes = 10.0,
    as_json: AsJson = False,
    reference: Reference = None,
    force: Force = False,
    quiet: Annotated[
        bool, typer.Option("-q", "--quiet", help="進み具合と、画面の表を表示しない。")
    ] = False,
) -> None:  # fmt: skip
    """文字運用ポリシーを同定の結果に当てはめ、外字がどうなるかを試算します。"""
    from engine.output.sink import check_output
    from engine.policy import simulate as simulate_
    from engine.policy import tables
    from engine.policy.columns import read_columns
    from engine.policy.signatures import look as look_at

    check_options(output, force=force, quiet=quiet, as_json=as_json)
    if sheet is not None:
        check_output(sheet, force=force, suffixes=(".png",))
    targets = open_targets(reference)
    first = read_policy(policy, targets)
    second = read_policy(against, targets) if against else None
    minutes = simulate_.Minutes(look, two, ask, forbid)
    with Reporter(quiet=quiet) as reporter:
        columns = read_columns(results, reporter.progress)
        looked = look_at(columns)
        simulation = simulate_.simulate(first, looked, targets, minutes)
        compared = (
            simulate_.Comparison(simulation, simulate_.simulate(second, looked, targets, minutes))
            if second
            else None
        )
        data = {}
        if as_json or (output is not None and output.suffix.lower() == ".json"):
            data = tables.simulation_json(simulation)
            if compared:
                data["against"] = tables.comparison_json(compared)
        if output is not None:
            every = tables.simulation_tables(simulation, shapes=tables.SHAPES_IN_FILES)
            every += tables.comparison_tables(compared) if compared else []
            title = f"文字運用ポリシーの試算 {first.label}"
            write_output(
                output, title, every, tables.notes_of(simulation), data, force=force, reporter=reporter
            )
        if sheet is not None:
            _draw(sheet, compared or simulation, targets, inputs or (), reporter, force=force)
    if as_json:
        write_json(data)
    elif not quiet:
        shown = tables.simulation_tables(simulation)
        shown += tables.comparison_tables(compared) if compared else []
        show(shown, tables.notes_of(simulation), most=_SCREEN_LINES)


def _draw(
    path: Path, tried: Simulation | Comparison, targets: Targets, inputs: Sequence[Path], reporter: Reporter,
    *, force: bool,
) -> None:  # fmt: skip
    from engine.output.sink import AtomicFile
    from engine.policy.sheet import MOST, Example, policy_sheet
    from engine.policy.simulate import Simulation
    from engine.policy.tables import moved_rows, shape_rows
    from engine.policy.targets import Target
    from engine.report.pictures import read_pictures
    from engine.settings import Settings
    from engine.sheet.face import ReferenceFace

    for folder in inputs:
        if not folder.is_dir():
            raise UsageError(f"--inputs のフォルダーがありません: {folder}")
    every: tuple[Simulation, ...]
    if isinstance(tried, Simulation):
        every, places, title = (tried,), shape_rows(tried, MOST), f"形の変わる字の例　{tried.policy.label}"
    else:
        every, places = (tried.before, tried.after), moved_rows(tried, MOST)
        title = f"扱いの変わる字の例　{tried.before.policy.label} → {tried.after.policy.label}"
    columns, policy = every[-1].looked.results, every[-1].policy
    rows = columns.rows(places)
    beside = dict.fromkeys(file.parent for place in places if (file := columns.file_of(place)) is not None)
    pictures = read_pictures(rows, folders=inputs, beside=list(beside), progress=reporter.progress)
    examples = []
    for place, row in zip(places, rows, strict=True):
        rulings = tuple(each.ruling(place) for each in every)
        shrunk = rulings[-1].target is Target.SHRINK
        charset = policy.charset_of(row.system)
        other = targets.replacement(row.mj, charset, policy.shrink_order) if shrunk else ""
        examples.append(Example(row, pictures.glyph(row), rulings, other))
    face = ReferenceFace.of(targets.table.refset, Settings.from_environment())
    picture = policy_sheet(examples, face, title=title)
    with AtomicFile(path, force=force) as stream:
        picture.save(stream, format="PNG")
    reporter.message(f"画像を書き出しました: {path}（{len(rows)} 字、図形 {len(pictures)}）")
    for missing in pictures.missing:
        reporter.message(f"図形がありません: {missing.source}: {missing.message}")


def add_to(group: typer.Typer) -> None:
    """Register the command."""
    group.command("simulate", cls=JapaneseCommand, epilog=_EPILOG)(simulate)
