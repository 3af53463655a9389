"""``gaiji policy screen``: a proposed gaiji, checked before it is made."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Any

import typer

from engine.cli.help import JapaneseCommand
from engine.cli.identify import MAX_TOP
from engine.cli.options import AllGlyphs, AsJson, Force, Quiet, Ranges, Reference
from engine.cli.policy import Output, PolicyFile, open_targets, read_policy, write_json, write_output
from engine.cli.terminal import Reporter, folded, visible
from engine.errors import UsageError

if TYPE_CHECKING:
    from engine.policy.screen import Screening
    from engine.policy.targets import Targets
    from engine.report.survey_table import Table

_EPILOG = (
    "例:\n\n"
    "gaiji policy screen 申請.png --policy standard　作る前に、標準の文字として既にないかを確かめる\n\n"
    "gaiji policy screen 申請/ --policy ポリシー.toml --system 戸籍 --json　いくつもの申請を、JSON で\n\n"
    "終了コードは、どれも先へ進めてよければ 0、進めてはならないものがあれば 1 です。"
)
_MOST = 1_000


def screen(
    images: Annotated[
        list[str],
        typer.Argument(metavar="IMAGE…", help="申請された字の画像、フォルダー、ZIP、外字フォント。"),
    ],
    policy: PolicyFile,
    system: Annotated[
        str, typer.Option("--system", metavar="戸籍", help="外字を使う業務システムの名前。")
    ] = "",
    top: Annotated[int, typer.Option("--top", min=1, max=MAX_TOP, metavar="N", help="候補の数。")] = 5,
    output: Output = None,
    as_json: AsJson = False,
    every: AllGlyphs = False,
    ranges: Ranges = None,
    reference: Reference = None,
    force: Force = False,
    quiet: Quiet = False,
) -> None:
    """新しい外字の申請を、作る前に確かめます。"""
    from engine.cli.identify import parse_range
    from engine.glyph.model import ReadFailure
    from engine.glyph.options import ReadOptions
    from engine.glyph.read import read_glyphs
    from engine.identify import Identifier
    from engine.output.sink import check_output
    from engine.policy.files import SUFFIXES
    from engine.policy.screen import screen as judge
    from engine.settings import Settings

    if output is not None:
        check_output(output, force=force, suffixes=SUFFIXES)
    targets = open_targets(reference)
    read = read_policy(policy, targets)
    options = ReadOptions(all_glyphs=every)
    if ranges:
        options = replace(options, ranges=tuple(map(parse_range, ranges)))
    items = []
    for item in read_glyphs(images, options):
        items.append(item)
        if len(items) > _MOST:
            raise UsageError(f"一度に確かめられるのは {_MOST:,} 字までです。分けて指定してください。")
    with Reporter(quiet=quiet) as reporter:
        identifier = Identifier.open(
            Settings.from_environment(), reference=reference, top=top, progress=reporter.progress
        )
        glyphs = iter(identifier.identify([each for each in items if not isinstance(each, ReadFailure)]))
        rows = [identifier.failure(each) if isinstance(each, ReadFailure) else next(glyphs) for each in items]
        found = [judge(read, replace(row, system=system), targets) for row in rows]
        if not found:
            raise UsageError("字がありません。画像か、外字フォントを指定してください。")
        if output is not None:
            data = {"screenings": [_plain(each) for each in found]}
            title = f"新しい外字の申請の確認 {read.label}"
            write_output(output, title, [_table(found)], (), data, force=force, reporter=reporter)
    if as_json:
        write_json({"screenings": [_plain(each) for each in found]})
    else:
        _show(found, targets)
    if not all(each.answer.may_go_on for each in found):
        raise typer.Exit(1)


def _show(found: Sequence[Screening], targets: Targets) -> None:
    from rich.console import Console
    from rich.table import Table as Drawn

    console = Console(width=None if sys.stdout.isatty() else 120, highlight=False)
    for each in found:
        mark = "進めてよい" if each.answer.may_go_on else "進めない"
        sys.stdout.write(f"{visible(each.row.place)}\n  【{mark}】{each.headline}\n")
        for text in each.details:
            sys.stdout.write("".join(f"{line}\n" for line in folded(f"・{text}", "  ")))
        if not each.row.candidates:
            continue
        drawn = Drawn(box=None, padding=(0, 2, 0, 2))
        for heading in ("順位", "候補", "文字", "画数"):
            drawn.add_column(heading)
        for rank, mj in enumerate(each.row.candidates, 1):
            codes = targets.table.codes(mj)
            strokes = targets.table.value("strokes", targets.table.row(mj))
            drawn.add_row(str(rank), mj, codes.ivs or codes.ucs, str(strokes or ""))
        console.print(drawn)


def _table(found: Sequence[Screening]) -> Table:
    from engine.report.survey_table import Table

    lines = tuple(
        (
            each.row.place,
            "進めてよい" if each.answer.may_go_on else "進めない",
            each.headline,
            " ".join(each.details),
            each.row.mj,
            " ".join(each.row.candidates),
        )
        for each in found
    )
    headings = ("申請", "判断", "わけ", "すること", "MJ", "候補")
    return Table("申請の確認", headings, lines, (False,) * len(lines), ())


def _plain(each: Screening) -> dict[str, Any]:
    return {
        "source": each.row.source,
        "gaiji_code": each.row.gaiji_code,
        "answer": each.answer.value,
        "may_go_on": each.answer.may_go_on,
        "headline": each.headline,
        "details": list(each.details),
        "replacement": each.replacement,
        "class": each.row.verdict.value if each.row.verdict else "",
        "subclass": each.row.subclass.value if each.row.subclass else "",
        "mj": each.row.mj,
        "confidence": each.row.confidence,
        "review": each.row.review.value,
        "candidates": list(each.row.candidates),
        "status": each.row.status,
    }


def add_to(group: typer.Typer) -> None:
    """Register the command."""
    group.command("screen", cls=JapaneseCommand, epilog=_EPILOG)(screen)
