"""A first look: make two gaiji files on the spot, identify them, show where the results are.

Run as ``python -m engine.demo`` (``make demo``). The outline file is like the EUDC.TTE of a Windows machine:
private code points from U+E000 on. Its glyphs are HanaMin's own private-use ones: kanji and variants that MJ
has, variants that it lacks, kana, marks. The dot file holds 16-dot kanji seen in names.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from engine.cli.terminal import Reporter
from engine.errors import GaijiError
from engine.pipeline import Progress
from engine.result import Identification, Review
from engine.settings import Settings

OUTLINE_GLYPHS: tuple[int, ...] = (
    0xF153, 0xF465, 0xF16C, 0xF170, 0xF1A1, 0xF1AC, 0xF1AD, 0xF1B7, 0xF1B9, 0xF1BC, 0xF1DD, 0xF1E1,
    0xF20E, 0xF222, 0xF257, 0xF29A, 0xF2C7, 0xF38A, 0xF454, 0xF459, 0xF45C, 0xF4C1, 0xF51F, 0xF558,
    0xF59E, 0xF624, 0xF692,  # kanji and their variants
    0xF41F, 0xF1E9,  # a katakana, a cursive kana
    0xF6A3, 0xF6A8, 0xF6AE,  # marks
)  # fmt: skip
"""Private code points of HanaMin A that the demo's outline file takes over."""

DOT_CHARACTERS = "德瀨﨑邊邉濵廣櫻齋齊眞溫黑增寬緖"
"""Characters of the demo's dot file; all are in JIS X 0213 plane 1."""


def build_dots(font: Path, characters: str, target: Path) -> None:
    """Write a BDF file with some glyphs of an X11 dot font.

    Parameters
    ----------
    font : Path
        A PCF font coded by the rows and cells of JIS X 0213 plane 1.
    characters : str
        The characters to take; in the new file they become U+E000, U+E001, … in this order.
    target : Path
        The file to write; replaced where it exists.
    """
    from engine.synth.fonts import DotFont, JisPlane
    from engine.synth.gaiji_files import FIRST_PRIVATE_CODE, write_bdf

    dots = DotFont(font, JisPlane.X0213_PLANE_1)
    glyphs = ((code, dots.body(ord(text))) for code, text in enumerate(characters, FIRST_PRIVATE_CODE))
    write_bdf(glyphs, dots.size_px, target)


def run(
    out: Path, settings: Settings, *, progress: Progress | None = None
) -> dict[Path, list[Identification]]:
    """Build both files, identify them and write tables and pictures.

    Parameters
    ----------
    out : Path
        Folder for everything; made where it is missing, its older results replaced.
    settings : Settings
        Where the reference set and the fetched fonts are.
    progress : callable, optional
        Called with (text, done, total) while an index is built.

    Returns
    -------
    dict of Path to list of Identification
        The two gaiji files and their rows.

    Raises
    ------
    GaijiError
        A font is missing, the reference set is damaged, or the folder cannot be written.
    """
    from engine.glyph.model import Glyph
    from engine.glyph.read import ReadOptions, read_glyphs
    from engine.output.sink import RowSink
    from engine.pipeline import identify_paths
    from engine.reference.fetch import debian_font
    from engine.reference.font import obtain_font
    from engine.reference.refset import find_reference_set
    from engine.sheet.face import ReferenceFace
    from engine.sheet.results import results_sheet
    from engine.synth.gaiji_files import write_eudc

    out.mkdir(parents=True, exist_ok=True)
    outlines, dots = out / "EUDC.tte", out / "dots16.bdf"
    cache = settings.cache_dir
    hanazono = debian_font("fonts-hanazono", "HanaMinA.ttf", cache, report=_to_stderr)
    jiskan = debian_font("xfonts-jisx0213", "jiskan16-2004-1.pcf.gz", cache, report=_to_stderr)
    write_eudc(hanazono, OUTLINE_GLYPHS, outlines)
    build_dots(jiskan, DOT_CHARACTERS, dots)

    rows = {
        path: list(identify_paths([path], settings=settings, jobs=1, progress=progress))
        for path in (outlines, dots)
    }
    for suffix in (".csv", ".xlsx"):
        with RowSink(out / f"result{suffix}", force=True) as sink:
            for row in [*rows[outlines], *rows[dots]]:
                sink.write(row)
    face = ReferenceFace(obtain_font(find_reference_set(settings), settings))
    for path, of_path in rows.items():
        glyphs = [item if isinstance(item, Glyph) else None for item in read_glyphs([path], ReadOptions())]
        page = results_sheet(of_path, glyphs, face, title=f"同定結果: {path.name}", limit=len(of_path))
        page.save(path.with_suffix(".png"))
    return rows


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the demo; the table goes to standard output.

    Returns
    -------
    int
        Exit status: 0, or 1 where the demo could not run.
    """
    parser = argparse.ArgumentParser(
        prog="python -m engine.demo", description="外字フォントを作り、同定してみる"
    )
    parser.add_argument("-o", "--output", type=Path, default=Path("out/demo"), help="結果を置くフォルダー")
    out: Path = parser.parse_args(arguments).output
    try:
        with Reporter() as reporter:
            rows = run(out, Settings.from_environment(), progress=reporter.progress)
    except GaijiError as error:
        _to_stderr(str(error))
        return 1
    _print_tables(rows)
    sys.stdout.write(
        "\n結果の置き場所\n"
        f"  {out / 'result.xlsx'}  同定の結果（CSV は {out / 'result.csv'}）\n"
        + "".join(f"  {path.with_suffix('.png')}  見比べ用の画像（{path.name}）\n" for path in rows)
    )
    return 0


def _to_stderr(line: str) -> None:
    sys.stderr.write(f"{line}\n")


def _print_tables(rows: dict[Path, list[Identification]]) -> None:
    from rich.console import Console
    from rich.table import Table

    console = Console(width=80)
    for path, of_path in rows.items():
        table = Table(title=f"{path.name}（{len(of_path)} 字）", title_justify="left")
        for heading in ("外字コード", "区分", "MJ", "字", "確信度", "確認"):
            table.add_column(heading, no_wrap=True)
        for row in of_path:
            kind = "・".join(part for part in (row.verdict, row.subclass) if part)
            sure = "" if row.confidence is None else f"{row.confidence:.2f}"
            look = "不要" if row.review is Review.AUTO else "要"
            table.add_row(row.gaiji_code, kind or row.status, row.mj, row.ucs, sure, look)
        console.print(table)


if __name__ == "__main__":
    sys.exit(main())
