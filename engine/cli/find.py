"""``gaiji find``: MJ characters by reading, radical, strokes, code, parts and relations."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from engine.cli.options import AsJson, Charset, Force, Reference
from engine.cli.terminal import columns, visible

if TYPE_CHECKING:
    from engine.lookup.finder import Finder, Findings, Hit
    from engine.lookup.query import Query

EPILOG = (
    "例:\n\n"
    "gaiji find 渡辺の辺　文字から。縮退でつながる字も並べる\n\n"
    "gaiji find わたる　読みから。「さい 部首:水 画数:8-10」のように続けると、すべてに当てはまる字\n\n"
    "gaiji find 辶 刀　部品から。⿺辶刀 なら配置も（分からない部品は ？）\n\n"
    "gaiji find 1-78-21　コードから。MJ026190、U+9089_E010F、J+9089、445000、補611 など\n\n"
    "gaiji find --radical 162 --strokes 15-19 --sheet 一覧.png　部首と画数から、図形を一枚の画像に\n\n"
    "gaiji find --related MJ026190　同じ文字の別の図形と、縮退でつながる字"
)

EXIT_NONE = 1
_READINGS_SHOWN = 4


def find(
    words: Annotated[
        list[str] | None,
        typer.Argument(metavar="TEXT…", help="読み、文字、コード、部品、または「部首:水」などの項目。"),
    ] = None,
    reading: Annotated[
        str | None, typer.Option("--reading", metavar="なべ", help="読み。前のほうだけでもよい。")
    ] = None,
    parts: Annotated[
        str | None, typer.Option("--parts", metavar="辶刀", help="部品。IDS なら配置も見る。")
    ] = None,
    radical: Annotated[
        str | None, typer.Option("--radical", metavar="162", help="部首の番号・字・名前（しんにょう）。")
    ] = None,
    strokes: Annotated[
        str | None, typer.Option("--strokes", metavar="15-19", help="総画数。15以上 などでもよい。")
    ] = None,
    inner: Annotated[
        str | None, typer.Option("--inner-strokes", metavar="3", help="部首を除いた画数（内画数）。")
    ] = None,
    code: Annotated[
        str | None, typer.Option("--code", metavar="J+9089", help="どの種類のコードでもよい。")
    ] = None,
    related: Annotated[
        str | None, typer.Option("--related", metavar="MJ026190", help="この字と関連のある字。")
    ] = None,
    charset: Charset = "mj",
    limit: Annotated[int, typer.Option("--limit", min=1, max=500, metavar="N", help="表示する件数。")] = 30,
    sheet: Annotated[
        Path | None, typer.Option("--sheet", metavar="OUT", help="図形の一覧の書き出し先（.png）。")
    ] = None,
    as_json: AsJson = False,
    reference: Reference = None,
    force: Force = False,
) -> None:
    """MJ 文字図形を、読み・部首・画数・コード・部品から探します。"""
    from engine.lookup.finder import Finder
    from engine.output.sink import check_output
    from engine.settings import Settings

    if sheet is not None:
        check_output(sheet, force=force, suffixes=(".png",))
    options = {
        "読み": reading,
        "部品": parts,
        "部首": radical,
        "画数": strokes,
        "内画数": inner,
        "コード": code,
        "関連": related,
    }
    query, shown = _query(" ".join(words or ()), {name: text for name, text in options.items() if text})
    settings = Settings.from_environment()
    finder = Finder.open(settings, reference)
    findings = finder.find(query, charset=charset, limit=limit)
    if as_json:
        typer.echo(json.dumps(document(findings, finder), ensure_ascii=False, indent=2))
    elif findings.hits:
        typer.echo("\n".join(listing(findings)))
    typer.echo(_count(findings), err=True)
    if sheet is not None and findings.hits:
        from engine.sheet.face import ReferenceFace

        draw(findings, shown, sheet, ReferenceFace.of(finder.table.refset, settings), force=force)
        typer.echo(f"図形の一覧を書き出しました: {sheet}", err=True)
    if not findings.count:
        raise typer.Exit(EXIT_NONE)


def _query(text: str, options: dict[str, str]) -> tuple[Query, str]:
    """Join the free text and the options; also return what is asked for in words."""
    from engine.lookup.parse import merge_radicals, parse_field, parse_query
    from engine.lookup.query import Query

    given = list(parse_query(text).criteria) if text or not options else []
    given += [parse_field(name, value) for name, value in options.items()]
    shown = " ".join(filter(None, (text, *(f"{name}:{value}" for name, value in options.items()))))
    return Query(merge_radicals(given)), shown


def listing(findings: Findings) -> list[str]:
    """Return the lines for a person: one hit each."""
    rows = [("MJ", "文字", "コード", "画数", "読み", "見つけた理由")]
    rows += [
        (
            hit.mj,
            hit.record.character,
            hit.record.ivs or hit.record.ucs or "",
            str(hit.record.strokes or ""),
            "、".join((hit.record.readings or hit.record.phonetics)[:_READINGS_SHOWN]),
            visible("・".join(hit.reasons)),
        )
        for hit in findings.hits
    ]
    return columns(rows)


def document(findings: Findings, finder: Finder) -> dict[str, Any]:
    """Return the answer for a program."""
    return {
        "count": findings.count,
        "hint": findings.hint,
        "hits": [_plain(hit) for hit in findings.hits],
        "reference": finder.table.refset.label,
    }


def draw(findings: Findings, shown: str, path: Path, face: Any, *, force: bool) -> None:
    """Write the hits as a picture.

    Raises
    ------
    GaijiError
        The file cannot be written.
    """
    from engine.output.sink import AtomicFile
    from engine.sheet.found import FoundCard, found_sheet

    cards = [
        FoundCard(
            hit.mj,
            (
                "  ".join(filter(None, (hit.record.ucs, f"{hit.record.strokes or '—'} 画"))),
                "、".join((hit.record.readings or hit.record.phonetics)[:_READINGS_SHOWN]),
                hit.reasons[0],
            ),
        )
        for hit in findings.hits
    ]
    drawn = f"（はじめの {len(cards)} 字）" if len(cards) < findings.count else ""
    picture = found_sheet(f"「{shown}」の検索結果", f"{findings.count:,} 字{drawn}", cards, face)
    with AtomicFile(path, force=force) as stream:
        picture.save(stream, format="PNG")


def _count(findings: Findings) -> str:
    if not findings.count:
        return f"見つかりません。{findings.hint}"
    shown = len(findings.hits)
    more = f"（はじめの {shown} 字を表示。--limit で増やせます）" if shown < findings.count else ""
    return f"{findings.count:,} 字{more}"


def _plain(hit: Hit) -> dict[str, Any]:
    record = hit.record
    values = {
        "mj": hit.mj,
        "character": record.character,
        "ucs": record.ucs,
        "ivs": record.ivs,
        "strokes": record.strokes,
        "radicals": [each.radical for each in record.radicals],
        "readings": [*record.readings, *record.phonetics],
        "juki": record.juki,
        "koseki": record.koseki,
        "toki": record.toki,
        "jisx0213": record.jisx0213,
        "reasons": list(hit.reasons),
    }
    return {name: value for name, value in values.items() if value not in (None, [], "")}
