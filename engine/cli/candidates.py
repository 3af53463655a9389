"""``gaiji candidates``: one gaiji's candidates with their similarities, and a picture to compare them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from engine.cli.identify import MAX_TOP
from engine.cli.options import Charset, Code, Force, Quiet, Reference
from engine.cli.terminal import Reporter, columns
from engine.errors import ReadError, UsageError

if TYPE_CHECKING:
    from engine.glyph.model import Glyph
    from engine.result import Identification

EPILOG = (
    "例:\n\n"
    "gaiji candidates 字.png　候補を表で\n\n"
    "gaiji candidates 字.png -o 見比べ.png　候補と重ね合わせを一枚の画像に\n\n"
    "gaiji candidates EUDC.TTE --code E005 --top 20　外字ファイルの中の 1 字"
)


def candidates(
    image: Annotated[
        str, typer.Argument(metavar="IMAGE", help="1 字の画像。フォントなどは --code で 1 字を選ぶ。")
    ],
    output: Annotated[
        Path | None,
        typer.Option("-o", "--output", metavar="OUT", help="見比べ用の画像の書き出し先（.png）。"),
    ] = None,
    top: Annotated[int, typer.Option("--top", min=1, max=MAX_TOP, metavar="N", help="候補の数。")] = 10,
    charset: Charset = "mj",
    code: Code = None,
    reference: Reference = None,
    force: Force = False,
    quiet: Quiet = False,
) -> None:
    """外字 1 字の候補を、似ている順に並べます。"""
    from engine.identify import Identifier
    from engine.output.sink import AtomicFile, check_output
    from engine.settings import Settings

    if output is not None:
        check_output(output, force=force, suffixes=(".png",))
    settings = Settings.from_environment()
    glyph = read_one(image, code)
    with Reporter(quiet=quiet) as reporter:
        identifier = Identifier.open(
            settings, reference=reference, top=top, charset=charset, progress=reporter.progress
        )
    inspection = identifier.inspect(glyph)
    result, found, table = inspection.row, inspection.candidates, identifier.table
    typer.echo(_headline(result))
    rows = [("順位", "MJ", "文字", "UCS", "画数", "同じ字形の確率", "類似度")]
    for rank, each in enumerate(found, 1):
        record = table.record(each.mj)
        rows.append(
            (
                str(rank),
                each.mj,
                record.character,
                record.ucs or "",
                str(record.strokes or ""),
                "—" if each.probability is None else f"{each.probability:.1%}",
                f"{each.similarity:.3f}",
            )
        )
    typer.echo("\n".join(columns(rows)))
    if output is not None:
        from engine.sheet.candidates import CandidateCard, candidates_sheet
        from engine.sheet.face import ReferenceFace

        face = ReferenceFace.of(table.refset, settings)
        cards = [
            CandidateCard(each.mj, row[2], each.similarity, each.probability)
            for each, row in zip(found, rows[1:], strict=True)
        ]
        picture = candidates_sheet(glyph, result, cards, face)
        with AtomicFile(output, force=force) as stream:
            picture.save(stream, format="PNG")
        if not quiet:
            typer.echo(f"見比べ用の画像を書き出しました: {output}", err=True)


def read_one(source: str, code: str | None) -> Glyph:
    """Read exactly one glyph.

    Parameters
    ----------
    source : str
        Path of an image, or of a container together with ``code``.
    code : str or None
        Code point of the character, as typed.

    Raises
    ------
    ReadError
        It cannot be read.
    UsageError
        There are several; the message says how to choose one.
    """
    from engine.cli.identify import parse_range
    from engine.glyph.model import ReadFailure
    from engine.glyph.options import ReadOptions
    from engine.glyph.read import read_glyphs

    options = ReadOptions(ranges=(parse_range(code),)) if code else ReadOptions()
    items = read_glyphs([source], options)
    first = next(iter(items), None)
    if first is None or isinstance(first, ReadFailure):
        reason = first.message if first else "字がありません。"
        raise ReadError(first.code if first else "empty-glyph", f"{source}: {reason}")
    if next(iter(items), None) is not None:
        raise UsageError(
            f"{source} には字がいくつもあります。"
            "--code E000 のように 1 字を選ぶか、1 字の画像を指定してください。"
        )
    return first


def _headline(result: Identification) -> str:
    verdict = result.verdict.value if result.verdict else result.status
    if result.subclass:
        verdict += f"（{result.subclass.value}）"
    sure = "" if result.confidence is None else f"確信度 {result.confidence:.1%}"
    return "  ".join(part for part in (verdict, result.mj, result.ucs, sure) if part)
