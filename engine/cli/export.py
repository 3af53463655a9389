"""``gaiji export``: what is settled, in the forms that other systems take."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from engine.cli.help import JapaneseCommand, JapaneseGroup
from engine.cli.terminal import visible
from engine.errors import UsageError

if TYPE_CHECKING:
    from engine.result import Identification

app = typer.Typer(
    cls=JapaneseGroup,
    help="確定した同定結果を、ほかのシステムで使える形に書き出します。",
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)

_TABLE_EPILOG = (
    "例:\n\n"
    "gaiji export table 結果.csv --decisions 同定結果リスト.xlsx -o 変換表.csv\n\n"
    "gaiji export table 結果.csv --system 住基 --target ivs -o 変換表.json　gaiji convert に渡す\n\n"
    "gaiji export table 結果.csv --target jisx0213 -o 縮退表.csv　JIS X 0213 への縮退\n\n"
    "gaiji export table 結果.csv --target ucs -o unijef.txt　富士通のユーザ定義テーブル\n\n"
    "確定していないもの、一つに決まらないものは、変換表には入れず、別の一覧（変換表-未確定.csv）に書きます。"
)

RESULTS = typer.Argument(metavar="RESULTS…", help="gaiji identify の結果（CSV、Excel など）。")
DECISIONS = typer.Option(
    "--decisions",
    metavar="LIST",
    help="確認を書き入れた同定結果リスト。繰り返し可。",
)
MUNICIPALITY = typer.Option("--municipality", metavar="131016", help="この団体コードの外字だけ。")
SYSTEM = typer.Option("--system", metavar="住基", help="このシステムの外字だけ。")
FONT = typer.Option("--font", metavar="EUDC.TTE", help="このフォントの外字だけ。")
REFERENCE = typer.Option("--reference", metavar="NAME", help="使う参照セットの名前。")
FORCE = typer.Option("--force", help="出力先が既にあれば上書きする。")


@app.command("table", cls=JapaneseCommand, epilog=_TABLE_EPILOG)
def table(
    results: Annotated[list[Path], RESULTS],
    output: Annotated[
        Path,
        typer.Option("-o", "--output", metavar="OUT", help="出力先（.csv、.json、富士通用の .txt）。"),
    ],
    decisions: Annotated[list[Path] | None, DECISIONS] = None,
    target: Annotated[
        str,
        typer.Option(
            "--target", metavar="ucs|ivs|mj|jisx0213", help="変換先。ivs は、なければ単独の符号位置。"
        ),
    ] = "ivs",
    by_authority: Annotated[
        bool,
        typer.Option("--by-authority", help="縮退先が複数なら、権威の順に一つ選ぶ。"),
    ] = False,
    municipality: Annotated[str | None, MUNICIPALITY] = None,
    system: Annotated[str | None, SYSTEM] = None,
    font: Annotated[str | None, FONT] = None,
    reference: Annotated[str | None, REFERENCE] = None,
    force: Annotated[bool, FORCE] = False,
) -> None:
    """外字コードの変換表を書き出します。"""
    from engine.convert.settle import settle
    from engine.convert.table import Target, build_table
    from engine.convert.table_files import apart_path, check_table_output, write_table
    from engine.output.load import read_decisions
    from engine.reference.refset import find_reference_set
    from engine.reference.shrink import load_shrink
    from engine.reference.table import load_table
    from engine.settings import Settings

    if target not in tuple(Target):
        every = "・".join(Target)
        raise UsageError(f"--target「{target}」はありません。{every} のどれかを指定してください。")
    check_table_output(output, force=force)
    rows = chosen_results(results, municipality=municipality, system=system, font=font)
    decided = [decision for path in decisions or () for decision in read_decisions(path)]
    if municipality or system or font:  # of a list with more than what is chosen
        names = {(row.source, row.gaiji_code) for row in rows}
        decided = [each for each in decided if (each.source, each.gaiji_code) in names]
    refset = find_reference_set(Settings.from_environment(), reference)
    moji = load_table(refset, ("mj", "kind", "ucs", "ucs_implemented", "ivs"))
    settled, unsettled = settle(rows, decided, moji)
    made = build_table(
        settled, unsettled, Target(target), moji, load_shrink(refset), by_authority=by_authority
    )
    written = write_table(made, output, force=force)
    where = visible(str(apart_path(output)))
    sys.stderr.write(
        f"変換表 {len(written.rows):,} 件: {visible(str(output))}\n"
        f"確定していないもの・一つに決まらないもの {len(written.apart):,} 件: {where}\n"
    )


def chosen_results(
    paths: list[Path], *, municipality: str | None, system: str | None, font: str | None
) -> list[Identification]:
    """Read results, and keep those of one municipality, system or font where one is named.

    Parameters
    ----------
    paths : list of Path
        Files of ``gaiji identify``.
    municipality, system, font : str or None
        None: every one.

    Raises
    ------
    UsageError
        No row is left.
    LoadError, WorkbookError
        A file cannot be read.
    """
    from engine.output.load import read_results

    rows = [row for path in paths for row in read_results(path)]
    wanted = {"municipality": municipality, "system": system, "font": font}
    kept = [
        row
        for row in rows
        if all(value is None or getattr(row, name) == value for name, value in wanted.items())
    ]
    if not kept:
        found = "、".join(
            f"{name}: {' '.join(sorted({getattr(row, name) or '（空）' for row in rows})[:10])}"
            for name, value in wanted.items()
            if value is not None
        )
        raise UsageError(f"当てはまる行がありません。結果にあるのは {found or '0 行'} です。")
    return kept
