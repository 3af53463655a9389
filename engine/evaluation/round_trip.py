"""The same gaiji in every form that they are handed in, and back out again: the MJ must stay the same.

Two questions, each a share with a target:

* **In.** Glyphs of one EUDC.TTE are written as a BDF and as a ZIP of bitmaps (64 dots), and printed as a list
  that is scanned (turned by 1°, blurred, noisy). How many get the same MJ as from the TTE?
* **Out.** Every MJ is confirmed; the replacement font and the bitmaps of ``gaiji export`` are identified in
  their turn. How many are the confirmed MJ as 字形一致?

What counts as the same is in :mod:`engine.evaluation.trip`.

``.euf`` files are not among the forms: what is read in place of one is the TTE beside it.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from engine.errors import GaijiError
from engine.evaluation.trip import Trip, as_markdown, compare
from engine.result import Identification
from engine.settings import Settings

if TYPE_CHECKING:
    from engine.evaluation.truth import Truth
    from engine.glyph.options import ReadOptions

COUNT = 300
"""Of these, the TTE says of about 200 which MJ they are."""

_PRIVATE_SHARE = 3
"""One glyph in three is a private-use one."""

DOTS_PX = 64
_PACKAGE, _FONT = "fonts-hanazono", "HanaMinA.ttf"
_PRIVATE = range(0xE000, 0xF900)
_PAGE_PX = 192
_SEED = 20260701

Identify = Callable[[Path, "ReadOptions"], list[Identification]]
Report = Callable[[str], None]


def run_round_trip(
    folder: Path, settings: Settings, *, count: int = COUNT, report: Report = lambda _: None
) -> list[Trip]:
    """Send gaiji through every form.

    Parameters
    ----------
    folder : Path
        Everything that is made lies here afterwards; it must be empty.
    settings : Settings
    count : int
        Gaiji: a third private-use glyphs of HanaMin A, the rest its kanji.
    report : callable
        Told what is being done, in Japanese.

    Returns
    -------
    list of Trip
        In: BDF, bitmaps, sheet. Out: font, bitmaps.

    Raises
    ------
    GaijiError
        The reference set or a font is missing.
    """
    from engine.evaluation.opening import open_truth
    from engine.glyph.options import ReadOptions
    from engine.pipeline import IdentifyOptions, identify_paths
    from engine.reference.fetch import debian_font
    from engine.reference.refset import find_reference_set
    from engine.synth.gaiji_files import write_eudc

    def identify(path: Path, options: ReadOptions) -> list[Identification]:
        report(f"{path.name} を同定しています")
        return list(identify_paths([path], settings=settings, options=IdentifyOptions(read=options), jobs=1))

    truth = open_truth(find_reference_set(settings))
    font = debian_font(_PACKAGE, _FONT, settings.cache_dir, report=report)
    eudc = folder / "EUDC.TTE"
    write_eudc(font, choose_codes(font, truth, count), eudc)
    first = identify(eudc, ReadOptions())
    trips = []
    for name, path, options, target in deliveries(eudc, folder, settings):
        begin = time.perf_counter()
        rows = identify(path, options)
        trips.append(
            compare(name, target, first, rows, truth, path=path, seconds=time.perf_counter() - begin)
        )
    return [*trips, *_exports(folder, first, settings, truth, identify)]


def choose_codes(font: Path, truth: Truth, count: int) -> list[int]:
    """Choose glyphs of a font all over its range: private ones, and kanji that MJ has.

    Parameters
    ----------
    font : Path
    truth : Truth
    count : int

    Returns
    -------
    list of int
        Code points, private ones first.
    """
    from engine.glyph.raster import OutlineRasteriser

    codes = sorted(OutlineRasteriser(font).cmap())
    private = [code for code in codes if code in _PRIVATE]
    kanji = [code for code in codes if code not in _PRIVATE and code in truth.implemented]
    some = count // _PRIVATE_SHARE
    return [*_spread(private, some), *_spread(kanji, count - some)]


def _spread(codes: Sequence[int], count: int) -> list[int]:
    return [codes[number * len(codes) // count] for number in range(min(count, len(codes)))]


def deliveries(eudc: Path, folder: Path, settings: Settings) -> list[tuple[str, Path, ReadOptions, float]]:
    """Write the glyphs of an EUDC.TTE in the other forms: (name, path, how to read it, target)."""
    from engine.export.bitmaps import DotRasteriser, bitmap_name, bmp, write_zip
    from engine.glyph.options import ReadOptions
    from engine.glyph.page.options import SheetOptions
    from engine.synth.gaiji_files import write_bdf

    rasteriser = DotRasteriser(eudc, DOTS_PX)
    dots = [(code, rasteriser.draw(glyph)) for code, glyph in sorted(rasteriser.cmap().items())]
    bdf, bitmaps, sheet = folder / "dots64.bdf", folder / "bmp64.zip", folder / "sheet.tif"
    write_bdf(dots, DOTS_PX, bdf)
    with bitmaps.open("wb") as stream:
        write_zip(stream, ((bitmap_name(code), bmp(ink)) for code, ink in dots))
    _write_sheet(eudc, sheet, settings)
    on_paper = ReadOptions(sheet=SheetOptions(first_code=dots[0][0]))
    return [
        ("BDF（64 ドット）", bdf, ReadOptions(), 0.99),
        ("BMP の ZIP（64×64）", bitmaps, ReadOptions(), 0.99),
        ("印刷してスキャンした一覧", sheet, on_paper, 0.97),
    ]


def _write_sheet(eudc: Path, target: Path, settings: Settings) -> None:
    """Print all glyphs on A4 and scan the pages into one file."""
    import numpy as np
    from PIL import Image

    from engine.reference.font import locate_font
    from engine.reference.refset import find_reference_set
    from engine.synth.fonts import OutlineFont
    from engine.synth.printed_list import ListStyle, PageRange, print_list, scan_page

    font, style, rng = OutlineFont(eudc, em_px=_PAGE_PX), ListStyle(), np.random.default_rng(_SEED)
    labels = locate_font(find_reference_set(settings), settings)
    glyphs = [(font.body(code), f"{code:04X}") for code in sorted(font.codes())]
    pages = [Image.fromarray(scan_page(page, rng, PageRange())) for page in print_list(glyphs, style, labels)]
    pages[0].save(
        target, save_all=True, append_images=pages[1:], compression="tiff_deflate", dpi=(style.dpi, style.dpi)
    )


def _exports(
    folder: Path, first: Sequence[Identification], settings: Settings, truth: Truth, identify: Identify
) -> list[Trip]:
    """Confirm every MJ, export, identify what was exported."""
    from engine.export.prepare import prepare
    from engine.export.write import write_bitmaps, write_font
    from engine.glyph.options import ReadOptions
    from engine.output.load import Decision, Ruling

    confirmed = [row for row in first if row.mj]
    decisions = [
        Decision(row.source, row.gaiji_code, row.mj, Ruling.ACCEPTED, font=row.font) for row in confirmed
    ]
    prepared = prepare(confirmed, decisions, settings)
    font, bitmaps = folder / "export" / "EUDC.TTE", folder / "export" / "bmp"
    font.parent.mkdir()
    write_font(prepared, font)
    write_bitmaps(prepared, bitmaps, size_px=DOTS_PX)
    trips = []
    for name, path in (("書き出した外字フォント", font), ("書き出した BMP（64×64）", bitmaps)):
        begin = time.perf_counter()
        rows = identify(path, ReadOptions())
        seconds = time.perf_counter() - begin
        trips.append(compare(name, 0.995, confirmed, rows, truth, path=path, seconds=seconds, certain=True))
    return trips


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; the exit status is 1 where a target is missed, 2 where it cannot be done."""
    parser = argparse.ArgumentParser(
        prog="python -m engine.evaluation.round_trip",
        description="同じ外字を、いろいろな形で渡し、書き出しても、同じ MJ になるかを測る。",
    )
    parser.add_argument("--count", type=int, default=COUNT, help="外字の数")
    parser.add_argument("--picture", type=Path, help="違った字を並べた画像（PNG）の書き出し先")
    given = parser.parse_args(arguments)
    settings = Settings.from_environment()
    try:
        with tempfile.TemporaryDirectory() as folder:
            trips = run_round_trip(Path(folder), settings, count=given.count, report=_to_stderr)
            if given.picture is not None:
                from engine.evaluation.round_trip_sheet import write_picture

                write_picture(trips, Path(folder) / "EUDC.TTE", settings, given.picture)
    except GaijiError as error:
        _to_stderr(str(error))
        return 2
    sys.stdout.write(as_markdown(trips))
    return 0 if all(trip.share >= trip.target for trip in trips) else 1


def _to_stderr(line: str) -> None:
    sys.stderr.write(f"{line}\n")


if __name__ == "__main__":
    sys.exit(main())
