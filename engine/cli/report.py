"""``gaiji report``: results as a list for people, in Excel or PDF, with the pictures to compare."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from engine.cli import raw, sheet
from engine.cli.options import Force, Reference
from engine.cli.terminal import Reporter, visible
from engine.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from engine.glyph.options import ReadOptions
    from engine.glyph.raw import RawLayout
    from engine.report.entries import Order
    from engine.report.pictures import GaijiPictures
    from engine.result import Identification

EPILOG = (
    "例:\n\n"
    "gaiji report 同定結果.csv -o 一覧.xlsx　図形の付いた Excel の一覧（確認の欄付き）\n\n"
    "gaiji report 同定結果.csv -o 一覧.pdf --municipality 見本市　印刷用の PDF（A4）\n\n"
    "gaiji report 同定結果.csv -o 要確認.xlsx --only required --only 類似　人が見る、類似の行だけ\n\n"
    "gaiji report 同定結果.csv -o 一覧.xlsx --inputs D:/外字　外字のファイルを別の場所に移したとき"
)

SUFFIXES = (".xlsx", ".pdf")

TOLD_MISSING = 5
"""Inputs without pictures that are told one by one."""

_TITLE = "外字 同定結果リスト"
_LONGEST_TOLD = 120
_YEARS = (1980, 2200)
"""Years that every format can hold: a ZIP begins with 1980."""


def report(
    results: Annotated[
        list[Path],
        typer.Argument(
            metavar="RESULTS…", help="gaiji identify の結果（.csv .jsonl .parquet .xlsx）。いくつでも。"
        ),
    ],
    output: Annotated[
        Path,
        typer.Option("-o", "--output", metavar="OUT", help="一覧の出力先（.xlsx または .pdf）。"),
    ],
    only: Annotated[
        list[str] | None,
        typer.Option(
            "--only", metavar="required", rich_help_panel="一覧",
            help="載せる行。required・auto、区分、内訳、読めない のどれか。繰り返し可。",
        ),
    ] = None,
    sort: Annotated[
        str,
        typer.Option(
            "--sort", metavar="check|code|mj|class|confidence", rich_help_panel="一覧",
            help="並べ方。check は、見る必要のあるものから、区分ごとに、似たものを隣どうしに。",
        ),
    ] = "check",
    each: Annotated[
        bool,
        typer.Option("--each", rich_help_panel="一覧", help="同じ図形の外字も、まとめずに一行ずつ載せる。"),
    ] = False,
    title: Annotated[
        str, typer.Option("--title", metavar="TEXT", rich_help_panel="一覧", help="表題。例: 令和8年度 一覧")
    ] = _TITLE,
    municipality: Annotated[
        str,
        typer.Option("--municipality", metavar="TEXT", rich_help_panel="一覧", help="団体の名前。例: 見本市"),
    ] = "",
    day: Annotated[
        str | None,
        typer.Option(
            "--date", metavar="2026-04-01", rich_help_panel="一覧", help="作成日。省くと今日。例: 2026-04-01"
        ),
    ] = None,
    inputs: Annotated[
        list[Path] | None,
        typer.Option(
            "--inputs", metavar="FOLDER", rich_help_panel="図形",
            help="外字のファイルを探すフォルダー。同定したときと場所が違うときに。繰り返し可。",
        ),
    ] = None,
    sheet_grid: Annotated[str | None, sheet.GRID] = None,
    sheet_caption: Annotated[str, sheet.CAPTION] = "auto",
    raw_size: raw.Size = None,
    raw_order: raw.Order = raw.ORDER,
    raw_rows: raw.Rows = raw.ROWS,
    raw_skip: raw.Skip = 0,
    raw_code: raw.FirstCode = "",
    raw_cells: raw.Cells = raw.CELLS,
    no_pictures: Annotated[
        bool, typer.Option("--no-pictures", rich_help_panel="図形", help="外字のファイルを開かない。")
    ] = False,
    reference: Reference = None,
    force: Force = False,
    quiet: Annotated[bool, typer.Option("-q", "--quiet", help="進み具合とまとめを表示しない。")] = False,
) -> None:  # fmt: skip
    """同定の結果を、図形の付いた一覧にします。"""
    from engine.output.load import read_results
    from engine.output.sink import AtomicFile, check_output
    from engine.reference.refset import find_reference_set
    from engine.reference.shrink import load_shrink
    from engine.report.columns import Facts
    from engine.report.entries import Entry, arranged, selection, together
    from engine.report.listing import Heading, Listing
    from engine.report.pictures import NO_PICTURES
    from engine.report.summary import summarise
    from engine.report.words import legend
    from engine.settings import Settings
    from engine.sheet.face import ReferenceFace

    check_output(output, force=force, suffixes=SUFFIXES)
    order, wanted, made = parse_order(sort), selection(only or ()), parse_day(day)
    settings = Settings.from_environment()
    layout = raw.raw_layout(raw_size, raw_order, raw_rows, raw_skip, raw_code, raw_cells)
    refset = find_reference_set(settings, reference)
    with Reporter(quiet=quiet) as reporter:
        files = {path: read_results(path) for path in dict.fromkeys(results)}
        rows = [row for of_file in files.values() for row in of_file]
        lines = (
            [Entry(row) for row in rows]
            if each
            else [e for of_file in files.values() for e in together(of_file)]
        )
        entries = arranged((entry for entry in lines if wanted(entry.row)), order)
        face = ReferenceFace.of(refset, settings)
        pictures = NO_PICTURES
        if not no_pictures:
            shown = {entry.row for entry in entries}
            pictures = pictures_of(
                {path: [row for row in of_file if row in shown] for path, of_file in files.items()},
                inputs,
                reporter,
                options=page_options(sheet_grid, sheet_caption, layout),
            )
        notes = []
        if len(entries) < len(lines):
            notes.append(f"この一覧に載せた行: {'・'.join(only or ())}（全 {len(lines):,} 行のうち）。")
        if pictures.missing:
            without = sum(missing.rows for missing in pictures.missing)
            notes.append(
                f"外字のファイルが見つからない、または読めないため、{without:,} 行に図形がありません。"
            )
        listing = Listing(
            Heading(title, municipality, made, tuple(notes)),
            entries, rows, summarise(rows), legend(rows), face, pictures, Facts(load_shrink(refset)),
        )  # fmt: skip
        with AtomicFile(output, force=force) as stream:
            if output.suffix.lower() == ".pdf":
                from engine.report.listing_pdf import write_listing

                write_listing(listing, stream, progress=reporter.progress)
            else:
                from engine.report.workbook import write_workbook

                write_workbook(listing, stream, progress=reporter.progress)
        reporter.message(f"一覧を書き出しました: {output}（{len(entries):,} 行、図形 {len(pictures):,}）")


def pictures_of(
    rows: Mapping[Path, Sequence[Identification]],
    inputs: Sequence[Path] | None,
    reporter: Reporter,
    *,
    options: ReadOptions,
) -> GaijiPictures:
    """Read the gaiji of rows again, and tell what is missing.

    Parameters
    ----------
    rows : mapping of Path to sequence of Identification
        By the file of results that they come from; inputs are looked for beside it too.
    inputs : sequence of Path or None
        Folders named by the user, searched first.
    reporter : Reporter
    options : ReadOptions
        How the inputs are read.

    Raises
    ------
    UsageError
        A folder that the user named does not exist.
    """
    from engine.report.pictures import GaijiPictures, read_pictures

    for folder in inputs or ():
        if not folder.is_dir():
            raise UsageError(f"--inputs のフォルダーがありません: {folder}")
    pictures = GaijiPictures.merged(
        read_pictures(
            of_file,
            folders=inputs or (),
            beside=[path.parent],
            options=options,
            progress=reporter.progress,
        )
        for path, of_file in rows.items()
    )
    for missing in pictures.missing[:TOLD_MISSING]:
        name = visible(missing.source)
        short = name if len(name) <= _LONGEST_TOLD else "…" + name[-_LONGEST_TOLD:]
        reporter.message(f"図形を読めません（{missing.rows:,} 行）: {short}: {missing.message}")
    if len(pictures.missing) > TOLD_MISSING:
        reporter.message(f"ほか {len(pictures.missing) - TOLD_MISSING:,} ファイルも読めません。")
    return pictures


def page_options(grid: str | None, caption: str, layout: RawLayout | None) -> ReadOptions:
    """Put together how a printed list was cut, or a dump laid out, when it was identified.

    Raises
    ------
    UsageError
        As :func:`engine.cli.sheet.sheet_options`.
    """
    from engine.glyph.options import ReadOptions

    asked = grid is not None or caption != "auto"
    cut = (
        sheet.sheet_options((), grid=grid, codes=None, first_code=None, order="rows", caption=caption)
        if asked
        else None
    )
    return ReadOptions(sheet=cut, raw=layout)


def parse_order(text: str) -> Order:
    """Read the value of ``--sort``.

    Raises
    ------
    UsageError
        There is no such order.
    """
    from engine.report.entries import Order

    try:
        return Order(text)
    except ValueError:
        raise UsageError(
            f"--sort「{text}」はありません。{'・'.join(Order)} のどれかにしてください。"
        ) from None


def parse_day(text: str | None) -> datetime.date:
    """Read the value of ``--date``; today where there is none.

    Raises
    ------
    UsageError
        It is no day, or one that the formats cannot hold.
    """
    if text is None:
        return datetime.date.today()
    try:
        day = datetime.date.fromisoformat(text.strip().replace("/", "-"))
    except ValueError:
        raise UsageError(f"--date「{text}」は 2026-04-01 の形で書いてください。") from None
    if not _YEARS[0] <= day.year <= _YEARS[1]:
        raise UsageError(f"--date は {_YEARS[0]} 年から {_YEARS[1]} 年までで指定してください。")
    return day
