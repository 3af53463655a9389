"""Paths of every kind, in a stable order, with nothing dropped."""

from __future__ import annotations

import os

import hostile
import pytest

from engine.errors import READ_CODES
from engine.glyph.model import Glyph
from engine.glyph.read import Limits, ReadOptions, read_glyphs

PNG = hostile.image_bytes("PNG")


def names(rows, folder) -> list[str]:
    return [os.path.relpath(row.source, folder).replace(os.sep, "/") for row in rows]


def test_a_folder_is_walked_in_sorted_order(tmp_path):
    for name in ("b.png", "a/z.png", "a/y.tiff", "c.zip", "d.tte", ".hidden.png", "Thumbs.db"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        if name.endswith("zip"):
            path.write_bytes(hostile.zip_bytes({"m.png": PNG}))
        elif name.endswith("tte"):
            path.write_bytes(hostile.font_bytes(codes=(0xE000, 0xE001)))
        else:
            path.write_bytes(hostile.image_bytes("TIFF") if name.endswith("tiff") else PNG)
    rows = list(read_glyphs([tmp_path]))
    assert names(rows, tmp_path) == ["a/y.tiff", "a/z.png", "b.png", "c.zip#m.png", "d.tte", "d.tte"]
    assert all(isinstance(row, Glyph) for row in rows)


def test_paths_keep_their_order_and_their_spelling(tmp_path, monkeypatch):
    for name in ("a.png", "b.png"):
        (tmp_path / name).write_bytes(PNG)
    monkeypatch.chdir(tmp_path)
    assert [row.source for row in read_glyphs(["b.png", "a.png", "b.png"])] == ["b.png", "a.png", "b.png"]


def test_it_is_a_stream(tmp_path):
    (tmp_path / "a.png").write_bytes(PNG)
    stream = read_glyphs([tmp_path / "a.png", tmp_path / "b.png"])
    assert isinstance(next(stream), Glyph)
    (tmp_path / "b.png").write_bytes(PNG)  # not yet looked at
    assert isinstance(next(stream), Glyph)


def test_euf_points_to_the_tte(tmp_path):
    (tmp_path / "EUDC.EUF").write_bytes(b"anything")
    (row,) = read_glyphs([tmp_path])
    assert row.code == "unsupported-format"
    assert "TTE" in row.message


@pytest.mark.parametrize("suffix", [".TTE", ".tte"])
def test_an_euf_is_read_from_the_tte_beside_it(tmp_path, suffix):
    euf, tte = tmp_path / "eudc.euf", tmp_path / f"EUDC{suffix}"
    euf.write_bytes(b"Windows EUDC Editor Bitmap File (Uni-Code) ")
    tte.write_bytes(hostile.font_bytes(codes=(0xE000,)))
    for given in ([euf], [tmp_path], [euf, tte], [tmp_path, euf]):
        said: list[str] = []
        rows = list(read_glyphs(given, notice=said.append))
        assert [(row.source, row.gaiji_code) for row in rows] == [(str(tte), "U+E000")]
        assert all(str(euf) in words and tte.name in words for words in said)
        assert said


def test_an_euf_is_known_by_its_first_bytes(tmp_path):
    (tmp_path / "GAIJI.DAT").write_bytes(b"Windows EUDC Editor Bitmap File (Uni-Code) " + bytes(99))
    (row,) = read_glyphs([tmp_path])
    assert row.code == "unsupported-format"
    assert "TTE" in row.message


def test_folders_have_limits(tmp_path):
    for number in range(4):
        (tmp_path / f"{number}.png").write_bytes(PNG)
    rows = list(read_glyphs([tmp_path], ReadOptions(limits=Limits(members=3))))
    assert [getattr(row, "code", "ok") for row in rows] == ["ok", "ok", "ok", "too-many"]
    deep = tmp_path / "d" / "/".join(["d"] * 60)
    deep.mkdir(parents=True)
    assert "too-many" in {getattr(row, "code", "ok") for row in read_glyphs([tmp_path / "d"])}


def test_an_empty_folder_is_a_row(tmp_path):
    (row,) = read_glyphs([tmp_path])
    assert row.code == "not-found"


def test_files_have_limits(tmp_path):
    (tmp_path / "a.bdf").write_bytes(hostile.BDF.encode() + bytes(1_100_000))
    (row,) = read_glyphs([tmp_path / "a.bdf"], ReadOptions(limits=Limits(file_mb=1)))
    assert row.code == "too-large"


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read everything")
def test_no_permission(tmp_path):
    (tmp_path / "a.png").write_bytes(PNG)
    (tmp_path / "a.png").chmod(0)
    (row,) = read_glyphs([tmp_path / "a.png"])
    assert row.code == "unreadable-file"


def test_every_code_has_a_japanese_text():
    assert all(any(ord(letter) > 0x3000 for letter in text) for text in READ_CODES.values())
