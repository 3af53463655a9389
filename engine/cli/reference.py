"""``gaiji reference``: the reference set on this machine — its font, its index, where things are."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from engine.cli.help import JapaneseCommand, JapaneseGroup
from engine.cli.terminal import Reporter, columns
from engine.errors import ReferenceSetError

if TYPE_CHECKING:
    from engine.reference.refset import ReferenceSet
    from engine.settings import Settings

app = typer.Typer(
    cls=JapaneseGroup,
    help="参照セット（MJ の表・フォント・索引）を準備し、点検します。",
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)

_REFERENCE = typer.Option("--reference", metavar="NAME", help="参照セットの名前。")
_QUIET = typer.Option("-q", "--quiet", help="進み具合を表示しない。")

_EXAMPLES = {
    "build": (
        "例:\n\n"
        "gaiji reference build　索引を作る（できていれば何もしない）\n\n"
        "gaiji reference build --force　作り直す\n\n"
        "gaiji reference build --prune　使わなくなった索引も消す"
    ),
    "info": "例:\n\ngaiji reference info\n\ngaiji reference info --json",
    "import": "例:\n\ngaiji reference import --font ipamjm.ttf",
    "fetch": "例:\n\ngaiji reference fetch　Debian・Ubuntu で（ほかの環境では reference import）",
}


@app.command("build", cls=JapaneseCommand, epilog=_EXAMPLES["build"])
def build(
    force: Annotated[bool, typer.Option("--force", help="できている索引を消して作り直す。")] = False,
    prune: Annotated[
        bool, typer.Option("--prune", help="この参照セットの、使わなくなった索引を消す。")
    ] = False,
    reference: Annotated[str | None, _REFERENCE] = None,
    quiet: Annotated[bool, _QUIET] = False,
) -> None:
    """フォントから索引を作ります。フォントがなければ取り寄せます。"""
    from engine.reference.font import obtain_font
    from engine.reference.index import open_index
    from engine.reference.prune import prune_indexes

    refset, settings = _open(reference)
    with Reporter(quiet=quiet) as reporter:
        obtain_font(refset, settings, report=reporter.message)
        if force:
            for folder in index_folders(refset, settings):
                _remove(folder)
        index = open_index(refset, settings, progress=reporter.progress)
    typer.echo(f"索引ができています: {index.folder}（{len(index.vectors):,} 字）")
    if prune:
        pruned = prune_indexes(refset, settings, index.folder)
        typer.echo(
            f"使わなくなった索引を {len(pruned.removed)} 個消しました（{pruned.freed_mb:,.0f} MB）。"
            if pruned.removed
            else "使わなくなった索引はありません。"
        )
        for folder in pruned.in_use:
            typer.echo(
                f"注意: 使用中のため消せません: {folder}（同定が終わってから実行してください）", err=True
            )


@app.command("info", cls=JapaneseCommand, epilog=_EXAMPLES["info"])
def info(
    as_json: Annotated[bool, typer.Option("--json", help="JSON で表示する。")] = False,
    reference: Annotated[str | None, _REFERENCE] = None,
) -> None:
    """使っている表・フォント・索引の版と場所を表示します。"""
    from engine.reference.font import find_font, inspect_font

    refset, settings = _open(reference)
    path = find_font(refset, settings)
    report = inspect_font(path, refset) if path is not None else None
    folders = index_folders(refset, settings)
    if as_json:
        document = {
            "id": refset.id,
            "title": refset.title,
            "criteria": refset.criteria,
            "license": refset.license,
            "counts": dict(refset.counts),
            "table": str(refset.table.path),
            "font": None
            if report is None
            else {
                "path": str(report.path),
                "version": report.version,
                "sha256": report.sha256,
                "glyphs": report.glyphs,
                "warnings": list(report.warnings),
            },
            "indexes": [str(folder) for folder in folders],
            "cache": str(settings.cache_dir),
        }
        typer.echo(json.dumps(document, ensure_ascii=False, indent=2))
        return
    kinds = {"kanji": "漢字", "hentaigana": "変体仮名"}
    counts = "・".join(f"{kinds.get(kind, kind)} {count:,}" for kind, count in refset.counts.items())
    facts = [
        ("参照セット", f"{refset.id}（判定基準 {refset.criteria}）"),
        ("内容", refset.title),
        ("字数", counts),
        ("利用条件", refset.license),
        ("表", str(refset.table.path)),
        ("フォント", str(path) if path else f"ありません（{refset.font.title}、{refset.font.file}）"),
    ]
    if report is not None:
        facts.append(("フォントの版", f"{report.version}（{report.glyphs:,} 字）"))
        facts += [("注意", warning) for warning in report.warnings]
    facts += [("索引", str(folder)) for folder in folders] or [
        ("索引", "まだありません（最初の同定で作ります）")
    ]
    facts.append(("作業用フォルダー", str(settings.cache_dir)))
    typer.echo("\n".join(columns(facts)))
    if path is None:
        typer.echo(
            "\ngaiji reference fetch（Debian・Ubuntu）か gaiji reference import --font で用意してください。"
        )


@app.command("import", cls=JapaneseCommand, epilog=_EXAMPLES["import"])
def import_(
    font: Annotated[Path, typer.Option("--font", metavar="PATH", help="フォントのファイル（ipamjm.ttf）。")],
    reference: Annotated[str | None, _REFERENCE] = None,
) -> None:
    """手もとのフォントを確かめて登録します。"""
    from engine.reference.font import import_font

    refset, settings = _open(reference)
    report = import_font(font, refset, settings)
    for warning in report.warnings:
        typer.echo(f"注意: {warning}", err=True)
    typer.echo(f"登録しました: {report.path}（{report.version}、{report.glyphs:,} 字）")


@app.command("fetch", cls=JapaneseCommand, epilog=_EXAMPLES["fetch"])
def fetch(
    reference: Annotated[str | None, _REFERENCE] = None, quiet: Annotated[bool, _QUIET] = False
) -> None:
    """フォントを Debian のパッケージから取り寄せます（あれば何もしません）。"""
    from engine.reference.font import obtain_font

    refset, settings = _open(reference)
    with Reporter(quiet=quiet) as reporter:
        path = obtain_font(refset, settings, report=reporter.message)
    typer.echo(f"フォントがあります: {path}")


def index_folders(refset: ReferenceSet, settings: Settings) -> list[Path]:
    """Return the built indexes of a set, whichever font and parameters they were built with.

    Parameters
    ----------
    refset : ReferenceSet
        Whose indexes.
    settings : Settings
        Where they are.
    """
    return sorted(path for path in (settings.cache_dir / "index").glob(f"{refset.id}-*") if path.is_dir())


def _remove(folder: Path) -> None:
    try:
        shutil.rmtree(folder)
    except OSError as error:
        raise ReferenceSetError(
            f"索引 {folder} を消せません（{error.strerror}）。同定の実行中なら、終わるのを待ってください。"
        ) from error


def _open(name: str | None) -> tuple[ReferenceSet, Settings]:
    from engine.reference.refset import find_reference_set
    from engine.settings import Settings

    settings = Settings.from_environment()
    return find_reference_set(settings, name), settings
