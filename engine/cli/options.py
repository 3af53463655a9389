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
