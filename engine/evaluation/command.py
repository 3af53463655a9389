"""``gaiji evaluate``: run, show, write."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from engine.errors import UsageError
from engine.evaluation.run import DEFAULT_SEED
from engine.settings import Settings

_EPILOG = "例: gaiji evaluate -o 精度.json　/　gaiji evaluate --set dots --per-set 100 -o 精度.md"


def evaluate(
    output: Annotated[
        Path | None,
        typer.Option("-o", "--output", help="結果の書き出し先。.json（すべて）または .md（表）。"),
    ] = None,
    sets: Annotated[
        list[str] | None,
        typer.Option(
            "--set", help="評価セットの名前、または名前の先頭（例: dots）。繰り返し可。省くとすべて。"
        ),
    ] = None,
    per_set: Annotated[int, typer.Option("--per-set", min=1, help="1 セットの件数の上限。")] = 500,
    seed: Annotated[
        int, typer.Option("--seed", min=0, help="乱数の種。同じ種なら同じ字を試す。")
    ] = DEFAULT_SEED,
    sheet: Annotated[
        Path | None,
        typer.Option("--sheet", help="ひどい誤りを並べた画像（PNG）の書き出し先。"),
    ] = None,
) -> None:
    """学習に使っていないフォントから試験用の字を作り、正答率と区分の内訳を測る。"""
    from rich.console import Console

    from engine.evaluation import report as reports
    from engine.evaluation.error_sheet import error_sheet
    from engine.evaluation.opening import open_materials
    from engine.evaluation.run import run_evaluation

    if output is not None and output.suffix.lower() not in (".json", ".md"):
        msg = f"書き出し先は .json か .md にしてください（{output.name}）。"
        raise UsageError(msg)
    settings = Settings.from_environment()
    console = Console(stderr=True)
    with console.status("評価の準備をしています…") as status:

        def show(what: str, done: int, total: int) -> None:
            status.update(f"{what} ({done}/{total})")

        report = run_evaluation(settings, sets=sets, per_set=per_set, seed=seed, progress=show)
        if sheet is not None:
            picture = error_sheet(report.worst, open_materials(settings, None))
            picture.save(sheet, format="PNG")
    for table in reports.to_tables(report):
        console.print(table)
    if output is not None:
        text = reports.to_json(report) if output.suffix.lower() == ".json" else reports.to_markdown(report)
        beside = output.with_name(output.name + ".part")
        output.parent.mkdir(parents=True, exist_ok=True)
        beside.write_text(text, encoding="utf-8")
        beside.replace(output)
    elif not sys.stdout.isatty():
        sys.stdout.write(reports.to_json(report))
