"""``gaiji convert``: private codes of a data file replaced by what is settled, and back."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from engine.cli.terminal import Reporter, visible
from engine.errors import UsageError

if TYPE_CHECKING:
    from engine.convert.encoding import Encoding
    from engine.convert.layout import Layout
    from engine.convert.stream import Summary

EPILOG = (
    "例:\n\n"
    "gaiji convert 住民.csv --map 縮退表.json -o 変換後.csv　文字コードはそのまま、JIS X 0213 などへ\n\n"
    "gaiji convert 住民.csv --map 変換表.json --to utf-8 -o 変換後.csv　UTF-8 にして、IVS も使う\n\n"
    "gaiji convert 住民.csv --map 変換表.json --columns 氏名,住所 -o 変換後.csv　二つの列だけ\n\n"
    "gaiji convert 住民.dat --map 縮退表.json --fixed 項目.csv -o 変換後.dat　固定長\n\n"
    "gaiji convert --undo 変換後.csv.undo 変換後.csv -o 元.csv　元のバイト列に戻す\n\n"
    "変換できない外字は元のまま残し、例外の一覧（変換後.csv.例外.csv）に行・列・コード・理由を書きます。\n\n"
    "終了コード: 0 すべて変換した / 1 例外がある / 2 指定の誤り"
)

_DATA, _WHERE, _OUT = "変換", "対象", "出力"


def convert(
    source: Annotated[
        Path, typer.Argument(metavar="IN", help="変換するファイル（--undo では、変換した後のファイル）。")
    ],
    output: Annotated[
        Path, typer.Option("-o", "--output", metavar="OUT", rich_help_panel=_OUT, help="出力先。")
    ],
    map_path: Annotated[
        Path | None,
        typer.Option(
            "--map", metavar="MAP", rich_help_panel=_DATA,
            help="変換表。gaiji export table で作った .json か .csv。",
        ),
    ] = None,
    undo: Annotated[
        Path | None,
        typer.Option(
            "--undo", metavar="LOG", rich_help_panel=_DATA,
            help="変換を取り消す。できた記録 OUT.undo を指定。",
        ),
    ] = None,
    encoding: Annotated[
        str | None,
        typer.Option(
            "--encoding", metavar="cp932|utf-8|utf-16-le|utf-16-be", rich_help_panel=_DATA,
            help="入力の文字コード。確実に分かるときは、省ける。",
        ),
    ] = None,
    to: Annotated[
        str | None,
        typer.Option(
            "--to", metavar="utf-8", rich_help_panel=_DATA,
            help="出力を UTF-8 にする。省くと入力と同じ文字コード。",
        ),
    ] = None,
    columns: Annotated[
        str | None,
        typer.Option(
            "--columns", metavar="3,5-7", rich_help_panel=_WHERE,
            help="変換する列。番号（1 から）か、一行目の見出し（--fixed では項目名）。",
        ),
    ] = None,
    delimiter: Annotated[
        str,
        typer.Option(
            "--delimiter", metavar=",|tab|;", rich_help_panel=_WHERE, help="CSV の区切り文字。"
        ),
    ] = ",",
    fixed: Annotated[
        Path | None,
        typer.Option(
            "--fixed", metavar="FIELDS", rich_help_panel=_WHERE,
            help="固定長の項目定義（CSV。見出しは 項目,開始,長さ。開始は 1 から）。",
        ),
    ] = None,
    unit: Annotated[
        str,
        typer.Option(
            "--unit", metavar="bytes|chars", rich_help_panel=_WHERE, help="項目定義の開始と長さの単位。"
        ),
    ] = "bytes",
    record_length: Annotated[
        int | None,
        typer.Option(
            "--record-length", min=1, max=1_000_000, metavar="N", rich_help_panel=_WHERE,
            help="改行のない固定長の、レコードのバイト数。例: --record-length 200",
        ),
    ] = None,
    municipality: Annotated[
        str | None,
        typer.Option(
            "--municipality", metavar="131016", rich_help_panel=_WHERE,
            help="変換表の、この団体コードの行を使う。",
        ),
    ] = None,
    system: Annotated[
        str | None,
        typer.Option(
            "--system", metavar="住基", rich_help_panel=_WHERE, help="変換表の、このシステムの行を使う。"
        ),
    ] = None,
    font: Annotated[
        str | None,
        typer.Option(
            "--font", metavar="EUDC.TTE", rich_help_panel=_WHERE, help="変換表の、このフォントの行を使う。"
        ),
    ] = None,
    report: Annotated[
        Path | None,
        typer.Option(
            "--report", metavar="CSV", rich_help_panel=_OUT, help="例外の一覧の出力先。省くと OUT.例外.csv。"
        ),
    ] = None,
    log: Annotated[
        Path | None,
        typer.Option(
            "--log", metavar="LOG", rich_help_panel=_OUT, help="元に戻すための記録の出力先。省くと OUT.undo。"
        ),
    ] = None,
    force: Annotated[
        bool, typer.Option("--force", rich_help_panel=_OUT, help="出力先が既にあれば上書きする。")
    ] = False,
    as_json: Annotated[
        bool, typer.Option("--json", rich_help_panel=_OUT, help="件数を JSON で標準出力へ。")
    ] = False,
    quiet: Annotated[
        bool, typer.Option("-q", "--quiet", rich_help_panel=_OUT, help="進み具合とまとめを表示しない。")
    ] = False,
) -> None:  # fmt: skip
    """データの中の外字を、確定した文字に置き換えます。"""
    from engine.convert.code_map import read_code_map
    from engine.convert.files import Paths
    from engine.convert.stream import convert_file
    from engine.convert.undo import undo_file

    if undo is not None and map_path is None:
        with Reporter(quiet=quiet) as reporter:
            size = undo_file(source, undo, output, force=force, progress=reporter.progress)
            reporter.message(f"元に戻しました（{size:,} バイト）: {output}")
        return
    if map_path is None or undo is not None:
        raise UsageError("--map（変換する）か --undo（元に戻す）のどちらか一つを指定してください。")
    paths = Paths(source, output, report or beside(output, ".例外.csv"), log or beside(output, ".undo"))
    paths.check(force=force)
    chosen = _encoding(source, encoding)
    target = _target(to, chosen)
    if fixed is None:
        layout, names = _csv(source, chosen, delimiter, columns)
        if record_length is not None:
            raise UsageError("--record-length は --fixed と一緒に使ってください。")
    else:
        if target is not chosen and unit == "bytes":
            raise UsageError("--to を使うと項目のバイト数が変わります。--unit chars にしてください。")
        layout, names = _fixed(fixed, chosen, unit, record_length)
    code_map = read_code_map(map_path, municipality=municipality, system=system, font=font)
    wanted = None if columns is None else _columns(columns, names)
    with Reporter(quiet=quiet) as reporter:
        summary = convert_file(
            paths, code_map, chosen, layout,
            to=target, columns=wanted, force=force, progress=reporter.progress,
        )  # fmt: skip
        for line in in_words(summary, paths.report):
            reporter.message(line)
    if as_json:
        sys.stdout.write(json.dumps(to_json(summary), ensure_ascii=False) + "\n")
    if summary.exceptions:
        raise typer.Exit(1)


def beside(output: Path, suffix: str) -> Path:
    """Return the name of a file beside another: ``変換後.csv.undo``."""
    return output.with_name(output.name + suffix)


def in_words(summary: Summary, report: Path) -> list[str]:
    """Return the lines for a person."""
    lines = [f"置き換えた外字 {summary.replaced.total():,} 個（{len(summary.replaced):,} 種）"]
    if summary.other_columns:
        lines.append(f"変換しない列にあった外字 {summary.other_columns:,} 個")
    if summary.exceptions:
        lines.append(f"例外 {summary.exceptions.total():,} 個: {visible(str(report))}")
        lines += [f"  {reason} {count:,} 個" for reason, count in summary.exceptions.most_common()]
    return lines


def to_json(summary: Summary) -> dict[str, object]:
    """Return the summary for programs."""
    return {
        "replaced": summary.replaced.total(),
        "codes": {f"U+{code:04X}": count for code, count in sorted(summary.replaced.items())},
        "exceptions": dict(summary.exceptions.most_common()),
        "other_columns": summary.other_columns,
        "input_bytes": summary.input_bytes,
        "output_bytes": summary.output_bytes,
    }


def _encoding(source: Path, name: str | None) -> Encoding:
    from engine.convert.encoding import Encoding, choose_encoding, sample_bytes
    from engine.convert.files import reading

    if name is not None:
        if name.lower() not in tuple(Encoding):
            every = "・".join(Encoding)
            raise UsageError(f"--encoding「{name}」はありません。{every} のどれかを指定してください。")
        return Encoding(name.lower())
    with reading(source), source.open("rb") as stream:
        return choose_encoding(stream.read(sample_bytes()))


def _target(name: str | None, encoding: Encoding) -> Encoding:
    from engine.convert.encoding import Encoding

    if name is not None and name.lower() != Encoding.UTF8.value:
        raise UsageError("--to に指定できるのは utf-8 です。省くと入力と同じ文字コードになります。")
    return encoding if name is None else Encoding.UTF8


def _csv(source: Path, encoding: Encoding, delimiter: str, columns: str | None) -> tuple[Layout, list[str]]:
    from engine.convert.csv_layout import DELIMITERS, CsvLayout, header_names
    from engine.convert.files import reading

    if delimiter not in DELIMITERS:
        every = " ".join(DELIMITERS)
        raise UsageError(f"--delimiter「{delimiter}」は使えません。{every} のどれかを指定してください。")
    mark = DELIMITERS[delimiter]
    names: list[str] = []
    if columns is not None:
        with reading(source), source.open("rb") as stream:
            names = header_names(stream, encoding, mark)
    return CsvLayout(encoding, mark), names


def _fixed(
    definition: Path, encoding: Encoding, unit: str, record_length: int | None
) -> tuple[Layout, list[str]]:
    from engine.convert.fixed_layout import FixedLayout, Unit, check_fields, read_fields

    if unit not in tuple(Unit):
        raise UsageError(f"--unit「{unit}」はありません。bytes か chars を指定してください。")
    fields = read_fields(definition)
    check_fields(fields, Unit(unit), record_length)
    return FixedLayout(encoding, fields, Unit(unit), record_length), [field.name for field in fields]


def _columns(words: str, names: list[str]) -> frozenset[int]:
    from engine.convert.layout import select_columns

    try:
        return select_columns(words, names)
    except ValueError as error:
        known = f"ある見出し: {'、'.join(names[:30])}" if names else "番号は 1 から"
        raise UsageError(
            f"--columns「{error}」に当たる列がないか、同じ名の列が二つあります。{known}"
        ) from None
