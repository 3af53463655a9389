"""``gaiji counter``: one gaiji beside its MJ glyph on a page for a resident."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from engine.cli import raw, sheet
from engine.cli.options import Force, Quiet, Reference
from engine.cli.report import page_options, parse_day, pictures_of
from engine.cli.terminal import Reporter, visible
from engine.errors import ReadError, UsageError
from engine.result import Identification

EPILOG = (
    "例:\n\n"
    "gaiji counter 同定結果.csv --code E005 -o 窓口.pdf　外字コード U+E005 の一枚\n\n"
    "gaiji counter 同定結果.csv --code E005 --mj MJ026190 -o 窓口.pdf　職員が決めた MJ を並べる\n\n"
    "gaiji counter 同定結果.csv --source 字.png -o 窓口.pdf --municipality 見本市　画像の外字"
)

_EM_PX = 256
_CANDIDATES = 50
"""As many as are compared: the MJ that staff chose may be any of them."""
_SHOWN = 5


def counter(
    results: Annotated[
        Path, typer.Argument(metavar="RESULTS", help="gaiji identify の結果（.csv .jsonl .parquet .xlsx）。")
    ],
    output: Annotated[Path, typer.Option("-o", "--output", metavar="OUT", help="出力先（.pdf）。")],
    code: Annotated[
        str | None, typer.Option("--code", metavar="E005", help="外字コード。例: E005 または U+E005")
    ] = None,
    source: Annotated[
        str | None,
        typer.Option("--source", metavar="FILE", help="入力元の終わりの部分。例: 字.png、EUDC.TTE"),
    ] = None,
    mj: Annotated[
        str | None, typer.Option("--mj", metavar="MJ026190", help="並べる MJ。省くと、結果にある提案の MJ。")
    ] = None,
    title: Annotated[
        str, typer.Option("--title", metavar="TEXT", help="表題。例: お名前の文字の確認")
    ] = "文字の確認",
    municipality: Annotated[
        str, typer.Option("--municipality", metavar="TEXT", help="団体の名前。例: 見本市")
    ] = "",
    day: Annotated[
        str | None, typer.Option("--date", metavar="2026-04-01", help="作成日。省くと今日。例: 2026-04-01")
    ] = None,
    inputs: Annotated[
        list[Path] | None,
        typer.Option("--inputs", metavar="FOLDER", help="外字のファイルを探すフォルダー。繰り返し可。"),
    ] = None,
    sheet_grid: Annotated[str | None, sheet.GRID] = None,
    sheet_caption: Annotated[str, sheet.CAPTION] = "auto",
    raw_size: raw.Size = None,
    raw_order: raw.Order = raw.ORDER,
    raw_rows: raw.Rows = raw.ROWS,
    raw_skip: raw.Skip = 0,
    raw_code: raw.FirstCode = "",
    raw_cells: raw.Cells = raw.CELLS,
    reference: Reference = None,
    force: Force = False,
    quiet: Quiet = False,
) -> None:
    """窓口で見せる、外字 1 字と MJ の図形を並べた一枚を作ります。"""
    from engine.explain.explain import explain
    from engine.identify import Identifier
    from engine.output.load import read_results
    from engine.output.sink import AtomicFile, check_output
    from engine.reference.refset import find_reference_set
    from engine.reference.table import load_table
    from engine.report.counter import CounterSheet, changes_in_words
    from engine.report.counter_pdf import write_counter_sheet
    from engine.settings import Settings
    from engine.sheet.face import ReferenceFace

    check_output(output, force=force, suffixes=(".pdf",))
    made = parse_day(day)
    settings = Settings.from_environment()
    layout = raw.raw_layout(raw_size, raw_order, raw_rows, raw_skip, raw_code, raw_cells)
    refset = find_reference_set(settings, reference)
    row = chosen(read_results(results), code, source)
    name = (mj or row.mj).strip().upper()
    if not name:
        raise UsageError("この外字には、提案の MJ がありません。--mj で、並べる MJ を指定してください。")
    record = load_table(refset, ("mj", "kind", "ucs")).record(name)
    options = replace(page_options(sheet_grid, sheet_caption, layout), em_px=_EM_PX)
    with Reporter(quiet=quiet) as reporter:
        pictures = pictures_of({results: [row]}, inputs, reporter, options=options)
        glyph = pictures.glyph(row)
        if glyph is None:
            why = pictures.missing[0].message if pictures.missing else "この字は読み取れていません。"
            raise ReadError("not-found", f"外字の図形を読めません。{why}")
        identifier = Identifier.open(settings, reference=reference, progress=reporter.progress)
        explanation = explain(identifier, glyph, top=_CANDIDATES)
        sheet = CounterSheet(row, glyph, record, changes_in_words(explanation, name))
        with AtomicFile(output, force=force) as stream:
            write_counter_sheet(
                sheet,
                stream,
                ReferenceFace.of(refset, settings),
                day=made,
                title=title,
                municipality=municipality,
            )
        reporter.message(f"窓口用の一枚を書き出しました: {output}")


def chosen(rows: Sequence[Identification], code: str | None, source: str | None) -> Identification:
    """Return the one row that a person means.

    Parameters
    ----------
    rows : sequence of Identification
    code : str or None
        As typed: ``E005``, ``U+E005``, or a dot font's own code.
    source : str or None
        The end of a source.

    Raises
    ------
    UsageError
        None fits, or several do; the message says how to choose.
    """
    found = [row for row in rows if _fits(row, code, source)]
    if not found:
        raise UsageError("その外字は結果にありません。--code と --source を確かめてください。")
    if len(found) > 1:
        shown = "、".join(
            visible(" ".join(filter(None, (row.gaiji_code, row.source[-60:])))) for row in found[:_SHOWN]
        )
        raise UsageError(
            f"当てはまる外字が {len(found):,} 字あります（{shown}{' など' if len(found) > _SHOWN else ''}）。"
            "--code（外字コード）と --source（ファイル名）で一字を選んでください。"
        )
    return found[0]


def _fits(row: Identification, code: str | None, source: str | None) -> bool:
    own = row.gaiji_code.upper()
    by_code = code is None or own in (code.strip().upper(), f"U+{code.strip().upper()}")
    return by_code and (source is None or row.source.endswith(source))
