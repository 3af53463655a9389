"""Files of an export: all or none, nothing overwritten without being told to, no foreign file removed."""

import zipfile

import pytest

from engine.errors import UsageError
from engine.export import write
from engine.export.prepare import prepare
from engine.export.write import companions, write_bitmaps, write_font
from engine.result import Identification, Review, Verdict

ROWS = [
    Identification("EUDC.TTE", "U+E000", Verdict.SAME, mj="MJ026190", review=Review.AUTO),
    Identification("EUDC.TTE", "U+E001", Verdict.DESIGN, mj="MJ008095", review=Review.AUTO),
    Identification("EUDC.TTE", "U+E002", Verdict.SIMILAR, mj="MJ008096"),
]


@pytest.fixture(scope="module")
def prepared(settings, reference_font):
    return prepare(ROWS, [], settings)


@pytest.fixture(autouse=True)
def no_font_is_built(monkeypatch):
    monkeypatch.setattr(write, "build_eudc", lambda *_, **__: b"the font")


def listing(folder):
    return sorted(path.name for path in folder.iterdir())


def test_the_font_comes_with_lists_and_licence(prepared, tmp_path):
    files = write_font(prepared, tmp_path / "EUDC.TTE")
    assert listing(tmp_path) == sorted(path.name for path in files)
    assert listing(tmp_path) == ["EUDC-利用条件.txt", "EUDC-字形一覧.csv", "EUDC-未収録.csv", "EUDC.TTE"]
    assert files[0].read_bytes() == b"the font"
    beside = companions(tmp_path / "EUDC.TTE")
    glyphs = beside["glyphs"].read_text(encoding="utf-8-sig").splitlines()
    assert [line.split(",")[3:5] for line in glyphs[1:]] == [["U+E000", "MJ026190"], ["U+E001", "MJ008095"]]
    left_out = beside["left_out"].read_text(encoding="utf-8-sig").splitlines()
    assert len(left_out) == 2
    assert "U+E002" in left_out[1]
    assert "MJ008096" in left_out[1]


def test_nothing_is_overwritten_unasked(prepared, tmp_path):
    (tmp_path / "EUDC-未収録.csv").write_text("mine")
    with pytest.raises(UsageError, match="--force"):
        write_font(prepared, tmp_path / "EUDC.TTE")
    assert listing(tmp_path) == ["EUDC-未収録.csv"]
    write_font(prepared, tmp_path / "EUDC.TTE", force=True)
    assert (tmp_path / "EUDC-未収録.csv").read_text(encoding="utf-8-sig").startswith("municipality")


@pytest.mark.parametrize("name", ["ipamjm.tte", "IPAmj明朝外字.tte"])
def test_the_file_is_not_called_like_the_original(prepared, tmp_path, name):
    with pytest.raises(UsageError, match="元のフォントの名前"):
        write_font(prepared, tmp_path / name)
    assert listing(tmp_path) == []


def test_a_failure_leaves_no_file(prepared, tmp_path, monkeypatch):
    monkeypatch.setattr(write, "licence_document", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        write_font(prepared, tmp_path / "EUDC.TTE")
    assert listing(tmp_path) == []


def test_bitmaps_in_a_folder(prepared, tmp_path):
    folder = tmp_path / "画像"
    write_bitmaps(prepared, folder, size_px=64)
    assert listing(folder) == ["E000.bmp", "E001.bmp"]
    assert listing(tmp_path) == sorted(["画像", "画像-利用条件.txt", "画像-字形一覧.csv", "画像-未収録.csv"])


def test_bitmaps_replace_bitmaps_but_nothing_else(prepared, tmp_path):
    folder = tmp_path / "bmp"
    folder.mkdir()
    (folder / "E777.bmp").write_bytes(b"old")
    with pytest.raises(UsageError, match="--force"):
        write_bitmaps(prepared, folder, size_px=64)
    write_bitmaps(prepared, folder, size_px=64, force=True)
    assert listing(folder) == ["E000.bmp", "E001.bmp"]
    (folder / "大事.txt").write_text("x")
    with pytest.raises(UsageError, match="ほかのファイル"):
        write_bitmaps(prepared, folder, size_px=64, force=True)
    assert (folder / "大事.txt").read_text() == "x"


def test_bitmaps_in_a_zip(prepared, tmp_path):
    write_bitmaps(prepared, tmp_path / "外字.zip", size_px=16)
    with zipfile.ZipFile(tmp_path / "外字.zip") as archive:
        assert archive.namelist() == ["E000.bmp", "E001.bmp"]
        assert len(archive.read("E000.bmp")) == 62 + 16 * 4


@pytest.mark.parametrize(("output", "size"), [("a.bin", 64), ("none/a", 64), ("a", 15), ("a", 257)])
def test_wrong_places_and_sizes(prepared, tmp_path, output, size):
    with pytest.raises(UsageError):
        write_bitmaps(prepared, tmp_path / output, size_px=size)
    assert listing(tmp_path) == []


def test_a_file_where_the_folder_should_be(prepared, tmp_path):
    (tmp_path / "bmp").write_text("x")
    with pytest.raises(UsageError):
        write_bitmaps(prepared, tmp_path / "bmp", size_px=64, force=True)
