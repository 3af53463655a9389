"""``gaiji policy draft``: the 文字運用ポリシー as a document, from a policy and one's own results."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from engine.cli.help import JapaneseCommand
from engine.cli.options import Force, Quiet, Reference
from engine.cli.policy import (
    AskMinutes,
    ForbidMinutes,
    Inputs,
    LookMinutes,
    PolicyFile,
    Results,
    TwoMinutes,
    open_targets,
    read_policy,
)
from engine.cli.terminal import Reporter
from engine.errors import FontMissingError, UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from engine.policy.draft.evidence import Evidence
    from engine.policy.draft.model import Document
    from engine.policy.draft.pictures import Pictures

SUFFIXES = (".docx", ".md")

_EPILOG = (
    "例:\n\n"
    "gaiji policy draft 結果/ --policy ポリシー.toml -o 草案.docx --municipality 見本市　Word の文書に\n\n"
    "gaiji policy draft 同定結果.csv --policy standard --inputs 外字/ -o 草案.md　外字の図も入れて"
)


def draft(
    results: Results,
    policy: PolicyFile,
    output: Annotated[
        Path, typer.Option("-o", "--output", metavar="OUT", help="文書の出力先（.docx か .md）。")
    ],
    municipality: Annotated[
        str, typer.Option("--municipality", metavar="TEXT", help="団体の名前。例: 見本市")
    ] = "",
    only: Annotated[
        str | None,
        typer.Option(
            "--only", metavar="CODE", help="結果のうち、この団体コードの行だけを使う。例: --only 131016"
        ),
    ] = None,
    inputs: Inputs = None,
    pictures: Annotated[
        bool, typer.Option("--pictures/--no-pictures", help="規則と外字の図を入れるか。省くと入れる。")
    ] = True,
    look: LookMinutes = 1.0,
    two: TwoMinutes = 2.0,
    ask: AskMinutes = 20.0,
    forbid: ForbidMinutes = 10.0,
    reference: Reference = None,
    force: Force = False,
    quiet: Quiet = False,
) -> None:
    """同定の結果と方針から、文字運用ポリシーの草案（全十二章）を作ります。"""
    from dataclasses import replace

    from engine.output.sink import check_output
    from engine.policy.columns import read_columns
    from engine.policy.draft.compose import compose
    from engine.policy.draft.evidence import gather, of_municipality
    from engine.policy.simulate import Minutes

    check_output(output, force=force, suffixes=SUFFIXES)
    beside = output.with_name(f"{output.stem}の図")
    if output.suffix.lower() == ".md" and pictures and beside.exists() and not force:
        raise UsageError(
            f"図を入れるフォルダーが既にあります: {beside}。上書きするなら --force を付けてください。"
        )
    for folder in inputs or ():
        if not folder.is_dir():
            raise UsageError(f"--inputs のフォルダーがありません: {folder}")
    targets = open_targets(reference)
    read = read_policy(policy, targets)
    with Reporter(quiet=quiet) as reporter:
        columns = read_columns(results, reporter.progress)
        if only is not None:
            columns = of_municipality(columns, only)
        evidence = gather(
            read, columns, targets, minutes=Minutes(look, two, ask, forbid), municipality=municipality
        )
        if pictures:
            evidence = replace(evidence, pictures=_pictures(evidence, inputs or (), reporter))
        document = compose(evidence)
        _write(document, output, beside, evidence, force=force)
        told = f"全 {len(document.chapters)} 章、決めること {len(document.questions)} 件"
        reporter.message(f"草案を書き出しました: {output}（{told}）")


def _pictures(evidence: Evidence, inputs: Sequence[Path], reporter: Reporter) -> Pictures | None:
    """Open what draws; examples of the gaiji are read again from their files, as far as they are there."""
    from engine.policy.draft.pictures import Pictures
    from engine.report.pictures import read_pictures
    from engine.settings import Settings
    from engine.sheet.face import ReferenceFace

    try:
        face = ReferenceFace.of(evidence.refset, Settings.from_environment())
    except FontMissingError as error:
        reporter.message(f"図を入れずに作ります。{error}")
        return None
    results = evidence.simulation.looked.results
    places = evidence.places_to_draw
    rows = results.rows(places)
    beside = dict.fromkeys(file.parent for place in places if (file := results.file_of(place)) is not None)
    read = read_pictures(rows, folders=inputs, beside=list(beside), progress=reporter.progress)
    if read.missing:
        lost = sum(each.rows for each in read.missing)
        reporter.message(
            f"外字の図が {lost:,} 字分ありません。--inputs で外字のファイルのフォルダーを指定できます。"
        )
    return Pictures(face, read.glyph)


def _write(document: Document, output: Path, beside: Path, evidence: Evidence, *, force: bool) -> None:
    from engine.output.sink import AtomicFile
    from engine.policy.draft.markdown import to_markdown
    from engine.policy.draft.word import write_word

    if output.suffix.lower() == ".docx":
        with AtomicFile(output, force=force) as stream:
            write_word(document, stream, made_on=evidence.made_on)
        return
    text, pictures = to_markdown(document, beside.name)
    if pictures:
        beside.mkdir(exist_ok=True)
    for name, data in pictures.items():
        with AtomicFile(beside / name, force=force) as stream:
            stream.write(data)
    with AtomicFile(output, force=force) as stream:
        stream.write(text.encode("utf-8"))


def add_to(group: typer.Typer) -> None:
    """Register the command."""
    group.command("draft", cls=JapaneseCommand, epilog=_EPILOG)(draft)
