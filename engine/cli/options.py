"""Options that several commands share, each declared once: the same name means the same everywhere."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Charset = Annotated[str, typer.Option("--charset", metavar="mj|juki|koseki|jisx0213", help="候補の範囲。")]
Code = Annotated[str | None, typer.Option("--code", metavar="E000", help="フォントの中の 1 字の文字コード。")]
Exclude = Annotated[
    Path | None,
    typer.Option("--exclude", metavar="FILE", help="候補にしない MJ 名のファイル（一行に一つ）。"),
]
Reference = Annotated[str | None, typer.Option("--reference", metavar="NAME", help="使う参照セットの名前。")]
Force = Annotated[bool, typer.Option("--force", help="出力先が既にあれば上書きする。")]
Quiet = Annotated[bool, typer.Option("-q", "--quiet", help="進み具合を表示しない。")]
AsJson = Annotated[bool, typer.Option("--json", help="JSON で表示する。")]

_INPUT = "入力"

AllGlyphs = Annotated[
    bool, typer.Option("--all", rich_help_panel=_INPUT, help="フォントの全部の字を読む。省くと私用領域。")
]
Ranges = Annotated[
    list[str] | None,
    typer.Option(
        "--range",
        metavar="E000-F8FF",
        rich_help_panel=_INPUT,
        help="フォントから読む文字コードの範囲。繰り返し可。",
    ),
]
CodesFromNames = Annotated[
    bool | None,
    typer.Option(
        "--codes-from-names/--no-codes-from-names",
        rich_help_panel=_INPUT,
        help="画像の名前（E000.bmp など）から外字コードを読む。省くと、コードとしか読めない名前だけ。",
    ),
]
