"""Codes and fonts told by the names of files: only where a name can mean nothing else."""

from __future__ import annotations

import hostile
import numpy as np
import pytest

from engine.glyph.model import Glyph, GlyphKind, ReadFailure
from engine.glyph.names import NamedSource, code_from_name, split_source
from engine.glyph.options import ReadOptions
from engine.glyph.read import read_glyphs

INK = np.ones((2, 2), np.uint8)
PNG = hostile.image_bytes("PNG")


@pytest.mark.parametrize(
    ("stem", "code"),
    [
        ("E000", "U+E000"),
        ("e0ff", "U+E0FF"),
        ("U+E000", "U+E000"),
        ("uE000", "U+E000"),
        ("uniF8FF", "U+F8FF"),
        ("U+F0000", "U+F0000"),
        ("F0000", "U+F0000"),
        ("0xE001", "U+E001"),
        ("F040", "U+E000"),
        ("F9FC", "U+E757"),
        ("F03F", "U+F03F"),
        ("80A1", "80A1"),
        ("a0fe", "A0FE"),
    ],
)
def test_names_that_are_codes(stem, code):
    assert code_from_name(stem) == code


@pytest.mark.parametrize(
    "stem",
    [
        "0001",
        "1234",
        "8141",
        "6941",
        "字",
        "E0",
        "E00",
        "E000_2",
        "scan-E000",
        "FACE",
        "cafe",
        "100000",
        "",
        "ABCDE",
    ],
)
def test_names_that_may_be_anything(stem):
    assert code_from_name(stem) == ""


@pytest.mark.parametrize(
    ("stem", "code"),
    [("6941", "6941"), ("住基_E000", "U+E000"), ("E000-E001", ""), ("外字", ""), ("100000", "U+100000")],
)
def test_a_caller_may_insist(stem, code):
    assert code_from_name(stem, insist=True) == code


@pytest.mark.parametrize(
    ("source", "parts"),
    [
        ("E000.bmp", ("", "E000", ".bmp")),
        ("a/b/E000.BMP", ("a/b", "E000", ".bmp")),
        ("c:\\外字\\E000.bmp", ("c:\\外字", "E000", ".bmp")),
        ("外.zip#a/E000.bmp", ("外.zip#a", "E000", ".bmp")),
        ("k16.pcf.gz", ("", "k16", ".pcf.gz")),
        ("x.ttc#face2", ("x.ttc", "face2", "")),
        ("scan.pdf#p1-2", ("scan.pdf", "p1-2", "")),
        (".bmp", ("", ".bmp", "")),
    ],
)
def test_split_source(source, parts):
    assert split_source(source) == parts


def codes_of(*sources: str, insist: bool | None = None) -> list[str]:
    names = NamedSource(insist)
    return [names.add(Glyph(INK, source)).gaiji_code for source in sources]


def test_a_set_that_is_named_in_unicode_is_read_so_to_its_end():
    assert codes_of("a/E000.bmp", "a/F040.bmp", "b/F040.bmp") == ["U+E000", "U+F040", "U+E000"]
    assert codes_of("a/E000.bmp", "a/F940.bmp") == ["U+E000", "U+E69C"]  # beyond the private-use area


def test_names_may_be_forbidden_or_insisted_on():
    assert codes_of("E000.bmp", insist=False) == [""]
    assert codes_of("6941.bmp") == [""]
    assert codes_of("6941.bmp", insist=True) == ["6941"]


def test_a_code_that_is_there_already_stays():
    glyph = NamedSource().add(Glyph(INK, "E000.bmp", "U+E123"))
    assert glyph.gaiji_code == "U+E123"


def test_only_pictures_are_named_after_their_code():
    names = NamedSource()
    assert names.add(Glyph(INK, "E000.tte", "U+E005", GlyphKind.OUTLINE)).gaiji_code == "U+E005"
    assert names.add(ReadFailure("E001.png", "empty-glyph", "空")).gaiji_code == "U+E001"
    assert names.add(ReadFailure("E001.txt", "unsupported-format", "不明")).gaiji_code == ""


def fonts_of(*sources: str) -> list[str]:
    names = NamedSource()
    return [names.add(Glyph(INK, source, "U+E000", GlyphKind.OUTLINE)).font for source in sources]


def test_linked_fonts_are_kept_apart():
    assert fonts_of("EUDC.TTE", "EUDC.TTE", "MINCHO.TTE") == ["EUDC", "EUDC", "MINCHO"]
    found = fonts_of("明朝/EUDC.TTE", "ゴシック/EUDC.TTE", "明朝/EUDC.TTE", "別/ゴシック/EUDC.TTE")
    assert found == ["EUDC", "ゴシック/EUDC", "EUDC", "別/ゴシック/EUDC.TTE"]
    assert fonts_of("f.zip#a/EUDC.TTE", "f.zip#b/EUDC.TTE") == ["EUDC", "b/EUDC"]


def test_files_folders_and_archives(tmp_path):
    (tmp_path / "E000.bmp").write_bytes(hostile.image_bytes("BMP"))
    (tmp_path / "F041.png").write_bytes(PNG)
    (tmp_path / "bad" / "80A1.png").parent.mkdir()
    (tmp_path / "bad" / "80A1.png").write_bytes(b"no picture")
    (tmp_path / "x.zip").write_bytes(hostile.zip_bytes({"U+E010.png": PNG, "readme.png": PNG}))
    found = [row.gaiji_code for row in read_glyphs([tmp_path])]
    assert found == ["U+E000", "U+F041", "80A1", "U+E010", ""]
    assert {row.gaiji_code for row in read_glyphs([tmp_path], ReadOptions(codes_from_names=False))} == {""}


def test_fonts_and_the_faces_of_a_collection(tmp_path):
    (tmp_path / "EUDC.TTE").write_bytes(hostile.font_bytes(codes=(0xE000,)))
    (tmp_path / "two.ttc").write_bytes(hostile.collection_bytes())
    (tmp_path / "x.zip").write_bytes(hostile.zip_bytes({"k.bdf": hostile.BDF.encode()}))
    rows = list(read_glyphs([tmp_path]))
    assert [(row.font, row.gaiji_code) for row in rows] == [
        ("EUDC", "U+E000"),
        ("Hostile", "U+E000"),
        ("two.ttc/Hostile", "U+E001"),
        ("k", "U+E000"),
        ("k", "U+E001"),
    ]


def test_a_font_that_cannot_be_read_has_a_name_too(tmp_path):
    (tmp_path / "EUDC.TTE").write_bytes(b"\x00\x01\x00\x00 rubbish")
    (row,) = read_glyphs([tmp_path])
    assert (row.font, row.code) == ("EUDC", "unreadable-font")
