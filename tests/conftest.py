"""Fixtures that every package's tests share: the real reference set, Debian's fonts, a made-up second set."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen

from engine.reference.fetch import fetch_debian_package
from engine.reference.font import import_font, locate_font, obtain_font
from engine.reference.refset import ReferenceSet, find_reference_set
from engine.reference.table import MojiTable, load_table
from engine.settings import Settings

DebianFont = Callable[[str, str], Path]


@pytest.fixture(scope="session")
def settings() -> Settings:
    return Settings.from_environment()


@pytest.fixture(scope="session")
def debian_font(settings) -> DebianFont:
    """Give the path of a font by Debian package and file name; fetch the package when it is not there yet."""

    def find(package: str, filename: str) -> Path:
        folder = fetch_debian_package(package, settings.cache_dir)
        found = sorted(folder.rglob(filename))
        if not found:
            pytest.fail(f"{package} has no {filename}")
        return found[0]

    return find


@pytest.fixture(scope="session")
def refset(settings) -> ReferenceSet:
    return find_reference_set(settings, "mojikiban")


@pytest.fixture(scope="session")
def table(refset) -> MojiTable:
    return load_table(refset)


@pytest.fixture(scope="session")
def reference_font(refset, settings) -> Path:
    return obtain_font(refset, settings)


@pytest.fixture(scope="session")
def tiny_settings(tmp_path_factory) -> Settings:
    """Settings under which a made-up set is in use: GJ names, a font on private-use code points."""
    folder = tmp_path_factory.mktemp("tiny-data")
    cache = tmp_path_factory.mktemp("tiny-cache")
    (folder / "tiny").mkdir()
    write_tiny_set(folder / "tiny")
    settings = Settings(data_dirs=(folder,), cache_dir=cache, reference="tiny")
    import_font(folder / "tiny" / TINY_FONT, find_reference_set(settings), settings)
    return settings


@pytest.fixture(scope="session")
def tiny_refset(tiny_settings) -> ReferenceSet:
    return find_reference_set(tiny_settings)


@pytest.fixture(scope="session")
def tiny_font(tiny_refset, tiny_settings) -> Path:
    return locate_font(tiny_refset, tiny_settings)


# --- A made-up second set: configuration and data only, no code of the engine knows of it. ---

TINY_FONT = "tinymincho.ttf"
TINY_SIZE = 24
"""Kanji GJ000001–GJ000023 and the 変体仮名 GJ090001. GJ000003 has no code point in the font, so no glyph."""

TINY_DEFINITION = """
id = "tiny-1"
title = "見本の参照セット"
source = "この試験"
license = "CC0"
license_file = "LICENSE"
criteria = "v1"

[files.table]
name = "table.parquet"
sha256 = "{table_sha256}"
rows = 24

[counts]
kanji = 23
hentaigana = 1

[font]
file = "tinymincho.ttf"
family = "Tiny Mincho"
title = "見本明朝"
version = "1.0"
sha256 = "{font_sha256}"
license = "CC0"
glyphs = 23

[font.glyphs_by]
by = "codepoint"
column = "font_code"
"""


def tiny_rows() -> list[dict[str, object]]:
    """Two names a code point, so that every kanji but the last has a sibling."""
    rows: list[dict[str, object]] = [
        {
            "mj": f"GJ{number:06d}",
            "kind": "kanji",
            "ucs": f"U+{0x4E00 + (number - 1) // 2:04X}",
            "strokes": 1 + number % 5,
            "juki": f"J+{number:04X}" if number % 3 == 0 else None,
            "font_code": None if number == 3 else f"U+{0xF0000 + number:04X}",
        }
        for number in range(1, TINY_SIZE)
    ]
    hentaigana = {"mj": "GJ090001", "kind": "hentaigana", "ucs": "U+1B002", "font_code": "U+E001"}
    return [*rows, hentaigana]


def tiny_glyph(number: int) -> object:
    """Draw bars whose places spell ``number`` in binary: no two glyphs are alike."""
    pen = TTGlyphPen(None)
    bars = [(100, 420, 900, 480)]
    bars += [(120 + 160 * bit, 60, 180 + 160 * bit, 840) for bit in range(5) if number >> bit & 1]
    for left, bottom, right, top in bars:
        pen.moveTo((left, bottom))
        pen.lineTo((left, top))
        pen.lineTo((right, top))
        pen.lineTo((right, bottom))
        pen.closePath()
    return pen.glyph()


def write_tiny_font(path: Path) -> None:
    """Write a TrueType font that draws the tiny set on private-use code points; its names say nothing."""
    codes = {row["font_code"]: number for number, row in enumerate(tiny_rows(), 1) if row["font_code"]}
    names = {code: f"glyph{number:05d}" for code, number in codes.items()}
    builder = FontBuilder(1000, isTTF=True)
    builder.setupGlyphOrder([".notdef", *names.values()])
    builder.setupCharacterMap({int(code[2:], 16): name for code, name in names.items()})
    glyphs = {names[code]: tiny_glyph(number) for code, number in codes.items()}
    builder.setupGlyf({".notdef": TTGlyphPen(None).glyph(), **glyphs})
    builder.setupHorizontalMetrics(dict.fromkeys([".notdef", *glyphs], (1000, 0)))
    builder.setupHorizontalHeader(ascent=880, descent=-120)
    builder.setupNameTable({"familyName": "Tiny Mincho", "styleName": "Regular", "version": "Version 1.0"})
    builder.setupOS2()
    builder.setupPost()
    builder.save(path)


def write_tiny_set(folder: Path) -> None:
    """Write the tiny set's table, font and definition into a folder."""
    table = folder / "table.parquet"
    pq.write_table(pa.Table.from_pylist(tiny_rows()), table)
    write_tiny_font(folder / TINY_FONT)
    digests = {
        "table_sha256": hashlib.sha256(table.read_bytes()).hexdigest(),
        "font_sha256": hashlib.sha256((folder / TINY_FONT).read_bytes()).hexdigest(),
    }
    (folder / "reference.toml").write_text(TINY_DEFINITION.format(**digests), encoding="utf-8")
