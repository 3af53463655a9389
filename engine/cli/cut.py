"""``gaiji cut``: the cells of a printed list as pictures, and the found grid to look at."""

from __future__ import annotations

import csv
import json
import re
import sys
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from engine.cli import sheet
from engine.cli.terminal import Reporter
from engine.errors import UsageError

if TYPE_CHECKING:
    from engine.glyph.model import Glyph, ReadFailure
    from engine.glyph.page.options import SheetOptions

EPILOG = (
    "例:\n\n"
    "gaiji cut 一覧.png -o cells/　マスごとの画像と、見つけたマス目の絵（cells-p1.png）を作る\n\n"
    "gaiji cut 一覧.pdf -o cells/ --first-code E000　画像の名前を外字コードにする\n\n"
    "gaiji cut 一覧.tif -o cells/ --sheet-grid 10x20　行と列の数を指定する\n\n"
    "マス目の絵では、青がマス、緑が字として読む部分、灰色の×が空きのマスです。\n\n"
    "終了コード: 0 すべてのページを切り分けた / 1 できないページやマスがあった / 2 指定の誤り"
)

_COLUMNS = ("page", "row", "col", "code", "picture")
_SAFE = re.compile(r"[0-9A-Za-z][0-9A-Za-z+_-]{0,39}")
"""Codes that are the name of a file on every system."""

_OURS = re.compile(r"[0-9A-Za-z][0-9A-Za-z+_-]{0,80}\.png")


def cut(
    path: Annotated[
        str, typer.Argument(metavar="PATH", help="印刷した一覧。画像（複数ページの TIFF も）か PDF。")
    ],
    output: Annotated[
        Path, typer.Option("-o", "--output", metavar="OUT", help="画像を書き出すフォルダー。例: -o cells/")
    ],
    grid: Annotated[str | None, sheet.GRID] = None,
    codes: Annotated[Path | None, sheet.CODES] = None,
    first_code: Annotated[str | None, sheet.FIRST_CODE] = None,
    order: Annotated[str, sheet.ORDER] = "rows",
    caption: Annotated[str, sheet.CAPTION] = "auto",
    force: Annotated[
        bool, typer.Option("--force", help="前に切り分けた画像があれば、消して作り直す。")
    ] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="ページごとの行・列・字の数を JSON で表示する。")
    ] = False,
    quiet: Annotated[
        bool, typer.Option("-q", "--quiet", help="進み具合とまとめを表示しない。")
    ] = False,
) -> None:  # fmt: skip
    """印刷した外字一覧を、1 字ずつの画像に切り分けます。"""
    from engine.output.sink import OutputError

    _check_input(path)
    places = _Places(output)
    places.check(force=force)
    options = sheet.sheet_options(
        [path], grid=grid, codes=codes, first_code=first_code, order=order, caption=caption
    )
    try:
        with Reporter(quiet=quiet) as reporter:
            done = _cut_into(places, path, options, reporter)
    except OSError as error:
        raise OutputError(
            f"書き出せません（{error.strerror or type(error).__name__}）。"
            f"書き込みの権限と空き容量を確かめてください: {output}"
        ) from error
    if as_json:
        counts = {"glyphs": len(done.names), "problems": len(done.problems), "pages": done.pages}
        sys.stdout.write(json.dumps(counts, ensure_ascii=False) + "\n")
    if done.problems:
        raise typer.Exit(1)


def _cut_into(places: _Places, path: str, options: SheetOptions, reporter: Reporter) -> _Done:
    import tempfile

    folder = places.folder
    with tempfile.TemporaryDirectory(prefix=f".{folder.name}.", suffix=".part", dir=folder.parent) as staging:
        done = _cut(path, options, Path(staging), reporter)
        places.take(Path(staging), done)
    for page in done.pages:
        reporter.message(_page_line(page))
    for problem in done.problems:
        reporter.message(f"読めません: {problem.source}: {problem.message}")
    if done.names:
        look = places.overview(done.pages[0]["page"])
        reporter.message(
            f"{len(done.names):,} 字を {folder} に書き出しました。"
            f"マス目の絵（{look} など）を見て、切り分けを確かめてください。"
        )
    return done


@dataclass(slots=True)
class _Done:
    """What has been cut: names of the pictures by place, and what was left over."""

    names: dict[tuple[int, int, int], tuple[str, str]] = field(default_factory=dict)
    problems: list[ReadFailure] = field(default_factory=list)
    pages: list[dict[str, Any]] = field(default_factory=list)


def _check_input(path: str) -> None:
    from engine.errors import ReadError
    from engine.glyph.files import read_head
    from engine.glyph.formats import HEAD_BYTES, IMAGES, Format, sniff

    try:
        kind = sniff(read_head(Path(path), HEAD_BYTES), path)
    except ReadError as error:
        raise UsageError(f"{error}: {path}") from error
    if kind not in IMAGES and kind is not Format.PDF:
        raise UsageError(f"一覧の画像（PNG・TIFF・JPEG など）か PDF を一つ指定してください: {path}")


def _cut(path: str, options: SheetOptions, staging: Path, reporter: Reporter) -> _Done:
    from engine.glyph.model import ReadFailure
    from engine.glyph.read import ReadOptions, read_glyphs

    (staging / "cells").mkdir()
    (staging / "pages").mkdir()
    done = _Done()
    read = ReadOptions(sheet=replace(options, overview=str(staging / "pages")), codes_from_names=False)
    for number, item in enumerate(read_glyphs([path], read), 1):
        reporter.progress("切り分けています", number)
        if isinstance(item, ReadFailure):
            done.problems.append(item)
        else:
            _write_cell(item, staging / "cells", done)
    for file in (staging / "pages").glob("p*.json"):
        done.pages.append(json.loads(file.read_text(encoding="utf-8")))
    done.pages.sort(key=lambda page: int(page["page"]))
    return done


def _write_cell(glyph: Glyph, folder: Path, done: _Done) -> None:
    from PIL import Image

    from engine.glyph.page.cells import parse_cell_source

    found = parse_cell_source(glyph.source)
    if found is None:
        raise RuntimeError("a glyph of a sheet is not named as a cell")
    _, page, row, col = found
    place = f"p{page:02}r{row:02}c{col:02}"
    name = f"{glyph.gaiji_code if _SAFE.fullmatch(glyph.gaiji_code) else place}.png"
    if (folder / name).exists():
        name = f"{name.removesuffix('.png')}-{place}.png"
    Image.fromarray(255 - glyph.ink).save(folder / name, "PNG")
    done.names[page, row, col] = (glyph.gaiji_code, name)


def _page_line(page: dict[str, Any]) -> str:
    if not page["rows"]:
        return f"{page['page']} ページ: マス目が見つかりません。"
    details = "罫線" if page["ruled"] else "余白"
    caption = "、コードの印字を除いた" if page["caption"] else ""
    return (
        f"{page['page']} ページ: {page['rows']} 行 {page['cols']} 列（{details}で区切り、"
        f"傾き {page['degrees']:.1f}°{caption}）、字 {page['glyphs']}、空き {page['empty']}"
    )


class _Places:
    """Where things go: ``cells/``, ``cells.csv`` and ``cells-p1.png`` for ``-o cells/``.

    Parameters
    ----------
    output : Path
        As typed.
    """

    def __init__(self, output: Path) -> None:
        self.folder = output.parent / output.name if output.name else output.resolve()
        self.table = self.folder.with_name(f"{self.folder.name}.csv")

    def overview(self, page: int) -> Path:
        """Picture of a page with its grid."""
        return self.folder.with_name(f"{self.folder.name}-p{page}.png")

    def check(self, *, force: bool) -> None:
        """Refuse what is there already, before any work is done."""
        if not self.folder.parent.is_dir():
            raise UsageError(f"出力先のフォルダーがありません。先に作ってください: {self.folder.parent}")
        if self.folder.exists() and not self.folder.is_dir():
            raise UsageError(f"出力先と同じ名前のファイルがあります。別の名前にしてください: {self.folder}")
        if force:
            return
        for old in (self.folder, self.table, self.overview(1)):
            if old.exists() and not (old.is_dir() and not any(old.iterdir())):
                raise UsageError(
                    f"すでにあります。別の名前にするか、作り直すなら --force を付けてください: {old}"
                )

    def take(self, staging: Path, done: _Done) -> None:
        """Move the finished files to their places; remove what an earlier cut left there."""
        self._remove_old()
        self.folder.mkdir(exist_ok=True)
        for file in sorted((staging / "cells").iterdir()):
            file.replace(self.folder / file.name)
        for file in sorted((staging / "pages").glob("p*.png")):
            file.replace(self.overview(int(file.stem[1:])))
        draft = staging / "table.csv"
        with draft.open("w", encoding="utf-8-sig", newline="") as stream:
            writer = csv.writer(stream)
            writer.writerow(_COLUMNS)
            for page in done.pages:
                for row in range(1, page["rows"] + 1):
                    for col in range(1, page["cols"] + 1):
                        place = (page["page"], row, col)
                        writer.writerow([*place, *done.names.get(place, ("", ""))])
        draft.replace(self.table)

    def _remove_old(self) -> None:
        """Remove the pictures that the old table names, and nothing else."""
        if not self.table.is_file():
            return
        try:
            with self.table.open(encoding="utf-8-sig", newline="") as stream:
                rows = list(csv.DictReader(stream))
        except (OSError, ValueError, csv.Error):
            return
        for name in {row.get("picture") or "" for row in rows}:
            if _OURS.fullmatch(name):
                (self.folder / name).unlink(missing_ok=True)
        for number in {row.get("page") or "" for row in rows}:
            if number.isdecimal():
                self.overview(int(number)).unlink(missing_ok=True)
