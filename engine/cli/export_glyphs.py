"""``gaiji export eudc`` and ``gaiji export bmp``: glyphs of what is settled, under their private codes."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from engine.cli.export import (
    DECISIONS,
    FONT,
    FORCE,
    MUNICIPALITY,
    REFERENCE,
    RESULTS,
    SYSTEM,
    chosen_results,
)
from engine.cli.help import JapaneseCommand

if TYPE_CHECKING:
    from engine.export.prepare import Prepared
    from engine.export.replacement import Plan

_EUDC_EPILOG = (
    "例:\n\n"
    "gaiji export eudc 結果.csv -o EUDC.TTE　自動で決まった外字だけを\n\n"
    "gaiji export eudc 結果.csv --decisions 同定結果リスト.xlsx -o EUDC.TTE　人が確認した外字も\n\n"
    "gaiji export eudc 全部.parquet --system 住基 --font EUDC -o 住基.tte　外字ファイルを一つ選んで\n\n"
    "字形の一覧、入らなかった外字の一覧、利用条件を、同じ場所に書きます。"
)
_BMP_EPILOG = (
    "例:\n\n"
    "gaiji export bmp 結果.csv --decisions 同定結果リスト.xlsx -o 画像　フォルダーに 64×64 ドットで\n\n"
    "gaiji export bmp 結果.csv -o 外字32.zip --size 32　ZIP に 32×32 ドットで\n\n"
    "名前は E000.bmp のように外字コードです。一覧と利用条件を、同じ場所に書きます。"
)

_JSON = typer.Option("--json", help="件数とファイル名を JSON で標準出力へ。")
_QUIET = typer.Option("-q", "--quiet", help="まとめを表示しない。")


def add_to(app: typer.Typer) -> None:
    """Add the commands to ``gaiji export``."""
    app.command("eudc", cls=JapaneseCommand, epilog=_EUDC_EPILOG)(eudc)
    app.command("bmp", cls=JapaneseCommand, epilog=_BMP_EPILOG)(bmp)


def eudc(
    results: Annotated[list[Path], RESULTS],
    output: Annotated[
        Path, typer.Option("-o", "--output", metavar="OUT", help="外字フォントの出力先（.tte .ttf）。")
    ],
    decisions: Annotated[list[Path] | None, DECISIONS] = None,
    family: Annotated[
        str,
        typer.Option("--family", metavar="NAME", help="フォントの名前。元のフォントの名前は使えない。"),
    ] = "EUDC",
    municipality: Annotated[str | None, MUNICIPALITY] = None,
    system: Annotated[str | None, SYSTEM] = None,
    font: Annotated[str | None, FONT] = None,
    reference: Annotated[str | None, REFERENCE] = None,
    force: Annotated[bool, FORCE] = False,
    as_json: Annotated[bool, _JSON] = False,
    quiet: Annotated[bool, _QUIET] = False,
) -> None:
    """確定した外字のコードに MJ の字形を入れて、Windows の外字フォントを作ります。"""
    from engine.export.write import check_font_output, write_font

    check_font_output(output, force=force)
    prepared = _prepare(results, decisions or [], (municipality, system, font), reference)
    files = write_font(prepared, output, family=family, force=force)
    _report(prepared.plan, files, as_json=as_json, quiet=quiet)


def bmp(
    results: Annotated[list[Path], RESULTS],
    output: Annotated[
        Path, typer.Option("-o", "--output", metavar="OUT", help="出力先のフォルダー、または .zip。")
    ],
    decisions: Annotated[list[Path] | None, DECISIONS] = None,
    size: Annotated[
        int, typer.Option("--size", min=16, max=256, metavar="DOTS", help="画像の一辺のドット数。")
    ] = 64,
    municipality: Annotated[str | None, MUNICIPALITY] = None,
    system: Annotated[str | None, SYSTEM] = None,
    font: Annotated[str | None, FONT] = None,
    reference: Annotated[str | None, REFERENCE] = None,
    force: Annotated[bool, FORCE] = False,
    as_json: Annotated[bool, _JSON] = False,
    quiet: Annotated[bool, _QUIET] = False,
) -> None:
    """確定した外字の MJ の字形を、外字コードを名前にした白黒の画像（BMP）にします。"""
    from engine.export.write import check_bitmap_output, write_bitmaps

    check_bitmap_output(output, size, force=force)
    prepared = _prepare(results, decisions or [], (municipality, system, font), reference)
    files = write_bitmaps(prepared, output, size_px=size, force=force)
    _report(prepared.plan, files, as_json=as_json, quiet=quiet)


def _prepare(
    results: list[Path],
    decisions: list[Path],
    wanted: tuple[str | None, str | None, str | None],
    reference: str | None,
) -> Prepared:
    from engine.export.prepare import prepare
    from engine.output.load import read_decisions
    from engine.settings import Settings

    municipality, system, font = wanted
    rows = chosen_results(results, municipality=municipality, system=system, font=font)
    decided = [decision for path in decisions for decision in read_decisions(path)]
    if any(wanted):  # the list may be about more than what is chosen
        names = {(row.source, row.gaiji_code) for row in rows}
        decided = [each for each in decided if (each.source, each.gaiji_code) in names]
    return prepare(rows, decided, Settings.from_environment(), reference=reference)


def _report(plan: Plan, files: list[Path], *, as_json: bool, quiet: bool) -> None:
    from engine.cli.terminal import visible
    from engine.export.listing import left_out_lines

    if as_json:
        document = {
            "glyphs": len(plan.replacements),
            "left_out": dict(Counter(row.reason for row in plan.left_out)),
            "files": [str(path) for path in files],
        }
        typer.echo(json.dumps(document, ensure_ascii=False, indent=2))
    if quiet:
        return
    product, *beside = files
    lines = [f"{len(plan.replacements):,} 字を書き出しました: {product}"]
    if plan.left_out:
        lines += [
            f"次の {len(plan.left_out):,} 字は入っていません。元の外字ファイルは捨てないでください。",
            *left_out_lines(plan.left_out),
        ]
    lines.append(f"一覧と利用条件（配るときは必ず添える）: {'、'.join(path.name for path in beside)}")
    for line in lines:
        typer.echo(visible(line), err=True)
