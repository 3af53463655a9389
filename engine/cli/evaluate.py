"""``gaiji evaluate``: the options; the work is in :mod:`engine.evaluation.command`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

EPILOG = (
    "例:\n\n"
    "gaiji evaluate -o 精度.json --sheet 誤り.png --reliability 確信度.png　すべての評価セットを測る\n\n"
    "gaiji evaluate --set dots --per-set 100 -o 精度.md　ドットフォントだけを 100 字ずつ"
)


def evaluate(
    output: Annotated[
        Path | None,
        typer.Option("-o", "--output", help="結果の書き出し先。.json（すべて）または .md（表）。"),
    ] = None,
    sets: Annotated[
        list[str] | None,
        typer.Option("--set", help="評価セットの名前、または名前の先頭。繰り返し可。省くとすべて。"),
    ] = None,
    per_set: Annotated[int, typer.Option("--per-set", min=1, help="1 セットの件数の上限。")] = 500,
    seed: Annotated[
        int | None, typer.Option("--seed", min=0, help="乱数の種。同じ種なら同じ字を試す。")
    ] = None,
    sheet: Annotated[
        Path | None, typer.Option("--sheet", help="ひどい誤りを並べた画像（PNG）の書き出し先。")
    ] = None,
    reliability: Annotated[
        Path | None,
        typer.Option("--reliability", help="確信度と正しかった割合を描いた画像（PNG）の書き出し先。"),
    ] = None,
    criteria: Annotated[
        str | None,
        typer.Option(
            "--criteria",
            help="測る判定基準の版（v1 は比較ネットワークを使わない）。省くと基準文字セットの版。",
        ),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="書き出し先が既にあれば上書きする。")] = False,
) -> None:
    """学習に使っていないフォントから試験用の字を作り、正答率と区分の内訳を測ります。"""
    from engine.evaluation import command
    from engine.evaluation.run import DEFAULT_SEED

    seed = DEFAULT_SEED if seed is None else seed
    command.evaluate(output, sets, per_set, seed, sheet, reliability, criteria=criteria, force=force)
