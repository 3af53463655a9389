"""``gaiji identify``: gaiji in, a row for each out."""

from __future__ import annotations

import contextlib
import functools
import json
import re
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from engine.cli import raw, sheet
from engine.cli.delivery import delivery_key, open_ledger
from engine.cli.options import AllGlyphs, CodesFromNames, Ranges
from engine.cli.terminal import EXIT_PIPE, Reporter, silence_stdout
from engine.errors import UsageError
from engine.result import Identification, Review, Subclass, Verdict

if TYPE_CHECKING:
    from engine.glyph.options import CodeRange
    from engine.settings import Settings

EPILOG = (
    "例:\n\n"
    "gaiji identify EUDC.TTE -o 結果.xlsx　外字ファイルの全部を同定して Excel に\n\n"
    "gaiji identify 外字/ 追加.zip -o 結果.csv　フォルダーと ZIP の画像を CSV に\n\n"
    "gaiji identify 字.png　画像一つ。結果は画面（標準出力）に CSV で\n\n"
    "gaiji identify フォント.ttf --range E000-E0FF --charset juki -o 結果.jsonl\n\n"
    "gaiji identify EUDC.TTE --municipality 131016 --system 住基 --kind 2 -o 結果.xlsx\n\n"
    "gaiji identify --ledger 台帳.xlsx -o 結果.xlsx　台帳にある画像とフォントを、台帳のキーを付けて\n\n"
    "gaiji identify 外字.bin --raw 24x24 --raw-code 80A1 -o 結果.csv　ホストのドットパターン\n\n"
    "gaiji identify 一覧.tif --sheet --first-code E000 -o 結果.xlsx　印刷した一覧を切り分けて\n\n"
    "終了コード: 0 すべて読めた / 1 読めない入力があった / 2 指定の誤り"
)

SHOWN_FAILURES = 20
"""Unreadable inputs told one by one; the rest are counted, and all are rows of the result."""

MAX_TOP = 50
"""Retrieval compares this many; more candidates do not exist."""

_RANGE = re.compile(r"(?:U\+)?([0-9A-F]{1,6})(?:-(?:U\+)?([0-9A-F]{1,6}))?", re.IGNORECASE)


def identify(
    paths: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="PATH…",
            help="画像、フォルダー、ZIP、フォント（.tte .ttf .otf .ttc .woff2 .bdf .pcf）、一覧の PDF。"
            "--ledger があれば省ける。",
        ),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option(
            "-o", "--output", metavar="OUT", rich_help_panel="出力",
            help="出力先。形式は拡張子で決まる: .csv .jsonl .parquet .xlsx。省くと CSV を標準出力へ。",
        ),
    ] = None,
    force: Annotated[
        bool, typer.Option("--force", rich_help_panel="出力", help="出力先が既にあれば上書きする。")
    ] = False,
    as_json: Annotated[
        bool,
        typer.Option("--json", rich_help_panel="出力", help="件数を JSON で標準出力へ（-o と共に）。"),
    ] = False,
    quiet: Annotated[
        bool, typer.Option("-q", "--quiet", rich_help_panel="出力", help="進み具合とまとめを表示しない。")
    ] = False,
    top: Annotated[
        int, typer.Option("--top", min=1, max=MAX_TOP, metavar="N", rich_help_panel="同定", help="候補の数。")
    ] = 10,
    charset: Annotated[
        str,
        typer.Option(
            "--charset", metavar="mj|juki|koseki|jisx0213", rich_help_panel="同定", help="候補の範囲。"
        ),
    ] = "mj",
    exclude: Annotated[
        Path | None,
        typer.Option(
            "--exclude", metavar="FILE", rich_help_panel="同定",
            help="候補にしない MJ 名のファイル（一行に一つ）。",
        ),
    ] = None,
    reference: Annotated[
        str | None,
        typer.Option("--reference", metavar="NAME", rich_help_panel="同定", help="使う参照セットの名前。"),
    ] = None,
    all_glyphs: AllGlyphs = False,
    ranges: Ranges = None,
    jobs: Annotated[
        int | None,
        typer.Option(
            "--jobs", min=1, max=64, metavar="N", rich_help_panel="入力",
            help="同時に使う処理の数。省くと CPU の数（8 まで）。結果は数によらない。",
        ),
    ] = None,
    codes_from_names: CodesFromNames = None,
    municipality: Annotated[
        str,
        typer.Option(
            "--municipality", metavar="CODE", rich_help_panel="キー",
            help="団体コード（検査数字を含む 6 桁）。例: --municipality 131016",
        ),
    ] = "",
    system: Annotated[
        str,
        typer.Option(
            "--system", metavar="NAME", rich_help_panel="キー", help="システムの名前。例: --system 住基"
        ),
    ] = "",
    kind: Annotated[
        str,
        typer.Option(
            "--kind", metavar="1|2|3", rich_help_panel="キー",
            help="提出区分。1 住基ネット残存外字、2 既存住基システム外字、3 その他システム外字。例: --kind 2",
        ),
    ] = "",
    ledger: Annotated[
        Path | None,
        typer.Option(
            "--ledger", metavar="FILE", rich_help_panel="キー",
            help="外字の台帳（.csv .xlsx）。"
            "見出し: 団体コード・システム・フォント・外字コード・画像ファイル・種類。例: --ledger 台帳.xlsx",
        ),
    ] = None,
    raw_size: raw.Size = None,
    raw_order: raw.Order = raw.ORDER,
    raw_rows: raw.Rows = raw.ROWS,
    raw_skip: raw.Skip = 0,
    raw_code: raw.FirstCode = "",
    raw_cells: raw.Cells = raw.CELLS,
    as_sheet: Annotated[bool, sheet.SHEET] = False,
    sheet_grid: Annotated[str | None, sheet.GRID] = None,
    sheet_codes: Annotated[Path | None, sheet.CODES] = None,
    first_code: Annotated[str | None, sheet.FIRST_CODE] = None,
    sheet_order: Annotated[str, sheet.ORDER] = "rows",
    sheet_caption: Annotated[str, sheet.CAPTION] = "auto",
) -> None:  # fmt: skip
    """外字を同定し、1 字 1 行の表にします。"""
    from engine.glyph.options import PRIVATE_USE, ReadOptions
    from engine.output.sink import check_output
    from engine.pipeline import IdentifyOptions, identify_paths
    from engine.settings import Settings

    if output is not None:
        check_output(output, force=force)
    elif as_json:
        raise UsageError("--json は -o と一緒に使ってください（-o がないと、標準出力には CSV が出ます）。")
    settings = Settings.from_environment()
    check_charset(charset)
    layout = raw.raw_layout(raw_size, raw_order, raw_rows, raw_skip, raw_code, raw_cells)
    key, warnings = delivery_key(municipality, system, kind)
    register = open_ledger(ledger)
    if not paths and register is None:
        raise UsageError("PATH を指定してください。台帳の画像を読むなら --ledger を指定してください。")
    options = IdentifyOptions(
        top=top,
        charset=charset,
        exclude=read_exclusions(exclude, settings, reference) if exclude else frozenset(),
        reference=reference,
        read=ReadOptions(
            ranges=tuple(map(parse_range, ranges)) if ranges else PRIVATE_USE,
            all_glyphs=all_glyphs,
            codes_from_names=codes_from_names,
            raw=layout,
            sheet=sheet.chosen_sheet(
                paths or [],
                as_sheet=as_sheet,
                grid=sheet_grid,
                codes=sheet_codes,
                first_code=first_code,
                order=sheet_order,
                caption=sheet_caption,
            ),
        ),
        key=key,
        ledger=register,
    )
    tally = Tally()
    with contextlib.ExitStack() as stack:
        reporter = stack.enter_context(Reporter(quiet=quiet))
        for words in (*warnings, *(register.warnings if register else ())):
            reporter.message(words)
        write = stack.enter_context(_destination(output, force=force))
        rows = identify_paths(
            paths or (),
            settings=settings,
            options=options,
            jobs=jobs,
            progress=reporter.progress,
            notice=reporter.message,
        )
        for row in stack.enter_context(contextlib.closing(rows)):
            write(row)
            tally.add(row)
            reporter.progress("同定しています", tally.rows)
            if row.status != "ok" and tally.failures <= SHOWN_FAILURES:
                reporter.message(f"読めません: {row.source}: {row.message or row.status}")
    if not quiet:
        sys.stderr.write(tally.line() + "\n")
    if as_json:
        sys.stdout.write(json.dumps(tally.to_json(), ensure_ascii=False) + "\n")
    if tally.failures:
        raise typer.Exit(1)


class Tally:
    """Counts rows for the summary."""

    def __init__(self) -> None:
        self.rows = 0
        self.verdicts: Counter[Verdict] = Counter()
        self.subclasses: Counter[Subclass] = Counter()
        self.statuses: Counter[str] = Counter()
        self.required = 0
        self.again = 0

    @property
    def failures(self) -> int:
        """Rows that are not ``ok``."""
        return self.rows - self.statuses["ok"]

    def add(self, row: Identification) -> None:
        """Count one row."""
        self.rows += 1
        self.statuses[row.status] += 1
        self.again += bool(row.same_as)
        if row.verdict is not None:
            self.verdicts[row.verdict] += 1
            self.required += row.review is Review.REQUIRED
        if row.subclass is not None:
            self.subclasses[row.subclass] += 1

    def line(self) -> str:
        """Return the summary as one Japanese line."""
        verdicts = "・".join(f"{verdict.value} {self.verdicts[verdict]:,}" for verdict in Verdict)
        details = "・".join(
            f"{kind.value} {count:,}" for kind in Subclass if (count := self.subclasses[kind])
        )
        again = f" / うち前と同じ図形 {self.again:,}" if self.again else ""
        return (
            f"{self.rows:,} 件: {verdicts}{f'（{details}）' if details else ''}"
            f" / 要確認 {self.required:,} / 読めなかった {self.failures:,}{again}"
        )

    def to_json(self) -> dict[str, object]:
        """Return the summary for programs."""
        return {
            "rows": self.rows,
            "class": {verdict.value: self.verdicts[verdict] for verdict in Verdict},
            "subclass": {kind.value: self.subclasses[kind] for kind in Subclass},
            "review_required": self.required,
            "same_as_before": self.again,
            "status": dict(sorted(self.statuses.items())),
        }


def parse_range(text: str) -> CodeRange:
    """Read ``E000-F8FF``, ``U+E000-U+F8FF`` or a single ``E000``.

    Parameters
    ----------
    text : str
        As typed.

    Raises
    ------
    UsageError
        Anything else, or the bounds are the wrong way round.
    """
    match = _RANGE.fullmatch(text.strip())
    if match is None:
        raise UsageError(f"--range「{text}」は文字コードの範囲ではありません。例: --range E000-F8FF")
    first = int(match[1], 16)
    last = int(match[2], 16) if match[2] else first
    if not first <= last <= 0x10FFFF:
        raise UsageError(
            f"--range「{text}」の順序か値が正しくありません。小さいほうを先に、10FFFF までで書いてください。"
        )
    return first, last


def read_exclusions(path: Path, settings: Settings, reference: str | None) -> frozenset[str]:
    """Read the MJ names that must not be offered.

    Parameters
    ----------
    path : Path
        Text, UTF-8, a name a line; blank lines and lines that start with ``#`` are skipped.
    settings : Settings
        Where the reference set is.
    reference : str or None
        Its name, if not the usual one.

    Raises
    ------
    UsageError
        The file cannot be read, or a line is not a name of the reference set; the message names the line.
    """
    from engine.reference.refset import find_reference_set
    from engine.reference.table import load_table

    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise UsageError(f"--exclude のファイルを開けません（{error.strerror}）: {path}") from error
    except UnicodeDecodeError as error:
        raise UsageError(f"--exclude のファイルを UTF-8 のテキストとして読めません: {path}") from error
    table = load_table(find_reference_set(settings, reference), ("mj",))
    names = set()
    for number, line in enumerate(text.splitlines(), 1):
        name = line.strip()
        if not name or name.startswith("#"):
            continue
        if name not in table:
            raise UsageError(
                f"{path} の {number} 行目「{name[:40]}」は、参照セットにない MJ 文字図形名です。"
            )
        names.add(name)
    return frozenset(names)


def check_charset(charset: str) -> None:
    """Refuse a character set that there is not.

    Raises
    ------
    UsageError
    """
    from engine.reference.table import CHARSETS

    if charset not in CHARSETS:
        raise UsageError(
            f"--charset「{charset}」はありません。{'・'.join(CHARSETS)} のどれかにしてください。"
        )


@contextlib.contextmanager
def _destination(output: Path | None, *, force: bool) -> Iterator[Callable[[Identification], None]]:
    """Give the function that writes a row: to the file, or as CSV to standard output."""
    if output is not None:
        from engine.output.sink import RowSink

        with RowSink(output, force=force) as sink:
            yield sink.write
        return
    from engine.output.csv_text import CsvWriter
    from engine.output.record import to_record

    @functools.cache
    def writer() -> CsvWriter:  # made for the first row: an engine that cannot be opened prints no header
        return CsvWriter(sys.stdout.buffer, bom=False, newline="\n")

    try:
        yield lambda row: writer().write(to_record(row))
        writer().close()
    except BrokenPipeError:  # the reader has seen enough
        silence_stdout()
        raise typer.Exit(EXIT_PIPE) from None
