"""Gaiji of results read again, from every kind of input; what is gone says so; nothing else is opened."""

from __future__ import annotations

import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw

from engine.demo import build_dots
from engine.glyph.model import GlyphKind
from engine.glyph.options import ReadOptions
from engine.glyph.page.options import SheetOptions
from engine.glyph.read import read_glyphs
from engine.report.pictures import GaijiPictures, read_pictures
from tests.report.material import draw, row


def rows_of(path: Path) -> list:
    """Rows as identification would give them."""
    return [
        row(source=item.source, gaiji_code=item.gaiji_code, font=item.font) for item in read_glyphs([path])
    ]


def test_the_same_ink_comes_back_from_every_kind_of_input(tmp_path, debian_font):
    build_dots(debian_font("xfonts-jisx0213", "jiskan16-2004-1.pcf.gz"), "德瀨﨑", tmp_path / "a.bdf")
    draw(tmp_path / "b.png")
    draw(tmp_path / "F040.bmp", at=50)
    with zipfile.ZipFile(tmp_path / "c.zip", "w") as archive:
        for at in (20, 60):
            archive.write(draw(tmp_path / f"{at}.png", at), f"字/{at}#.png")
            (tmp_path / f"{at}.png").unlink()
    items = list(read_glyphs([tmp_path]))
    rows = [row(source=item.source, gaiji_code=item.gaiji_code, font=item.font) for item in items]
    assert len(rows) == 7
    pictures = read_pictures(rows)
    assert not pictures.missing
    for item, each in zip(items, rows, strict=True):
        glyph = pictures.glyph(each)
        assert np.array_equal(glyph.ink, item.ink)
        assert glyph.kind is item.kind
    assert pictures.glyph(rows[1]).kind is GlyphKind.DOTS


def test_a_code_that_came_from_a_ledger_or_its_neighbours_does_not_hide_the_picture(tmp_path):
    path = draw(tmp_path / "F040.bmp")
    for code in ("U+E000", "U+F040", "80A1", ""):
        given = row(source=str(path), gaiji_code=code)
        assert read_pictures([given]).ink(given) is not None


def test_moved_inputs_are_found_in_the_folder_named_and_beside_the_results(tmp_path):
    draw(tmp_path / "字.png")
    for source in ("字.png", "外字/字.png", "C:\\外字\\字.png", "//server/share/字.png", "/gone/字.png"):
        given = row(source=source, gaiji_code="")
        assert len(read_pictures([given], folders=[tmp_path])) == 1, source
        assert len(read_pictures([given], beside=[tmp_path])) == 1, source
        assert len(read_pictures([given])) == 0, source


def test_the_folder_named_wins_over_the_path_and_the_path_over_what_lies_beside(tmp_path):
    for name, at in (("named", 20), ("own", 40), ("beside", 60)):
        (tmp_path / name).mkdir()
        draw(tmp_path / name / "a.png", at)
    given = row(source=str(tmp_path / "own" / "a.png"), gaiji_code="")
    own = read_pictures([given], beside=[tmp_path / "beside"]).ink(given)
    named = read_pictures([given], folders=[tmp_path / "named"]).ink(given)
    assert own[3, 40] > 200 > named[3, 40] or not np.array_equal(own, named)
    assert np.array_equal(own, read_pictures([given]).ink(given))


@pytest.mark.parametrize(
    "source",
    [
        "//server/share/a.png",
        "\\\\server\\share\\a.png",
        "\\\\?\\C:\\a.png",
        "a\0b",
        "x" * 9_000,
        ".",
        "",
        "/dev/zero",
    ],
)
def test_what_cannot_be_opened_is_told_once_and_nothing_raises(source):
    rows = [row(number, source=source) for number in range(3)]
    pictures = read_pictures(rows)
    assert len(pictures) == 0
    (missing,) = pictures.missing
    assert (missing.rows, missing.source) == (3, source)
    assert missing.message.endswith("。")


def test_a_network_share_is_not_even_looked_at(monkeypatch):
    looked: list[str] = []
    monkeypatch.setattr(Path, "is_file", lambda path: looked.append(str(path)))
    read_pictures([row(source=source) for source in ("\\\\server\\a.png", "//server/a.png#b")])
    assert not [path for path in looked if "server" in path]


def test_a_path_that_leads_out_of_the_folder_named_is_not_followed(tmp_path):
    (tmp_path / "in").mkdir()
    draw(tmp_path / "a.png")
    given = row(source="../a.png", gaiji_code="")
    assert len(read_pictures([given], folders=[tmp_path / "in"])) == 0


def test_a_changed_input_has_no_picture_rather_than_another(tmp_path, debian_font):
    path = tmp_path / "a.bdf"
    build_dots(debian_font("xfonts-jisx0213", "jiskan16-2004-1.pcf.gz"), "德瀨﨑", path)
    rows = [*rows_of(path), row(0x50, source=str(path))]
    pictures = read_pictures(rows)
    assert len(pictures) == 3
    assert [(missing.rows, pictures.ink(rows[3])) for missing in pictures.missing] == [(1, None)]
    path.write_bytes(b"no font")
    (missing,) = read_pictures(rows).missing
    assert missing.rows == 4


def test_the_same_path_in_two_deliveries_is_two_pictures(tmp_path):
    found, rows = [], []
    for name, at in (("一", 20), ("二", 60)):
        (tmp_path / name).mkdir()
        draw(tmp_path / name / "E000.png", at)
        rows.append(row(source="E000.png", municipality=name))
        found.append(read_pictures([rows[-1]], beside=[tmp_path / name]))
    merged = GaijiPictures.merged(found)
    assert not np.array_equal(merged.ink(rows[0]), merged.ink(rows[1]))


def test_rows_that_were_never_read_are_not_read_now(tmp_path):
    path = draw(tmp_path / "a.png")
    pictures = read_pictures([row(source=str(path), verdict=None, status="too-large")])
    assert (len(pictures), pictures.missing) == (0, ())


def test_duplicated_rows_all_get_the_picture(tmp_path):
    rows = [row(source=str(draw(tmp_path / "a.png")), gaiji_code="", system=system) for system in "ab"]
    pictures = read_pictures(rows)
    assert all(pictures.ink(each) is not None for each in rows)


def printed_list(path: Path, columns: int = 5) -> Path:
    """A page with a ruled grid and a cross in each cell, no two alike."""
    image = Image.new("L", (120 * columns + 80, 560), 255)
    pen = ImageDraw.Draw(image)
    for line in range(5):
        pen.line((40, 40 + 120 * line, 40 + 120 * columns, 40 + 120 * line), 0, 2)
    for line in range(columns + 1):
        pen.line((40 + 120 * line, 40, 40 + 120 * line, 520), 0, 2)
    for number in range(4 * columns):
        x, y = 40 + 120 * (number % columns), 40 + 120 * (number // columns)
        pen.line((x + 35 + 2 * number, y + 30, x + 35 + 2 * number, y + 90), 0, 7)
        pen.line((x + 30, y + 40 + number, x + 90, y + 40 + number), 0, 5)
    image.save(path)
    return path


def test_cells_of_a_printed_list_are_cut_again(tmp_path):
    path = printed_list(tmp_path / "一覧.png")
    items = list(read_glyphs([path], ReadOptions(sheet=SheetOptions())))
    assert len(items) == 20
    # Their codes came from a table that is not at hand now.
    rows = [row(number, source=item.source) for number, item in enumerate(items)]
    pictures = read_pictures(rows)
    assert all(np.array_equal(pictures.ink(each), item.ink) for each, item in zip(rows, items, strict=True))


def test_a_printed_list_that_is_cut_otherwise_shows_no_cell_rather_than_another(tmp_path):
    path = printed_list(tmp_path / "一覧.png")
    rows = [row(0, source=f"{path}#p1r1c1"), row(1, source=f"{path}#p1r9c9")]
    pictures = read_pictures(rows)
    assert len(pictures) == 0
    assert "--sheet-grid" in pictures.missing[0].message
